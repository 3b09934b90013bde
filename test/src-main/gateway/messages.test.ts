import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isObject } from '../../../src-shared/json.ts';
import { messagesGrammar } from '../../event-grammar.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { busy, type Gateway, messagesBody, startGateway, until } from './start-gateway.ts';

let fake: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  fake = await startFakeUpstream();
  gateway = await startGateway({
    upstream: fake.url,
    gateway: { holdStatusSeconds: 0.15 },
    options: { keepAliveMs: 50, usageWaitMs: 100 },
  });
});
afterEach(() => fake.clear());
afterAll(async () => {
  await gateway.close();
  await fake.close();
});

const tools = ['get_weather', 'list_all', 'write_file'].map((name) => ({
  name,
  description: name,
  input_schema: { type: 'object', properties: {} },
}));
const ask = (scenario: string, more = {}) => gateway.post('/v1/messages', messagesBody(scenario, { tools, ...more }));

interface Frame {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

function frames(text: string): Frame[] {
  return text
    .split('\n\n')
    .filter((frame) => frame.startsWith('event: '))
    .map((frame) => {
      const [event = '', data = ''] = frame.split('\n');
      const parsed: unknown = JSON.parse(data.slice('data: '.length));
      return { event: event.slice('event: '.length), data: isObject(parsed) ? parsed : {} };
    });
}

async function stream(scenario: string, more = {}): Promise<{ text: string; events: string[]; frames: Frame[] }> {
  const answer = await ask(scenario, more);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(answer.headers.get('request-id')).toMatch(/^req_/);
  const text = await answer.text();
  expect(messagesGrammar(text)).toEqual([]);
  return { text, events: frames(text).map(({ event }) => event), frames: frames(text) };
}

describe('a streamed answer', () => {
  test.each([
    'hello',
    'think',
    'thinkonly',
    'tool',
    'texttool',
    'thinktool',
    'twotools',
    'noargs',
    'interleaved',
    'late-id',
    'unicode',
    'length',
    'length-in-tool',
    'comments',
    'no-done',
    'empty',
    'json',
  ])('%s keeps the grammar and ends with message_stop', async (scenario) => {
    expect((await stream(scenario)).events.at(-1)).toBe('message_stop');
  });

  test('F20: carries the model as the client named it', async () => {
    const { frames: all } = await stream('hello', { model: 'coder' });
    expect(all[0]?.data.message).toMatchObject({ model: 'coder' });
    expect(JSON.parse(fake.requests()[0]?.body ?? '')).toMatchObject({ model: 'fake-model', stream: true });
  });

  test('what one network chunk held goes out in one write', async () => {
    gateway.bytes.length = 0;
    await stream('flood count=500 kind=text');
    const from = gateway.bytes.filter(({ border }) => border === 'server-to-gateway').length;
    const to = gateway.bytes.filter(({ border }) => border === 'gateway-to-agent').length;
    expect(to).toBeLessThanOrEqual(from + 2);
  });

  test('usage that comes late is waited for, but not for ever', async () => {
    fake.enqueue({
      steps: [
        { text: 'hi' },
        { finish: 'stop' },
        { wait: 30 },
        { chunk: { choices: [], usage: { prompt_tokens: 321, completion_tokens: 5 } } },
      ],
      end: 'eof',
    });
    const late = await stream('x');
    expect(late.frames.find(({ event }) => event === 'message_delta')?.data.usage).toMatchObject({
      input_tokens: 321,
      output_tokens: 5,
    });
    fake.enqueue({ steps: [{ text: 'hi' }, { finish: 'stop' }], end: 'stall' });
    const startedAt = performance.now();
    expect((await stream('x')).events.at(-1)).toBe('message_stop');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await until(() => fake.aborts().length === 1);
  });

  test('the prompt estimate stands in message_start and learns from the real figure', async () => {
    gateway.learned.length = 0;
    const { frames: all } = await stream('hello');
    expect(all[0]?.data.message).toMatchObject({ usage: { input_tokens: expect.any(Number) } });
    await until(() => gateway.learned.length === 1);
    expect(gateway.learned[0]?.tokens).toBeGreaterThan(0);
  });

  test('the tap is told how it went', async () => {
    await stream('tool');
    await until(() => gateway.ends.at(-1)?.outcome === 'done');
    expect(gateway.ends.at(-1)).toMatchObject({
      status: 200,
      finishReason: 'tool-calls',
      modelId: 'up/fake-model',
      rounds: 1,
      error: null,
      firstByteMs: expect.any(Number),
    });
  });
});

describe('B39: a client that wants JSON', () => {
  test('gets the folded stream', async () => {
    const answer = await ask('thinktool', { stream: false });
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toMatchObject({
      type: 'message',
      role: 'assistant',
      stop_reason: 'tool_use',
      content: [
        { type: 'thinking', thinking: 'I need the weather.' },
        { type: 'tool_use', name: 'get_weather', input: { city: 'Paris' } },
      ],
    });
    expect(JSON.parse(fake.requests()[0]?.body ?? '')).toMatchObject({ stream: true });
  });

  test.each([
    ['cut', 502],
    ['silent-death', 502],
    ['error-mid-stream', 502],
    ['error-in-200', 502],
    ['html', 502],
    ['unauthorized', 502],
    ['rate-limit', 429],
    ['overflow', 400],
    ['bad-request', 400],
  ])('%s is HTTP %i', async (scenario, status) => {
    const answer = await ask(scenario, { stream: false });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ type: 'error', error: { message: expect.any(String) } });
  });

  test('waits longer than the hold', async () => {
    expect((await ask('slow-headers ms=400', { stream: false })).status).toBe(200);
  });
});

describe('errors', () => {
  test.each([
    ['unauthorized', 502, 'api_error'],
    ['forbidden', 502, 'api_error'],
    ['rate-limit', 429, 'rate_limit_error'],
    ['html', 502, 'api_error'],
    ['empty-error', 502, 'api_error'],
    ['bad-request', 400, 'invalid_request_error'],
    ['error-in-200', 502, 'api_error'],
  ])('F05, F09: %s before the stream began is HTTP %i %s', async (scenario, status, type) => {
    const answer = await ask(scenario);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ type: 'error', error: { type } });
  });

  test.each([
    'unauthorized',
    'rate-limit',
    'html',
    'empty-error',
    'error-in-200',
    'cut',
    'silent-death',
    'error-mid-stream',
  ])('%s names the upstream', async (scenario) => {
    const answer: unknown = await (await ask(scenario, { stream: false })).json();
    expect(answer).toMatchObject({ error: { message: expect.stringMatching(/^up\b/) } });
  });

  test('an overflow is in the words Claude Code compacts on', async () => {
    expect(await (await ask('overflow')).json()).toMatchObject({
      error: { message: 'prompt is too long: 10032 tokens > 8192 maximum' },
    });
  });

  test('F07: retry-after is forwarded', async () => {
    expect((await ask('rate-limit')).headers.get('retry-after')).toBe('7');
  });

  test('F10: a server that is not there is named by its id only', async () => {
    const own = await startGateway({ upstream: 'http://127.0.0.1:9', kind: 'ollama' });
    for (const wantsStream of [true, false]) {
      const answer = await own.post('/v1/messages', messagesBody('x', { stream: wantsStream }));
      expect(answer.status).toBe(502);
      const text = await answer.text();
      expect(text).toContain('up is not running: connection refused.');
      expect(text).not.toContain('127.0.0.1');
    }
    await own.close();
  });

  test.each(['cut', 'cut-in-tool', 'eof', 'silent-death', 'error-mid-stream', 'malformed'])(
    '%s in the stream is one error event and no message_stop',
    async (scenario) => {
      const { events } = await stream(scenario);
      expect(events.at(-1)).toBe('error');
      expect(events).not.toContain('message_stop');
    },
  );

  test('a stream that stalls ends by the idle timeout', async () => {
    const own = await startGateway({ upstream: fake.url, timeouts: { idleMs: 120 } });
    const answer = await own.post('/v1/messages', messagesBody('stall'));
    expect(frames(await answer.text()).at(-1)).toMatchObject({
      event: 'error',
      data: { error: { type: 'timeout_error' } },
    });
    await own.close();
  });

  test('F03: an answer that does not fit beside its prompt is asked for once more, shorter', async () => {
    fake.enqueue({
      http: {
        status: 400,
        body: {
          error: {
            message:
              "This model's maximum context length is 8192 tokens. However, you requested 4096 output tokens and your prompt contains 5000 input tokens, for a total of 9096 tokens.",
            type: 'BadRequestError',
            code: 400,
          },
        },
      },
    });
    expect((await stream('hello', { max_tokens: 4096 })).events.at(-1)).toBe('message_stop');
    expect(fake.requests().map(({ body }) => JSON.parse(body).max_tokens)).toEqual([4096, 3192]);
  });
});

describe('status and silence', () => {
  test('an error within the hold has its HTTP status', async () => {
    fake.enqueue({
      headersAfterMs: 60,
      http: { status: 503, body: { error: { message: 'no slot available', type: 'unavailable_error', code: 503 } } },
    });
    expect((await ask('x')).status).toBe(503);
  });

  test('B44: after the hold message_start goes out, then pings, and the answer follows', async () => {
    const { events } = await stream('slow-headers ms=450');
    expect(events.slice(0, 3)).toEqual(['message_start', 'ping', 'ping']);
    expect(events.at(-1)).toBe('message_stop');
  });

  test("message_start goes out with the upstream's headers, before its first byte", async () => {
    const answer = await ask('slow-body ms=400');
    const reader = answer.body?.getReader();
    const startedAt = performance.now();
    const first = await reader?.read();
    expect(performance.now() - startedAt).toBeLessThan(300);
    expect(Buffer.from(first?.value ?? []).toString()).toMatch(/^event: message_start\n/);
    await reader?.cancel();
  });

  test('an error that is the first event of a stream still has its status', async () => {
    fake.enqueue({
      http: {
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        body: ': busy\n\ndata: {"error":{"message":"the engine is overloaded","code":503}}\n\n',
      },
    });
    const answer = await ask('x');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } });
  });

  test('an error after the hold is an event', async () => {
    fake.enqueue({ headersAfterMs: 300, http: { status: 500, body: { error: { message: 'no' } } } });
    const { events } = await stream('x');
    expect(events[0]).toBe('message_start');
    expect(events.at(-1)).toBe('error');
    await until(() => gateway.ends.at(-1)?.outcome === 'failed');
  });

  test('a silence in the middle is filled with pings', async () => {
    expect((await stream('pause ms=200')).events.filter((event) => event === 'ping').length).toBeGreaterThanOrEqual(2);
  });

  test(
    'B43, F18: a client that leaves ends the request upstream within 100 ms, in every phase, and it is not repeated',
    busy,
    async () => {
      for (const [scenario, wantsStream] of [
        ['slow-headers ms=3000', true],
        ['slow-headers ms=3000', false],
        ['slow-body ms=3000', false],
        ['stall', true],
        ['stall', false],
        ['flood count=100000 rate=500', true],
      ] as const) {
        fake.clear();
        const ends = gateway.ends.length;
        const controller = new AbortController();
        const pending = gateway
          .post('/v1/messages', messagesBody(scenario, { stream: wantsStream }), { signal: controller.signal })
          .then((answer) => answer.text());
        await until(() => fake.requests().length === 1);
        await new Promise((resolve) => setTimeout(resolve, 40));
        const leftAt = Date.now();
        controller.abort();
        await expect(pending).rejects.toThrow();
        await until(() => fake.aborts().length === 1, 500);
        expect((fake.aborts()[0]?.at ?? Infinity) - leftAt, scenario).toBeLessThan(100);
        await until(() => gateway.ends.length > ends);
        expect(gateway.ends.at(-1)).toMatchObject({ outcome: 'aborted' });
        expect(fake.requests()).toHaveLength(1);
      }
    },
  );

  test('a client that reads slowly slows the upstream down and still gets everything', async () => {
    const answer = await ask('flood count=60000 kind=text');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const text = await answer.text();
    expect(messagesGrammar(text)).toEqual([]);
    expect(text.match(/"text_delta"/g)).toHaveLength(60_000);
  });
});

describe('what the gateway answers itself', () => {
  test('no tokens wanted: an empty message that ended by max_tokens, without asking the model', async () => {
    const json = await (await ask('hello', { max_tokens: 0, stream: false })).json();
    expect(json).toMatchObject({ type: 'message', content: [], stop_reason: 'max_tokens' });
    expect((await stream('hello', { max_tokens: 0 })).events).toEqual([
      'message_start',
      'message_delta',
      'message_stop',
    ]);
    expect(fake.requests()).toEqual([]);
    expect((await ask('hello', { max_tokens: 0, model: 'nope' })).status).toBe(404);
  });

  test('a web search sub-request without a provider: unavailable, in both forms', async () => {
    const search = {
      tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 8 }],
      messages: [{ role: 'user', content: 'Perform a web search for the query: node 24' }],
    };
    const content = [
      { type: 'server_tool_use', name: 'web_search', input: { query: 'node 24' } },
      { type: 'web_search_tool_result', content: { type: 'web_search_tool_result_error', error_code: 'unavailable' } },
      { type: 'text', text: expect.stringContaining('not available') },
    ];
    expect(await (await ask('x', { ...search, stream: false })).json()).toMatchObject({
      content,
      stop_reason: 'end_turn',
    });
    const { frames: all } = await stream('x', search);
    expect(
      all
        .filter(({ event }) => event === 'content_block_start')
        .map(({ data }) => isObject(data.content_block) && data.content_block.type),
    ).toEqual(['server_tool_use', 'web_search_tool_result', 'text']);
    expect(fake.requests()).toEqual([]);
  });

  test("a search tool beside others is the model's request", async () => {
    await stream('hello', { tools: [...tools, { type: 'web_search_20250305', name: 'web_search' }] });
    expect(fake.requests()).toHaveLength(1);
  });

  test('F11: count_tokens answers with a number, also without max_tokens', async () => {
    const answer = await gateway.post('/v1/messages/count_tokens?beta=true', {
      model: 'up/fake-model',
      messages: [{ role: 'user', content: 'count me' }],
      tools,
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ input_tokens: expect.any(Number) });
    expect(
      (await gateway.post('/v1/messages/count_tokens', { model: 'nope', messages: [{ role: 'user', content: 'x' }] }))
        .status,
    ).toBe(404);
    expect(fake.requests()).toEqual([]);
  });
});

test('a tap that throws does not disturb the request', async () => {
  const bug = (): never => {
    throw new Error('a bug of the tap');
  };
  const own = await startGateway({
    upstream: fake.url,
    parts: { tap: { start: bug, bytes: bug, end: bug, refused: bug } },
  });
  const text = await (await own.post('/v1/messages', messagesBody('hello'))).text();
  expect(messagesGrammar(text)).toEqual([]);
  expect(text).toContain('message_stop');
  await own.close();
});

test('a llama-server that closes its socket after each stream answers every request', async () => {
  const llama = await startFakeUpstream({ personality: 'llama-cpp' });
  const own = await startGateway({ upstream: llama.url, kind: 'llama-cpp' });
  for (let turn = 0; turn < 30; turn += 1) {
    const answer = await own.post('/v1/messages', messagesBody('hello', { stream: turn % 2 === 0 }));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('upstream.');
  }
  expect(llama.requests()).toHaveLength(30);
  await own.close();
  await llama.close();
});
