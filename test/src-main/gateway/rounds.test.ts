import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { OwnToolRunner } from '../../../src-main/gateway/own-tools.ts';
import { ConversationFailure } from '../../../src-main/protocols/conversation/error.ts';
import { messagesGrammar } from '../../event-grammar.ts';
import { type FakeUpstream, type Script, startFakeUpstream } from '../../fakes/upstream.ts';
import { busy, type Gateway, messagesBody, startGateway, until } from './start-gateway.ts';

/** A web search that the gateway runs itself: the model calls it, the gateway asks again with the result, both rounds are one answer. */
const searchTool = { type: 'web_search_20250305', name: 'web_search' };
const weatherTool = { name: 'get_weather', description: 'weather', input_schema: { type: 'object', properties: {} } };
const searchCall: Script = {
  steps: [
    { reasoning: 'I should look.' },
    { text: 'I search.' },
    { call: { index: 0, id: 'call_s', name: 'web_search', arguments: '{"query":"node' } },
    { call: { index: 0, arguments: ' 24"}' } },
    { usage: { prompt_tokens: 100, completion_tokens: 10 } },
  ],
};
const searched: OwnToolRunner = async (call) => ({
  text: `results for ${call.input}`,
  block: {
    kind: 'web-search',
    id: `srvtoolu_${call.id.replace(/[^A-Za-z0-9]/g, '')}`,
    query: 'node 24',
    result: { kind: 'hits', hits: [{ title: 'Node', url: 'https://nodejs.org/' }] },
  },
});

let fake: FakeUpstream;
let gateway: Gateway;
let runner: OwnToolRunner = searched;

beforeAll(async () => {
  fake = await startFakeUpstream();
  gateway = await startGateway({
    upstream: fake.url,
    options: {
      maxRounds: 3,
      keepAliveMs: 40,
      ownTools: { names: new Map([['web-search', 'web_search']]), run: (call, signal) => runner(call, signal) },
    },
  });
});
afterEach(() => {
  fake.clear();
  runner = searched;
});
afterAll(async () => {
  await gateway.close();
  await fake.close();
});

const ask = (more = {}, init = {}) =>
  gateway.post('/v1/messages', messagesBody('x', { tools: [searchTool, weatherTool], ...more }), init);

function events(text: string): string[] {
  return [...text.matchAll(/^event: (.*)$/gm)].map((match) => match[1] ?? '').filter((event) => event !== 'ping');
}

function blockTypes(text: string): string[] {
  return [...text.matchAll(/"content_block":\{"type":"([a-z_]+)"/g)].map((match) => match[1] ?? '');
}

test('two rounds are one streamed answer: one start, contiguous blocks, one finish', async () => {
  fake.enqueue(searchCall);
  fake.enqueue({
    steps: [{ text: 'Node 24 ' }, { text: 'it is.' }, { usage: { prompt_tokens: 150, completion_tokens: 20 } }],
  });
  const text = await (await ask()).text();
  expect(messagesGrammar(text)).toEqual([]);
  expect(events(text).filter((event) => event === 'message_start' || event === 'message_stop')).toEqual([
    'message_start',
    'message_stop',
  ]);
  expect(blockTypes(text)).toEqual(['thinking', 'text', 'server_tool_use', 'web_search_tool_result', 'text']);
  expect(text).toContain('"stop_reason":"end_turn"');
  expect(text).not.toContain('call_s');
  await until(() => gateway.ends.at(-1)?.rounds === 2);
  // Outputs add up; the prompt is the last round's, which is what the client's context meter needs.
  expect(gateway.ends.at(-1)).toMatchObject({
    outcome: 'done',
    usage: { inputTokens: 150, outputTokens: 30 },
    finishReason: 'stop',
  });
});

test("the second round is asked with the call and its result, and the first round's prompt as its start", async () => {
  fake.enqueue(searchCall);
  await (await ask()).text();
  const [first, second] = fake.requests().map(({ body }) => JSON.parse(body).messages);
  expect(second.slice(0, first.length)).toEqual(first);
  expect(second.slice(first.length)).toMatchObject([
    {
      role: 'assistant',
      content: 'I search.',
      tool_calls: [{ function: { name: 'web_search', arguments: '{"query":"node 24"}' } }],
    },
    { role: 'tool', content: 'results for {"query":"node 24"}' },
  ]);
  expect(second.at(-1).tool_call_id).toBe(second.at(-2).tool_calls[0].id);
});

test('as JSON it is one message', async () => {
  fake.enqueue(searchCall);
  fake.enqueue({ steps: [{ text: 'Node 24 it is.' }] });
  const body = await (await ask({ stream: false })).json();
  expect(body.content.map(({ type }: { type: string }) => type)).toEqual([
    'thinking',
    'text',
    'server_tool_use',
    'web_search_tool_result',
    'text',
  ]);
});

test("a tool call of the client in round two is the client's to run", async () => {
  fake.enqueue(searchCall);
  fake.enqueue({ steps: [{ call: { index: 0, id: 'call_s', name: 'get_weather', arguments: '{}' } }] });
  const text = await (await ask()).text();
  expect(messagesGrammar(text)).toEqual([]);
  expect(text).toContain('"stop_reason":"tool_use"');
});

test.each([
  ['an HTTP error', { http: { status: 500, body: { error: { message: 'no', type: 'server_error' } } } }],
  ['a cut stream', { steps: [{ text: 'No' }, { wait: 10 }], end: 'cut' }],
] as const)('%s in round two is one error event after what round one said', async (_name, script) => {
  fake.enqueue(searchCall);
  fake.enqueue(script);
  const text = await (await ask()).text();
  expect(messagesGrammar(text)).toEqual([]);
  expect(blockTypes(text).slice(0, 2)).toEqual(['thinking', 'text']);
  expect(events(text).at(-1)).toBe('error');
  expect(events(text)).not.toContain('message_stop');
  await until(() => gateway.ends.at(-1)?.outcome === 'failed');
});

test('an error in round two has its HTTP status for a client that wanted JSON', async () => {
  fake.enqueue(searchCall);
  fake.enqueue({ http: { status: 429, body: { error: { message: 'slow down', type: 'rate_limit_error' } } } });
  expect((await ask({ stream: false })).status).toBe(429);
});

test('a tool that fails ends the answer with its error', async () => {
  fake.enqueue(searchCall);
  runner = () => Promise.reject(new ConversationFailure({ kind: 'upstream-failure', message: 'the search failed' }));
  const text = await (await ask()).text();
  expect(messagesGrammar(text)).toEqual([]);
  expect(text).toContain('the search failed');
});

test("a client that leaves in round two ends the upstream's request", busy, async () => {
  fake.enqueue(searchCall);
  fake.enqueue({ steps: [{ text: 'on ' }], end: 'stall' });
  const controller = new AbortController();
  const pending = ask({}, { signal: controller.signal }).then((answer) => answer.text());
  await until(() => fake.requests().length === 2);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const leftAt = Date.now();
  controller.abort();
  await expect(pending).rejects.toThrow();
  await until(() => fake.aborts().length === 1, 500);
  expect(fake.aborts()[0]).toMatchObject({ request: fake.requests()[1]?.number });
  expect((fake.aborts()[0]?.at ?? Infinity) - leftAt).toBeLessThan(100);
  await until(() => gateway.ends.at(-1)?.outcome === 'aborted');
});

test('a client that leaves while a tool runs stops the tool, and no further round is asked', async () => {
  fake.enqueue(searchCall);
  let stopped = false;
  runner = (_call, signal) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => {
        stopped = true;
        reject(signal.reason);
      }),
    );
  const controller = new AbortController();
  const pending = ask({}, { signal: controller.signal }).then((answer) => answer.text());
  await until(() => fake.requests().length === 1);
  await new Promise((resolve) => setTimeout(resolve, 80));
  controller.abort();
  await expect(pending).rejects.toThrow();
  await until(() => stopped);
  expect(fake.requests()).toHaveLength(1);
});

test('pings go on while a tool runs', async () => {
  fake.enqueue(searchCall);
  runner = async (call, signal) => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    return searched(call, signal);
  };
  expect((await (await ask()).text()).match(/^event: ping$/gm)?.length ?? 0).toBeGreaterThanOrEqual(2);
});

test("a model that calls the gateway's tools again and again is stopped", async () => {
  fake.enqueue(searchCall, 10);
  const text = await (await ask()).text();
  expect(messagesGrammar(text)).toEqual([]);
  expect(events(text).at(-1)).toBe('error');
  expect(fake.requests()).toHaveLength(3);
});
