import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readReasoningState } from '../../../src-main/protocols/conversation/reasoning-state.ts';
import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import { codexAgent, framesOf, sdkResponse } from '../../chat-to-responses.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { responsesGrammar } from '../../responses-grammar.ts';
import { busy, type Gateway, startGateway, until } from './start-gateway.ts';

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

const codexTools = [
  {
    type: 'function',
    name: 'get_weather',
    description: 'w',
    parameters: { type: 'object', properties: {} },
    strict: false,
  },
  { type: 'function', name: 'list_all', parameters: { type: 'object', properties: {} } },
  {
    type: 'custom',
    name: 'apply_patch',
    description: 'p',
    format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
  },
  {
    type: 'namespace',
    name: 'multi_agent_v1',
    description: 'a',
    tools: [{ type: 'function', name: 'spawn_agent', parameters: {} }],
  },
  { type: 'tool_search', execution: 'client', description: 's', parameters: { type: 'object', properties: {} } },
];
const body = (scenario: string, more: JsonObject = {}): JsonObject => ({
  model: 'up/fake-model',
  input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: `go [[${scenario}]]` }] }],
  tools: codexTools,
  stream: true,
  ...more,
});
const ask = (scenario: string, more: JsonObject = {}, headers: Record<string, string> = {}) =>
  gateway.post('/v1/responses', body(scenario, more), { headers });
const asCodex = { 'user-agent': codexAgent };
const get = (path: string, init: RequestInit = {}) =>
  fetch(gateway.url + path, { headers: { authorization: 'Bearer dgm_good' }, ...init });

async function stream(scenario: string, more: JsonObject = {}, headers: Record<string, string> = {}) {
  const answer = await ask(scenario, more, headers);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  const text = await answer.text();
  expect(responsesGrammar(text, { codex: headers['user-agent'] !== undefined })).toEqual([]);
  const frames = framesOf(text);
  const response = frames.at(-1)?.response;
  return {
    text,
    frames,
    types: frames.map(({ type }) => type),
    response: (isObject(response) ? response : {}) as JsonObject,
  };
}

async function json(scenario: string, more: JsonObject = {}): Promise<JsonObject> {
  const answer = await ask(scenario, { stream: false, ...more });
  expect(answer.status).toBe(200);
  return answer.json();
}

function sentMessages(at = -1): JsonObject[] {
  return JSON.parse(fake.requests().at(at)?.body ?? '{}').messages;
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
    'comments',
    'no-done',
    'empty',
    'json',
  ])('%s keeps the grammar and ends with response.completed, for Codex too', async (scenario) => {
    expect((await stream(scenario)).types.at(-1)).toBe('response.completed');
    expect((await stream(scenario, {}, asCodex)).types.at(-1)).toBe('response.completed');
  });

  test.each(['length', 'length-in-tool'])('%s is incomplete', async (scenario) => {
    expect((await stream(scenario)).types.at(-1)).toBe('response.incomplete');
  });

  test('F20: carries the model as the client named it', async () => {
    const { response } = await stream('hello', { model: 'coder' });
    expect(response).toMatchObject({ model: 'coder', object: 'response', status: 'completed' });
    expect(JSON.parse(fake.requests()[0]?.body ?? '')).toMatchObject({ model: 'fake-model', stream: true });
  });

  test('D06, D07: what Codex runs comes back in the form in which it declared it', async () => {
    const names: string[] = JSON.parse((await sentFor('hello')).body).tools.map(
      (tool: { function: { name: string } }) => tool.function.name,
    );
    const spawn = names.find((name) => name.includes('spawn_agent')) ?? '';
    fake.enqueue({
      steps: [
        { call: { index: 0, id: 'call_1', name: spawn, arguments: '{"message":"hi"}' } },
        { call: { index: 1, id: 'call_2', name: 'apply_patch', arguments: '{"input":"*** Begin' } },
        { call: { index: 1, arguments: ' Patch\\n"}' } },
        { call: { index: 2, id: 'call_3', name: 'tool_search', arguments: '{"query":"agents"}' } },
      ],
    });
    const { response } = await stream('x', {}, asCodex);
    expect(response.output).toMatchObject([
      {
        type: 'function_call',
        name: 'spawn_agent',
        namespace: 'multi_agent_v1',
        call_id: 'call_1',
        arguments: '{"message":"hi"}',
      },
      { type: 'custom_tool_call', name: 'apply_patch', call_id: 'call_2', input: '*** Begin Patch\n' },
      { type: 'tool_search_call', call_id: 'call_3', execution: 'client', arguments: { query: 'agents' } },
    ]);
  });

  test('two rounds: call and result, and the reasoning before them, go back to the server', async () => {
    const { response } = await stream('thinktool', { store: false });
    const output = response.output as JsonObject[];
    const call = output.find(({ type }) => type === 'function_call');
    await stream('x', {
      store: false,
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'weather?' }] },
        ...output,
        { type: 'function_call_output', call_id: call?.call_id ?? '', output: '21 °C' },
      ],
    });
    expect(sentMessages()).toMatchObject([
      { role: 'user', content: 'weather?' },
      {
        role: 'assistant',
        reasoning_content: 'I need the weather.',
        tool_calls: [{ id: 'call_a', function: { name: 'get_weather' } }],
      },
      { role: 'tool', tool_call_id: 'call_a', content: '21 °C' },
    ]);
  });

  test('D16: silence is broken by events that hold what has come so far', async () => {
    fake.enqueue({ steps: [{ text: 'Hel' }, { wait: 180 }, { text: 'lo' }] });
    const { types, text, response } = await stream('x');
    expect(types.filter((type) => type === 'response.in_progress').length).toBeGreaterThan(2);
    expect((await sdkResponse(text)).output_text).toBe('Hello');
    expect(response.status).toBe('completed');
  });

  test('a server that stays silent: the stream opens after the hold and is kept alive', async () => {
    const { types } = await stream('slow-headers ms=400');
    expect(types.slice(0, 3)).toEqual(['response.created', 'response.in_progress', 'response.in_progress']);
  });

  test('B43: a client that leaves aborts the request upstream within 100 ms', busy, async () => {
    const controller = new AbortController();
    const answer = await gateway.post('/v1/responses', body('stall'), { signal: controller.signal });
    await answer.body?.getReader().read();
    const leftAt = Date.now();
    controller.abort();
    await until(() => fake.aborts().length === 1);
    expect((fake.aborts()[0]?.at ?? Infinity) - leftAt).toBeLessThan(100);
    await until(() => gateway.ends.at(-1)?.outcome === 'aborted');
  });

  test('the tap is told how it went', async () => {
    await stream('tool');
    await until(() => gateway.ends.at(-1)?.outcome === 'done');
    expect(gateway.starts.at(-1)).toMatchObject({ protocol: 'responses', path: '/v1/responses' });
    expect(gateway.ends.at(-1)).toMatchObject({
      status: 200,
      finishReason: 'tool-calls',
      toolsCalled: ['get_weather'],
    });
  });
});

describe('B39: a client that wants JSON', () => {
  test('gets the response object', async () => {
    expect(await json('thinktool', { store: false })).toMatchObject({
      object: 'response',
      status: 'completed',
      store: false,
      output: [
        { type: 'reasoning', content: [{ text: 'I need the weather.' }] },
        { type: 'function_call', name: 'get_weather', call_id: 'call_a', arguments: '{"city":"Paris"}' },
      ],
      usage: { total_tokens: expect.any(Number) },
    });
  });
});

describe('errors', () => {
  test.each([
    ['unauthorized', 502, 'upstream_authentication'],
    ['rate-limit', 429, 'rate_limit_exceeded'],
    ['html', 502, null],
    ['overflow', 400, 'context_length_exceeded'],
    ['bad-request', 400, 'unsupported_value'],
    ['error-in-200', 502, null],
  ])('%s is HTTP %i %s, streamed or not', async (scenario, status, code) => {
    for (const stream of [true, false]) {
      const answer = await ask(scenario, { stream });
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({
        error: { code, message: expect.any(String), type: expect.any(String) },
      });
      if (status === 429) expect(answer.headers.get('retry-after')).toBe('7');
    }
  });

  test('D14: an overflow has OpenAI’s own words; Codex is told inside the stream', async () => {
    expect(await (await ask('overflow')).json()).toEqual({
      error: {
        message: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
        type: 'invalid_request_error',
        param: 'input',
        code: 'context_length_exceeded',
      },
    });
    const { types, response } = await stream('overflow', {}, asCodex);
    expect(types).toEqual(['response.created', 'response.in_progress', 'response.failed']);
    expect(response.error).toMatchObject({ code: 'context_length_exceeded' });
  });

  test.each(['cut', 'cut-in-tool', 'silent-death', 'error-mid-stream'])(
    'D13: %s makes the response fail',
    async (scenario) => {
      const { response } = await stream(scenario);
      expect(response).toMatchObject({
        status: 'failed',
        error: { code: 'server_error', message: expect.any(String) },
      });
      await until(() => gateway.ends.at(-1)?.outcome === 'failed');
      expect((await ask(scenario, { stream: false })).status).toBe(502);
    },
  );

  test('F06: a body that is too large is a 400 for Codex, which repeats a 413', async () => {
    const small = await startGateway({ upstream: fake.url, gateway: { maxBodyMiB: 1 } });
    const large = body('hello', { instructions: 'x'.repeat(2 * 1024 * 1024) });
    expect((await small.post('/v1/responses', large)).status).toBe(413);
    expect((await small.post('/v1/responses', large, { headers: asCodex })).status).toBe(400);
    await small.close();
  });

  test.each([
    [{ background: true }, 'background'],
    [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
    [{ conversation: 'conv_1' }, 'conversation'],
  ])('%j is refused and named', async (more, param) => {
    const answer = await ask('hello', more);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param, code: 'unsupported_parameter' } });
    expect(fake.requests()).toEqual([]);
  });

  test('a request of a wrong shape names the parameter', async () => {
    const answer = await ask('hello', { input: 7 });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param: 'input', type: 'invalid_request_error' } });
  });

  test('without a key it is 401 in OpenAI’s shape, for every endpoint', async () => {
    const paths = [
      ['POST', ''],
      ['POST', '/compact'],
      ['POST', '/input_tokens'],
      ['GET', '/resp_1'],
      ['DELETE', '/resp_1'],
    ];
    for (const [method = '', path = ''] of paths) {
      const answer = await fetch(`${gateway.url}/v1/responses${path}`, { method });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ error: { code: 'invalid_api_key', type: 'invalid_request_error' } });
    }
  });
});

describe('stored responses', () => {
  test('C21: a previous response stands before the input; its instructions do not', async () => {
    const first = await stream('hello', { instructions: 'Be brief.' });
    const second = await json('think', { previous_response_id: first.response.id ?? '' });
    expect(second.previous_response_id).toBe(first.response.id);
    const { response } = await stream('hello', { previous_response_id: second.id ?? '', input: 'And [[hello]]?' });
    expect(response.status).toBe('completed');
    expect(sentMessages().map(({ role, content }) => [role, content])).toEqual([
      ['user', 'go [[hello]]'],
      ['assistant', 'Hello from the fake upstream.'],
      ['user', 'go [[think]]'],
      ['assistant', 'Thought.'],
      ['user', 'And [[hello]]?'],
    ]);
  });

  test('C21: an unknown one is a 400 that OpenAI’s clients know', async () => {
    const answer = await ask('hello', { previous_response_id: 'resp_none' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { code: 'previous_response_not_found', param: 'previous_response_id', type: 'invalid_request_error' },
    });
  });

  test('C21: items that are referred to are put in their place', async () => {
    const { response } = await stream('tool');
    const [call] = response.output as JsonObject[];
    const output = { type: 'function_call_output', call_id: 'call_a', output: 'sunny' };
    const question = { role: 'user', content: 'weather?' };
    await stream('x', { input: [question, { type: 'item_reference', id: call?.id ?? '' }, output] });
    expect(sentMessages()).toMatchObject([
      { role: 'user' },
      { tool_calls: [{ id: 'call_a' }] },
      { role: 'tool', content: 'sunny' },
    ]);
    expect((await ask('x', { input: [question, { type: 'item_reference', id: 'msg_none' }] })).status).toBe(404);
  });

  test('can be read, their input listed, and deleted', async () => {
    const { response } = await stream('hello');
    const path = `/v1/responses/${String(response.id)}`;
    expect(await (await get(path)).json()).toEqual(response);
    const next = await json('hello', { previous_response_id: response.id ?? '' });
    const list = await (await get(`/v1/responses/${String(next.id)}/input_items?limit=2`)).json();
    expect(list).toMatchObject({ object: 'list', has_more: true, data: [{ role: 'user' }, { role: 'assistant' }] });
    const rest = await (await get(`/v1/responses/${String(next.id)}/input_items?after=${list.last_id}`)).json();
    expect(rest).toMatchObject({ has_more: false, data: [{ role: 'user', id: expect.any(String) }] });
    expect((await get(`${path}/cancel`, { method: 'POST' })).status).toBe(400);
    expect((await get(`${path}?stream=true`)).status).toBe(400);
    expect(await (await get(path, { method: 'DELETE' })).json()).toEqual({
      id: response.id,
      object: 'response',
      deleted: true,
    });
    for (const method of ['GET', 'DELETE']) expect((await get(path, { method })).status).toBe(404);
  });

  test('are not kept where the client says `store: false`', async () => {
    const { response } = await stream('hello', { store: false });
    expect(response.store).toBe(false);
    const answer = await get(`/v1/responses/${String(response.id)}`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  test('are not another key’s to read, delete or go on with', async () => {
    const { response } = await stream('hello');
    const path = `/v1/responses/${String(response.id)}`;
    const headers = { authorization: 'Bearer dgm_chat' };
    for (const method of ['GET', 'DELETE']) expect((await get(path, { method, headers })).status).toBe(404);
    expect((await ask('hello', { previous_response_id: response.id ?? '' }, headers)).status).toBe(400);
    expect((await get(path)).status).toBe(200);
  });
});

describe('/v1/responses/compact', () => {
  const history = [
    { type: 'message', role: 'user', content: 'Build a shed.' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Which wood?' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Oak [[hello]]' }] },
  ];

  test('keeps the user’s messages and puts a summary for the rest, which is read back', async () => {
    const answer = await gateway.post('/v1/responses/compact', {
      model: 'up/fake-model',
      input: history,
      tools: codexTools,
    });
    expect(answer.status).toBe(200);
    const compacted = await answer.json();
    expect(compacted).toMatchObject({
      object: 'response.compaction',
      output: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Build a shed.' }] },
        { type: 'message', role: 'user' },
        { type: 'compaction' },
      ],
      usage: { total_tokens: expect.any(Number) },
    });
    expect(sentMessages()).toHaveLength(4);
    expect(JSON.parse(fake.requests().at(-1)?.body ?? '')).not.toHaveProperty('tools');
    await stream('x', { input: [...compacted.output, { role: 'user', content: 'Go on.' }] });
    expect(JSON.stringify(sentMessages())).toContain('Hello from the fake upstream.');
  });

  test('C22: a compaction_trigger is answered by a compaction item', async () => {
    const asked = { input: [...history, { type: 'compaction_trigger' }] };
    const { response, types } = await stream('x', asked, asCodex);
    const [item] = response.output as JsonObject[];
    expect(item?.type).toBe('compaction');
    expect(readReasoningState(String(item?.encrypted_content))?.text).toBe('Hello from the fake upstream.');
    expect(types).toContain('response.output_item.done');
    expect(await json('x', asked)).toMatchObject({ output: [{ type: 'compaction' }] });
  });

  test('a model that writes no summary makes it fail', async () => {
    fake.enqueue({ steps: [] }, 2);
    const answer = await gateway.post('/v1/responses/compact', { model: 'up/fake-model', input: history });
    expect(answer.status).toBe(502);
    const { response } = await stream('x', { input: [...history, { type: 'compaction_trigger' }] }, asCodex);
    expect(response.status).toBe('failed');
  });
});

test('/v1/responses/input_tokens counts the whole conversation', async () => {
  const { response } = await stream('hello');
  const count = async (more: JsonObject): Promise<number> => {
    const answer = await gateway.post('/v1/responses/input_tokens', body('hello', { stream: false, ...more }));
    const counted = await answer.json();
    expect(counted).toEqual({ object: 'response.input_tokens', input_tokens: expect.any(Number) });
    return counted.input_tokens;
  };
  expect(await count({ previous_response_id: response.id ?? '' })).toBeGreaterThan(await count({}));
});

async function sentFor(scenario: string): Promise<{ readonly body: string }> {
  await stream(scenario);
  return { body: fake.requests().at(-1)?.body ?? '' };
}
