import { afterEach, describe, expect, test } from 'vitest';
import { createModelDirectory } from '../../../src-main/models/route.ts';
import type { Route } from '../../../src-main/models/route.types.ts';
import { createTokenCounter } from '../../../src-main/models/token-counter.ts';
import { createTokenizer } from '../../../src-main/models/tokenizer.ts';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import { httpServer } from '../upstreams/local-server.ts';
import { model, up, world } from './servers.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function counter() {
  const client = createUpstreamClient({ hopId: 'hop' });
  const tokenizer = createTokenizer();
  cleanups.push(() => client.close());
  cleanups.push(() => tokenizer.close());
  return createTokenCounter({ client, tokenizer });
}

async function routeTo(kind: string, baseUrl: string, contextWindow: number | null = null): Promise<Route> {
  const stated = model('m', { contextWindow: { inForce: contextWindow, maximum: null, source: null } });
  const made = world({ upstreams: [{ id: 'box', kind, baseUrl }] }, { box: up(stated) });
  const models = createModelDirectory({
    settings: () => made.settings,
    snapshot: () => made.snapshot,
    firstScan: Promise.resolve(),
  });
  const result = await models.route('box/m');
  if (!result.ok) throw new Error(result.error.message);
  return result.route;
}

const nowhere = 'http://127.0.0.1:9';
const going = () => new AbortController().signal;
const hello = { messages: [{ role: 'user', content: 'The quick brown fox jumps over the lazy dog.' }] };

describe('counting', () => {
  test('asks the server where it can count, with its own name of the model', async () => {
    let body = '';
    const server = await httpServer(async (request, response) => {
      for await (const chunk of request) body += String(chunk);
      response.end('{"input_tokens":771}');
    });
    cleanups.push(() => server.close());
    expect(await counter().count(await routeTo('llama-cpp', server.url), { ...hello, model: 'alias' }, going())).toBe(
      771,
    );
    expect(JSON.parse(body)).toEqual({ ...hello, model: 'm' });
  });

  test('counts by o200k and 4 a message where the server can not', async () => {
    expect(await counter().count(await routeTo('openai-compatible', nowhere), hello, going())).toBe(10 + 4);
  });

  test('counts itself where the server that could is away', async () => {
    expect(await counter().count(await routeTo('llama-cpp', nowhere), hello, going())).toBe(10 + 4);
  });

  test('a picture counts a constant, never its base64', async () => {
    const url = `data:image/png;base64,${'A'.repeat(500_000)}`;
    const content = [
      { type: 'text', text: 'The quick brown fox jumps over the lazy dog.' },
      { type: 'image_url', image_url: { url } },
    ];
    const count = await counter().count(
      await routeTo('openai-compatible', nowhere),
      { messages: [{ role: 'user', content }] },
      going(),
    );
    expect(count).toBe(10 + 4 + 1000);
  });

  test('tools, tool calls and earlier reasoning count', async () => {
    const tokens = counter();
    const route = await routeTo('openai-compatible', nowhere);
    const call = {
      id: 'c',
      type: 'function',
      function: { name: 'read', arguments: '{"path":"a long enough path to count"}' },
    };
    const turn = {
      role: 'assistant',
      content: null,
      tool_calls: [call],
      reasoning_content: 'first I think about it at length',
    };
    const tool = {
      type: 'function',
      function: { name: 'read', parameters: { type: 'object', properties: { path: { type: 'string' } } } },
    };
    const alone = await tokens.count(route, hello, going());
    const withCall = await tokens.count(route, { messages: [...hello.messages, turn] }, going());
    const withTools = await tokens.count(route, { messages: [...hello.messages, turn], tools: [tool] }, going());
    expect(withCall).toBeGreaterThan(alone + 10);
    expect(withTools).toBeGreaterThan(withCall + 10);
  });

  test('text that looks like a special token is text', async () => {
    const body = { messages: [{ role: 'user', content: '<|endoftext|>' }] };
    expect(await counter().count(await routeTo('openai-compatible', nowhere), body, going())).toBeGreaterThan(5);
  });

  test('many at a time each get their own count', async () => {
    const tokens = counter();
    const route = await routeTo('openai-compatible', nowhere);
    const bodies = [1, 2, 3, 4, 5].map((times) => ({ messages: [{ role: 'user', content: ' fox'.repeat(times) }] }));
    expect(await Promise.all(bodies.map((body) => tokens.count(route, body, going())))).toEqual([5, 6, 7, 8, 9]);
  });

  test('an abort ends it', async () => {
    await expect(
      counter().count(await routeTo('openai-compatible', nowhere), hello, AbortSignal.abort()),
    ).rejects.toThrow();
  });
});

describe('the estimate', () => {
  test('starts at four bytes a token and learns', async () => {
    const tokens = counter();
    const route = await routeTo('ollama', nowhere);
    expect(tokens.estimate(route, 4000)).toBe(1000);
    for (let round = 0; round < 30; round += 1) tokens.learn(route, 10_000, 4000);
    expect(tokens.estimate(route, 4000)).toBe(1600);
  });

  test('learns nothing from what no text has: pictures, zeros, a prompt that the server cut', async () => {
    const tokens = counter();
    const route = await routeTo('ollama', nowhere, 4096);
    tokens.learn(route, 1_000_000, 1100);
    tokens.learn(route, 1000, 0);
    tokens.learn(route, 32_000, 3765);
    expect(tokens.estimate(route, 4000)).toBe(1000);
  });

  test("a model's constant overhead and ratio correct the tokenizer's count", async () => {
    const tokens = counter();
    const route = await routeTo('openai-compatible', nowhere);
    const body = { messages: [{ role: 'user', content: ' fox'.repeat(2000) }] };
    const plain = await tokens.count(route, body, going());
    expect(plain).toBe(2004);
    // This model makes 0.3 tokens of a byte and adds 600 of its own.
    for (const bytes of [4000, 20_000, 9000, 14_000, 30_000, 6000, 12_000])
      tokens.learn(route, bytes, 600 + 0.3 * bytes);
    const count = await tokens.count(route, body, going());
    expect(Math.abs(count - (600 + 0.3 * 8000))).toBeLessThan(200);
  });
});
