import { describe, expect, test } from 'vitest';
import type { Decoded } from '../../../../src-main/protocols/conversation/codec.ts';
import { writeReasoningState } from '../../../../src-main/protocols/conversation/reasoning-state.ts';
import { decodeMessagesRequest } from '../../../../src-main/protocols/messages/decode-request.ts';
import { decodeResponsesRequest } from '../../../../src-main/protocols/responses/decode-request.ts';
import { encodeResponsesRequest } from '../../../../src-main/protocols/responses/encode-request.ts';
import { type CompatFlags, defaultFlags } from '../../../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../../../src-shared/json.ts';
import { testSupplies } from '../supplies.ts';

const upstream = { id: 'open', model: 'gpt-x' };

function encode(decoded: Decoded, flags: Partial<CompatFlags> = {}) {
  if (!decoded.ok) throw new Error(decoded.error.message);
  return encodeResponsesRequest(decoded.request, {
    flags: { ...defaultFlags, ...flags },
    upstream,
    defaults: {},
    ownTools: new Map(),
    supplies: testSupplies(),
  });
}
const fromMessages = (body: JsonObject, flags?: Partial<CompatFlags>) =>
  encode(
    decodeMessagesRequest(
      { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }], ...body },
      testSupplies(),
    ),
    flags,
  );
const fromResponses = (body: JsonObject, flags?: Partial<CompatFlags>) =>
  encode(decodeResponsesRequest({ model: 'm', input: 'Hi', ...body }, testSupplies()), flags);

const tool = { name: 'look', description: 'Looks.', input_schema: { type: 'object', properties: {} } };
const blob = (more: object, from = 'open') => writeReasoningState({ upstream: from, model: 'gpt-x', ...more });
const assistant = (...content: JsonObject[]): JsonObject => ({ role: 'assistant', content });
const user = (...content: JsonObject[]): JsonObject => ({ role: 'user', content });

describe('§7.4 a Messages client', () => {
  test('system becomes instructions, nothing is stored, state is asked for', () => {
    const { body } = fromMessages({
      system: [
        { type: 'text', text: 'A' },
        { type: 'text', text: 'B' },
      ],
    });
    expect(body).toMatchObject({
      model: 'gpt-x',
      instructions: 'A\n\nB',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
      max_output_tokens: 100,
      include: ['reasoning.encrypted_content'],
      store: false,
      stream: true,
    });
  });

  test('a tool round with reasoning goes back exactly as it came', () => {
    const state = blob({ field: 'summary', itemId: 'rs_1', encrypted: 'ENC' });
    const { body, diagnostics } = fromMessages({
      tools: [tool],
      messages: [
        user({ type: 'text', text: 'Look' }),
        assistant(
          { type: 'thinking', thinking: 'Hm.', signature: state },
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 'call-5386e269-cd64-432e-aa64-5c80dd4e0286-0', name: 'look', input: { at: 1 } },
        ),
        user(
          {
            type: 'tool_result',
            tool_use_id: 'call-5386e269-cd64-432e-aa64-5c80dd4e0286-0',
            content: [
              { type: 'text', text: 'see' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
            ],
          },
          { type: 'text', text: 'So?' },
        ),
      ],
    });
    expect(diagnostics).toEqual([]);
    const call_id = 'call-5386e269-cd64-432e-aa64-5c80dd4e0286-0';
    expect(body.input).toEqual([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Look' }] },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: 'ENC' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I look.' }] },
      { type: 'function_call', call_id, name: 'look', arguments: '{"at":1}' },
      {
        type: 'function_call_output',
        call_id,
        output: [
          { type: 'input_text', text: 'see' },
          { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' },
        ],
      },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'So?' }] },
    ]);
    expect(body.tools).toEqual([
      { type: 'function', name: 'look', description: 'Looks.', parameters: tool.input_schema, strict: false },
    ]);
  });

  test('raw reasoning goes back as content, redacted reasoning as its state alone', () => {
    const { body } = fromMessages({
      messages: [
        user({ type: 'text', text: 'Q' }),
        assistant(
          { type: 'redacted_thinking', data: blob({ itemId: 'rs_0', encrypted: 'ENC' }) },
          { type: 'thinking', thinking: 'Raw.', signature: blob({ field: 'reasoning_text', itemId: 'rs_1' }) },
          { type: 'text', text: 'A' },
        ),
        user({ type: 'text', text: 'Q2' }),
      ],
    });
    expect(body.input).toMatchObject([
      {},
      { type: 'reasoning', id: 'rs_0', summary: [], encrypted_content: 'ENC' },
      { type: 'reasoning', id: 'rs_1', summary: [], content: [{ type: 'reasoning_text', text: 'Raw.' }] },
      { role: 'assistant' },
      { role: 'user' },
    ]);
  });

  test('reasoning of another maker, of another upstream, and without what it led to is left out and told', () => {
    const { body, diagnostics } = fromMessages({
      messages: [
        user({ type: 'text', text: 'Q' }),
        assistant({ type: 'thinking', thinking: 'x', signature: 'anthropic' }, { type: 'text', text: 'A' }),
        user({ type: 'text', text: 'Q' }),
        assistant(
          { type: 'thinking', thinking: 'x', signature: blob({ encrypted: 'E' }, 'other') },
          { type: 'text', text: 'A' },
        ),
        user({ type: 'text', text: 'Q' }),
        assistant(
          { type: 'text', text: 'A' },
          { type: 'thinking', thinking: 'x', signature: blob({ encrypted: 'E' }) },
        ),
        user({ type: 'text', text: 'Q' }),
      ],
    });
    expect(JSON.stringify(body.input)).not.toContain('"reasoning"');
    expect(diagnostics.map(({ what }) => what)).toEqual(['thinking', 'thinking', 'reasoning']);
  });

  test.each([
    [
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      { effort: 'high', summary: 'auto' },
    ],
    [{ thinking: { type: 'enabled', budget_tokens: 4000 } }, { effort: 'medium', summary: 'auto' }],
    [{ thinking: { type: 'disabled' } }, { effort: 'none' }],
  ])('%j is asked of a model that reasons, and not of another', (asked, reasoning) => {
    expect(fromMessages(asked, { reasoningStyle: 'openai' }).body.reasoning).toEqual(reasoning);
    expect(fromMessages(asked).body).not.toHaveProperty('reasoning');
  });

  test('what the API does not have is told', () => {
    const { body, diagnostics } = fromMessages({ stop_sequences: ['X'], top_k: 4, max_tokens: 3 });
    expect(diagnostics.map(({ what }) => what)).toEqual(['stop_sequences', 'top_k']);
    expect(body.max_output_tokens).toBe(16);
  });

  test('an error says so, a missing output is made up, an orphan is left out', () => {
    const { body } = fromMessages({
      tools: [tool],
      messages: [
        user({ type: 'text', text: 'Q' }),
        assistant(
          { type: 'tool_use', id: 'a', name: 'look', input: {} },
          { type: 'tool_use', id: 'b', name: 'look', input: {} },
        ),
        user(
          { type: 'tool_result', tool_use_id: 'z', content: 'no' },
          { type: 'tool_result', tool_use_id: 'b', content: 'gone', is_error: true },
        ),
      ],
    });
    expect(body.input).toMatchObject([
      {},
      { call_id: 'a' },
      { call_id: 'b' },
      { call_id: 'a', output: 'No result provided.' },
      { call_id: 'b', output: 'Error: gone' },
    ]);
  });

  test('tool_choice in all forms', () => {
    const choice = (tool_choice: JsonObject) => fromMessages({ tools: [tool], tool_choice }).body;
    expect(choice({ type: 'any', disable_parallel_tool_use: true })).toMatchObject({
      tool_choice: 'required',
      parallel_tool_calls: false,
    });
    expect(choice({ type: 'none' }).tool_choice).toBe('none');
    expect(choice({ type: 'tool', name: 'look' }).tool_choice).toEqual({ type: 'function', name: 'look' });
    expect(fromMessages({ tool_choice: { type: 'any' } }).body).not.toHaveProperty('tool_choice');
  });

  test('a web search is offered to a server that runs one, and the search it ran goes back', () => {
    const search = { type: 'web_search_20250305', name: 'web_search', allowed_domains: ['a.org'] };
    const { body } = fromMessages(
      {
        tools: [search],
        messages: [
          user({ type: 'text', text: 'Q' }),
          assistant(
            { type: 'server_tool_use', id: 'srvtoolu_ws_1', name: 'web_search', input: { query: 'ruby' } },
            { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_ws_1', content: [] },
            { type: 'text', text: 'A' },
          ),
          user({ type: 'text', text: 'Q2' }),
        ],
      },
      { fullResponses: true, hostedTools: true },
    );
    expect(body.tools).toEqual([{ type: 'web_search', filters: { allowed_domains: ['a.org'] } }]);
    expect(body.include).toContain('web_search_call.action.sources');
    expect(body.input).toMatchObject([{}, { type: 'web_search_call', id: 'ws_1', action: { query: 'ruby' } }, {}, {}]);
    expect(fromMessages({ tools: [search] }).body).not.toHaveProperty('tools');
  });
});

describe('tools of a Responses client', () => {
  const tools = [
    {
      type: 'custom',
      name: 'apply_patch',
      description: 'Patches.',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
    },
    {
      type: 'namespace',
      name: 'agents',
      description: 'Agents.',
      tools: [{ type: 'function', name: 'spawn', strict: false, parameters: { type: 'object', properties: {} } }],
    },
  ];
  const input = [
    { type: 'message', role: 'user', content: 'Q' },
    { type: 'custom_tool_call', call_id: 'c', name: 'apply_patch', input: 'x' },
    { type: 'function_call', call_id: 'd', name: 'spawn', namespace: 'agents', arguments: '{}' },
    { type: 'custom_tool_call_output', call_id: 'c', output: 'ok' },
    { type: 'function_call_output', call_id: 'd', output: 'ok' },
  ];

  test('are what they are where all of Responses is taken', () => {
    const { body, toolNames } = fromResponses({ tools, input }, { fullResponses: true });
    expect(body.tools).toEqual(tools);
    expect(body.input).toEqual([{ ...input[0], content: [{ type: 'input_text', text: 'Q' }] }, ...input.slice(1)]);
    expect(toolNames.get('apply_patch')).toEqual({ name: 'apply_patch', toolKind: 'custom', own: false });
    expect(toolNames.get('agents.spawn')).toMatchObject({ name: 'spawn', namespace: 'agents' });
  });

  test('are functions elsewhere', () => {
    const { body, toolNames } = fromResponses({ tools, input });
    expect(body.tools).toMatchObject([
      { type: 'function', name: 'apply_patch', parameters: { required: ['input'] } },
      { type: 'function', name: 'agents__spawn' },
    ]);
    expect(body.input).toMatchObject([
      {},
      { type: 'function_call', name: 'apply_patch', arguments: '{"input":"x"}' },
      { type: 'function_call', name: 'agents__spawn' },
      { type: 'function_call_output', call_id: 'c' },
      { type: 'function_call_output', call_id: 'd' },
    ]);
    expect(toolNames.get('apply_patch')).toMatchObject({ toolKind: 'custom', wrapped: true });
  });

  test('allowed tools are a choice, or all that is offered', () => {
    const tool_choice = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'custom', name: 'apply_patch' }] };
    expect(fromResponses({ tools, tool_choice }, { fullResponses: true }).body.tool_choice).toEqual(tool_choice);
    expect(fromResponses({ tools, tool_choice }).body).toMatchObject({
      tool_choice: 'required',
      tools: [{ name: 'apply_patch' }],
    });
  });

  test('a foreign encrypted_content goes only where all of Responses is taken', () => {
    const reasoning = { type: 'reasoning', summary: [], encrypted_content: 'gAAAA' };
    const answer = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'A' }] };
    const asked = { input: [{ role: 'user', content: 'Q' }, reasoning, answer, { role: 'user', content: 'Q' }] };
    expect(fromResponses(asked, { fullResponses: true }).body.input).toContainEqual(reasoning);
    expect(JSON.stringify(fromResponses(asked).body.input)).not.toContain('gAAAA');
  });
});
