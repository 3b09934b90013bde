import { describe, expect, it } from 'vitest';
import { toldTruncation, untoldOverflow } from '../../../src-main/gateway/silent-truncation.ts';
import type { Route } from '../../../src-main/models/route.types.ts';
import type { PromptSize } from '../../../src-main/models/token-counter.ts';
import { kindOf } from '../../../src-main/upstreams/kinds.ts';
import { defaultFlags } from '../../../src-shared/compat-flags.ts';
import { startFakeUpstream } from '../../fakes/upstream.ts';
import { chatBody, messagesBody, startGateway, until } from './start-gateway.ts';

const signal = new AbortController().signal;

/** A model with room for 4,096 tokens on an Ollama, or another window or kind. */
function routeOf(contextWindow: number | null = 4096, kind: 'ollama' | 'vllm' = 'ollama'): Route {
  const target = {
    id: 'ollama',
    kind: kindOf(kind),
    rootUrl: 'http://127.0.0.1:1',
    apiUrl: 'http://127.0.0.1:1/v1',
    headers: {},
    query: {},
    secretHeader: 'authorization',
    secret: async () => ({ kind: 'none' as const }),
    timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1 },
  };
  return {
    modelId: 'ollama/qwen3:4b',
    alias: null,
    target,
    upstreamModel: 'qwen3:4b',
    flags: { ...defaultFlags, ...target.kind.flags },
    contextWindow,
    maxOutputTokens: null,
    defaults: {},
    timeouts: target.timeouts,
    upstreamProtocol: () => 'chat',
  };
}

/** Estimates a token for 4 bytes and counts what is given. */
function counter(counted: number) {
  let counts = 0;
  return {
    estimate: (_route: Route, { bytes }: PromptSize) => bytes / 4,
    count: async () => {
      counts += 1;
      return counted;
    },
    learn: () => undefined,
    counts: () => counts,
  };
}

const size = (bytes: number): PromptSize => ({ bytes, hasTools: false });
const usage = (inputTokens: number) => ({ inputTokens, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 9 });

describe('F04: a server that shortens prompts without a word', () => {
  it('is not sent a prompt that does not fit', async () => {
    expect(await untoldOverflow(counter(7900), routeOf(), {}, size(31_600), signal)).toEqual({
      kind: 'context-overflow',
      message: 'The prompt takes 7900 tokens and ollama/qwen3:4b has room for 4096, as it is loaded.',
      overflow: { promptTokens: 7900, contextWindow: 4096 },
    });
  });

  it('is sent one that fits, counted only where the estimate comes near', async () => {
    const near = counter(4096);
    expect(await untoldOverflow(near, routeOf(), {}, size(20_000), signal)).toBeNull();
    expect(near.counts()).toBe(1);
    const far = counter(9999);
    expect(await untoldOverflow(far, routeOf(), {}, size(12_000), signal)).toBeNull();
    expect(far.counts()).toBe(0);
  });

  it('is asked as it is where its window is not known', async () => {
    expect(await untoldOverflow(counter(99_999), routeOf(null), {}, size(400_000), signal)).toBeNull();
  });

  it('is told from one that refuses such prompts itself', async () => {
    expect(await untoldOverflow(counter(99_999), routeOf(4096, 'vllm'), {}, size(400_000), signal)).toBeNull();
    expect(toldTruncation(counter(0), routeOf(4096, 'vllm'), size(31_600), usage(3765))).toBeNull();
  });

  it('is found out by the prompt tokens it reports', () => {
    expect(toldTruncation(counter(0), routeOf(), size(31_600), usage(3765))).toMatchObject({
      kind: 'dropped',
      what: 'the oldest messages',
    });
    expect(toldTruncation(counter(0), routeOf(null), size(31_600), usage(3765))?.why).toBe(
      'ollama read 3765 tokens of a prompt of about 7900: it leaves out what does not fit its context window. Load the model with a larger one.',
    );
  });

  it('is not accused of it where the prompt was short, the figure is near, or nobody gave one', () => {
    expect(toldTruncation(counter(0), routeOf(32_768), size(31_600), usage(3765))).toBeNull();
    expect(toldTruncation(counter(0), routeOf(), size(31_600), usage(5000))).toBeNull();
    expect(toldTruncation(counter(0), routeOf(), size(31_600), usage(0))).toBeNull();
    expect(toldTruncation(counter(0), routeOf(), size(31_600), { ...usage(3765), estimated: true })).toBeNull();
  });
});

describe('the gateway', () => {
  it('answers for Ollama where the prompt does not fit, without asking it', async () => {
    const fake = await startFakeUpstream({ personality: 'ollama' });
    const gateway = await startGateway({ upstream: fake.url, kind: 'ollama', contextWindow: 400 });
    try {
      const system = 'Be brief. '.repeat(200);
      const answer = await gateway.post('/v1/messages', messagesBody('hello', { system }));
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { message: expect.stringMatching(/^prompt is too long: \d+ tokens > 400 maximum$/) },
      });
      expect(fake.requests()).toEqual([]);
      expect((await gateway.post('/v1/messages', messagesBody('hello'))).status).toBe(200);
    } finally {
      await gateway.close();
      await fake.close();
    }
  });

  it.each([
    ['/v1/chat/completions', undefined],
    ['/v1/messages', 'messages'],
    ['/v1/responses', 'responses'],
  ] as const)('does so where the request goes through as it is, too: %s', async (path, protocol) => {
    const fake = await startFakeUpstream({ personality: 'ollama' });
    const spoken = protocol !== undefined && { protocol };
    const gateway = await startGateway({ upstream: fake.url, kind: 'ollama', contextWindow: 400, ...spoken });
    const body = (text: string) => {
      const messages = [{ role: 'user', content: `${text} [[hello]]` }];
      const prompt = path === '/v1/responses' ? { input: messages } : { messages };
      return { model: 'up/fake-model', max_tokens: 100, stream: true, ...prompt };
    };
    try {
      const answer = await gateway.post(path, body('Be brief. '.repeat(200)));
      expect(answer.status).toBe(400);
      expect(JSON.stringify(await answer.json())).toMatch(/too long|maximum context length|context window/);
      expect(fake.requests()).toEqual([]);
      expect((await gateway.post(path, body('Hello'))).status).toBe(200);
      expect(gateway.ends.at(0)?.error?.kind).toBe('context-overflow');
    } finally {
      await gateway.close();
      await fake.close();
    }
  });

  it('tells that the oldest messages of a Chat request were left out, and learns how long prompts are', async () => {
    const fake = await startFakeUpstream({ personality: 'ollama' });
    const gateway = await startGateway({ upstream: fake.url, kind: 'ollama' });
    fake.enqueue({ steps: [{ text: 'ok' }, { usage: { prompt_tokens: 90, completion_tokens: 1 } }] }, 2);
    try {
      for (const stream of [true, false]) {
        const told = stream && { stream_options: { include_usage: true } };
        const ended = gateway.ends.length;
        await (await gateway.post('/v1/chat/completions', chatBody('x'.repeat(2000), { stream, ...told }))).text();
        await until(() => gateway.ends.length > ended);
        expect(gateway.ends.at(-1)?.diagnostics).toMatchObject([{ kind: 'dropped', what: 'the oldest messages' }]);
      }
      expect(gateway.learned.map(({ tokens }) => tokens)).toEqual([90, 90]);
    } finally {
      await gateway.close();
      await fake.close();
    }
  });
});
