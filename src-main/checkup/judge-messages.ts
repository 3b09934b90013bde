import { isObject } from '../../src-shared/json.ts';
import { eventsOf, jsonIn, type NativeStream } from './native-endpoint.ts';

const deltas: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
};

/** A server's own Messages stream, judged by what Claude Code and Anthropic's SDK build on (reference protocol.md §2.4, backends.md §3). */
export function judgeMessages(stream: string): NativeStream {
  const faults: string[] = [];
  const wrong = (what: string): void => {
    if (!faults.includes(what)) faults.push(what);
  };
  let open: { readonly index: unknown; readonly type: string } | null = null;
  let blocks = 0;
  let text = '';
  const calls: { name: unknown; arguments: string }[] = [];
  const prompt = { first: 0, last: 0 };
  let end: unknown = null;
  let last: unknown;
  for (const event of eventsOf(stream)) {
    last = event.type;
    switch (event.type) {
      case 'message_start': {
        const message = isObject(event.message) ? event.message : {};
        if (typeof message.id !== 'string' || message.role !== 'assistant') wrong('message_start lacks id or role');
        prompt.first = promptTokens(message.usage);
        prompt.last = prompt.first;
        break;
      }
      case 'content_block_start': {
        const block = isObject(event.content_block) ? event.content_block : {};
        if (open !== null) wrong('a content block starts before the one before it has stopped');
        if (event.index !== blocks) wrong('content blocks are not counted one by one');
        if (block.type === 'tool_use') {
          if (typeof block.id !== 'string' || !isObject(block.input))
            wrong('a tool_use block starts without id or input');
          calls.push({ name: block.name, arguments: '' });
        }
        open = { index: event.index, type: String(block.type) };
        blocks++;
        break;
      }
      case 'content_block_delta': {
        const delta = isObject(event.delta) ? event.delta : {};
        if (open === null || open.index !== event.index) wrong('a piece belongs to no open content block');
        else if (deltas[open.type]?.includes(String(delta.type)) === false)
          wrong(`${String(delta.type)} in ${open.type}`);
        if (typeof delta.text === 'string') text += delta.text;
        const call = calls.at(-1);
        if (call !== undefined && typeof delta.partial_json === 'string') call.arguments += delta.partial_json;
        break;
      }
      case 'content_block_stop':
        if (open?.index !== event.index) wrong('a content block stops that is not open');
        open = null;
        break;
      case 'message_delta': {
        const delta = isObject(event.delta) ? event.delta : {};
        const usage = isObject(event.usage) ? event.usage : {};
        end = delta.stop_reason;
        if (open !== null) wrong('it ends with a content block open');
        if (typeof usage.output_tokens !== 'number') wrong('message_delta tells no output_tokens');
        prompt.last = promptTokens(usage) || prompt.last;
        break;
      }
      case 'error':
        wrong('it broke off with an error');
        break;
    }
  }
  if (last !== 'message_stop') wrong('the last event is not message_stop');
  if (calls.length > 0 && end !== 'tool_use') wrong('a call does not end with stop_reason tool_use');
  // A call without arguments comes without a piece of them.
  if (calls.some((call) => call.arguments !== '' && !isObject(jsonIn(call.arguments))))
    wrong('the input of a call is no JSON object');
  return { faults, text, calls, prompt, end };
}

function promptTokens(usage: unknown): number {
  if (!isObject(usage)) return 0;
  const counts = [usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens];
  return counts.reduce<number>((sum, count) => sum + (typeof count === 'number' ? count : 0), 0);
}
