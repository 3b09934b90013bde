import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { executables } from '../tiers.mjs';
import { type AgentOptions, type AgentRun, agentEnvironment, readmeFile, runAgent } from './agent.ts';

/** Runs `codex exec` (0.169.0), set up by the README's file, with further arguments before the prompt. */
export function runCodex(
  prompt: string,
  options: AgentOptions,
  args: readonly string[] = [],
  patienceMs?: number,
): Promise<AgentRun> {
  const folder = join(options.home, '.codex');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.toml'), readmeFile('Codex', options));
  return runAgent(
    executables.codex,
    ['exec', '--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', ...args, prompt],
    {
      cwd: options.cwd,
      env: agentEnvironment(options.home, {}),
      ...(patienceMs === undefined ? {} : { patienceMs }),
    },
  );
}
