import { describe, expect, test } from 'vitest';
import { decodeResponsesRequest } from '../../../../src-main/protocols/responses/decode-request.ts';
import { testSupplies } from '../supplies.ts';
import { decoded, decodedWith, request, tool, user } from './translate.ts';

const failure = (body: unknown) => {
  const result = decodeResponsesRequest(body, testSupplies());
  return result.ok ? null : result.error;
};

describe('what is refused, in OpenAI’s words and with the parameter', () => {
  test.each([
    [{ input: 'x' }, 'model', "Missing required parameter: 'model'."],
    [{ model: 'm' }, 'input', "Missing required parameter: 'input'."],
    [request([]), 'input', "Missing required parameter: 'input'."],
    [request(''), 'input', "Missing required parameter: 'input'."],
    [
      request(7),
      'input',
      "Invalid type for 'input': expected a string or an array of items, but got an integer instead.",
    ],
    [request(['hi']), 'input[0]', "Invalid type for 'input[0]': expected an object, but got a string instead."],
    [request([{}]), 'input[0].type', "Missing required parameter: 'input[0].type'."],
    [request([{ role: 'user' }]), 'input[0].content', "Missing required parameter: 'input[0].content'."],
    [
      request([user('x'), { role: 'robot', content: '' }]),
      'input[1].role',
      "Invalid value: 'robot'. Supported values are: 'assistant', 'system', 'developer', and 'user'.",
    ],
    [
      request([{ role: 'user', content: [{ type: 'input_text' }] }]),
      'input[0].content[0].text',
      "Missing required parameter: 'input[0].content[0].text'.",
    ],
    [
      request([{ role: 'user', content: [{ type: 'input_image' }] }]),
      'input[0].content[0].image_url',
      "Missing required parameter: 'input[0].content[0].image_url'.",
    ],
    [
      request([{ type: 'function_call', name: 'x', arguments: '{}' }]),
      'input[0].call_id',
      "Missing required parameter: 'input[0].call_id'.",
    ],
    [
      request([{ type: 'function_call', call_id: 'a', arguments: '{}' }]),
      'input[0].name',
      "Missing required parameter: 'input[0].name'.",
    ],
    [request('x', { tools: [{}] }), 'tools[0].type', "Missing required parameter: 'tools[0].type'."],
    [
      request('x', { tools: [tool('a', { parameters: 'x' })] }),
      'tools[0].parameters',
      "Invalid type for 'tools[0].parameters': expected an object, but got a string instead.",
    ],
    [
      request('x', { tool_choice: { type: 'function' } }),
      'tool_choice.name',
      "Missing required parameter: 'tool_choice.name'.",
    ],
    [
      request('x', { max_output_tokens: 'many' }),
      'max_output_tokens',
      "Invalid type for 'max_output_tokens': expected an integer, but got a string instead.",
    ],
    [
      request('x', { max_output_tokens: 0 }),
      'max_output_tokens',
      "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.",
    ],
    [
      request('x', { reasoning: { effort: 3 } }),
      'reasoning.effort',
      "Invalid type for 'reasoning.effort': expected an object of strings, but got an integer instead.",
    ],
  ])('%j', (body, param, message) => {
    expect(failure(body)).toMatchObject({ kind: 'invalid-request', param, message });
  });

  test.each([[null], ['text'], [[]], [undefined], [42]])('a body that is %j', (body) => {
    expect(failure(body)).toMatchObject({ kind: 'invalid-request', upstreamCode: 'invalid_type' });
  });

  test('C21 a reference that nobody resolved is not found', () => {
    for (const reference of [{ type: 'item_reference', id: 'msg_9' }, { id: 'msg_9' }]) {
      expect(failure(request([user('x'), reference]))).toEqual({
        kind: 'not-found',
        message: "Item with id 'msg_9' not found. Send the item itself instead of a reference to it.",
        param: 'input[1]',
      });
    }
  });
});

describe('what passes', () => {
  test('unknown keys, values and types do', () => {
    const body = request([user('x'), { type: 'telepathy_call', id: 't' }], {
      tools: [{ type: 'telepathy' }],
      tool_choice: 'perhaps',
      reasoning: { effort: 'galactic', mode: 'pro' },
      text: { verbosity: 'endless' },
      service_tier: 'moon',
      brand_new: { a: 1 },
    });
    const { request: conversation, diagnostics } = decodedWith(body);
    expect(conversation.toolChoice).toEqual({ mode: 'auto' });
    expect(conversation).not.toHaveProperty('reasoning');
    expect(diagnostics.map(({ what }) => what)).toEqual(['reasoning.effort', 'text.verbosity']);
    expect(conversation.extras.responses).toMatchObject({ service_tier: 'moon', brand_new: { a: 1 } });
  });

  test('C28 what only the gateway or OpenAI acts on is in extras and no loss', () => {
    const keys = {
      previous_response_id: 'resp_1',
      store: false,
      client_metadata: { thread_id: 't' },
      metadata: { a: 'b' },
      include: ['reasoning.encrypted_content'],
      stream_options: { include_obfuscation: false },
    };
    const { request: conversation, diagnostics } = decodedWith(request('x', { ...keys, stream: true }));
    expect(conversation.extras).toEqual({ responses: keys });
    expect(diagnostics).toEqual([]);
  });

  test('with an earlier response nothing new needs to be said', () => {
    expect(decoded({ model: 'm', previous_response_id: 'resp_1' }).turns).toEqual([]);
  });
});

describe('what is asked for', () => {
  test('limits, sampling and who asks', () => {
    const body = request('x', {
      max_output_tokens: 50,
      temperature: 0.2,
      top_p: 0.9,
      parallel_tool_calls: false,
      prompt_cache_key: 'thread-1',
      safety_identifier: 'me',
      stream: true,
    });
    expect(decoded(body)).toMatchObject({
      ...{ maxOutputTokens: 50, temperature: 0.2, topP: 0.9, parallelToolCalls: false },
      ...{ conversationId: 'thread-1', user: 'me', stream: true, stopSequences: [] },
    });
  });

  test('a thread in client_metadata names the conversation where there is no cache key', () => {
    expect(decoded(request('x', { client_metadata: { thread_id: 't-1' } })).conversationId).toBe('t-1');
    expect(decoded(request('x'))).not.toHaveProperty('conversationId');
  });

  test.each([
    [{ summary: 'auto' }, { enabled: true, summary: 'auto' }], // C29
    [
      { effort: 'high', summary: null },
      { enabled: true, effort: 'high' },
    ],
    [{ effort: 'none' }, { enabled: false, effort: 'none' }],
    [{}, undefined],
    [null, undefined],
  ])('reasoning %j', (reasoning, wanted) => {
    expect(decoded(request('x', { reasoning })).reasoning).toEqual(wanted);
  });

  test('C24 the last configuration_update overrides effort and format', () => {
    const update = (effort: string) => ({ type: 'configuration_update', reasoning: { effort } });
    const format = { type: 'configuration_update', text: { format: { type: 'json_object' } } };
    const body = request([update('low'), user('x'), update('high'), format], { reasoning: { effort: 'minimal' } });
    expect(decoded(body)).toMatchObject({
      reasoning: { enabled: true, effort: 'high' },
      output: { kind: 'json-object' },
      turns: [{ role: 'user' }],
    });
  });

  test('C18 the format of the answer and its verbosity', () => {
    const schema = { type: 'object', properties: {} };
    const format = { type: 'json_schema', name: 'title', schema, strict: true };
    expect(decoded(request('x', { text: { format, verbosity: 'low' } }))).toMatchObject({
      output: { kind: 'json-schema', name: 'title', schema, strict: true },
      verbosity: 'low',
    });
    expect(decoded(request('x', { text: { format: { type: 'text' } } })).output).toEqual({ kind: 'text' });
  });

  test('what an answer will lack is said', () => {
    const body = request('x', { top_logprobs: 3, max_tool_calls: 2, truncation: 'auto', context_management: [{}] });
    expect(decodedWith(body).diagnostics.map(({ kind, what }) => `${kind} ${what}`)).toEqual([
      'dropped top_logprobs',
      'dropped max_tool_calls',
      'dropped truncation',
      'dropped context_management',
    ]);
  });
});
