import { afterEach, describe, expect, test } from 'vitest';
import type { Part } from '../../../src-main/protocols/conversation/events.ts';
import { readReasoningState } from '../../../src-main/protocols/conversation/reasoning-state.ts';
import type { FunctionTool } from '../../../src-main/protocols/conversation/request.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import { callChunk, chunk, testAssembler, toolNames } from '../../chat-to-messages.ts';
import {
  type ContextOptions,
  chunksToResponses,
  sdkResponse,
  type TranslatedResponse,
  testContext,
  translateToResponses,
} from '../../chat-to-responses.ts';
import { type ResponsesGrammarOptions, responsesGrammar } from '../../responses-grammar.ts';

/**
 * The cases D01–D26 of the answers' way from Chat to Responses. Every stream is held against the strict grammar, its last response
 * against the JSON answer, and what OpenAI's SDK accumulates against both.
 */
const seen: { answer: TranslatedResponse; options: ResponsesGrammarOptions }[] = [];

function answerTo(
  chunks: readonly unknown[],
  options: Parameters<typeof chunksToResponses>[1] & ResponsesGrammarOptions = {},
): TranslatedResponse {
  const answer = chunksToResponses(chunks, options);
  seen.push({ answer, options });
  return answer;
}

function answerToParts(parts: readonly Part[], context: ContextOptions = {}): TranslatedResponse {
  const answer = translateToResponses(parts, testContext(context));
  seen.push({ answer, options: context });
  return answer;
}

afterEach(async () => {
  for (const { answer, options } of seen.splice(0)) {
    expect(responsesGrammar(answer.text, options)).toEqual([]);
    if (answer.json === null) continue;
    expect(withoutIds(answer.response)).toEqual(withoutIds(answer.json));
    expect(answer.kept).toEqual(answer.response);
    if (answer.response.status !== 'completed' || options.codex === true) continue;
    const { output_text: _, ...accumulated } = await sdkResponse(answer.text);
    expect(withoutParsed(accumulated)).toEqual(answer.response);
  }
});

const hello = [chunk({ content: 'Hel' }), chunk({ content: 'lo' }), chunk({}, 'stop')];
const wrapped = { toolKind: 'custom', own: false, wrapped: true } as const;
const patchTools = { toolNames: toolNames({ ...wrapped, name: 'apply_patch' }) };

/** Named tools as their declaration in a Responses request is decoded. */
function typedTool(type: string, name = type): FunctionTool {
  return { kind: 'function', name, inputSchema: {}, deferred: false, extras: { responses: { type } } };
}

describe('a message', () => {
  test('D01: a text gives exactly these events', () => {
    expect(answerTo(hello).types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
  });

  test('D03: a text before a call is done before the call is added', () => {
    const { frames } = answerTo([
      chunk({ content: 'I look.' }),
      callChunk({ index: 0, id: 'call_a', function: { name: 'get_weather', arguments: '{}' } }),
      chunk({}, 'tool_calls'),
    ]);
    const items = frames.filter(({ type }) => String(type).startsWith('response.output_item'));
    expect(items.map((frame) => [frame.type, frame.output_index, itemOf(frame).type])).toEqual([
      ['response.output_item.added', 0, 'message'],
      ['response.output_item.done', 0, 'message'],
      ['response.output_item.added', 1, 'function_call'],
      ['response.output_item.done', 1, 'function_call'],
    ]);
  });

  test('D08: a refusal is a refusal part, for Codex plain text', () => {
    const refused = [chunk({ refusal: 'I can’t.' }), chunk({}, 'stop')];
    const part = (codex: boolean) => answerTo(refused, { codex }).response.output;
    expect(part(false)).toMatchObject([{ content: [{ type: 'refusal', refusal: 'I can’t.' }] }]);
    expect(part(true)).toMatchObject([{ content: [{ type: 'output_text', text: 'I can’t.' }] }]);
  });

  test('an empty answer is a completed response without output', () => {
    expect(answerTo([chunk({}, 'stop')]).response).toMatchObject({ status: 'completed', output: [] });
  });
});

describe('function calls', () => {
  test('D02: reasoning, text and two calls are four items in order', () => {
    const { response } = answerTo([
      chunk({ reasoning_content: 'Hm.' }),
      chunk({ content: 'Both.' }),
      callChunk({ index: 0, id: 'call_a', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }),
      callChunk({ index: 1, id: 'call_b', function: { name: 'get_time', arguments: '{}' } }),
      chunk({}, 'tool_calls'),
    ]);
    expect(outputOf(response).map(({ type, call_id }) => [type, call_id])).toEqual([
      ['reasoning', undefined],
      ['message', undefined],
      ['function_call', 'call_a'],
      ['function_call', 'call_b'],
    ]);
  });

  test('D04: arguments come as deltas, then whole', () => {
    const { frames } = answerTo([
      callChunk({ index: 0, id: 'call_a', function: { name: 'get_weather', arguments: '{"city"' } }),
      callChunk({ index: 0, function: { arguments: ':"Paris"}' } }),
      chunk({}, 'tool_calls'),
    ]);
    expect(
      frames.flatMap((frame) => (frame.type === 'response.function_call_arguments.delta' ? [frame.delta] : [])),
    ).toEqual(['{"city"', ':"Paris"}']);
    expect(frames.find(({ type }) => type === 'response.function_call_arguments.done')).toMatchObject({
      arguments: '{"city":"Paris"}',
    });
  });

  test.each(['', 'null', undefined])('D05: arguments %j are an empty object', (text) => {
    const call = {
      index: 0,
      id: 'call_a',
      function: { name: 'get_time', ...(text !== undefined && { arguments: text }) },
    };
    expect(outputOf(answerTo([callChunk(call), chunk({}, 'tool_calls')]).response)).toMatchObject([
      { arguments: '{}' },
    ]);
  });

  test('D06: a namespaced tool goes back by its bare name with the namespace beside it', () => {
    const names = new Map([
      [
        'multi_agent_v1__spawn',
        { name: 'spawn', namespace: 'multi_agent_v1', toolKind: 'function', own: false } as const,
      ],
    ]);
    const call = { index: 0, id: 'call_a', function: { name: 'multi_agent_v1__spawn', arguments: '{"a":1}' } };
    const { response } = answerTo([callChunk(call), chunk({}, 'tool_calls')], { toolNames: names });
    expect(outputOf(response)).toMatchObject([{ type: 'function_call', name: 'spawn', namespace: 'multi_agent_v1' }]);
  });

  test('D20: arguments that are no JSON stay the text they are', () => {
    const call = { index: 0, id: 'call_a', function: { name: 'get_weather', arguments: 'city=Paris' } };
    const { response } = answerTo([callChunk(call), chunk({}, 'tool_calls')], { unreadableArguments: true });
    expect(outputOf(response)).toMatchObject([{ arguments: 'city=Paris' }]);
  });

  test('D21: calls whose pieces are interleaved stay whole', () => {
    const { response } = answerTo([
      callChunk({ index: 0, id: 'call_a', function: { name: 'get_weather', arguments: '' } }),
      callChunk({ index: 1, id: 'call_b', function: { name: 'get_weather', arguments: '' } }),
      callChunk({ index: 0, function: { arguments: '{"city":' } }),
      callChunk({ index: 1, function: { arguments: '{"city":"Rome"}' } }),
      callChunk({ index: 0, function: { arguments: '"Paris"}' } }),
      chunk({}, 'tool_calls'),
    ]);
    expect(outputOf(response).map(({ arguments: text }) => text)).toEqual(['{"city":"Paris"}', '{"city":"Rome"}']);
  });
});

describe('custom tools', () => {
  const patch = '*** Begin Patch\n+a "b" \\ ü 👋\n*** End Patch';
  const patchCall = (text: string, options: object = {}) =>
    answerTo(
      [
        callChunk({ index: 0, id: 'call_p', function: { name: 'apply_patch', arguments: '' } }),
        ...[...text].map((piece) => callChunk({ index: 0, function: { arguments: piece } })),
        chunk({}, 'tool_calls'),
      ],
      { ...patchTools, ...options },
    );

  test('D07: the free text streams out of its wrapping, escapes split anywhere', () => {
    const ascii = JSON.stringify({ input: patch }).replaceAll(
      /[^ -~]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    for (const text of [JSON.stringify({ input: patch }), ascii]) {
      const { response, frames } = patchCall(text);
      expect(outputOf(response)).toMatchObject([
        { type: 'custom_tool_call', name: 'apply_patch', call_id: 'call_p', input: patch },
      ]);
      expect(frames.filter(({ type }) => type === 'response.custom_tool_call_input.delta').length).toBeGreaterThan(30);
    }
  });

  test.each([
    ['another key', JSON.stringify({ patch })],
    ['further keys', JSON.stringify({ why: 'so', input: patch })],
    ['keys after it', JSON.stringify({ input: patch, more: [1, { a: '"' }] })],
    ['no wrapping', patch],
    ['a JSON string', JSON.stringify(patch)],
    ['raw line breaks', `{"input": "${patch.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"}`],
  ])('D07: %s', (_, text) => {
    expect(outputOf(patchCall(text).response)).toMatchObject([{ type: 'custom_tool_call', input: patch }]);
  });

  test('an object that holds no one text is passed on as it came', () => {
    expect(outputOf(patchCall('{"a":"1","b":"2"}').response)).toMatchObject([{ input: '{"a":"1","b":"2"}' }]);
    expect(outputOf(patchCall('{"input":{"a":1}}').response)).toMatchObject([{ input: '{"input":{"a":1}}' }]);
  });

  test('D22: a name that comes after the arguments still makes it a custom call', () => {
    const { response } = answerTo(
      [
        callChunk({ index: 0, function: { arguments: '{"input":"a' } }),
        callChunk({ index: 0, id: 'call_p', function: { name: 'apply_patch' } }),
        callChunk({ index: 0, function: { arguments: '\\nb"}' } }),
        chunk({}, 'tool_calls'),
      ],
      patchTools,
    );
    expect(outputOf(response)).toMatchObject([{ type: 'custom_tool_call', input: 'a\nb' }]);
  });

  test('a custom tool of a namespace keeps it', () => {
    const names = new Map([['functions__exec', { ...wrapped, name: 'exec', namespace: 'functions' }]]);
    const call = { index: 0, id: 'call_a', function: { name: 'functions__exec', arguments: '{"input":"ls"}' } };
    const { response } = answerTo([callChunk(call), chunk({}, 'tool_calls')], { toolNames: names });
    expect(outputOf(response)).toMatchObject([
      { type: 'custom_tool_call', namespace: 'functions', name: 'exec', input: 'ls' },
    ]);
  });
});

describe('tools that are declared by their type', () => {
  const typed = (type: string, text: string) =>
    outputOf(
      answerTo(
        [callChunk({ index: 0, id: 'call_t', function: { name: type, arguments: text } }), chunk({}, 'tool_calls')],
        { toolNames: toolNames(type), tools: [typedTool(type)] },
      ).response,
    )[0];

  test('tool_search is a tool_search_call whose arguments are an object', () => {
    expect(typed('tool_search', '{"query":"agents","limit":3}')).toMatchObject({
      type: 'tool_search_call',
      execution: 'client',
      call_id: 'call_t',
      status: 'completed',
      arguments: { query: 'agents', limit: 3 },
    });
  });

  test('local_shell, shell and apply_patch have the action or operation that their clients run', () => {
    expect(typed('local_shell', '{"command":["ls","-l"],"timeout_ms":5}')).toMatchObject({
      type: 'local_shell_call',
      action: { type: 'exec', command: ['ls', '-l'], env: {}, timeout_ms: 5 },
    });
    expect(typed('shell', '{"commands":["ls"]}')).toMatchObject({
      type: 'shell_call',
      action: { commands: ['ls'], timeout_ms: null, max_output_length: null },
    });
    expect(typed('apply_patch', '{"type":"delete_file","path":"a"}')).toMatchObject({
      type: 'apply_patch_call',
      operation: { type: 'delete_file', path: 'a' },
    });
  });

  test('a command that can’t be read is not run', () => {
    expect(typed('local_shell', 'rm -rf x')).toMatchObject({ action: { command: [] } });
    expect(typed('shell', '[1]')).toMatchObject({ action: { commands: [] } });
  });

  test('a function of the same name is a function', () => {
    const call = { index: 0, id: 'call_t', function: { name: 'shell', arguments: '{}' } };
    const tool: FunctionTool = { kind: 'function', name: 'shell', inputSchema: {}, deferred: false };
    const { response } = answerTo([callChunk(call), chunk({}, 'tool_calls')], {
      toolNames: toolNames('shell'),
      tools: [tool],
    });
    expect(outputOf(response)).toMatchObject([{ type: 'function_call', name: 'shell' }]);
  });
});

describe('reasoning', () => {
  const thought = [chunk({ reasoning_content: 'Let me ' }), chunk({ reasoning_content: 'see.' }), ...hello];

  test('streams as a summary; the done item also holds the text and what the model wants back', () => {
    const { types, response } = answerTo(thought);
    expect(types.slice(2, 9)).toEqual([
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
    ]);
    expect(outputOf(response)[0]).toMatchObject({
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'Let me see.' }],
      content: [{ type: 'reasoning_text', text: 'Let me see.' }],
    });
  });

  test('D18: the blob stands in the done item only, and names who reasoned', () => {
    const { frames, response } = answerTo(thought);
    const added = frames.filter(({ type }) => type === 'response.output_item.added').map(itemOf);
    expect(added.every((item) => !('encrypted_content' in item))).toBe(true);
    expect(readReasoningState(String(outputOf(response)[0]?.encrypted_content))).toEqual({
      upstream: 'tiny-server',
      model: 'tiny',
      field: 'reasoning_content',
    });
  });

  test('titled paragraphs become parts of the summary, whatever the pieces', () => {
    const text = '**Plan**\n\nFirst this.\n\nThen that.\n\n**Do**\n\nNow.\n\n* not **a** title';
    const { response, types } = answerTo([...[...text].map((piece) => chunk({ reasoning_content: piece })), ...hello]);
    expect(outputOf(response)[0]?.summary).toMatchObject([
      { text: '**Plan**\n\nFirst this.\n\nThen that.' },
      { text: '**Do**\n\nNow.\n\n* not **a** title' },
    ]);
    expect(types.filter((type) => type === 'response.reasoning_summary_part.added')).toHaveLength(2);
  });

  test('a client that wants no summary gets the text', () => {
    const { types, response } = answerTo(thought, { body: { reasoning: { summary: 'none' } } });
    expect(types).toContain('response.reasoning_text.delta');
    expect(outputOf(response)[0]).toMatchObject({ summary: [], content: [{ text: 'Let me see.' }] });
  });

  test('state without text is an item without summary', () => {
    const { response } = answerToParts([
      { kind: 'reasoning-state', encrypted: 'gAAA' },
      { kind: 'text', text: 'Hi' },
      { kind: 'finish', reason: 'stop' },
      { kind: 'done' },
    ]);
    expect(outputOf(response)[0]).toMatchObject({ type: 'reasoning', summary: [], content: [] });
    expect(readReasoningState(String(outputOf(response)[0]?.encrypted_content))).toMatchObject({ encrypted: 'gAAA' });
  });
});

describe('the response object', () => {
  test('D09: usage is a triple that includes the cached tokens', () => {
    const usage = { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 40 } };
    const { response } = answerTo([...hello, { choices: [], usage }]);
    expect(response.usage).toEqual({
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 40, cache_write_tokens: 0 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 120,
    });
  });

  test('D10: usage that never comes is estimated', () => {
    expect(answerTo(hello).response.usage).toMatchObject({ input_tokens: 100, output_tokens: 2, total_tokens: 102 });
  });

  test('D17: ids have the prefixes of their kinds', () => {
    const { response } = answerTo(
      [
        chunk({ reasoning: 'x' }),
        chunk({ content: 'y' }),
        callChunk({ index: 0, id: 'call_a', function: { name: 'get_time', arguments: '{}' } }),
        callChunk({ index: 1, id: 'call_b', function: { name: 'apply_patch', arguments: '{"input":"z"}' } }),
        chunk({}, 'tool_calls'),
      ],
      { toolNames: toolNames('get_time', { ...wrapped, name: 'apply_patch' }) },
    );
    expect(outputOf(response).map(({ id }) => /^[a-z]+_/.exec(String(id))?.[0])).toEqual([
      'rs_',
      'msg_',
      'fc_',
      'ctc_',
    ]);
  });

  test('D19, D24, D25: repeats the request, with defaults where it says nothing, and no output_text', () => {
    const body = {
      instructions: 'Be brief.',
      parallel_tool_calls: false,
      store: false,
      previous_response_id: 'resp_0',
      tool_choice: 'required',
      tools: [{ type: 'function', name: 'get_time' }],
      reasoning: { effort: 'high' },
      text: { verbosity: 'low' },
      metadata: { a: 'b' },
      prompt_cache_key: 'thread',
    };
    const { response } = answerTo(hello, { body });
    expect(response).toMatchObject({
      ...body,
      reasoning: { effort: 'high', summary: null },
      text: { verbosity: 'low', format: { type: 'text' } },
      truncation: 'disabled',
      background: false,
      temperature: 1,
      created_at: 1_700_000_000,
    });
    expect(response).not.toHaveProperty('output_text');
    expect(answerTo(hello).response).toMatchObject({ store: true, parallel_tool_calls: true, tools: [], metadata: {} });
  });

  test('the model is named as the client named it', () => {
    expect(answerTo(hello).response.model).toBe('local/tiny');
  });
});

describe('how it ends', () => {
  const cutText = [chunk({ content: 'cut sho' }), chunk({}, 'length')];
  const cutCall = [
    callChunk({ index: 0, id: 'call_a', function: { name: 'get_weather', arguments: '{"city":"Pa' } }),
    chunk({}, 'length'),
  ];

  test('D11: an answer cut by length is incomplete, and so is its last message', () => {
    const { response } = answerTo(cutText);
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect(outputOf(response)).toMatchObject([{ type: 'message', status: 'incomplete' }]);
  });

  test('D11: for Codex it counts as completed when there is something to see', () => {
    expect(answerTo(cutText, { codex: true }).response).toMatchObject({
      status: 'completed',
      output: [{ status: 'completed' }],
    });
    const thinking = [chunk({ reasoning: 'so much' }), chunk({}, 'length')];
    expect(answerTo(thinking, { codex: true }).response).toMatchObject({ status: 'incomplete' });
  });

  test('D11: a call that was cut is never done; Codex does not see it again', () => {
    const { response, types } = answerTo(cutCall);
    expect(types).not.toContain('response.output_item.done');
    expect(outputOf(response)).toMatchObject([
      { type: 'function_call', status: 'incomplete', arguments: '{"city":"Pa' },
    ]);
    const codex = answerTo([chunk({ content: 'I look.' }), ...cutCall], { codex: true });
    expect(codex.response.status).toBe('completed');
    expect(outputOf(codex.response).map(({ type }) => type)).toEqual(['message']);
  });

  test('a custom call that was cut shows the free text so far', () => {
    const call = { index: 0, id: 'call_p', function: { name: 'apply_patch', arguments: '{"input":"*** Beg' } };
    const { response } = answerTo([callChunk(call), chunk({}, 'length')], patchTools);
    expect(outputOf(response)).toMatchObject([{ type: 'custom_tool_call', status: 'incomplete', input: '*** Beg' }]);
  });

  test('D12: a content filter makes it incomplete', () => {
    const filtered = [chunk({ content: 'So' }), chunk({}, 'content_filter')];
    const { response } = answerTo(filtered, { flags: { contentFilterIsRefusal: true } });
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'content_filter' } });
  });

  test('a pause asks Codex to go on', () => {
    const paused: readonly Part[] = [
      { kind: 'text', text: 'Hm' },
      { kind: 'finish', reason: 'pause' },
      { kind: 'done' },
    ];
    expect(answerToParts(paused, { codex: true }).response).toMatchObject({ status: 'completed', end_turn: false });
    expect(answerToParts(paused).response).not.toHaveProperty('end_turn');
  });

  test('D13: an upstream that ends too early makes it fail', () => {
    const { response, types } = answerTo([chunk({ content: 'This is' })], { done: false });
    expect(types).not.toContain('response.output_item.done');
    expect(response).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
  });

  test.each([
    [
      'D14: an overflow',
      { kind: 'context-overflow', message: 'n_ctx' },
      'context_length_exceeded',
      /exceeds the context window/,
    ],
    [
      'D15: a rate limit',
      { kind: 'rate-limit', message: 'Slow down.', retryAfterMs: 1500 },
      'rate_limit_exceeded',
      /^Slow down\. Please try again in 1\.5s\.$/,
    ],
    [
      'D15: one that says it',
      { kind: 'rate-limit', message: 'Try again in 3s.' },
      'rate_limit_exceeded',
      /^Try again in 3s\.$/,
    ],
    ['no credit', { kind: 'quota', message: 'No credit.' }, 'insufficient_quota', /^No credit\.$/],
    ['a bad request', { kind: 'invalid-request', message: 'Bad schema.' }, 'invalid_prompt', /^Bad schema\.$/],
    ['a server that is full', { kind: 'overloaded', message: 'Busy.' }, 'server_error', /^Busy\.$/],
  ] as const)('%s fails with the code that Codex acts on', (_, error, code, message) => {
    const { response } = answerToParts([
      { kind: 'text', text: 'So' },
      { kind: 'error', error },
    ]);
    expect(response.error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('a failure before anything was said still begins with response.created', () => {
    const { types, response } = answerToParts([{ kind: 'error', error: { kind: 'context-overflow', message: '' } }], {
      codex: true,
    });
    expect(types).toEqual(['response.created', 'response.in_progress', 'response.failed']);
    expect(response.error).toMatchObject({ code: 'context_length_exceeded' });
  });
});

test('D16: a keep-alive is an event that holds what has come so far, which OpenAI’s SDK takes over', async () => {
  const chunks: readonly Part[] = [
    { kind: 'reasoning', text: 'Well\n\n**So', field: 'reasoning' },
    { kind: 'reasoning', text: '** it', field: 'reasoning' },
    { kind: 'text', text: 'Hel' },
    { kind: 'text', text: 'lo' },
    { kind: 'refusal', text: 'No' },
    { kind: 'tool-call', index: 0, id: 'a', name: 'get_weather', arguments: '{"city":' },
    { kind: 'tool-call', index: 0, arguments: '"Rome"}' },
    { kind: 'tool-call', index: 1, id: 'b', name: 'apply_patch', arguments: '{"input":"x' },
    { kind: 'tool-call', index: 1, arguments: 'y"}' },
    { kind: 'web-search', block: { kind: 'web-search', id: 'w', query: 'q', result: { kind: 'hits', hits: [] } } },
    { kind: 'finish', reason: 'stop' },
    { kind: 'done' },
  ];
  const assembler = testAssembler({
    answerId: 'resp_1',
    toolNames: toolNames('get_weather', { ...wrapped, name: 'apply_patch' }),
  });
  const answer = translateToResponses(chunks, testContext(), assembler, true);
  expect(answer.types.filter((type) => type === 'response.in_progress').length).toBeGreaterThan(12);
  expect(responsesGrammar(answer.text)).toEqual([]);
  const { output_text: _, ...accumulated } = await sdkResponse(answer.text);
  expect(withoutParsed(accumulated)).toEqual(answer.response);
});

test('D23: a search that the gateway ran is a web_search_call', () => {
  const block = {
    kind: 'web-search',
    id: 'srvtoolu_1',
    query: 'node 24',
    result: { kind: 'hits', hits: [{ title: 'Node', url: 'https://nodejs.org/' }] },
  } as const;
  const { types, response } = answerToParts([
    { kind: 'web-search', block },
    { kind: 'web-search', block: { ...block, result: { kind: 'error', code: 'unavailable' } } },
    { kind: 'text', text: 'Node 24.' },
    { kind: 'finish', reason: 'stop' },
    { kind: 'done' },
  ]);
  expect(types.slice(2, 7)).toEqual([
    'response.output_item.added',
    'response.web_search_call.in_progress',
    'response.web_search_call.searching',
    'response.web_search_call.completed',
    'response.output_item.done',
  ]);
  const source = { type: 'url', url: 'https://nodejs.org/' };
  expect(outputOf(response)).toMatchObject([
    { type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'node 24', sources: [source] } },
    { type: 'web_search_call', status: 'failed' },
    { type: 'message' },
  ]);
});

function outputOf(response: JsonObject): readonly JsonObject[] {
  return response.output as JsonObject[];
}

function itemOf(frame: JsonObject): JsonObject {
  return frame.item as JsonObject;
}

/** Ids of items are made anew each time; the order in which a stream and a fold make them differs. */
function withoutIds(response: JsonObject): JsonObject {
  return {
    ...response,
    output: outputOf(response).map(({ id, ...item }) => ({ ...item, id: /^[a-z]+_/.exec(String(id))?.[0] })),
  };
}

/** The SDK adds what it parsed. */
function withoutParsed(value: object): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner) => (key.startsWith('parsed') || key === 'output_parsed' ? undefined : inner)),
  );
}
