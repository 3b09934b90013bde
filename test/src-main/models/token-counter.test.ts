import { afterEach, describe, expect, test } from 'vitest';
import { createTokenCounter } from '../../../src-main/models/token-counter.ts';
import { createTokenizer } from '../../../src-main/models/tokenizer.ts';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import { httpServer } from '../upstreams/local-server.ts';
import { routeTo } from './servers.ts';

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

const plain = (bytes: number) => ({ bytes, hasTools: false });
const withTools = (bytes: number) => ({ bytes, hasTools: true });

describe('the estimate', () => {
  test('starts at four bytes a token and learns', async () => {
    const tokens = counter();
    const route = await routeTo('ollama', nowhere);
    expect(tokens.estimate(route, plain(4000))).toBe(1000);
    for (const bytes of [10_000, 20_000, 5000]) tokens.learn(route, plain(bytes), 0.4 * bytes, null);
    expect(tokens.estimate(route, plain(4000))).toBe(1600);
  });

  test('knows that servers put a prompt of their own before tools', async () => {
    const tokens = counter();
    const route = await routeTo('ollama', nowhere);
    for (const bytes of [400, 2000, 900]) {
      tokens.learn(route, plain(bytes), bytes / 4, null);
      tokens.learn(route, withTools(bytes), 600 + bytes / 4, null);
    }
    expect(tokens.estimate(route, plain(4000))).toBe(1000);
    expect(tokens.estimate(route, withTools(4000))).toBe(1600);
  });

  test('many small prompts with an overhead do not make a large one seem too long', async () => {
    const tokens = counter();
    const route = await routeTo('ollama', nowhere);
    for (let round = 0; round < 50; round += 1) tokens.learn(route, withTools(800 + round), 700, null);
    expect(tokens.estimate(route, withTools(400_000))).toBeLessThan(110_000);
  });

  test('one odd figure bends nothing', async () => {
    const tokens = counter();
    const route = await routeTo('ollama', nowhere);
    for (const bytes of [4000, 20_000, 9000, 14_000, 30_000]) tokens.learn(route, plain(bytes), bytes / 4, null);
    tokens.learn(route, plain(60_000), 60_000, null);
    expect(tokens.estimate(route, plain(10_000))).toBe(2500);
  });

  test('learns nothing from what no text has: pictures, zeros, a prompt that the server cut', async () => {
    const tokens = counter();
    const route = await routeTo('ollama', nowhere, 4096);
    tokens.learn(route, plain(1_000_000), 1100, null);
    tokens.learn(route, plain(1000), 0, null);
    tokens.learn(route, plain(32_000), 3765, null);
    expect(tokens.estimate(route, plain(4000))).toBe(1000);
  });

  test('gives way to no count while there is none of its kind', async () => {
    const tokens = counter();
    const route = await routeTo('openai-compatible', nowhere);
    for (const bytes of [100, 200, 150]) tokens.learn(route, plain(bytes), 300 + bytes / 4, null);
    const body = { messages: [{ role: 'user', content: ' fox'.repeat(2000) }] };
    expect(await tokens.count(route, body, going())).toBe(2004);
  });

  test("a model's overhead and slope correct a count of a like size", async () => {
    const tokens = counter();
    const route = await routeTo('openai-compatible', nowhere);
    const body = { messages: [{ role: 'user', content: ' fox'.repeat(2000) }] };
    const bytes = JSON.stringify(body).length;
    // This model makes 0.3 tokens of a byte and adds 600 of its own.
    for (const size of [4000, 20_000, 9000, 14_000, 30_000, 6000, 12_000])
      tokens.learn(route, plain(size), 600 + 0.3 * size, null);
    expect(await tokens.count(route, body, going())).toBe(Math.round(600 + 0.3 * bytes));
  });

  test("once it counts, it learns from the tokenizer's own counts", async () => {
    const tokens = counter();
    const route = await routeTo('openai-compatible', nowhere);
    const body = (foxes: number) => ({ messages: [{ role: 'user', content: ' fox'.repeat(foxes) }] });
    const size = (foxes: number) => plain(JSON.stringify(body(foxes)).length);
    await tokens.count(route, body(1), going());
    // This model makes 1.5 tokens of one of o200k's and adds 60 of its own.
    for (const foxes of [100, 500, 1000]) tokens.learn(route, size(foxes), 60 + 1.5 * (foxes + 4), body(foxes));
    await expect.poll(() => tokens.count(route, body(3000), going())).toBe(60 + 1.5 * 3004);
  });
});
