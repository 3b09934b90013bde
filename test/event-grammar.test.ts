import { describe, expect, test } from 'vitest';
import { messagesGrammar } from './event-grammar.ts';

/** The checker itself: a good stream passes, and each broken rule is found. */
const usage = { input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
const start = {
  type: 'message_start',
  message: {
    id: 'm',
    type: 'message',
    role: 'assistant',
    model: 'x',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  },
};
const block = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const text = (index: number) => block(index, { type: 'text', text: '' });
const tool = (index: number, id = 't1') => block(index, { type: 'tool_use', id, name: 'f', input: {} });
const delta = (index: number, value: object) => ({ type: 'content_block_delta', index, delta: value });
const hi = (index: number) => delta(index, { type: 'text_delta', text: 'hi' });
const args = (index: number, partial_json: string) => delta(index, { type: 'input_json_delta', partial_json });
const stop = (index: number) => ({ type: 'content_block_stop', index });
const end = (stop_reason: string) => ({ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage });
const over = { type: 'message_stop' };
const error = { type: 'error', error: { type: 'api_error', message: 'x' } };
const stream = (...data: readonly { type: string }[]) =>
  data.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('');

describe('the grammar of Messages streams', () => {
  test.each<[string, string]>([
    ['text', stream(start, text(0), hi(0), stop(0), end('end_turn'), over)],
    ['a call', stream(start, { type: 'ping' }, tool(0), args(0, '{}'), stop(0), end('tool_use'), over)],
    ['a call cut by length', stream(start, tool(0), args(0, '{"a'), end('max_tokens'), over)],
    ['an error in the middle', stream(start, text(0), hi(0), error)],
    ['nothing but an error', stream(error)],
  ])('allows %s', (_, body) => expect(messagesGrammar(body)).toEqual([]));

  test.each<[string, string]>([
    ['no terminator', stream(start, text(0), hi(0), stop(0))],
    ['two terminators', stream(start, end('end_turn'), over, over)],
    ['an error and a stop', stream(start, error, over)],
    ['anything after the end', stream(start, end('end_turn'), over, { type: 'ping' })],
    ['no start', stream(text(0), hi(0), stop(0), end('end_turn'), over)],
    ['overlapping blocks', stream(start, text(0), tool(1), stop(0), stop(1), end('tool_use'), over)],
    ['a gap in the indexes', stream(start, text(1), hi(1), stop(1), end('end_turn'), over)],
    ['a delta of another kind', stream(start, text(0), args(0, '{}'), stop(0), end('end_turn'), over)],
    ['a delta of a closed block', stream(start, text(0), stop(0), hi(0), end('end_turn'), over)],
    ['text in a start', stream(start, block(0, { type: 'text', text: 'x' }), stop(0), end('end_turn'), over)],
    ['a block left open', stream(start, text(0), hi(0), end('end_turn'), over)],
    ['a call left open without length', stream(start, tool(0), args(0, '{'), end('tool_use'), over)],
    ['arguments that are no object', stream(start, tool(0), args(0, '[1]'), stop(0), end('tool_use'), over)],
    ['a call without arguments', stream(start, tool(0), stop(0), end('tool_use'), over)],
    [
      'one id twice',
      stream(start, tool(0), args(0, '{}'), stop(0), tool(1), args(1, '{}'), stop(1), end('tool_use'), over),
    ],
    ['tool_use without a call', stream(start, end('tool_use'), over)],
    ['end_turn with a call', stream(start, tool(0), args(0, '{}'), stop(0), end('end_turn'), over)],
    [
      'thinking without signature',
      stream(start, block(0, { type: 'thinking', thinking: '', signature: '' }), stop(0), end('end_turn'), over),
    ],
    ['no usage', stream(start, { ...end('end_turn'), usage: {} } as { type: string }, over)],
    ['no event line', stream(start, end('end_turn'), over).replace('event: message_stop\n', '')],
    [
      'an event line of another type',
      stream(start, end('end_turn'), over).replace('event: message_stop', 'event: ping'),
    ],
  ])('finds %s', (_, body) => expect(messagesGrammar(body)).not.toEqual([]));
});
