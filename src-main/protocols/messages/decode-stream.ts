import { isObject } from '../../../src-shared/json.ts';
import type { ServerSentEvent, StreamDecoder } from '../conversation/codec.ts';
import type { Part } from '../conversation/events.ts';
import { anUpstream } from '../conversation/name-upstream.ts';
import { EventReader } from './event-reader.ts';
import { decodeMessagesErrorObject } from './upstream-error.ts';

/** Reads a streamed Messages answer, event by event. */
export function createMessagesStreamDecoder(): StreamDecoder {
  const reader = new EventReader();
  return {
    push({ event, data }: ServerSentEvent): readonly Part[] {
      const trimmed = data.trim();
      if (trimmed === '' || trimmed === '[DONE]') return []; // some proxies end every stream so
      const body = parse(trimmed);
      try {
        if (isObject(body)) return reader.read({ ...(event !== undefined && { type: event }), ...body });
      } catch (thrown) {
        if (!(thrown instanceof RangeError)) throw thrown;
        return [broken('sent an event that is nested too deeply')]; // JSON.parse takes any depth, JSON.stringify does not
      }
      if (event === 'error') return [{ kind: 'error', error: decodeMessagesErrorObject({ error: trimmed }) }];
      // A piece of the answer is missing, perhaps in the middle of a tool call's arguments: that must not pass for an answer.
      if (body === undefined && trimmed.startsWith('{')) return [broken('sent an event that is not valid JSON')];
      return [{ kind: 'diagnostic', what: 'data', why: 'An event that is no JSON object was left out.' }];
    },
  };
}

function broken(what: string): Part {
  return { kind: 'error', error: { kind: 'upstream-failure', message: `${anUpstream} ${what}.` } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // JSON has no undefined: the caller tells broken text by it
  }
}
