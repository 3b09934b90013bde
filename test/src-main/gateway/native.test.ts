import { afterEach, describe, expect, test } from 'vitest';
import { writeReasoningState } from '../../../src-main/protocols/conversation/reasoning-state.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import { type PlainAnswer, type PlainRequest, type PlainServer, plainServer, sse } from './plain-server.ts';
import { type Gateway, type StartOptions, startGateway } from './start-gateway.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function between(
  answer: (request: PlainRequest, number: number) => PlainAnswer,
  options: Omit<StartOptions, 'upstream'>,
): Promise<{ server: PlainServer; gateway: Gateway }> {
  const server = await plainServer(answer);
  const gateway = await startGateway({ upstream: server.url, ...options });
  closing.push(() => gateway.close(), server.close);
  return { server, gateway };
}

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-opus-9',
  content: [{ type: 'text', text: 'hi' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 },
};
const response = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  output: [{ id: 'm', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hi' }] }],
  usage: { input_tokens: 3, output_tokens: 1, total_tokens: 4 },
};
const ask = (more: JsonObject = {}): JsonObject => ({
  model: 'up/fake-model',
  max_tokens: 9,
  messages: [{ role: 'user', content: 'hi' }],
  ...more,
});
const parsed = (request: PlainRequest | undefined): JsonObject => JSON.parse(request?.body.toString() ?? '{}');

describe('F14: a request in the server’s own protocol goes through byte for byte', () => {
  test.each([
    ['anthropic', '/v1/messages', message],
    ['openai', '/v1/responses', response],
    ['openai', '/v1/chat/completions', { choices: [{ message: { content: 'hi' } }] }],
  ] as const)('%s %s', async (kind, path, answer) => {
    const text = `${JSON.stringify(answer, null, 1)}\n`;
    const { server, gateway } = await between(() => ({ body: text }), { kind });
    const body = `{ "messages":[{"role":"user","content":"gr\\u00fc\\u00df","n":1.50e+2}],"input" : [],\t"model":"coder" }\n`;
    const answered = await gateway.post(path, body);
    expect(await answered.text()).toBe(text);
    expect(server.received[0]?.url).toBe(path);
    expect(server.received[0]?.body.toString()).toBe(body.replace('"coder"', '"fake-model"'));
  });

  test('an alias’s defaults are said in the server’s protocol where the client said nothing; what it lacks is told', async () => {
    const defaults = { temperature: 0.1, max_tokens: 5, reasoning_effort: 'high', seed: 7 };
    const messages = await between(() => ({ body: message }), { kind: 'anthropic', defaults });
    await (await messages.gateway.post('/v1/messages', ask())).text();
    expect(parsed(messages.server.received[0])).toEqual({
      ...ask({ model: 'fake-model' }),
      temperature: 0.1,
      output_config: { effort: 'high' },
    });
    expect(messages.gateway.ends[0]?.diagnostics).toEqual([
      { kind: 'dropped', what: 'defaults.seed', why: expect.any(String) },
    ]);
    const responses = await between(() => ({ body: response }), { kind: 'openai', defaults });
    await (await responses.gateway.post('/v1/responses', { model: 'coder', input: 'hi', temperature: 1 })).text();
    expect(parsed(responses.server.received[0])).toEqual({
      model: 'fake-model',
      input: 'hi',
      temperature: 1,
      max_output_tokens: 5,
      reasoning: { effort: 'high' },
    });
  });

  test('what the user says the upstream is spoken to in counts: Ollama’s own Messages', async () => {
    const { server, gateway } = await between(() => ({ body: message }), { kind: 'ollama', protocol: 'messages' });
    await (await gateway.post('/v1/messages', ask())).text();
    expect(server.received[0]?.url).toBe('/v1/messages');
    expect(server.received[0]?.headers['anthropic-version']).toBe('2023-06-01');
  });
});

describe('F19: headers', () => {
  const agent = {
    'x-api-key': 'dgm_good',
    'anthropic-version': '2023-06-02',
    'anthropic-beta': 'effort-2025-11-24, oauth-2025-04-20,context-1m-2025-08-07',
    'x-claude-code-session-id': 's',
    cookie: 'a=b',
  };

  test('Anthropic gets its own secret, version, betas and ?beta=true, and nothing else of the client', async () => {
    const { server, gateway } = await between(() => ({ body: message }), { kind: 'anthropic', secret: 'upstream-key' });
    await (await gateway.post('/v1/messages?beta=true&other=1', ask(), { headers: agent })).text();
    const { headers, url } = server.received[0] ?? expect.fail('not asked');
    expect(url).toBe('/v1/messages?beta=true');
    expect(headers).toMatchObject({
      'x-api-key': 'upstream-key',
      'anthropic-version': '2023-06-02',
      'anthropic-beta': 'effort-2025-11-24,context-1m-2025-08-07',
    });
    for (const name of ['authorization', 'cookie', 'x-claude-code-session-id'])
      expect(headers).not.toHaveProperty(name);
    expect(JSON.stringify(headers)).not.toContain('dgm_');
  });

  test('other servers that speak Messages get no betas: they refuse what they don’t know', async () => {
    const { server, gateway } = await between(() => ({ body: message }), { protocol: 'messages' });
    await (await gateway.post('/v1/messages?beta=true', ask(), { headers: agent })).text();
    expect(server.received[0]?.headers).not.toHaveProperty('anthropic-beta');
    expect(server.received[0]?.url).toBe('/v1/messages');
  });

  test('of the server’s headers the client gets its limits and ids', async () => {
    const headers = {
      'anthropic-ratelimit-tokens-remaining': '5',
      'request-id': 'req_up',
      'set-cookie': 'a=b',
      via: 'x',
    };
    const { gateway } = await between(() => ({ body: message, headers }), { kind: 'anthropic' });
    const answered = await gateway.post('/v1/messages', ask());
    expect(Object.fromEntries(answered.headers)).toMatchObject({
      'anthropic-ratelimit-tokens-remaining': '5',
      'x-upstream-request-id': 'req_up',
      'request-id': expect.stringMatching(/^req_0/),
    });
    for (const name of ['set-cookie', 'via']) expect(answered.headers.has(name)).toBe(false);
  });
});

const blob = (state: Partial<Parameters<typeof writeReasoningState>[0]>): string =>
  writeReasoningState({ upstream: 'up', model: 'fake-model', ...state }) ?? expect.fail('too long');

describe('F15: opaque reasoning state', () => {
  const turn = (...content: JsonObject[]): JsonObject => ({ role: 'assistant', content });
  const thought = (signature: string): JsonObject => ({ type: 'thinking', thinking: 'hm', signature });
  const said = { type: 'text', text: 'so' };
  const sentFor = async (kind: 'anthropic' | 'ollama', ...turns: JsonObject[]) => {
    const options = kind === 'anthropic' ? { kind } : { kind, protocol: 'messages' as const };
    const { server, gateway } = await between(() => ({ body: message }), options);
    await (await gateway.post('/v1/messages', ask({ messages: turns }))).text();
    return { messages: parsed(server.received[0]).messages, diagnostics: gateway.ends[0]?.diagnostics };
  };

  test('ours becomes again what Anthropic gave; another maker’s stays', async () => {
    const { messages, diagnostics } = await sentFor(
      'anthropic',
      turn(thought(blob({ signature: 'SIG' })), said),
      turn({ type: 'redacted_thinking', data: blob({ redacted: 'RED' }) }, said),
      turn(thought('EkgK-native'), said),
    );
    expect(messages).toEqual([
      turn(thought('SIG'), said),
      turn({ type: 'redacted_thinking', data: 'RED' }, said),
      turn(thought('EkgK-native'), said),
    ]);
    expect(diagnostics).toEqual([]);
  });

  test('what another server thought, and unsigned thinking, is not shown to Anthropic, which would refuse it', async () => {
    const { messages, diagnostics } = await sentFor(
      'anthropic',
      turn(thought(blob({ upstream: 'ollama', field: 'reasoning' })), said),
      turn(thought('')),
      turn({ type: 'redacted_thinking', data: blob({ upstream: 'other', redacted: 'RED' }) }, said),
    );
    expect(messages).toEqual([turn(said), turn(said)]);
    expect(diagnostics).toMatchObject([{ kind: 'dropped', what: 'reasoning of earlier answers (3)' }]);
  });

  test('a server that verifies nothing keeps the thinking and loses the blob', async () => {
    const { messages } = await sentFor('ollama', turn(thought(blob({ upstream: 'x' })), said), turn(thought(''), said));
    expect(messages).toEqual([turn(thought(''), said), turn(thought(''), said)]);
  });

  test('Responses: ours becomes again OpenAI’s, another server’s item goes, a foreign one stays', async () => {
    const item = (encrypted: string, id = 'rs_ours'): JsonObject => ({
      type: 'reasoning',
      id,
      summary: [],
      encrypted_content: encrypted,
    });
    const input = [
      item(blob({ encrypted: 'ENC', itemId: 'rs_theirs' })),
      item(blob({ upstream: 'ollama', text: 'hm' })),
      item('gAAA-native'),
      { role: 'user', content: 'hi' },
    ];
    const native = await between(() => ({ body: response }), { kind: 'openai' });
    await (await native.gateway.post('/v1/responses', { model: 'coder', input })).text();
    expect(parsed(native.server.received[0]).input).toEqual([item('ENC', 'rs_theirs'), item('gAAA-native'), input[3]]);
    const local = await between(() => ({ body: response }), { kind: 'vllm', protocol: 'responses' });
    await (await local.gateway.post('/v1/responses', { model: 'coder', input })).text();
    expect(local.server.received[0]?.body.toString()).not.toContain('dgm1.');
  });
});

const frame = (data: JsonObject): string => `event: ${String(data.type)}\ndata: ${JSON.stringify(data)}\n\n`;
const started =
  frame({ type: 'message_start', message: { ...message, content: [], usage: { input_tokens: 9, output_tokens: 1 } } }) +
  frame({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
const stopped = frame({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 4 } });
const created = frame({
  type: 'response.created',
  sequence_number: 0,
  response: { ...response, status: 'in_progress' },
});

describe('streams', () => {
  const streamed = async (kind: 'anthropic' | 'openai', body: string) => {
    const { gateway } = await between(() => ({ body, headers: sse }), { kind });
    const path = kind === 'anthropic' ? '/v1/messages' : '/v1/responses';
    const answered = await gateway.post(path, ask({ input: 'hi', stream: true }));
    return { text: await answered.text(), end: gateway.ends[0] };
  };

  test('a whole one keeps its bytes, whatever its line ends and comments, and tells its figures', async () => {
    const body = `: hi\r\n\r\n${started}${stopped}${frame({ type: 'message_stop' })}`.replaceAll('\n', '\r\n');
    const { text, end } = await streamed('anthropic', body);
    expect(text).toBe(body);
    expect(end).toMatchObject({ outcome: 'done', usage: { inputTokens: 9, outputTokens: 4 } });
    const responses = created + frame({ type: 'response.completed', sequence_number: 1, response });
    const passed = await streamed('openai', responses);
    expect(passed.text).toBe(responses);
    expect(passed.end).toMatchObject({ outcome: 'done', usage: { inputTokens: 3, outputTokens: 1 } });
  });

  test('one that ends in the middle gets its protocol’s error, in a frame of its own', async () => {
    const cut = `${started}event: content_block_delta\ndata: {"type":"content_blo`;
    const { text, end } = await streamed('anthropic', cut);
    expect(text.startsWith(`${cut}\n\nevent: error\ndata: {"type":"error","error":{"type":"api_error"`)).toBe(true);
    expect(end).toMatchObject({ outcome: 'failed', error: { kind: 'upstream-cut' } });
    const passed = await streamed('openai', created);
    const [, failed = ''] = passed.text.split('event: response.failed\ndata: ');
    expect(JSON.parse(failed)).toMatchObject({
      type: 'response.failed',
      sequence_number: 1,
      response: { id: 'resp_1', status: 'failed', error: { code: 'server_error' } },
    });
  });

  test('one to which only the terminator is missing is given it', async () => {
    const { text, end } = await streamed('anthropic', started + stopped);
    expect(text).toBe(started + stopped + frame({ type: 'message_stop' }));
    expect(end?.outcome).toBe('done');
  });

  test('the server’s own error is not repeated', async () => {
    const error = frame({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
    const { text, end } = await streamed('anthropic', started + error);
    expect(text).toBe(started + error);
    expect(end).toMatchObject({ outcome: 'failed', error: { kind: 'overloaded' } });
    const failed = frame({
      type: 'response.failed',
      sequence_number: 1,
      response: { ...response, status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Slow down' } },
    });
    const passed = await streamed('openai', created + failed);
    expect(passed.text).toBe(created + failed);
    expect(passed.end).toMatchObject({ outcome: 'failed', error: { kind: 'rate-limit' } });
  });

  test('a JSON answer after the hold is said as a stream', async () => {
    const slow = async (kind: 'anthropic' | 'openai', body: object): Promise<string> => {
      const server = await plainServer(() => ({ body }));
      closing.push(server.close);
      const options = { gateway: { holdStatusSeconds: 0 }, options: { keepAliveMs: 20 } };
      const gateway = await startGateway({ upstream: server.url, kind, ...options });
      closing.push(() => gateway.close());
      const path = kind === 'anthropic' ? '/v1/messages' : '/v1/responses';
      return (await gateway.post(path, ask({ input: 'hi', stream: true }))).text();
    };
    const text = await slow('anthropic', message);
    expect(text).toContain('event: message_start\n');
    expect(text).toContain('{"type":"text_delta","text":"hi"}');
    expect(text).toMatch(/event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/);
    const responses = await slow('openai', response);
    expect(responses.match(/^event: .*$/gm)).toEqual(
      ['created', 'output_item.added', 'output_item.done', 'completed'].map((name) => `event: response.${name}`),
    );
  });
});

describe('errors of the server', () => {
  const refusal = (text: string) => ({
    status: 400,
    body: { type: 'error', error: { type: 'invalid_request_error', message: text }, request_id: 'req_up' },
  });

  test('keep their bytes where they are the protocol’s own and mean what they say', async () => {
    const { body } = refusal('messages.0.content: text content blocks must be non-empty');
    const { gateway } = await between(() => ({ status: 400, body }), { kind: 'anthropic' });
    const answered = await gateway.post('/v1/messages', ask());
    expect([answered.status, await answered.text()]).toEqual([400, JSON.stringify(body)]);
  });

  test('a refused secret is not the client’s 401, and an overflow has its words', async () => {
    const locked = await between(
      () => ({
        status: 401,
        body: { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } },
      }),
      { kind: 'anthropic' },
    );
    expect((await locked.gateway.post('/v1/messages', ask())).status).toBe(502);
    const full = await between(() => refusal('prompt is too long: 210000 tokens > 200000 maximum'), {
      kind: 'anthropic',
    });
    expect(await (await full.gateway.post('/v1/messages', ask())).json()).toMatchObject({
      error: { message: 'prompt is too long: 210000 tokens > 200000 maximum' },
    });
  });
});

describe('a server that is older than the client', () => {
  const refuse = (text: string, param?: string): PlainAnswer => ({
    status: 400,
    body: { type: 'error', error: { type: 'invalid_request_error', message: text, ...(param && { param }) } },
  });
  /** Refuses what holds the text. */
  const refusing = (answer: object, ...rules: readonly [RegExp, string, string?][]) => {
    return (request: PlainRequest): PlainAnswer => {
      const text = `${JSON.stringify(request.headers['anthropic-beta'] ?? '')}${request.body.toString()}`;
      const broken = rules.find(([pattern]) => pattern.test(text));
      return broken === undefined ? { body: answer } : refuse(broken[1], broken[2]);
    };
  };

  test('system messages are folded, and from then on at once', async () => {
    const { server, gateway } = await between(
      refusing(message, [/"role":"system"/, "messages.1.role: Input should be 'user' or 'assistant'"]),
      { protocol: 'messages' },
    );
    const body = ask({
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'system', content: 'be brief' },
      ],
    });
    for (const asked of [2, 3]) {
      const answered = await gateway.post('/v1/messages', body);
      expect(await answered.json()).toEqual(message);
      expect(server.received).toHaveLength(asked);
    }
    expect(parsed(server.received[2]).messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'hi' },
          { type: 'text', text: '<system-reminder>\nbe brief\n</system-reminder>' },
        ],
      },
    ]);
    for (const end of gateway.ends)
      expect(end.diagnostics).toMatchObject([{ kind: 'approximated', what: 'messages[].role system' }]);
    expect(gateway.ends.map(({ rounds }) => rounds)).toEqual([2, 1]);
  });

  test('the field that it names goes, wherever it stands, and so does a beta', async () => {
    const { server, gateway } = await between(
      refusing(
        message,
        [/context-1m/, 'Unexpected value(s) `context-1m-2025-08-07` for the `anthropic-beta` header.'],
        [/context_management/, 'context_management: Extra inputs are not permitted'],
        [/defer_loading/, 'tools.1.custom.defer_loading: Extra inputs are not permitted'],
      ),
      { kind: 'anthropic' },
    );
    const tool = (name: string): JsonObject => ({ name, input_schema: { type: 'object' }, defer_loading: true });
    const answered = await gateway.post(
      '/v1/messages',
      ask({ context_management: { edits: [] }, tools: [tool('a'), tool('b')], top_k: 1 }),
      { headers: { 'anthropic-beta': 'context-1m-2025-08-07,effort-2025-11-24' } },
    );
    expect(answered.status).toBe(200);
    const last = server.received.at(-1);
    expect(last?.headers['anthropic-beta']).toBe('effort-2025-11-24');
    const plain = (name: string): JsonObject => ({ name, input_schema: { type: 'object' } });
    expect(parsed(last)).toEqual(ask({ model: 'fake-model', tools: [plain('a'), plain('b')], top_k: 1 }));
    expect(gateway.ends[0]?.diagnostics.map(({ what }) => what)).toEqual([
      'anthropic-beta: context-1m-2025-08-07',
      'context_management',
      'tools[].defer_loading',
    ]);
  });

  test('tool schemas are simplified where its grammar fails at them', async () => {
    const { server, gateway } = await between(
      refusing(message, [/"pattern"/, 'failed to parse grammar: unsupported pattern in schema']),
      { protocol: 'messages' },
    );
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: '(?<=x)y' } } };
    await (await gateway.post('/v1/messages', ask({ tools: [{ name: 'a', input_schema: schema }] }))).text();
    expect(parsed(server.received[1]).tools).toEqual([
      { name: 'a', input_schema: { type: 'object', properties: { a: { type: 'string' } } } },
    ]);
  });

  test('what no repair helps is translated to Chat, which is remembered', async () => {
    const chat = { choices: [{ index: 0, message: { role: 'assistant', content: 'by chat' }, finish_reason: 'stop' }] };
    const { server, gateway } = await between(
      (request) =>
        request.url === '/v1/chat/completions'
          ? { body: chat }
          : refuse(
              "messages.1.content.0.type: Input tag 'tool_reference' found using 'type' does not match any of the expected tags",
            ),
      { protocol: 'messages' },
    );
    for (const stream of [false, true]) {
      const answered = await gateway.post('/v1/messages', ask({ stream }));
      expect(answered.status).toBe(200);
      expect(await answered.text()).toContain('by chat');
    }
    expect(server.received.map(({ url }) => url)).toEqual([
      '/v1/messages',
      '/v1/chat/completions',
      '/v1/chat/completions',
    ]);
    expect(gateway.ends[1]?.diagnostics).toMatchObject([{ kind: 'approximated', what: 'the request' }]);
  });

  test('Responses: an unknown parameter and an unknown kind of tool go', async () => {
    const { server, gateway } = await between(
      refusing(
        response,
        [/client_metadata/, "Unknown parameter: 'client_metadata'.", 'client_metadata'],
        [/"namespace"/, "Invalid value: 'namespace'. Supported values are: 'function' and 'custom'.", 'tools[0].type'],
      ),
      { protocol: 'responses' },
    );
    const tools = [
      { type: 'namespace', name: 'n', tools: [] },
      { type: 'function', name: 'f', parameters: {} },
    ];
    const body = { model: 'coder', input: 'hi', client_metadata: { a: 1 }, tools };
    expect((await gateway.post('/v1/responses', body)).status).toBe(200);
    expect(parsed(server.received.at(-1))).toEqual({ model: 'fake-model', input: 'hi', tools: [tools[1]] });
  });

  test('a refusal for what the client did wrong is not repaired', async () => {
    for (const text of [
      'max_tokens: must be greater than or equal to 1',
      'messages: at least one message is required',
      'temperature may only be set to 1 when thinking is enabled',
    ]) {
      const { server, gateway } = await between(() => refuse(text), { kind: 'anthropic' });
      expect((await gateway.post('/v1/messages', ask())).status).toBe(400);
      expect([text, server.received.length]).toEqual([text, 1]);
    }
  });

  test('one that refuses everything is asked a few times and no more', async () => {
    const { server, gateway } = await between(() => refuse('temperature: Extra inputs are not permitted'), {
      kind: 'anthropic',
    });
    await (await gateway.post('/v1/messages', ask({ temperature: 1, top_p: 1 }))).text();
    expect(server.received.length).toBeLessThanOrEqual(3);
  });
});

describe('token counts', () => {
  test('are the server’s own where it has them', async () => {
    const { server, gateway } = await between(() => ({ body: { input_tokens: 42 } }), { kind: 'anthropic' });
    const answered = await gateway.post('/v1/messages/count_tokens', { model: 'coder', messages: [] });
    expect(await answered.json()).toEqual({ input_tokens: 42 });
    expect(server.received[0]?.url).toBe('/v1/messages/count_tokens');
    expect(parsed(server.received[0])).toEqual({ model: 'fake-model', messages: [] });
  });

  test('are ours where it has no such endpoint', async () => {
    for (const answer of [{ status: 404, body: '404 page not found' }, { body: { error: 'Unexpected endpoint' } }]) {
      const { gateway } = await between(() => answer, { protocol: 'messages' });
      const body = { model: 'coder', messages: [{ role: 'user', content: 'hi' }] };
      const answered = await gateway.post('/v1/messages/count_tokens', body);
      expect((await answered.json()).input_tokens).toBeGreaterThan(0);
    }
  });
});
