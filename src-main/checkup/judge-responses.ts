import { isObject } from '../../src-shared/json.ts';
import { eventsOf, jsonIn, type NativeStream } from './native-endpoint.ts';

/** A server's own Responses stream, judged by what Codex and OpenAI's SDK build on (reference protocol.md §2.4, backends.md §3). */
export function judgeResponses(stream: string): NativeStream {
  const faults: string[] = [];
  const wrong = (what: string): void => {
    if (!faults.includes(what)) faults.push(what);
  };
  const events = eventsOf(stream);
  const open = new Map<unknown, unknown>();
  const done: Record<string, unknown>[] = [];
  let items = 0;
  let whole: Record<string, unknown> = {};
  for (const [place, event] of events.entries()) {
    const type = String(event.type);
    if (event.sequence_number !== place) wrong('events are not numbered one by one');
    if (type.startsWith('response.output_') && typeof event.output_index !== 'number')
      wrong('events lack output_index');
    if (type === 'response.output_item.added') {
      if (event.output_index !== items) wrong('items are not counted one by one');
      open.set(event.output_index, isObject(event.item) ? event.item.id : undefined);
      items++;
    } else if (type.endsWith('.delta') && event.item_id !== open.get(event.output_index)) {
      wrong('a piece belongs to no open item');
    } else if (type === 'response.output_item.done') {
      const item = isObject(event.item) ? { ...event.item } : {};
      if (!open.has(event.output_index)) wrong('an item is done that was not begun');
      open.delete(event.output_index);
      done.push(item);
    } else if (type === 'error' || type === 'response.failed') wrong('it broke off with an error');
    else if (/^response\.(completed|incomplete)$/.test(type) && isObject(event.response)) whole = { ...event.response };
  }
  if (String(events[0]?.type) !== 'response.created') wrong('the first event is not response.created');
  const last = String(events.at(-1)?.type);
  if (last !== 'response.completed' && last !== 'response.incomplete') wrong('the last event ends no response');
  if (open.size > 0) wrong('it ends with an item open');
  if (!Array.isArray(whole.output) || whole.output.length !== done.length) wrong('the whole response lacks its items');
  const made = done.filter((item) => item.type === 'function_call');
  if (made.some((call) => typeof call.call_id !== 'string' || !isObject(jsonIn(String(call.arguments)))))
    wrong('a call lacks its id, or its arguments are no JSON object');
  const usage = isObject(whole.usage) ? whole.usage : {};
  const prompt = typeof usage.input_tokens === 'number' ? usage.input_tokens : 0;
  return {
    faults,
    text: done.flatMap(({ content }) => (Array.isArray(content) ? content.map(textOf) : [])).join(''),
    calls: made.map(({ name, arguments: given }) => ({ name, arguments: String(given) })),
    prompt: { first: prompt, last: prompt },
    end: whole.status,
  };
}

function textOf(part: unknown): string {
  return isObject(part) && part.type === 'output_text' && typeof part.text === 'string' ? part.text : '';
}
