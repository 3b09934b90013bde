import { isObject } from '../../../src-shared/json.ts';
import type { ServerSentEvent, StreamDecoder } from '../conversation/codec.ts';
import type { Part } from '../conversation/events.ts';
import { anUpstream } from '../conversation/name-upstream.ts';
import { type Channel, OutputItems, type Place } from './decode-stream-items.ts';
import { readEnd } from './upstream-end.ts';
import { decodeResponsesErrorObject, isErrorBody } from './upstream-error.ts';

/** Events that bring a fragment in `delta`. The names without `_text` are those of early versions. */
const deltas: ReadonlyMap<string, Channel> = new Map([
  ['response.output_text.delta', 'text'],
  ['response.refusal.delta', 'refusal'],
  ['response.reasoning_summary_text.delta', 'summary'],
  ['response.reasoning_summary.delta', 'summary'],
  ['response.reasoning_text.delta', 'reasoning-text'],
  ['response.reasoning.delta', 'reasoning-text'],
  ['response.function_call_arguments.delta', 'arguments'],
  ['response.custom_tool_call_input.delta', 'arguments'],
]);

/** Events that repeat a part as a whole, and under which key. */
const wholes: ReadonlyMap<string, { readonly channel: Channel; readonly key: string }> = new Map([
  ['response.output_text.done', { channel: 'text', key: 'text' }],
  ['response.refusal.done', { channel: 'refusal', key: 'refusal' }],
  ['response.reasoning_summary_text.done', { channel: 'summary', key: 'text' }],
  ['response.reasoning_text.done', { channel: 'reasoning-text', key: 'text' }],
  ['response.function_call_arguments.done', { channel: 'arguments', key: 'arguments' }],
  ['response.custom_tool_call_input.done', { channel: 'arguments', key: 'input' }],
]);

/** Events that end a response, and the status they tell. */
const ends: ReadonlyMap<string, string> = new Map([
  ['response.completed', 'completed'],
  ['response.done', 'completed'],
  ['response.incomplete', 'incomplete'],
  ['response.failed', 'failed'],
  ['response.cancelled', 'cancelled'],
]);

/**
 * Reads a streamed answer of the Responses API, event by event. The end is told by `response.completed` and its like, not by `[DONE]`,
 * which most servers don't send. Events of unknown types are passed over: their item comes whole in the end.
 */
export function createResponsesStreamDecoder(): StreamDecoder {
  const items = new OutputItems();
  let started = false;

  const start = (response: unknown, parts: Part[]): void => {
    if (started || !isObject(response)) return;
    started = true;
    parts.push({
      kind: 'start',
      ...(typeof response.id === 'string' && { responseId: response.id }),
      ...(typeof response.model === 'string' && { model: response.model }),
    });
  };

  const end = (response: Readonly<Record<string, unknown>>, said: string | undefined, parts: Part[]): void => {
    start(response, parts);
    if (said !== 'failed' && response.status !== 'failed') items.output(response.output, parts);
    parts.push(...readEnd(response, said));
  };

  const readEvent = (type: string, event: Readonly<Record<string, unknown>>, parts: Part[]): void => {
    const delta = deltas.get(type);
    if (delta !== undefined) {
      if (typeof event.delta === 'string') items.delta(delta, placeOf(event), event.delta, parts);
      return;
    }
    const whole = wholes.get(type);
    if (whole !== undefined) {
      const text = event[whole.key];
      if (typeof text === 'string') items.whole(whole.channel, placeOf(event), text, parts);
      return;
    }
    const status = ends.get(type);
    if (status !== undefined) {
      end(isObject(event.response) ? event.response : event, status, parts);
      return;
    }
    if (type === 'response.created' || type === 'response.in_progress') start(event.response, parts);
    else if (type === 'response.output_item.added') items.added(event.item, indexOf(event), parts);
    else if (type === 'response.output_item.done') items.finished(event.item, indexOf(event), parts);
    else if (event.object === 'response') end(event, undefined, parts); // a whole answer in one event
  };

  const readData = (data: string, name: string | undefined, parts: Part[]): void => {
    const trimmed = data.trim();
    if (trimmed === '') return;
    if (trimmed === '[DONE]') {
      parts.push({ kind: 'done' });
      return;
    }
    const body = parse(trimmed);
    if (isObject(body)) {
      if (name === 'error' || isErrorBody(body)) parts.push({ kind: 'error', error: decodeResponsesErrorObject(body) });
      else readEvent(typeof body.type === 'string' ? body.type : (name ?? ''), body, parts);
    } else if (name === 'error') {
      parts.push({ kind: 'error', error: decodeResponsesErrorObject({ error: trimmed }) });
    } else if (body === undefined && trimmed.includes('\n')) {
      for (const line of trimmed.split('\n')) readData(line, undefined, parts); // events without the blank line between them
    } else if (body === undefined && trimmed.startsWith('{')) {
      // A piece of the answer is missing, perhaps in the middle of a tool call's arguments: that must not pass for an answer.
      parts.push({
        kind: 'error',
        error: { kind: 'upstream-failure', message: `${anUpstream} sent an event that is not valid JSON.` },
      });
    } else {
      parts.push({ kind: 'diagnostic', what: 'data', why: 'An event that is no JSON object was left out.' });
    }
  };

  return {
    push({ data, event }: ServerSentEvent): readonly Part[] {
      const parts: Part[] = [];
      try {
        readData(data, event, parts);
      } catch (thrown) {
        if (!(thrown instanceof RangeError)) throw thrown;
        // JSON.parse takes any depth, JSON.stringify does not.
        const message = `${anUpstream} sent an event that is nested too deeply.`;
        parts.push({ kind: 'error', error: { kind: 'upstream-failure', message } });
      }
      return parts;
    },
  };
}

function placeOf(event: Readonly<Record<string, unknown>>): Place {
  const part = [event.content_index, event.summary_index].find((value) => typeof value === 'number');
  return {
    id: typeof event.item_id === 'string' && event.item_id !== '' ? event.item_id : undefined,
    index: indexOf(event),
    part: typeof part === 'number' ? part : 0,
  };
}

function indexOf(event: Readonly<Record<string, unknown>>): number | undefined {
  return typeof event.output_index === 'number' ? event.output_index : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // JSON has no undefined: the caller tells broken text by it
  }
}
