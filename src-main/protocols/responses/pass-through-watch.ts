import { isObject } from '../../../src-shared/json.ts';
import type { ConversationError } from '../conversation/error.ts';
import type { PassedThrough, PassThroughWatch } from '../conversation/pass-through.ts';
import { writeSse } from '../sse.ts';
import { createStreamEnds, endsInsideEvent, lastObjectNamed, parsedObject } from '../stream-ends.ts';
import { responsesFailure } from './errors.ts';
import { decodeResponsesErrorObject } from './upstream-error.ts';
import { readResponsesUsage } from './upstream-usage.ts';

type Terminal = 'completed' | 'incomplete' | 'failed' | 'error';

/**
 * Watches a Responses stream that goes through untouched. What ends one repeats the whole response, which may be far longer than the bytes that
 * are kept: the start of each line tells which event it is, as it goes by.
 */
export function createResponsesWatch(): PassThroughWatch {
  const ends = createStreamEnds();
  const lines = createLineStarts();
  let terminal: Terminal | null = null;
  return {
    push(chunk) {
      ends.push(chunk);
      for (const line of lines(chunk)) terminal = terminalIn(line) ?? terminal;
    },
    end: () => readEnd(ends.tail(), terminal),
    failure: (error) => failureEvents(error, ends.head(), ends.tail()),
  };
}

/** So much of a line is looked at, bytes. */
const lineStart = 160;

/** The starts of the lines that a body of chunks holds, each as soon as it is long enough or over. */
function createLineStarts(): (chunk: Uint8Array) => readonly string[] {
  const buffer = new Uint8Array(lineStart);
  let length = 0;
  let told = false;
  return (chunk) => {
    const found: string[] = [];
    const tell = (): void => {
      if (!told && length > 0) found.push(new TextDecoder().decode(buffer.subarray(0, length)));
      told = true;
    };
    for (let at = 0; at < chunk.length; ) {
      const next = chunk.indexOf(0x0a, at);
      const end = next < 0 ? chunk.length : next;
      const piece = chunk.subarray(at, Math.min(end, at + lineStart - length));
      buffer.set(piece, length);
      length += piece.length;
      if (next >= 0 || length === lineStart) tell();
      if (next >= 0) {
        length = 0;
        told = false;
      }
      at = end + 1;
    }
    return found;
  };
}

/** In a string of the data the quotes would be escaped, so text of the model never looks so. */
const terminalEvent =
  /^(?:event:\s*|data:\s*\{(?:[^{]*,)?\s*"type"\s*:\s*")(?:response\.(completed|incomplete|failed)|(error))\b/;

function terminalIn(line: string): Terminal | null {
  const [, ended, error] = terminalEvent.exec(line) ?? [];
  switch (ended ?? error) {
    case 'completed':
      return 'completed';
    case 'incomplete':
      return 'incomplete';
    case 'failed':
      return 'failed';
    case 'error':
      return 'error';
    default:
      return null;
  }
}

function readEnd(tail: string, terminal: Terminal | null): PassedThrough {
  const failed = terminal === 'failed' || terminal === 'error';
  return {
    finished: terminal !== null && !failed,
    error: failed ? errorIn(tail) : null,
    usage: terminal === null ? null : readResponsesUsage(lastObjectNamed(tail, 'usage')),
    insideEvent: endsInsideEvent(tail),
    missing: '',
  };
}

/** Of `response.failed` the `error` of the response, of `error` the event itself or its `error`. */
function errorIn(tail: string): ConversationError {
  const data = tail.split(/\r\n|\r|\n/).findLast((line) => line.startsWith('data:') && line.includes('{'));
  const event = data === undefined ? null : parsedObject(data.slice(5));
  const response = isObject(event?.response) ? event.response.error : undefined;
  return decodeResponsesErrorObject(response ?? event?.error ?? event ?? '');
}

/**
 * The failure as clients act on it: `response.failed`, with the id and the number that follow from what went before. Where nothing did, the response
 * is created first: OpenAI's SDK takes no other event then.
 */
function failureEvents(error: ConversationError, head: string, tail: string): string {
  const created = createdResponse(head);
  const numbers = [...tail.matchAll(/"sequence_number"\s*:\s*(\d+)/g)];
  let number = Number(numbers.at(-1)?.[1] ?? -1) + 1;
  const event = (type: string, response: Record<string, unknown>): string =>
    writeSse(JSON.stringify({ type, sequence_number: number++, response }), type);
  const base = created ?? { id: 'resp_unfinished', object: 'response', output: [], usage: null };
  const failure = { ...base, status: 'failed', error: responsesFailure(error) };
  const opening = created === null ? event('response.created', { ...base, status: 'in_progress', error: null }) : '';
  return opening + event('response.failed', failure);
}

function createdResponse(head: string): Record<string, unknown> | null {
  const data = head.split(/\r\n|\r|\n/).find((line) => line.startsWith('data:') && line.includes('"response.created"'));
  if (data === undefined) return null;
  const response = parsedObject(data.slice(5))?.response;
  if (isObject(response)) return response;
  // A response that repeats long instructions may not be whole in the bytes that were kept; its id stands at its start.
  const id = /"response"\s*:\s*\{\s*"id"\s*:\s*"([^"\\]+)"/.exec(data)?.[1];
  return id === undefined ? null : { id, object: 'response', output: [], usage: null };
}
