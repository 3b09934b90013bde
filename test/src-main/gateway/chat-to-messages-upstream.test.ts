import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import { chatGrammar } from '../../chat-grammar.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { faultsOf } from '../protocols/messages/check-upstream-request.ts';
import { busy, chatBody, type Gateway, goodKey, startGateway, until } from './start-gateway.ts';

/** Chat clients in front of an upstream that speaks Messages. */

let upstream: FakeUpstream;
let gateway: Gateway;
let client: OpenAI;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway({
    upstream: upstream.url,
    protocol: 'messages',
    options: { keepAliveMs: 50 },
  });
  client = new OpenAI({ apiKey: goodKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
beforeEach(() => upstream.clear());

const ask = (scenario: string) => [{ role: 'user' as const, content: `go [[${scenario}]]` }];
const sent = (): JsonObject => JSON.parse(upstream.requests().at(-1)?.body ?? '{}');

async function streamed(scenario: string, more: JsonObject = {}): Promise<string> {
  const includeUsage = isObject(more.stream_options);
  const response = await gateway.post('/v1/chat/completions', chatBody(scenario, more));
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(chatGrammar(text, { includeUsage })).toEqual([]);
  return text;
}

describe('a stream', () => {
  test('goes to /v1/messages in Anthropic’s form and comes back as Chat', async () => {
    const text = await streamed('hello', { stream_options: { include_usage: true } });
    expect(text).toContain('"id":"chatcmpl-');
    expect(text).toContain('"model":"up/fake-model"');
    expect(upstream.requests().at(-1)).toMatchObject({
      path: '/v1/messages',
      headers: { 'anthropic-version': '2023-06-01' },
    });
    expect(faultsOf(sent())).toEqual([]);
  });

  test('thinking, text and tool calls reach OpenAI’s SDK, and a second round takes the results along', async () => {
    const tools = [
      { type: 'function' as const, function: { name: 'get_weather', parameters: { type: 'object', properties: {} } } },
    ];
    const { choices, usage } = await client.chat.completions
      .stream({ model: 'coder', messages: ask('thinktool'), tools, stream_options: { include_usage: true } })
      .finalChatCompletion();
    const message = choices[0]?.message;
    expect(choices[0]?.finish_reason).toBe('tool_calls');
    expect(usage?.prompt_tokens).toBeGreaterThan(0);
    const call = message?.tool_calls?.[0];
    if (message === undefined || call === undefined) throw new Error('no call came');
    expect(call).toMatchObject({ id: 'call_a', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } });

    const answer = await client.chat.completions.create({
      model: 'coder',
      messages: [...ask('thinktool'), message, { role: 'tool', tool_call_id: call.id, content: 'sunny' }],
      tools,
    });
    expect(answer.choices[0]?.message.content).toBe('The tool has answered.');
    expect(faultsOf(sent())).toEqual([]);
    // The SDK gives back `reasoning_details`, so the thinking goes back with its signature.
    expect((sent().messages as JsonObject[])[1]?.content).toMatchObject([
      { type: 'thinking', thinking: 'I need the weather.', signature: 'c2lnbmVk' },
      { type: 'tool_use', id: 'call_a' },
    ]);
  });

  test.each([
    'think',
    'twotools',
    'interleaved',
    'texttool',
    'noargs',
    'length',
    'length-in-tool',
    'unicode',
    'comments',
  ])('%s keeps the grammar', async (scenario) => {
    await streamed(scenario);
    expect(gateway.ends.at(-1)?.error ?? null).toBeNull();
  });

  test.each(['cut', 'cut-in-tool', 'eof', 'error-mid-stream', 'malformed'])(
    '%s ends in an error chunk',
    async (scenario) => {
      const text = await streamed(scenario);
      expect(text).toContain('data: {"error":');
      expect(text).not.toContain('[DONE]');
    },
  );

  test('F03: an answer asked for once more, shorter, thinks shorter, too', async () => {
    upstream.enqueue({
      http: {
        status: 400,
        body: {
          type: 'error',
          error: {
            type: 'invalid_request_error',
            message:
              'input length and `max_tokens` exceed context limit: 196000 + 32000 > 200000, decrease input length or `max_tokens` and try again',
          },
        },
      },
    });
    await streamed('hello', { max_tokens: 32_000, reasoning_effort: 'high' });
    const [first, second] = upstream.requests().map(({ body }) => JSON.parse(body));
    expect(first).toMatchObject({ max_tokens: 32_000, thinking: { type: 'enabled' } });
    expect(second).toMatchObject({ max_tokens: 4000, thinking: { type: 'enabled' } });
    expect(second.thinking.budget_tokens).toBeLessThan(4000);
  });

  test('silence is broken by comments', async () => {
    expect(await streamed('pause ms=200')).toContain(': keep-alive\n\n');
  });

  test('a client that leaves ends the upstream’s work at once', busy, async () => {
    const leaving = new AbortController();
    const response = await gateway.post('/v1/chat/completions', chatBody('stall'), { signal: leaving.signal });
    await response.body?.getReader().read();
    const leftAt = Date.now();
    leaving.abort();
    await until(() => upstream.aborts().length > 0);
    expect((upstream.aborts()[0]?.at ?? 0) - leftAt).toBeLessThan(100);
  });
});

describe('a JSON answer', () => {
  test.each(['hello', 'json'])('%s', async (scenario) => {
    const answer = await client.chat.completions.create({ model: 'coder', messages: ask(scenario) });
    expect(answer.object).toBe('chat.completion');
    expect(answer.choices[0]).toMatchObject({ index: 0, finish_reason: 'stop', message: { role: 'assistant' } });
    expect(answer.choices[0]?.message.content).not.toBe('');
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
  });
});

test.each([
  ['overflow', 400, 'context_length_exceeded'],
  ['rate-limit', 429, 'rate_limit_exceeded'],
  ['not-found', 404, 'model_not_found'],
])('%s is told in OpenAI’s words', async (scenario, status, code) => {
  const response = await gateway.post('/v1/chat/completions', chatBody(scenario));
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { code } });
});

test('what cannot be read is refused before anything is sent', async () => {
  const response = await gateway.post('/v1/chat/completions', chatBody('hello', { messages: [] }));
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', param: 'messages' } });
  expect(upstream.requests()).toEqual([]);
});
