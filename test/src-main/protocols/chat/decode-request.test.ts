import { describe, expect, test } from 'vitest';
import { decodeChatRequest } from '../../../../src-main/protocols/chat/decode-request.ts';
import { writeReasoningState } from '../../../../src-main/protocols/conversation/reasoning-state.ts';
import type { ConversationRequest } from '../../../../src-main/protocols/conversation/request.ts';
import { testSupplies } from '../supplies.ts';

const hi = { role: 'user', content: 'hi' };

function decoded(body: Record<string, unknown>): { request: ConversationRequest; losses: readonly string[] } {
  const result = decodeChatRequest({ model: 'm', messages: [hi], ...body }, testSupplies());
  if (!result.ok) throw new Error(result.error.message);
  return { request: result.request, losses: result.diagnostics.map(({ what }) => what) };
}

const turns = (...messages: readonly unknown[]) => decoded({ messages }).request.turns;
const blocks = (message: unknown) => turns(message)[0]?.blocks;

describe('messages', () => {
  test('instructions that lead are the system prompt, later ones stay in their place', () => {
    const { request } = decoded({
      messages: [
        { role: 'system', content: 'A' },
        { role: 'developer', content: [{ type: 'text', text: 'B' }] },
        hi,
        { role: 'system', content: 'C' },
      ],
    });
    expect(request.system.map(({ text }) => text)).toEqual(['A', 'B']);
    expect(request.turns.map(({ role }) => role)).toEqual(['user', 'system']);
  });

  test('every kind of part has its block', () => {
    expect(
      blocks({
        role: 'user',
        content: [
          { type: 'text', text: 'See:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO', detail: 'high' } },
          { type: 'image_url', image_url: 'https://example.org/a.png' },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'JVBERi0=' } },
          { type: 'file', file: { file_id: 'file-1' } },
          { type: 'input_audio', input_audio: { data: 'UklG', format: 'mp3' } },
          { type: 'video_url', video_url: { url: 'https://example.org/a.mp4' } },
        ],
      }),
    ).toEqual([
      { kind: 'text', text: 'See:' },
      { kind: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'iVBO' }, detail: 'high' },
      { kind: 'image', source: { kind: 'url', url: 'https://example.org/a.png' } },
      {
        kind: 'document',
        source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' },
        title: 'a.pdf',
      },
      { kind: 'document', source: { kind: 'file', id: 'file-1' } },
      { kind: 'audio', format: 'mp3', data: 'UklG' },
      expect.objectContaining({ kind: 'opaque', protocol: 'chat', what: 'video_url' }),
    ]);
  });

  test('calls and their results are turns; results that follow one another are one', () => {
    const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
    const found = turns(
      hi,
      {
        role: 'assistant',
        content: 'So.',
        tool_calls: [call('a'), { id: 'b', type: 'custom', custom: { name: 'p', input: 'x' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: '2' }] },
      hi,
    );
    expect(found.map(({ role, blocks: held }) => [role, held.map(({ kind }) => kind)])).toEqual([
      ['user', ['text']],
      ['assistant', ['text', 'tool-call', 'tool-call']],
      ['user', ['tool-result', 'tool-result']],
      ['user', ['text']],
    ]);
    expect(found[1]?.blocks[2]).toMatchObject({ id: 'b', toolKind: 'custom', input: 'x' });
    expect(found[2]?.blocks).toMatchObject([
      { callId: 'a', toolKind: 'function', parts: [{ text: '1' }] },
      { callId: 'b', toolKind: 'custom', parts: [{ text: '2' }] },
    ]);
  });

  test('functions of the time before tools are paired by name', () => {
    const { request } = decoded({
      messages: [
        hi,
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"a":1}' } },
        { role: 'function', name: 'f', content: '1' },
      ],
      functions: [{ name: 'f', parameters: { type: 'object' } }],
      function_call: { name: 'f' },
    });
    expect(request.turns[1]?.blocks).toMatchObject([{ id: 'call_1', name: 'f', input: '{"a":1}' }]);
    expect(request.turns[2]?.blocks).toMatchObject([{ callId: 'call_1' }]);
    expect(request.tools).toMatchObject([{ kind: 'function', name: 'f' }]);
    expect(request.toolChoice).toEqual({ mode: 'tool', name: 'f' });
  });

  test('a call without id and a result without one belong together', () => {
    const found = turns(
      hi,
      { role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }] },
      { role: 'tool', content: { result: 5 } },
    );
    expect(found[1]?.blocks).toMatchObject([{ id: 'call_1_0', input: '{"a":1}' }]);
    expect(found[2]?.blocks).toMatchObject([{ callId: 'call_1_0', parts: [{ text: '{"result":5}' }] }]);
  });

  test('reasoning is read once from whichever key it stands under, before what was said', () => {
    const said = { role: 'assistant', content: 'Yes.', refusal: 'No.' };
    expect(blocks({ ...said, reasoning_content: 'Hm.', reasoning: 'Hm.' })).toEqual([
      { kind: 'reasoning', text: 'Hm.' },
      { kind: 'text', text: 'Yes.' },
      { kind: 'refusal', text: 'No.' },
    ]);
    const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] };
    expect(blocks({ role: 'assistant', content: [thinking, { type: 'text', text: 'Yes.' }] })).toEqual([
      { kind: 'reasoning', text: 'Hm.' },
      { kind: 'text', text: 'Yes.' },
    ]);
  });

  test('reasoning that we sent with its state comes back with it, block by block', () => {
    const detail = (text: string, signature: string) => ({
      type: 'reasoning.text',
      text: '',
      signature: writeReasoningState({ upstream: 'u', model: 'm', signature, text }),
    });
    const message = { role: 'assistant', content: 'Yes.', reasoning_content: 'AB' };
    expect(blocks({ ...message, reasoning_details: [detail('A', '1'), detail('B', '2')] })).toMatchObject([
      { kind: 'reasoning', text: 'A', carried: { kind: 'ours', state: { signature: '1' } } },
      { kind: 'reasoning', text: 'B', carried: { kind: 'ours', state: { signature: '2' } } },
      { kind: 'text', text: 'Yes.' },
    ]);
    expect(
      blocks({ ...message, reasoning_details: [{ type: 'reasoning.text', text: 'AB', signature: 'theirs' }] }),
    ).toEqual([
      expect.objectContaining({
        kind: 'reasoning',
        text: 'AB',
        extras: { chat: { reasoning_details: expect.anything() } },
      }),
      { kind: 'text', text: 'Yes.' },
    ]);
  });
});

describe('parameters', () => {
  test.each([
    [{ reasoning_effort: 'high' }, { enabled: true, effort: 'high' }],
    [{ reasoning_effort: 'none' }, { enabled: false }],
    [{ reasoning: { effort: 'low', max_tokens: 900 } }, { enabled: true, effort: 'low', budget: 900 }],
    [{ thinking: { type: 'enabled' } }, { enabled: true }],
    [{ thinking: { type: 'disabled' }, reasoning_effort: 'high' }, { enabled: false }],
    [{ chat_template_kwargs: { enable_thinking: false } }, { enabled: false }],
    [
      { enable_thinking: true, thinking_budget: 500 },
      { enabled: true, budget: 500 },
    ],
    [{}, undefined],
  ])('%j asks to think so: %j', (body, expected) => {
    expect(decoded(body).request.reasoning).toEqual(expected);
  });

  test.each([
    ['auto', { mode: 'auto' }],
    ['any', { mode: 'required' }],
    [
      { type: 'custom', custom: { name: 'p' } },
      { mode: 'tool', name: 'p' },
    ],
    [
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
      { mode: 'allowed', names: ['f'], required: false },
    ],
  ])('tool_choice %j', (tool_choice, expected) => {
    expect(decoded({ tool_choice })).toMatchObject({ request: { toolChoice: expected }, losses: [] });
  });

  test('tools of every kind', () => {
    const grammar = { syntax: 'regex', definition: 'a+' };
    expect(
      decoded({
        tools: [
          { type: 'function', function: { name: 'f', strict: true } },
          { type: 'custom', custom: { name: 'p', format: { type: 'grammar', grammar } } },
          { type: 'mcp', server_label: 's' },
        ],
      }).request.tools,
    ).toMatchObject([
      { kind: 'function', name: 'f', strict: true, inputSchema: { type: 'object' } },
      { kind: 'custom', name: 'p', grammar },
      { kind: 'hosted', hosted: 'other', wireType: 'mcp' },
    ]);
  });

  test('the rest, and what is kept in the extras', () => {
    const { request, losses } = decoded({
      max_tokens: 5,
      max_completion_tokens: 7,
      stop: 'END',
      temperature: 0,
      parallel_tool_calls: false,
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' }, strict: true } },
      verbosity: 'low',
      prompt_cache_key: 'k',
      user: 'u',
      stream: true,
      stream_options: { include_usage: true },
      store: false,
    });
    expect(request).toMatchObject({
      maxOutputTokens: 7,
      stopSequences: ['END'],
      temperature: 0,
      parallelToolCalls: false,
      output: { kind: 'json-schema', name: 'x', strict: true },
      verbosity: 'low',
      conversationId: 'k',
      user: 'u',
      stream: true,
      extras: { chat: { stream_options: { include_usage: true }, store: false } },
    });
    expect(losses).toEqual([]);
    expect(decoded({ max_tokens: -1 }).request).not.toHaveProperty('maxOutputTokens');
  });
});

describe('what can not be read is refused in OpenAI’s words', () => {
  test.each([
    [{ messages: undefined }, 'messages', "Missing required parameter: 'messages'."],
    [{ messages: [] }, 'messages', 'empty array'],
    [
      { messages: ['hi'] },
      'messages[0]',
      "Invalid type for 'messages[0]': expected an object, but got a string instead.",
    ],
    [{ messages: [{ content: 'hi' }] }, 'messages[0].role', "Missing required parameter: 'messages[0].role'."],
    [{ messages: [{ role: 'robot', content: 'hi' }] }, 'messages[0].role', "Invalid value: 'robot'."],
    [{ messages: [{ role: 'user', content: 7 }] }, 'messages[0].content', 'but got an integer instead'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id', 'Missing required parameter'],
    [{ temperature: 'hot' }, 'temperature', "Invalid type for 'temperature'"],
    [{ tools: {} }, 'tools', 'expected an array of objects'],
    [{ stop: 5 }, 'stop', 'string or array of strings'],
    [{ model: 5 }, 'model', "Invalid type for 'model'"],
  ])('%j', (body, param, message) => {
    expect(decodeChatRequest({ model: 'm', messages: [hi], ...body }, testSupplies())).toMatchObject({
      ok: false,
      error: { kind: 'invalid-request', param, message: expect.stringContaining(message) },
    });
  });

  test('unknown keys, values and parts pass', () => {
    expect(decoded({ reasoning_effort: 'huge', response_format: { type: 'lark' }, new_key: 1 }).losses).toEqual([
      'reasoning_effort',
      'response_format',
    ]);
  });
});
