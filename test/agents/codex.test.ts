import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { overflowOf } from '../fakes/scenarios.ts';
import { startFakeUpstream } from '../fakes/upstream.ts';
import { askedByChat, calls } from './asked.ts';
import { runCodex } from './codex.ts';
import { startStage } from './stage.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Codex with a home of its own before the gateway and one fake upstream. */
async function codexBefore(kind: 'llama-cpp' | 'anthropic', contextWindow = 131_072) {
  const personality = kind === 'llama-cpp' ? 'llama-cpp' : 'openai';
  const fake = await startFakeUpstream({ models: ['fake-model'], personality, contextWindow });
  undo.push(fake.close);
  const baseUrl = kind === 'llama-cpp' ? fake.url : `${fake.url}/v1`;
  const stage = await startStage([{ id: 'fake', kind, baseUrl }]);
  undo.push(stage.end);
  const options = stage.agent('fake/fake-model');
  return { fake, cwd: options.cwd, run: (prompt: string, args?: readonly string[]) => runCodex(prompt, options, args) };
}

const hello = calls('exec_command', { cmd: 'echo hello there' }, 'call_hello');

test('Codex applies a patch by its custom tool, which a Chat model calls as a function', {
  timeout: 60_000,
}, async () => {
  const { fake, cwd, run } = await codexBefore('llama-cpp');
  const patch = '*** Begin Patch\n*** Add File: greeting.txt\n+Good morning é\n*** End Patch';
  const call = calls('apply_patch', { input: patch }, 'call_patch');
  fake.enqueue({ steps: [{ reasoning: 'A patch ' }, { reasoning: 'will do.' }, call] });
  const { code, stdout, stderr } = await run('Write a greeting.');

  expect(code, stdout + stderr).toBe(0);
  expect(readFileSync(join(cwd, 'greeting.txt'), 'utf8')).toBe('Good morning é\n');
  const [first, second] = askedByChat(fake);
  expect(first?.tools).toContain('apply_patch');
  // The reasoning went to Codex as a sealed item and comes back as what the model said.
  expect(second?.messages.at(-2)).toMatchObject({
    reasoning_content: 'A patch will do.',
    tool_calls: [{ id: 'call_patch', function: { name: 'apply_patch', arguments: JSON.stringify({ input: patch }) } }],
  });
  expect(second?.last).toContain('Success. Updated the following files');
});

test('Codex runs a tool of a namespace, which a Chat model knows by one name', { timeout: 60_000 }, async () => {
  const { fake, run } = await codexBefore('llama-cpp');
  const input = { message: 'Say hello.', agent_type: 'default' };
  fake.enqueue({ steps: [calls('multi_agent_v1__spawn_agent', input, 'call_spawn')] });
  const { code, stdout, stderr } = await run('Ask another agent.');

  expect(code, stdout + stderr).toBe(0);
  const asked = askedByChat(fake);
  expect(asked[0]?.tools).toContain('multi_agent_v1__spawn_agent');
  const answered = asked.find(({ last }) => last.includes('"tool_call_id":"call_spawn"'));
  expect(answered?.last).toContain('agent_id');
  expect(answered?.messages.at(-2)?.tool_calls[0]?.function.name).toBe('multi_agent_v1__spawn_agent');
});

test('Codex gives the thinking of an Anthropic upstream back with its signature', { timeout: 60_000 }, async () => {
  const { fake, run } = await codexBefore('anthropic');
  fake.enqueue({ steps: [{ reasoning: 'A command ' }, { reasoning: 'will do.' }, hello] });
  const { code, stdout, stderr } = await run('Say hello.');

  expect(code, stdout + stderr).toBe(0);
  const asked = fake.requests().filter(({ path }) => path === '/v1/messages');
  expect(asked).toHaveLength(2);
  const thinking = { type: 'thinking', thinking: 'A command will do.', signature: 'c2lnbmVk' };
  expect(asked[1]?.body).toContain(JSON.stringify(thinking));
  expect(asked[1]?.body).toContain('hello there');
});

test('Codex compacts before its context is full, by the size that the gateway tells it', {
  timeout: 60_000,
}, async () => {
  const { fake, run } = await codexBefore('llama-cpp', 16_384);
  const usage = { prompt_tokens: 15_900, completion_tokens: 100, total_tokens: 16_000 };
  fake.enqueue({ steps: [hello, { usage }] });
  fake.enqueue({ steps: [{ text: 'Hello was said.' }] });
  const { code, stdout, stderr } = await run('Say hello.');

  expect(code, stdout + stderr).toBe(0);
  const [, compaction, after] = askedByChat(fake);
  expect(compaction?.tools).toEqual([]);
  expect(compaction?.last).toContain('CONTEXT CHECKPOINT');
  expect(after?.last).toContain('Hello was said.');
});

test('Codex understands an overflow and compacts before it goes on', { timeout: 60_000 }, async () => {
  const { fake, run } = await codexBefore('llama-cpp');
  fake.enqueue({ steps: [hello] });
  fake.enqueue(overflowOf(20_032, 16_384));
  const full = await run('Say hello.');
  expect(full.code).toBe(1);
  expect(full.stdout).toContain('Codex ran out of room in the model');
  // One try: a request that does not fit is not sent again.
  expect(askedByChat(fake)).toHaveLength(2);

  fake.enqueue({ steps: [{ text: 'Hello was said.' }] });
  const { code, stdout, stderr } = await run('Go on.', ['resume', '--last']);
  expect(code, stdout + stderr).toBe(0);
  const [, , compaction, after] = askedByChat(fake);
  expect(compaction?.tools).toEqual([]);
  expect(after?.messages.some((message) => JSON.stringify(message).includes('Hello was said.'))).toBe(true);
  expect(after?.last).toContain('Go on.');
});
