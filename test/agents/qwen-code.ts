import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeExecutable } from '../node-executable.mjs';
import { executables } from '../tiers.mjs';
import { type AgentOptions, type AgentRun, agentEnvironment, readmeFile, runAgent } from './agent.ts';

/** Runs `qwen -p` (0.24.4), set up by the README's file; for Messages and Responses with the changes to it that the README tells. */
export function runQwenCode(
  protocol: 'chat' | 'messages' | 'responses',
  prompt: string,
  options: AgentOptions,
): Promise<AgentRun> {
  const folder = join(options.home, '.qwen');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'settings.json'), spoken(protocol, readmeFile('Qwen Code', options)));
  return runAgent(nodeExecutable(), [executables.qwenCode, '-p', prompt, '--yolo'], {
    cwd: options.cwd,
    env: agentEnvironment(options.home, {}),
  });
}

function spoken(protocol: 'chat' | 'messages' | 'responses', file: string): string {
  switch (protocol) {
    case 'chat':
      return file;
    case 'messages':
      return file.replaceAll('"openai"', '"anthropic"').replace(/("baseUrl": "[^"]*)\/v1"/, '$1"');
    case 'responses':
      return file.replace('"envKey"', '"wireApi": "responses", "envKey"');
  }
}
