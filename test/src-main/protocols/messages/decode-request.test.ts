import { describe, expect, test } from 'vitest';
import { writeReasoningState } from '../../../../src-main/protocols/conversation/reasoning-state.ts';
import { decodeMessagesRequest } from '../../../../src-main/protocols/messages/decode-request.ts';
import { testSupplies } from '../supplies.ts';
import { assistant, decoded, png, request, result, system, text, tool, use, user } from './translate.ts';

describe('what is refused, in Anthropic’s words', () => {
  test.each([
    [{ messages: [user('x')] }, 'model: Field required'],
    [{ model: 'm' }, 'messages: Field required'],
    [request([]), 'messages: at least one message is required'],
    [request('hi' as never), 'messages: Input should be a valid list'],
    [request([{ role: 'user' }]), 'messages.0.content: Field required'],
    [request([user(7)]), 'messages.0.content: Input should be a valid list'],
    [request([user(['hi'])]), 'messages.0.content.0: Input should be a valid dictionary'],
    [request([user([{ type: 'text' }])]), 'messages.0.content.0.text: Field required'],
    [request([user([{ text: 'a' }])]), 'messages.0.content.0.type: Field required'],
    [request([{ role: 'robot', content: '' }]), "messages.0.role: Input should be 'user', 'assistant' or 'system'"],
    [request([assistant([{ type: 'tool_use', name: 'x', input: {} }])]), 'messages.0.content.0.id: Field required'],
    [request([user([result('a', [{ type: 'image' }])])]), 'messages.0.content.0.content.0.source: Field required'],
    [request([user('x')], { max_tokens: 'many' }), 'max_tokens: Input should be a valid integer'],
    [request([user('x')], { max_tokens: -1 }), 'max_tokens: Input should be greater than or equal to 0'],
    [request([user('x')], { system: 3 }), 'system: Input should be a valid string or list'],
    [request([user('x')], { tools: [{}] }), 'tools.0.name: Field required'],
    [
      request([user('x')], { tools: [tool('a', { input_schema: 'x' })] }),
      'tools.0.input_schema: Input should be a valid dictionary',
    ],
    [request([user('x')], { tool_choice: { type: 'tool' } }), 'tool_choice.name: Field required'],
    [request([user('x')], { stop_sequences: [1] }), 'stop_sequences.0: Input should be a valid string'],
  ])('%j', (body, message) => {
    const [param] = message.split(': ');
    expect(decodeMessagesRequest(body, testSupplies())).toEqual({
      ok: false,
      error: { kind: 'invalid-request', message, param },
    });
  });

  test.each([[null], ['text'], [[]], [undefined], [42]])('a body that is %j', (body) => {
    expect(decodeMessagesRequest(body, testSupplies())).toMatchObject({
      ok: false,
      error: { kind: 'invalid-request' },
    });
  });
});

describe('what is kept', () => {
  test('A38 max_tokens 0 stays 0, and none stays none', () => {
    expect(decoded(request([user('x')], { max_tokens: 0 })).maxOutputTokens).toBe(0);
    expect(decoded({ model: 'm', messages: [user('x')] })).not.toHaveProperty('maxOutputTokens');
  });

  test('A39 the session in metadata.user_id names the conversation', () => {
    const user_id = '{"device_id":"d","account_uuid":"","session_id":"s-1"}';
    expect(decoded(request([user('x')], { metadata: { user_id } }))).toMatchObject({
      user: user_id,
      conversationId: 's-1',
    });
    expect(decoded(request([user('x')], { metadata: { user_id: '{broken' } }))).not.toHaveProperty('conversationId');
  });

  test('roles ctx and msg are users, developer is system, and system turns stay where they are', () => {
    const turns = [
      { role: 'ctx', content: 'a' },
      { role: 'msg', content: 'b' },
      { role: 'developer', content: 'c' },
      system('d'),
      user('e'),
    ];
    expect(decoded(request(turns)).turns.map(({ role }) => role)).toEqual(['user', 'user', 'system', 'system', 'user']);
  });

  test('a billing header in a system turn is left out as well', () => {
    const [, turn] = decoded(
      request([user('x'), system([text('x-anthropic-billing-header: cc_version=1;'), text('keep')])]),
    ).turns;
    expect(turn?.blocks).toEqual([text('keep')].map(({ text: value }) => ({ kind: 'text', text: value })));
  });

  test('what only Anthropic knows travels in extras', () => {
    const marked = { ...text('hi'), cache_control: { type: 'ephemeral' } };
    const body = request([{ ...system('s'), output_config: { effort: 'low' } }, user([marked])], {
      service_tier: 'auto',
    });
    const { turns, extras } = decoded(body);
    expect(turns[0]?.extras).toEqual({ messages: { output_config: { effort: 'low' } } });
    expect(turns[1]?.blocks[0]).toMatchObject({ extras: { messages: { cache_control: { type: 'ephemeral' } } } });
    expect(extras.messages).toEqual({ service_tier: 'auto' });
  });

  test('reasoning carries our state, a foreign signature, or nothing', () => {
    const state = { upstream: 'u', model: 'm', field: 'reasoning' };
    const blob = writeReasoningState(state) ?? '';
    const thinking = (rest: object) => ({ type: 'thinking', thinking: 't', ...rest });
    const blocks = [
      thinking({ signature: blob }),
      thinking({ signature: 'zzz' }),
      thinking({ signature: '' }),
      thinking({}),
      { type: 'redacted_thinking', data: 'rrr' },
    ];
    const [turn] = decoded(request([assistant(blocks)])).turns;
    expect(turn?.blocks).toEqual([
      { kind: 'reasoning', text: 't', carried: { kind: 'ours', state } },
      { kind: 'reasoning', text: 't', carried: { kind: 'foreign', signature: 'zzz' } },
      { kind: 'reasoning', text: 't' },
      { kind: 'reasoning', text: 't' },
      { kind: 'reasoning', text: '', carried: { kind: 'foreign', redacted: 'rrr' } },
    ]);
  });

  test('a tool result holds its parts, its failure and the tools it loads', () => {
    const block = result('a', [text('x'), png, { type: 'tool_reference', tool_name: 'T' }], { is_error: true });
    const [, turn] = decoded(request([assistant([use('a')]), user([block])])).turns;
    expect(turn?.blocks[0]).toMatchObject({
      kind: 'tool-result',
      callId: 'a',
      isError: true,
      loadedTools: ['T'],
      parts: [{ kind: 'text' }, { kind: 'image' }],
    });
  });

  test('server tools are hosted tools, the client’s are functions', () => {
    const tools = [
      tool('A'),
      { type: 'web_search_20260318', name: 'web_search' },
      { type: 'web_fetch_20250910', name: 'web_fetch' },
      { type: 'mcp_toolset', mcp_server_name: 's' },
    ];
    expect(decoded(request([user('x')], { tools })).tools).toMatchObject([
      { kind: 'function', name: 'A', deferred: false },
      { kind: 'hosted', hosted: 'web-search', wireType: 'web_search_20260318' },
      { kind: 'hosted', hosted: 'web-fetch' },
      { kind: 'hosted', hosted: 'other', name: 'mcp_toolset' },
    ]);
  });

  test('a search with an error, without a result and without its call', () => {
    const call = (id: string) => ({ type: 'server_tool_use', id, name: 'web_search', input: { query: 'q' } });
    const failed = {
      type: 'web_search_tool_result',
      tool_use_id: 'a',
      content: { type: 'web_search_tool_result_error', error_code: 'max_uses_exceeded' },
    };
    const stray = { type: 'web_search_tool_result', tool_use_id: 'z', content: [] };
    const [turn] = decoded(request([assistant([call('a'), failed, call('b'), stray])])).turns;
    expect(turn?.blocks).toMatchObject([
      { kind: 'web-search', id: 'a', query: 'q', result: { kind: 'error', code: 'max_uses_exceeded' } },
      { kind: 'web-search', id: 'b', query: 'q', result: null },
      { kind: 'web-search', id: 'z', query: '', result: { kind: 'hits', hits: [] } },
    ]);
  });
});

test('what changes the model’s work is reported, what does not is not', () => {
  const quiet = {
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
    betas: ['b'],
    inference_geo: 'eu',
  };
  const loud = {
    container: 'c',
    mcp_servers: [{ name: 's' }],
    context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
  };
  const whats = (rest: Record<string, unknown>) => {
    const outcome = decodeMessagesRequest(request([user('x')], rest), testSupplies());
    return outcome.ok && outcome.diagnostics.map(({ what }) => what);
  };
  expect(whats(quiet)).toEqual([]);
  expect(whats({ mcp_servers: [] })).toEqual([]);
  expect(whats(loud)).toEqual(['container', 'mcp_servers', 'context_management clear_tool_uses_20250919']);
});
