import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type LlamaServer, startLlamaServer } from '../programs/llama-server.ts';
import type { AgentOptions } from './agent.ts';
import { runCodex } from './codex.ts';
import { runOpenCode } from './opencode.ts';
import { startStage } from './stage.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A real llama-server with the scripted model, the gateway before it, and an agent's options before that. */
async function beforeLlamaServer(): Promise<{ readonly llama: LlamaServer; readonly options: AgentOptions }> {
  const llama = await startLlamaServer({ model: 'scripted', context: 65_536 });
  undo.push(llama.stop);
  const stage = await startStage([{ id: 'llama', kind: 'llama-cpp', baseUrl: llama.url }]);
  undo.push(stage.end);
  return { llama, options: stage.agent('llama/scripted') };
}

const done = 'The tool has answered, so I am done now.';

// Claude Code, by Messages, does the same in claude-code.test.ts.
test('Codex, by Responses, creates a file with a model that a real llama-server serves, and only what is new is evaluated', {
  timeout: 300_000,
}, async () => {
  const { llama, options } = await beforeLlamaServer();
  const { code, stdout, stderr } = await runCodex('Write a greeting: [[codex-write]]', options, [], 240_000);

  expect(code, stdout + stderr).toBe(0);
  expect(stdout).toContain(done);
  expect(readFileSync(join(options.cwd, 'greeting.txt'), 'utf8')).toBe('Good morning é\n');
  const [first, second, ...more] = llama.evaluations();
  expect(more).toEqual([]);
  expect(second?.evaluated).toBeLessThanOrEqual((second?.prompt ?? 0) - (first?.prompt ?? 0) + 8);
});

/** All tools but the one that writes are off: their descriptions are most of the prompt, and the tiny model is slow with long ones. */
const onlyWrites = { tools: { '*': false, write: true } };

test('OpenCode, by Chat, creates a file with a model that a real llama-server serves', {
  timeout: 300_000,
}, async () => {
  const { options } = await beforeLlamaServer();
  const { code, stdout, stderr } = await runOpenCode('chat', 'Write a greeting: [[opencode-write]]', options, {
    more: onlyWrites,
    patienceMs: 240_000,
  });

  expect(code, stdout + stderr).toBe(0);
  expect(stdout).toContain(done);
  expect(readFileSync(join(options.cwd, 'greeting.txt'), 'utf8')).toBe('Good morning é\n');
});
