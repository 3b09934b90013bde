import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src-shared/json.ts';
import { sdkMessage } from '../../chat-to-messages.ts';
import { messagesGrammar } from '../../event-grammar.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { type Gateway, startGateway, until } from './start-gateway.ts';

/** Clients of the other protocols in front of an upstream that speaks Responses. */

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway({
    upstream: upstream.url,
    protocol: 'responses',
    options: { keepAliveMs: 50 },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
beforeEach(() => upstream.clear());

const sent = (): JsonObject => JSON.parse(upstream.requests().at(-1)?.body ?? '{}');
const tools = [{ name: 'get_weather', input_schema: { type: 'object', properties: {} } }];
const body = (scenario: string, more: JsonObject = {}): JsonObject => ({
  model: 'coder',
  max_tokens: 100,
  stream: true,
  tools,
  messages: [{ role: 'user', content: `go [[${scenario}]]` }],
  ...more,
});

describe('a Messages client', () => {
  test.each([
    'hello',
    'think',
    'tool',
    'texttool',
    'thinktool',
    'twotools',
    'interleaved',
    'noargs',
    'length',
    'unicode',
    'comments',
    'json',
  ])('%s says the same as a stream and as JSON', async (scenario) => {
    const response = await gateway.post('/v1/messages', body(scenario));
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(messagesGrammar(text)).toEqual([]);
    const streamed = await sdkMessage(text);
    const whole: JsonObject = await (await gateway.post('/v1/messages', body(scenario, { stream: false }))).json();
    expect(whole.stop_reason).toBe(streamed.stop_reason);
    const plain = (content: unknown) =>
      JSON.parse(JSON.stringify(content).replaceAll(/"(?:signature|data)":"[^"]*"/g, '"state":""'));
    expect(plain(whole.content)).toEqual(plain(streamed.content));
    expect(upstream.requests().at(-1)?.path).toBe('/v1/responses');
  });

  test('a second round takes the reasoning back as the item it was', async () => {
    const answer: JsonObject = await (await gateway.post('/v1/messages', body('thinktool', { stream: false }))).json();
    const messages = [
      { role: 'user', content: 'go [[thinktool]]' },
      { role: 'assistant', content: answer.content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_a', content: 'sunny' }] },
    ];
    const second: JsonObject = await (
      await gateway.post('/v1/messages', body('', { stream: false, messages: messages as JsonObject[] }))
    ).json();
    expect(second.content).toMatchObject([{ text: 'The tool has answered.' }]);
    expect(sent().input).toMatchObject([
      { role: 'user' },
      {
        type: 'reasoning',
        id: expect.stringMatching(/^rs_/),
        encrypted_content: 'encrypted 0',
        content: [{ text: 'I need the weather.' }],
      },
      { type: 'function_call', call_id: 'call_a', name: 'get_weather' },
      { type: 'function_call_output', call_id: 'call_a', output: 'sunny' },
    ]);
  });

  test.each(['cut', 'eof', 'error-mid-stream', 'cut-in-tool'])('%s is an error, never an answer', async (scenario) => {
    const text = await (await gateway.post('/v1/messages', body(scenario))).text();
    expect(text).toContain('event: error');
    expect(text).not.toContain('message_stop');
  });

  test('an overflow is told in the words that make Claude Code compact', async () => {
    const response = await gateway.post('/v1/messages', body('overflow'));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('prompt is too long: 10032 tokens > 8192 maximum');
  });

  test('a client that leaves ends the request', async () => {
    const controller = new AbortController();
    await gateway.post('/v1/messages', body('stall'), { signal: controller.signal });
    controller.abort();
    await until(() => upstream.aborts().length === 1);
  });
});

test('a Chat client has its tool round', async () => {
  const response = await gateway.post('/v1/chat/completions', {
    model: 'coder',
    messages: [{ role: 'user', content: 'go [[thinktool]]' }],
    tools: [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: {} } } }],
  });
  expect(await response.json()).toMatchObject({
    choices: [
      { finish_reason: 'tool_calls', message: { tool_calls: [{ id: 'call_a', function: { name: 'get_weather' } }] } },
    ],
  });
});
