import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chatClient } from '../../../src-main/protocols/chat/index.ts';
import { readReasoningState } from '../../../src-main/protocols/conversation/reasoning-state.ts';
import { messagesUpstream } from '../../../src-main/protocols/messages/index.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import { chatGrammar } from '../../chat-grammar.ts';
import { type Overrides, toolNames } from '../../chat-to-messages.ts';
import {
  chatAnswer,
  chatContext,
  chatStream,
  chatStreamOf,
  messagesParts,
  messagesSse,
  sdkCompletion,
} from '../../messages-to-chat.ts';

const usage = { input_tokens: 10, cache_read_input_tokens: 20, cache_creation_input_tokens: 5, output_tokens: 1 };
const begin: JsonObject = {
  type: 'message_start',
  message: { id: 'msg_up', type: 'message', role: 'assistant', model: 'claude', content: [], usage },
};
const start = (index: number, content_block: JsonObject): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, more: JsonObject): JsonObject => ({ type: 'content_block_delta', index, delta: more });
const stop = (index: number): JsonObject => ({ type: 'content_block_stop', index });
const end = (stop_reason: string, more: JsonObject = {}): JsonObject[] => [
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null, ...more }, usage: { output_tokens: 7 } },
  { type: 'message_stop' },
];
const said = (index: number, ...pieces: string[]): JsonObject[] => [
  start(index, { type: 'text', text: '' }),
  ...pieces.map((text) => delta(index, { type: 'text_delta', text })),
  stop(index),
];
const called = (index: number, id: string, ...pieces: string[]): JsonObject[] => [
  start(index, { type: 'tool_use', id, name: 'get_weather', input: {} }),
  ...pieces.map((partial_json) => delta(index, { type: 'input_json_delta', partial_json })),
  stop(index),
];

/** The stream as Chat, checked against the grammar, and what OpenAI's SDK makes of it. */
async function completed(events: readonly JsonObject[], overrides: Overrides = {}) {
  const translated = chatStream(messagesSse(events), overrides);
  expect(chatGrammar(translated.text, { includeUsage: true })).toEqual([]);
  const { choices, usage } = await sdkCompletion(translated.text);
  return { ...translated, choice: choices[0], usage, deltas: deltasOf(translated.text) };
}

function deltasOf(text: string): readonly JsonObject[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('data: {')) return [];
    const [choice] = JSON.parse(line.slice(6)).choices ?? [];
    return choice === undefined ? [] : [choice.delta];
  });
}

describe('a stream', () => {
  test('E07 thinking is reasoning_content, then text, then calls', async () => {
    const { deltas, choice } = await completed([
      begin,
      start(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Let me ' }),
      delta(0, { type: 'thinking_delta', thinking: 'see.' }),
      delta(0, { type: 'signature_delta', signature: 'sig==' }),
      stop(0),
      ...said(1, 'I look ', 'it up.'),
      ...called(2, 'toolu_1', '', '{"city":', '"Paris"}'),
      ...called(3, 'toolu_2', '{"city":"Rome"}'),
      ...end('tool_use'),
    ]);
    expect(deltas.map(({ reasoning_content }) => reasoning_content ?? '').join('')).toBe('Let me see.');
    expect(choice).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'I look it up.',
        tool_calls: [
          { id: 'toolu_1', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } },
          { id: 'toolu_2', function: { name: 'get_weather', arguments: '{"city":"Rome"}' } },
        ],
      },
    });
  });

  test('E11 the signature travels in reasoning_details, with the text it signs, and is told from no other upstream', async () => {
    const { deltas } = await completed([
      begin,
      start(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
      delta(0, { type: 'signature_delta', signature: 'si' }),
      delta(0, { type: 'signature_delta', signature: 'g==' }),
      stop(0),
      start(1, { type: 'redacted_thinking', data: 'EvAB' }),
      stop(1),
      ...said(2, 'Yes.'),
      ...end('end_turn'),
    ]);
    const states = deltas
      .flatMap(({ reasoning_details }) => (Array.isArray(reasoning_details) ? reasoning_details : []))
      .map((detail) => readReasoningState(String((detail as JsonObject).signature)));
    const origin = { upstream: 'tiny-server', model: 'tiny' };
    expect(states).toMatchObject([
      { ...origin, signature: 'sig==', text: 'Hm.' },
      { ...origin, redacted: 'EvAB', text: '' },
    ]);
  });

  test('E08 cached tokens are part of the prompt, and later figures count', async () => {
    const { usage } = await completed([begin, ...said(0, 'Hi'), ...end('end_turn')]);
    expect(usage).toMatchObject({
      prompt_tokens: 35,
      completion_tokens: 7,
      total_tokens: 42,
      prompt_tokens_details: { cached_tokens: 20, cache_write_tokens: 5 },
    });
  });

  test('usage is written only for who asks for it', () => {
    const parts = messagesParts([new TextEncoder().encode(messagesSse([begin, ...said(0, 'Hi'), ...end('end_turn')]))]);
    const { text } = chatStreamOf(parts, {}, false);
    expect(chatGrammar(text)).toEqual([]);
    expect(text).not.toContain('usage');
  });

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['a_new_reason', 'stop'],
  ])('E09 %s ends it with %s', async (reason, expected) => {
    const { choice } = await completed([begin, ...said(0, 'So.'), ...end(reason)]).catch((error: Error) => {
      // The SDK throws on these two rather than return what came.
      expect(error.message).toMatch(/length|content filter/);
      return { choice: { finish_reason: expected } };
    });
    expect(choice?.finish_reason).toBe(expected);
  });

  test('E09 why Anthropic refused is said as the refusal', () => {
    const { text } = chatStream(
      messagesSse([begin, ...end('refusal', { stop_details: { type: 'refusal', explanation: 'Not this.' } })]),
    );
    expect(deltasOf(text)).toContainEqual({ refusal: 'Not this.' });
    expect(chatGrammar(text, { includeUsage: true })).toEqual([]);
  });

  test('E10 an error event is an error chunk, and the end', async () => {
    const events = [
      begin,
      ...said(0, 'So '),
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    ];
    const { text } = chatStream(messagesSse(events));
    expect(chatGrammar(text, { includeUsage: true })).toEqual([]);
    expect(text).not.toContain('[DONE]');
    await expect(sdkCompletion(text)).rejects.toThrow('Overloaded');
  });

  test('a stream that is cut is an error and no answer, also between blocks and inside a call', () => {
    for (const events of [[begin], [begin, ...said(0, 'So')], [begin, ...called(0, 'toolu_1', '{"ci').slice(0, -1)]]) {
      const { text, events: written } = chatStream(messagesSse(events));
      expect(written.at(-1)).toMatchObject({ kind: 'error', error: { kind: 'upstream-cut' } });
      expect(chatGrammar(text, { includeUsage: true })).toEqual([]);
    }
  });

  test('a call that the limit cut is not closed, and a JSON answer leaves it out', () => {
    const events = [begin, ...called(0, 'toolu_1', '{"city":"Pa'), ...end('max_tokens')];
    const { text, events: written } = chatStream(messagesSse(events));
    expect(chatGrammar(text, { includeUsage: true })).toEqual([]);
    expect(written.some(({ kind }) => kind === 'block-stop')).toBe(false);
    const [choice] = chatAnswer(messagesParts([new TextEncoder().encode(messagesSse(events))])).choices;
    expect(choice).toMatchObject({ finish_reason: 'length', message: { content: '' } });
    expect(choice?.message.tool_calls).toBeUndefined();
  });

  test('a call without input is a call with an empty object; input that stands in the start counts', async () => {
    const { choice } = await completed([
      begin,
      ...called(0, 'toolu_1'),
      start(1, { type: 'tool_use', id: 'toolu_2', name: 'get_time', input: { zone: 'UTC' } }),
      stop(1),
      ...end('tool_use'),
    ]);
    expect(choice?.message.tool_calls).toMatchObject([
      { function: { arguments: '{}' } },
      { function: { name: 'get_time', arguments: '{"zone":"UTC"}' } },
    ]);
  });

  test('E16 the text of a custom tool is unwrapped', () => {
    const overrides: Overrides = {
      toolNames: toolNames({ name: 'get_weather', toolKind: 'custom', own: false, wrapped: true }),
    };
    const { text } = chatStream(
      messagesSse([begin, ...called(0, 'toolu_1', '{"input":"a\\', 'nb"}'), ...end('tool_use')]),
      overrides,
    );
    expect(chatGrammar(text, { includeUsage: true })).toEqual([]);
    const pieces = deltasOf(text).flatMap(({ tool_calls }) => (Array.isArray(tool_calls) ? tool_calls : []));
    expect(pieces[0]).toMatchObject({ type: 'custom', custom: { name: 'get_weather', input: '' } });
    expect(pieces.map((piece) => (piece as { custom: JsonObject }).custom.input).join('')).toBe('a\nb');
  });

  test('E17 a search that Anthropic ran gives the answer its sources', async () => {
    const { deltas, choice } = await completed([
      begin,
      start(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"query":"q"}' }),
      stop(0),
      start(1, {
        type: 'web_search_tool_result',
        tool_use_id: 'srvtoolu_1',
        content: [{ type: 'web_search_result', url: 'https://example.org', title: 'T', encrypted_content: 'x' }],
      }),
      stop(1),
      ...said(2, 'A.'),
      ...end('end_turn'),
    ]);
    expect(choice?.message.content).toBe('A.');
    expect(deltas.flatMap(({ annotations }) => annotations ?? [])).toMatchObject([
      { type: 'url_citation', url_citation: { url: 'https://example.org', title: 'T' } },
    ]);
  });

  test('a search that is not over when the turn pauses is kept', () => {
    const parts = messagesParts([
      new TextEncoder().encode(
        messagesSse([
          begin,
          start(0, { type: 'server_tool_use', name: 'web_search', input: { query: 'q' } }),
          stop(0),
          ...end('pause_turn'),
        ]),
      ),
    ]);
    expect(parts).toContainEqual({
      kind: 'web-search',
      block: { kind: 'web-search', id: '', query: 'q', result: null },
    });
    expect(parts).toContainEqual({ kind: 'finish', reason: 'pause' });
  });

  test('what is not known is left out with a remark, and nothing else is lost', async () => {
    const { choice, diagnostics } = await completed([
      begin,
      { type: 'ping' },
      { type: 'news', of: 'tomorrow' },
      start(0, { type: 'code_execution_tool_result', tool_use_id: 'x', content: {} }),
      delta(0, { type: 'some_delta' }),
      stop(0),
      start(1, { type: 'text', text: 'Hel' }),
      delta(1, { type: 'text_delta', text: 'lo' }),
      delta(1, { type: 'citations_delta', citation: { type: 'char_location' } }),
      stop(1),
      ...end('end_turn'),
    ]);
    expect(choice?.message.content).toBe('Hello');
    expect(diagnostics).toEqual(['event news', 'content block code_execution_tool_result', 'citations']);
  });

  test.each([
    ['an event that is no JSON', 'event: content_block_delta\ndata: {"type":"content_bl\n\n', 'upstream-failure'],
    ['an error without its frame', 'data: {"error":{"type":"api_error","message":"broke"}}\n\n', 'upstream-failure'],
    ['an error in words', 'event: error\ndata: it broke\n\n', 'upstream-failure'],
  ])('%s ends it with an error', (_, text, kind) => {
    const { events } = chatStream(messagesSse([begin]) + text);
    expect(events.at(-1)).toMatchObject({ kind: 'error', error: { kind } });
  });

  test('silence is broken by comments', () => {
    const encoder = chatStreamEncoder();
    expect(encoder.encode({ kind: 'ping' })).toBe(': keep-alive\n\n');
  });

  test('G9 whatever comes, the stream ends as the grammar has it', () => {
    const event = fc.oneof(
      fc.constantFrom(
        begin,
        ...said(0, 'a'),
        ...called(1, 'toolu_1', '{"a":', '1}'),
        ...end('end_turn'),
        ...end('tool_use'),
      ),
      fc.record({ type: fc.string(), index: fc.anything(), delta: fc.anything(), content_block: fc.anything() }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        const body = events.map((data) => `data: ${JSON.stringify(data)}\n\n`).join('');
        const { text } = chatStream(body);
        expect(chatGrammar(text, { includeUsage: true, unreadableArguments: true })).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

function chatStreamEncoder() {
  const supplies = { newId: (prefix: string) => prefix, hash: () => '', now: () => 0 };
  return chatClient.createStreamEncoder(supplies, chatContext());
}

describe('a JSON answer', () => {
  test('says the same as its stream', () => {
    const parts = messagesUpstream.decodeAnswer({
      type: 'message',
      id: 'msg_up',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'sig==' },
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Paris' } },
      ],
      stop_reason: 'tool_use',
      usage: { ...usage, output_tokens: 7 },
    });
    expect(chatAnswer(parts)).toMatchObject({
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: 'I look.',
            refusal: null,
            reasoning_content: 'Hm.',
            reasoning_details: [{ type: 'reasoning.text' }],
            tool_calls: [{ id: 'toolu_1', type: 'function', function: { arguments: '{"city":"Paris"}' } }],
          },
        },
      ],
      usage: { prompt_tokens: 35, completion_tokens: 7 },
    });
  });

  test.each([
    [{ type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } }, 'rate-limit'],
    [{ detail: 'what?' }, 'upstream-failure'],
    ['hello', 'upstream-failure'],
    [{ object: 'list' }, 'upstream-failure'],
  ])('%j is a failure', (body, kind) => {
    expect(messagesUpstream.decodeAnswer(body)).toMatchObject([{ kind: 'error', error: { kind } }]);
  });

  test('an HTTP error of Anthropic is told by kind, an overflow with its numbers', () => {
    const body = JSON.stringify({
      type: 'error',
      error: { type: 'invalid_request_error', message: 'prompt is too long: 3333404 tokens > 200000 maximum' },
    });
    expect(messagesUpstream.decodeError(400, {}, body)).toMatchObject({
      kind: 'context-overflow',
      overflow: { promptTokens: 3_333_404, contextWindow: 200_000 },
    });
    expect(messagesUpstream.decodeError(529, {}, '')).toMatchObject({ kind: 'overloaded', upstreamStatus: 529 });
  });
});
