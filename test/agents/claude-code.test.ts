import { readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startFakeUpstream } from '../fakes/upstream.ts';
import { startLlamaServer } from '../programs/llama-server.ts';
import type { UpstreamEntry } from '../programs/serve.ts';
import { askedByChat, calls } from './asked.ts';
import { startClaudeCode } from './claude-code.ts';
import { startStage } from './stage.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** The built gateway before one upstream, and Claude Code before the gateway. */
async function session(upstream: UpstreamEntry, model: string, environment: Readonly<Record<string, string>> = {}) {
  const stage = await startStage([upstream]);
  undo.push(stage.end);
  const options = stage.agent(model);
  const claude = startClaudeCode(options, environment);
  undo.push(claude.end);
  const file = (name: string) => join(options.cwd, name);
  return { claude, file, greeting: () => readFileSync(file('greeting.txt'), 'utf8') };
}

/** Claude Code before a fake upstream that speaks Chat. */
async function scripted() {
  const fake = await startFakeUpstream({ models: ['fake-model'] });
  undo.push(fake.close);
  const upstream: UpstreamEntry = { id: 'fake', kind: 'openai-compatible', baseUrl: `${fake.url}/v1` };
  return { fake, ...(await session(upstream, 'fake/fake-model')) };
}

/** How a turn ends after the scripted answer to a tool's result. */
const answered = { subtype: 'success', is_error: false, result: 'The tool has answered.' };

describe('the released Claude Code works through the gateway', () => {
  it.runIf(process.env.DRAGOMAN_NETWORK === 'loopback')('with no network but loopback', () => {
    const outside = Object.values(networkInterfaces()).flatMap((addresses) =>
      (addresses ?? []).filter((one) => !one.internal),
    );
    expect(outside).toEqual([]);
  });

  it('creates a file by a tool call of a scripted upstream', { timeout: 60_000 }, async () => {
    const { fake, claude, greeting } = await scripted();
    const input = JSON.stringify({ file_path: 'greeting.txt', content: 'Good morning é\n' });
    const pieces = input.match(/.{1,7}/gsu) ?? [];
    fake.define('write', {
      steps: [
        { text: 'I will write ' },
        { text: 'the file.' },
        { call: { index: 0, id: 'call_write', name: 'Write', arguments: '' } },
        ...pieces.map((piece) => ({ call: { index: 0, arguments: piece } })),
      ],
    });

    expect(await claude.say('Write a greeting: [[write]]')).toMatchObject({ ...answered, num_turns: 2 });
    expect(greeting()).toBe('Good morning é\n');
    expect(await claude.end()).toBe(0);

    const asked = fake.requests().filter(({ path }) => path === '/v1/chat/completions');
    expect(asked).toHaveLength(2);
    // The whole prompt, not a reduced one, went upstream, without Claude's billing header.
    expect(asked[0]?.body.length).toBeGreaterThan(30_000);
    expect(asked[0]?.body).not.toContain('x-anthropic-billing-header');
    // The second request starts with the first: what comes after the messages of the first is all that is new.
    const messages = asked.map(({ body }): unknown[] => JSON.parse(body).messages);
    expect(messages[1]?.slice(0, messages[0]?.length)).toEqual(messages[0]);
  });

  it('runs two tools that the model calls at once', { timeout: 60_000 }, async () => {
    const { fake, claude, file } = await scripted();
    const piece = (index: number, more: object) => ({ call: { index, ...more } });
    const input = (name: string) => JSON.stringify({ file_path: name, content: name });
    fake.define('both', {
      steps: [
        piece(0, { id: 'call_a', name: 'Write', arguments: '' }),
        piece(1, { id: 'call_b', name: 'Write', arguments: '' }),
        ...['a.txt', 'b.txt'].map((name, index) => piece(index, { arguments: input(name).slice(0, 9) })),
        ...['a.txt', 'b.txt'].map((name, index) => piece(index, { arguments: input(name).slice(9) })),
      ],
    });

    expect(await claude.say('Write both: [[both]]')).toMatchObject(answered);
    expect(readFileSync(file('a.txt'), 'utf8') + readFileSync(file('b.txt'), 'utf8')).toBe('a.txtb.txt');
    const messages = askedByChat(fake).at(-1)?.messages.slice(-3) ?? [];
    expect(messages.map(({ role, tool_call_id }) => tool_call_id ?? role)).toEqual(['assistant', 'call_a', 'call_b']);
    expect(messages[0]?.tool_calls.map(({ id }) => id)).toEqual(['call_a', 'call_b']);
  });

  it('finds a deferred tool by ToolSearch and calls it', { timeout: 60_000 }, async () => {
    const { fake, claude } = await scripted();
    fake.enqueue({ steps: [calls('ToolSearch', { query: 'select:CronList', max_results: 3 }, 'call_search')] });
    fake.enqueue({ steps: [calls('CronList', {}, 'call_list')] });

    expect(await claude.say('What is scheduled?')).toMatchObject(answered);
    const [first, second, third] = askedByChat(fake);
    expect(first?.tools).not.toContain('CronList');
    // What comes first stays first, for the prompt cache of the server.
    expect(second?.tools).toEqual([...(first?.tools ?? []), 'CronList']);
    expect(second?.last).toContain('CronList');
    expect(third?.messages.at(-1)).toMatchObject({ tool_call_id: 'call_list', content: 'No scheduled jobs.' });
  });

  it('lets a subagent work and hears of its answer', { timeout: 60_000 }, async () => {
    const { fake, claude } = await scripted();
    const task = { description: 'greet', prompt: 'Greet: [[unicode]]', subagent_type: 'general-purpose' };
    fake.define('delegate', { steps: [calls('Agent', task, 'call_agent')] });
    fake.define('unicode', { steps: [{ text: 'Grüße 👋🏽' }] });

    expect(await claude.say('Let another greet: [[delegate]]')).toMatchObject({ subtype: 'success', is_error: false });
    await expect
      .poll(() => askedByChat(fake).filter(({ last }) => last.includes('<result>Grüße 👋🏽</result>')), {
        timeout: 20_000,
      })
      .toHaveLength(1);
  });

  it('shows the model an image that it reads', { timeout: 60_000 }, async () => {
    const { fake, claude, file } = await scripted();
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC';
    writeFileSync(file('picture.png'), Buffer.from(png, 'base64'));
    fake.define('look', { steps: [calls('Read', { file_path: file('picture.png') }, 'call_read')] });

    expect(await claude.say('What is in it? [[look]]')).toMatchObject({ subtype: 'success', is_error: false });
    expect(askedByChat(fake).at(-1)?.last).toContain(`data:image/png;base64,${png}`);
  });

  it('compacts the conversation when told to, and goes on from the summary', { timeout: 60_000 }, async () => {
    const { fake, claude } = await scripted();
    const summary = '<analysis>Short.</analysis><summary>They said hello.</summary>';
    expect(await claude.say('First. [[hello]]')).toMatchObject({ subtype: 'success' });
    fake.enqueue({ steps: [{ text: summary }] });
    expect(await claude.say('/compact')).toMatchObject({ subtype: 'success', is_error: false });
    expect(await claude.say('Second. [[hello]]')).toMatchObject({
      subtype: 'success',
      result: 'Hello from the fake upstream.',
    });

    const [first, compaction, after] = askedByChat(fake);
    expect(compaction?.messages.slice(0, first?.messages.length)).toEqual(first?.messages);
    expect(compaction?.last).toContain('Respond with TEXT ONLY');
    expect(JSON.stringify(after?.messages)).toContain('They said hello.');
    expect(JSON.stringify(after?.messages)).not.toContain('First.');
    expect(after?.last).toContain('Second.');
  });

  // Some 42,000 tokens on the scripted model's small vocabulary: a minute on two cores before the first answer.
  it('creates and edits a file with a model that a real llama-server serves, and evaluates only what is new', {
    timeout: 600_000,
  }, async () => {
    const llama = await startLlamaServer({ model: 'scripted', context: 98_304 });
    undo.push(llama.stop);
    const upstream: UpstreamEntry = { id: 'llama', kind: 'llama-cpp', baseUrl: llama.url };
    const { claude, greeting } = await session(upstream, 'llama/scripted', { CLAUDE_CODE_MAX_CONTEXT_TOKENS: '98304' });
    const done = { subtype: 'success', is_error: false, result: 'The tool has answered, so I am done now.' };

    expect(await claude.say('Write a greeting: [[write]]')).toMatchObject({ ...done, num_turns: 2 });
    expect(greeting()).toBe('Good morning é\n');
    expect(await claude.say('Now for the evening: [[edit]]')).toMatchObject({ ...done, num_turns: 2 });
    expect(greeting()).toBe('Good evening é\n');
    expect(await claude.say('Thank you. [[hello]]')).toMatchObject({
      subtype: 'success',
      result: 'Hello from the tiny scripted model. How can I help?',
    });
    expect(await claude.end()).toBe(0);

    const evaluations = llama.evaluations();
    console.log(evaluations.map(({ prompt, evaluated }) => `prompt ${prompt}, evaluated ${evaluated}`).join('\n'));
    expect(evaluations).toHaveLength(5);
    for (const [turn, { prompt, evaluated }] of evaluations.entries()) {
      const before = evaluations[turn - 1];
      if (before === undefined) continue;
      // The scripted model's template ends each prompt with a token that names the script; from there on it is new.
      expect(evaluated, `turn ${turn + 1}`).toBeLessThanOrEqual(prompt - before.prompt + 8);
    }
  });
});
