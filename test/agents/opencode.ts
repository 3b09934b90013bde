import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { executables } from '../tiers.mjs';
import { type AgentOptions, type AgentRun, agentEnvironment, readmeFile, runAgent } from './agent.ts';

/** The packages by which OpenCode speaks Chat, Messages and Responses. */
export const openCodePackages = {
  chat: '@ai-sdk/openai-compatible',
  messages: '@ai-sdk/anthropic',
  responses: '@ai-sdk/openai',
} as const;

/**
 * Runs `opencode run` (1.18.33), set up by the README's file with the package of one protocol.
 * `more` is configuration on top of the file; `patienceMs` as `runAgent` has it.
 */
export function runOpenCode(
  protocol: keyof typeof openCodePackages,
  prompt: string,
  options: AgentOptions,
  { more = {}, patienceMs = 100_000 }: { readonly more?: object; readonly patienceMs?: number } = {},
): Promise<AgentRun> {
  const folder = join(options.home, '.config/opencode');
  mkdirSync(folder, { recursive: true });
  const file = readmeFile('OpenCode', options).replace(openCodePackages.chat, openCodePackages[protocol]);
  writeFileSync(join(folder, 'opencode.json'), file);
  const offline = {
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  };
  return runAgent(executables.openCode, ['run', prompt], {
    cwd: options.cwd,
    env: agentEnvironment(options.home, { ...offline, OPENCODE_CONFIG_CONTENT: JSON.stringify(more) }),
    patienceMs,
  });
}
