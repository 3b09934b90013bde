import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startFakeUpstream } from '../fakes/upstream.ts';
import { startLlamaServer } from '../programs/llama-server.ts';
import { startServe, type UpstreamEntry } from '../programs/serve.ts';
import { startClaudeCode } from './claude-code.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function folder(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `dragoman-${name}-`));
  undo.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The built gateway before one upstream, and Claude Code before the gateway. */
async function session(upstream: UpstreamEntry, model: string) {
  const serve = await startServe({ upstreams: [upstream] });
  undo.push(serve.stop);
  const cwd = folder('project');
  const claude = startClaudeCode({ gateway: serve.url, key: serve.key, model, home: folder('agent'), cwd });
  undo.push(claude.end);
  return { claude, greeting: () => readFileSync(join(cwd, 'greeting.txt'), 'utf8') };
}

describe('the released Claude Code works through the gateway', () => {
  it.runIf(process.env.DRAGOMAN_NETWORK === 'loopback')('with no network but loopback', () => {
    const outside = Object.values(networkInterfaces()).flatMap((addresses) =>
      (addresses ?? []).filter((one) => !one.internal),
    );
    expect(outside).toEqual([]);
  });

  it('creates a file by a tool call of a scripted upstream', { timeout: 60_000 }, async () => {
    const fake = await startFakeUpstream({ models: ['fake-model'] });
    undo.push(fake.close);
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
    const upstream: UpstreamEntry = { id: 'fake', kind: 'openai-compatible', baseUrl: `${fake.url}/v1` };
    const { claude, greeting } = await session(upstream, 'fake/fake-model');

    expect(await claude.say('Write a greeting: [[write]]')).toMatchObject({
      subtype: 'success',
      is_error: false,
      result: 'The tool has answered.',
      num_turns: 2,
    });
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

  // Some 42,000 tokens on the scripted model's small vocabulary: a minute on two cores before the first answer.
  it('creates and edits a file with a model that a real llama-server serves, and evaluates only what is new', {
    timeout: 600_000,
  }, async () => {
    const llama = await startLlamaServer({ model: 'scripted', context: 98_304 });
    undo.push(llama.stop);
    const upstream: UpstreamEntry = { id: 'llama', kind: 'llama-cpp', baseUrl: llama.url };
    const { claude, greeting } = await session(upstream, 'llama/scripted');
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
