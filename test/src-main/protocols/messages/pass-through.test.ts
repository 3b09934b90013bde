import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldSystemMessages } from '../../../../src-main/protocols/messages/fold-system-messages.ts';
import { messagesPassThrough } from '../../../../src-main/protocols/messages/pass-through.ts';
import { createMessagesWatch } from '../../../../src-main/protocols/messages/pass-through-watch.ts';
import type { JsonObject } from '../../../../src-shared/json.ts';
import { sdkMessage } from '../../../chat-to-messages.ts';
import { messagesGrammar } from '../../../event-grammar.ts';

const frame = (data: JsonObject): string => `event: ${String(data.type)}\ndata: ${JSON.stringify(data)}\n\n`;
const usage = { input_tokens: 9, cache_read_input_tokens: 100, output_tokens: 1 };
const start = frame({ type: 'message_start', message: { id: 'msg_1', role: 'assistant', content: [], usage } });
const text = frame({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: '"type":"message_stop" {"error":{"message":"no"}}' },
});
const delta = frame({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 40 } });
const stop = frame({ type: 'message_stop' });

function seen(stream: string, sizes: readonly number[] = [1 << 20]) {
  const bytes = new TextEncoder().encode(stream);
  const watch = createMessagesWatch();
  for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
    const size = sizes[piece % sizes.length] ?? 1;
    watch.push(bytes.subarray(at, at + size));
    at += size;
  }
  return watch.end();
}

describe('a Messages stream that goes through', () => {
  test('is whole with message_stop; figures of its start and end are put together', () => {
    expect(seen(start + text + delta + stop)).toEqual({
      finished: true,
      error: null,
      usage: { inputTokens: 9, cacheReadTokens: 100, cacheWriteTokens: 0, cacheTold: true, outputTokens: 40 },
      insideEvent: false,
      missing: '',
    });
    expect(seen(start + text)).toMatchObject({ finished: false, error: null, missing: '' });
    expect(seen(start + delta).missing).toBe(stop);
  });

  test('tells the same however its bytes are cut, and however long it is', () => {
    const stream = start + text.repeat(1500) + delta + stop;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        expect(seen(stream, sizes)).toEqual(seen(stream));
      }),
      { numRuns: 20 },
    );
    expect(seen(stream).usage).toMatchObject({ inputTokens: 9, outputTokens: 40 });
  });

  test('tells the server’s own error', () => {
    const error = frame({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
    expect(seen(start + error)).toMatchObject({ finished: false, error: { kind: 'overloaded' } });
  });
});

test('a JSON answer said as a stream is the same message to Anthropic’s SDK', async () => {
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [
      { type: 'thinking', thinking: 'hm', signature: 'SIG' },
      { type: 'redacted_thinking', data: 'RED' },
      { type: 'text', text: 'so', citations: null },
      { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: [1] } },
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: 3, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 9 },
  };
  const stream = messagesPassThrough.answerAsStream(message);
  expect(messagesGrammar(stream)).toEqual([]);
  expect(await sdkMessage(stream)).toMatchObject(message);
});

describe('system messages folded on the wire', () => {
  const user = (content: unknown) => ({ role: 'user', content });
  const system = (content: unknown) => ({ role: 'system', content });
  const block = (words: string) => ({ type: 'text', text: words });
  const reminder = (words: string) => block(`<system-reminder>\n${words}\n</system-reminder>`);
  const result = { type: 'tool_result', tool_use_id: 't', content: 'done' };
  const folded = (body: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(foldSystemMessages(body).map(({ path, value }) => [path.join('.'), value]));

  test('go into the user message before, else behind the results of the next one, else stand alone', () => {
    const answer = { role: 'assistant', content: 'ok' };
    expect(folded({ messages: [user('a'), system('b'), answer] }).messages).toEqual([
      user([block('a'), reminder('b')]),
      answer,
    ]);
    expect(folded({ messages: [user('a'), answer, system('b'), user([result, block('c')])] }).messages).toEqual([
      user('a'),
      answer,
      user([result, reminder('b'), block('c')]),
    ]);
    expect(folded({ messages: [user('a'), answer, system('b')] }).messages).toEqual([
      user('a'),
      answer,
      user([reminder('b')]),
    ]);
  });

  test('those before all others go to `system`, where there is one', () => {
    const messages = [system('b'), user('a')];
    expect(folded({ system: 's', messages })).toEqual({ messages: [user('a')], system: [block('s'), block('b')] });
    expect(folded({ messages })).toEqual({ messages: [user([reminder('b'), block('a')])] });
    expect(folded({ messages: [user('a')] })).toEqual({});
  });
});
