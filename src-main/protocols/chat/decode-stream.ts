import { isObject } from '../../../src-shared/json.ts';
import type { ServerSentEvent, StreamDecoder } from '../conversation/codec.ts';
import type { Part } from '../conversation/events.ts';
import { anUpstream } from '../conversation/name-upstream.ts';
import { createChunkReader } from './chunk.ts';
import { decodeChatErrorObject } from './upstream-error.ts';

/** Reads a streamed Chat Completions answer, event by event. */
export function createChatStreamDecoder(): StreamDecoder {
  const readChunk = createChunkReader();

  const readData = (data: string, isError: boolean, parts: Part[]): void => {
    const trimmed = data.trim();
    if (trimmed === '') return;
    if (trimmed === '[DONE]') {
      parts.push({ kind: 'done' });
      return;
    }
    const body = parse(data);
    if (isError) {
      parts.push({ kind: 'error', error: decodeChatErrorObject(isObject(body) ? body : { error: trimmed }) });
    } else if (isObject(body)) {
      readChunk(body, parts);
    } else if (body !== undefined) {
      parts.push({ kind: 'diagnostic', what: 'data', why: 'An event that is no JSON object was left out.' });
    } else if (trimmed.includes('\n')) {
      for (const line of trimmed.split('\n')) readData(line, false, parts); // chunks without the blank line between them
    } else if (trimmed.startsWith('{')) {
      // A piece of the answer is missing, perhaps in the middle of a tool call's arguments: that must not pass for an answer.
      parts.push({
        kind: 'error',
        error: { kind: 'upstream-failure', message: `${anUpstream} sent a chunk that is not valid JSON.` },
      });
    } else {
      parts.push({ kind: 'diagnostic', what: 'data', why: 'An event that is no JSON was left out.' });
    }
  };

  return {
    push(event: ServerSentEvent): readonly Part[] {
      const parts: Part[] = [];
      readData(event.data, event.event === 'error', parts);
      return parts;
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // JSON has no undefined: the caller tells broken text by it
  }
}
