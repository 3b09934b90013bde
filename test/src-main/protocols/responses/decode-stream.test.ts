import { describe, expect, test } from 'vitest';
import { readReasoningState } from '../../../../src-main/protocols/conversation/reasoning-state.ts';
import type { JsonObject } from '../../../../src-shared/json.ts';
import { sdkMessage, toolNames } from '../../../chat-to-messages.ts';
import { messagesGrammar } from '../../../event-grammar.ts';
import {
  responsesSse,
  translateEvents,
  translateResponses,
  translateResponsesAnswer,
} from '../../../responses-to-messages.ts';

const usage = { input_tokens: 20, input_tokens_details: { cached_tokens: 5 }, output_tokens: 7, total_tokens: 27 };
const created: JsonObject = { type: 'response.created', response: { id: 'resp_1', model: 'm', status: 'in_progress' } };
const completed = (output: JsonObject[] = [], more: JsonObject = {}): JsonObject => ({
  type: 'response.completed',
  response: { id: 'resp_1', model: 'm', status: 'completed', output, usage, ...more },
});
const added = (item: JsonObject, output_index = 0): JsonObject => ({
  type: 'response.output_item.added',
  output_index,
  item,
});
const done = (item: JsonObject, output_index = 0): JsonObject => ({
  type: 'response.output_item.done',
  output_index,
  item,
});
const message = (text: string, id = 'msg_1'): JsonObject => ({
  id,
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const call = (id: string, name: string, args: string): JsonObject => ({
  id: `fc_${id}`,
  type: 'function_call',
  call_id: id,
  name,
  arguments: args,
  status: 'completed',
});
const text = (delta: string, item_id = 'msg_1'): JsonObject => ({
  type: 'response.output_text.delta',
  item_id,
  output_index: 0,
  content_index: 0,
  delta,
});
const args = (id: string, delta: string, output_index = 0): JsonObject => ({
  type: 'response.function_call_arguments.delta',
  item_id: `fc_${id}`,
  output_index,
  delta,
});

function check(events: readonly JsonObject[], overrides = {}) {
  const translated = translateEvents(events, overrides);
  expect(messagesGrammar(translated.text)).toEqual([]);
  return translated;
}

describe('what comes twice is handed on once', () => {
  const texts = (blocks: readonly JsonObject[]) => blocks.map((block) => block.text);

  test('text in deltas, at the end of the part, of the item and of the response', () => {
    const { blocks, end } = check([
      created,
      added({ id: 'msg_1', type: 'message', role: 'assistant', content: [] }),
      text('Hel'),
      text('lo'),
      { type: 'response.output_text.done', item_id: 'msg_1', content_index: 0, text: 'Hello' },
      done(message('Hello')),
      completed([message('Hello')]),
    ]);
    expect(texts(blocks)).toEqual(['Hello']);
    expect(end).toMatchObject({
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: 15, cache_read_input_tokens: 5, output_tokens: 7 },
    });
  });

  test('an output that was never streamed comes from the last event', () => {
    const { blocks, end } = check([created, completed([message('All at once.'), call('a', 'get_time', '{}')])]);
    expect(blocks).toMatchObject([{ text: 'All at once.' }, { name: 'get_time', input: '{}' }]);
    expect(end).toMatchObject({ delta: { stop_reason: 'tool_use' } });
  });

  test('only the last event, with other ids than the items had', () => {
    const { blocks } = check([
      created,
      added({ id: 'x1', type: 'message', content: [] }),
      text('Once', 'x1'),
      completed([message('Once', 'y1')]),
    ]);
    expect(texts(blocks)).toEqual(['Once']);
  });

  test('what the deltas lacked is added', () => {
    const { blocks } = check([created, text('Hel'), done(message('Hello')), completed([message('Hello')])]);
    expect(texts(blocks)).toEqual(['Hello']);
  });

  test('a whole answer in one event, and an answer as JSON', () => {
    const body = { object: 'response', id: 'r', status: 'completed', output: [message('Hi')], usage };
    expect(texts(translateResponses(`data: ${JSON.stringify(body)}\n\n`).blocks)).toEqual(['Hi']);
    expect(translateResponsesAnswer(body)).toMatchObject({
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'end_turn',
    });
  });

  test('the event names alone tell the type, and [DONE] changes nothing', () => {
    const body = responsesSse([created, text('Hi'), completed([message('Hi')])]).replaceAll(
      /"type":"response\.[^"]*",?/g,
      '',
    );
    expect(texts(translateResponses(`${body}data: [DONE]\n\n`).blocks)).toEqual(['Hi']);
  });
});

describe('reasoning', () => {
  const item = (more: JsonObject): JsonObject => ({ id: 'rs_1', type: 'reasoning', summary: [], ...more });
  const summary = (delta: string, summary_index: number): JsonObject => ({
    type: 'response.reasoning_summary_text.delta',
    item_id: 'rs_1',
    summary_index,
    delta,
  });

  test('E14 encrypted content is that of the done item, never of the added one', () => {
    const { blocks } = check([
      created,
      added(item({ encrypted_content: 'EARLY' })),
      summary('First', 0),
      summary('Second', 1),
      done(
        item({
          encrypted_content: 'FINAL',
          summary: [
            { type: 'summary_text', text: 'First' },
            { type: 'summary_text', text: 'Second' },
          ],
        }),
      ),
      text('Answer'),
      completed(),
    ]);
    expect(blocks).toMatchObject([{ type: 'thinking', thinking: 'First\n\nSecond' }, { text: 'Answer' }]);
    expect(readReasoningState(String(blocks[0]?.signature))).toMatchObject({
      encrypted: 'FINAL',
      itemId: 'rs_1',
      field: 'summary',
    });
  });

  test('without text it is redacted, and still goes back', () => {
    const { blocks } = check([
      created,
      added(item({})),
      done(item({ encrypted_content: 'ONLY' })),
      text('A'),
      completed(),
    ]);
    expect(blocks[0]?.type).toBe('redacted_thinking');
    expect(readReasoningState(String(blocks[0]?.data))).toMatchObject({ encrypted: 'ONLY', itemId: 'rs_1' });
  });

  test('with neither text nor state it is nothing', () => {
    const { blocks } = check([created, added(item({})), done(item({ encrypted_content: '' })), text('A'), completed()]);
    expect(blocks).toHaveLength(1);
  });

  test('raw text and a summary of it are not both shown', () => {
    const { blocks } = check([
      created,
      added(item({})),
      { type: 'response.reasoning_text.delta', item_id: 'rs_1', content_index: 0, delta: 'raw' },
      summary('short', 0),
      done(
        item({
          content: [{ type: 'reasoning_text', text: 'raw' }],
          summary: [{ type: 'summary_text', text: 'short' }],
        }),
      ),
      text('A'),
      completed(),
    ]);
    expect(blocks.map((block) => block.thinking ?? block.text)).toEqual(['raw', 'A']);
  });

  test('an item that ends after its successor began (llama-server) is one block', () => {
    const { blocks } = check([
      created,
      added(item({})),
      { type: 'response.reasoning_text.delta', item_id: 'rs_1', delta: 'Think.' },
      added(call('a', 'get_time', ''), 1),
      args('a', '{}', 1),
      done(item({ content: [{ type: 'reasoning_text', text: 'Think.' }], encrypted_content: '' })),
      done(call('a', 'get_time', '{}'), 1),
      completed(),
    ]);
    expect(blocks.map(({ type }) => type)).toEqual(['thinking', 'tool_use']);
  });
});

describe('tool calls', () => {
  test('E15 interleaved calls come out one after the other', async () => {
    const { blocks, text: sse } = check([
      created,
      added(call('a', 'get_weather', '')),
      added(call('b', 'get_time', ''), 1),
      args('a', '{"city":'),
      args('b', '{"zone":', 1),
      args('a', '"Paris"}'),
      args('b', '"CET"}', 1),
      done(call('a', 'get_weather', '{"city":"Paris"}')),
      done(call('b', 'get_time', '{"zone":"CET"}'), 1),
      completed(),
    ]);
    expect(blocks).toMatchObject([
      { id: 'a', name: 'get_weather', input: '{"city":"Paris"}' },
      { id: 'b', name: 'get_time', input: '{"zone":"CET"}' },
    ]);
    expect((await sdkMessage(sse)).stop_reason).toBe('tool_use');
  });

  test('arguments that come with the done item alone, as an object', () => {
    const { blocks } = check([
      created,
      added(call('a', 'get_time', '')),
      done({ ...call('a', 'get_time', ''), arguments: { zone: 'CET' } }),
      completed(),
    ]);
    expect(blocks).toMatchObject([{ input: '{"zone":"CET"}' }]);
  });

  test('a call cut by the output limit stays open', () => {
    const { text: sse, end } = translateEvents([
      created,
      added(call('a', 'get_weather', '')),
      args('a', '{"city":"Pa'),
      done({ ...call('a', 'get_weather', '{"city":"Pa'), status: 'incomplete' }),
      {
        type: 'response.incomplete',
        response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, usage },
      },
    ]);
    expect(end).toMatchObject({ delta: { stop_reason: 'max_tokens' } });
    expect(sse).not.toContain('content_block_stop');
  });

  test('a custom call is free text, and what follows it is not held back', () => {
    const { events } = translateEvents(
      [
        created,
        added({ id: 'ctc_1', type: 'custom_tool_call', call_id: 'c', name: 'patch', input: '' }),
        { type: 'response.custom_tool_call_input.delta', item_id: 'ctc_1', output_index: 0, delta: '*** Begin' },
        done({ id: 'ctc_1', type: 'custom_tool_call', call_id: 'c', name: 'patch', input: '*** Begin Patch' }),
        text('After'),
      ],
      { toolNames: toolNames({ name: 'patch', toolKind: 'custom', own: false }) },
    );
    expect(events).toContainEqual({ kind: 'delta', index: 1, text: 'After' });
    expect(events.find(({ kind }) => kind === 'block-stop')).toMatchObject({
      block: { toolKind: 'custom', input: '*** Begin Patch' },
    });
  });

  test('a namespaced call is found under its namespace', () => {
    const { events } = translateEvents([created, completed([{ ...call('a', 'spawn', '{}'), namespace: 'agents' }])], {
      toolNames: new Map([['agents.spawn', { name: 'spawn', namespace: 'agents', toolKind: 'function', own: false }]]),
    });
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'block-start',
        block: expect.objectContaining({ name: 'spawn', namespace: 'agents' }),
      }),
    );
  });

  test('E17 a search becomes a server tool use with its result', () => {
    const search = { id: 'ws_1', type: 'web_search_call', status: 'completed' };
    const { blocks } = check([
      created,
      added({ ...search, status: 'in_progress' }),
      done({
        ...search,
        action: { type: 'search', query: 'ruby', sources: [{ type: 'url', url: 'https://ruby-lang.org' }] },
      }),
      text('Ruby 4'),
      completed(),
    ]);
    expect(blocks).toMatchObject([
      { type: 'server_tool_use', name: 'web_search', input: '{"query":"ruby"}' },
      { type: 'web_search_tool_result', content: [{ url: 'https://ruby-lang.org' }] },
      { text: 'Ruby 4' },
    ]);
  });
});

describe('ends', () => {
  const kinds = (events: readonly JsonObject[]) => translateEvents(events).events.at(-1);
  test.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'stop'],
    ['something_new', 'length'],
  ])('incomplete for %s', (reason, finish) => {
    const response = { status: 'incomplete', incomplete_details: { reason }, usage };
    expect(kinds([created, text('A'), { type: 'response.incomplete', response }])).toMatchObject({
      kind: 'finish',
      reason: finish,
    });
  });

  test('a refusal, streamed', () => {
    const { end, blocks } = translateEvents(
      [
        created,
        { type: 'response.refusal.delta', item_id: 'msg_1', content_index: 0, delta: 'No.' },
        completed([{ ...message(''), content: [{ type: 'refusal', refusal: 'No.' }] }]),
      ],
      { flags: { contentFilterIsRefusal: true } },
    );
    expect(blocks).toMatchObject([{ text: 'No.' }]);
    expect(end).toMatchObject({ delta: { stop_reason: 'refusal' } });
  });

  test.each([
    [
      'response.failed',
      {
        type: 'response.failed',
        response: { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Please try again in 1.5s.' } },
      },
      'rate-limit',
    ],
    [
      'response.failed for overflow',
      {
        type: 'response.failed',
        response: {
          status: 'failed',
          error: { code: 'context_length_exceeded', message: 'Your input exceeds the context window of this model.' },
        },
      },
      'context-overflow',
    ],
    ['an error event', { type: 'error', code: 'server_error', message: 'It broke.', param: null }, 'upstream-failure'],
    [
      'an error event that wraps',
      { type: 'error', error: { type: 'invalid_request_error', message: 'Bad.' } },
      'invalid-request',
    ],
    ['cancelled', { type: 'response.cancelled', response: { status: 'cancelled' } }, 'upstream-cut'],
    [
      'a completed event of a failed response',
      completed([], { status: 'failed', error: { code: 'server_error', message: 'x' } }),
      'upstream-failure',
    ],
  ])('%s is an error', (_, event, kind) => {
    expect(kinds([created, text('A'), event as JsonObject])).toMatchObject({ kind: 'error', error: { kind } });
  });

  test('a stream that ends without a word is cut', () => {
    expect(kinds([created, text('A')])).toMatchObject({ kind: 'error', error: { kind: 'upstream-cut' } });
  });

  test('JSON answers that are none', () => {
    for (const body of [
      null,
      [],
      {},
      { error: 'x' },
      { status: 'failed', error: { message: 'x' } },
      { status: 'queued' },
    ])
      expect(() => translateResponsesAnswer(body)).toThrow();
  });

  test('a chunk that is broken, or nested too deeply, is an error', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const item = `{"type":"function_call","call_id":"a","name":"f","arguments":{"a":${deep}}}`;
    for (const data of ['{"type":"response.outp', `{"type":"response.output_item.done","item":${item}}`])
      expect(translateResponses(`data: ${data}\n\n`).events.at(-1)).toMatchObject({ kind: 'error' });
  });

  test('an item of an unknown type leaves a diagnostic', () => {
    const { assembler } = check([created, done({ id: 'x', type: 'image_generation_call' }), text('A'), completed()]);
    expect(assembler.diagnostics).toMatchObject([{ what: 'image_generation_call' }]);
  });
});
