import { createParser } from 'eventsource-parser';
import type { ServerSentEvent } from './conversation/codec.ts';
import type { ConversationError } from './conversation/error.ts';
import { anUpstream } from './conversation/name-upstream.ts';

/** What a body of server-sent events says. `alive`: a comment, which servers send so that nobody gives them up. */
export type SseItem =
  | { readonly kind: 'event'; readonly event: ServerSentEvent }
  | { readonly kind: 'alive' }
  | { readonly kind: 'error'; readonly error: ConversationError };

/** Reads a body of server-sent events as its bytes come in. After an item of kind error it yields nothing more. */
export interface SseReader {
  push(bytes: Uint8Array): readonly SseItem[];
  /** The body ended: yields what a missing last blank line still held back. */
  end(): readonly SseItem[];
}

/** Longest event that is taken, in characters: real ones reach a megabyte (images, whole files in one argument). */
const maxEventLength = 16 * 1024 * 1024;

/**
 * A reader of one body. Takes what the WHATWG event-stream format allows (BOM, CR, LF, CRLF, no space after the colon, several data
 * lines, comments, bytes split anywhere) and one thing more: a last event without its blank line is delivered, not dropped.
 */
export function createSseReader(options: { readonly maxEventLength?: number } = {}): SseReader {
  const limit = options.maxEventLength ?? maxEventLength;
  const decoder = new TextDecoder(); // strips a BOM, keeps the bytes of a split character until the rest comes
  let items: SseItem[] = [];
  let failed = false;
  const parser = createParser({
    maxBufferSize: limit,
    onEvent: ({ event, data }) => {
      items.push({ kind: 'event', event: event === undefined ? { data } : { event, data } });
    },
    onComment: () => {
      items.push({ kind: 'alive' });
    },
    onError: (error) => {
      if (error.type !== 'max-buffer-size-exceeded') return; // unknown fields are to be ignored (WHATWG HTML §9.2.6)
      failed = true;
      items.push({
        kind: 'error',
        error: {
          kind: 'upstream-failure',
          message: `${anUpstream} sent an event of more than ${limit} characters.`,
        },
      });
    },
  });
  const feed = (text: string): readonly SseItem[] => {
    if (failed || text === '') return [];
    parser.feed(text);
    const found = items;
    items = [];
    return found;
  };
  return {
    push: (bytes) => feed(decoder.decode(bytes, { stream: true })),
    end: () => feed(`${decoder.decode()}\n\n`),
  };
}

/** One frame. `data` must hold no line break: JSON never does. */
export function writeSse(data: string, event?: string): string {
  return event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
}
