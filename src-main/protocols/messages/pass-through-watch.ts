import { isObject } from '../../../src-shared/json.ts';
import type { ConversationError } from '../conversation/error.ts';
import { readErrorFields } from '../conversation/error-fields.ts';
import type { PassedThrough, PassThroughWatch } from '../conversation/pass-through.ts';
import { classifyFailure } from '../conversation/upstream-failure.ts';
import { writeSse } from '../sse.ts';
import { createStreamEnds, endsInsideEvent, parsedObject } from '../stream-ends.ts';
import { messagesErrorBody } from './errors.ts';
import { UsageReader } from './read-usage.ts';

/**
 * Watches a Messages stream that goes through untouched. It is whole with `message_stop`; where only that is missing after a stop reason,
 * nothing is lost and it is added, for clients would ask for the whole answer again.
 */
export function createMessagesWatch(): PassThroughWatch {
  const ends = createStreamEnds();
  return {
    push: ends.push,
    end: () => readEnd(ends.head(), ends.tail()),
    failure: (error) => writeSse(JSON.stringify(messagesErrorBody(error)), 'error'),
  };
}

const messageStop = writeSse('{"type":"message_stop"}', 'message_stop');

function readEnd(head: string, tail: string): PassedThrough {
  let stopped = false;
  let error: ConversationError | null = null;
  let delta: Record<string, unknown> | null = null;
  for (const data of dataLines(tail).reverse()) {
    if (/"type"\s*:\s*"message_stop"/.test(data)) stopped = true;
    else if (/"error"\s*:\s*[{"]/.test(data)) error ??= errorIn(data);
    else if (/"type"\s*:\s*"message_delta"/.test(data)) {
      delta = parsedObject(data);
      if (delta !== null) break;
    }
  }
  const reason = isObject(delta?.delta) ? delta.delta.stop_reason : null;
  const ended = typeof reason === 'string' && reason !== '';
  const insideEvent = endsInsideEvent(tail);
  const missing = ended && !stopped && error === null ? messageStop : '';
  return { finished: stopped || ended, error, usage: usageOf(head, delta), insideEvent, missing };
}

function dataLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/).flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trim()] : []));
}

function errorIn(data: string): ConversationError | null {
  const event = parsedObject(data);
  if (event === null || !isObject(event.error)) return null;
  return classifyFailure({ status: null, headers: {} }, readErrorFields(event));
}

function usageOf(head: string, delta: Record<string, unknown> | null): PassedThrough['usage'] {
  const start = dataLines(head).find((data) => /"type"\s*:\s*"message_start"/.test(data));
  const message = start === undefined ? null : parsedObject(start)?.message;
  const reader = new UsageReader();
  reader.read(isObject(message) ? message.usage : null);
  return reader.read(delta?.usage);
}
