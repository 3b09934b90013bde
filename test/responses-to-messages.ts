import type { Part } from '../src-main/protocols/conversation/events.ts';
import { foldEvents } from '../src-main/protocols/conversation/fold.ts';
import { encodeMessagesAnswer } from '../src-main/protocols/messages/response.ts';
import { decodeResponsesAnswer } from '../src-main/protocols/responses/decode-answer.ts';
import { createResponsesStreamDecoder } from '../src-main/protocols/responses/decode-stream.ts';
import { createSseReader } from '../src-main/protocols/sse.ts';
import type { JsonObject } from '../src-shared/json.ts';
import { type Overrides, type Translated, testAssembler, translateParts } from './chat-to-messages.ts';

/** Runs an answer of a Responses server through everything between its bytes and a Messages client's. */

/** The parts of a body of server-sent events that comes in the given pieces. */
export function responsesParts(pieces: readonly Uint8Array[]): Part[] {
  const reader = createSseReader();
  const decoder = createResponsesStreamDecoder();
  const items = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  return [
    ...items.flatMap((item): readonly Part[] => (item.kind === 'event' ? decoder.push(item.event) : [item])),
    { kind: 'end' },
  ];
}

/** Translates a raw Responses stream, whole or in pieces. */
export function translateResponses(body: string | readonly Uint8Array[], overrides: Overrides = {}): Translated {
  const pieces = typeof body === 'string' ? [new TextEncoder().encode(body)] : body;
  return translateParts(responsesParts(pieces), testAssembler(overrides));
}

/** Translates events, given as objects with their `type`. */
export function translateEvents(events: readonly JsonObject[], overrides: Overrides = {}): Translated {
  return translateResponses(responsesSse(events), overrides);
}

export function responsesSse(events: readonly JsonObject[]): string {
  return events.map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

/** The Messages body for a client that asked for JSON. */
export function translateResponsesAnswer(body: unknown, overrides: Overrides = {}): JsonObject {
  const assembler = testAssembler(overrides);
  return encodeMessagesAnswer(foldEvents(decodeResponsesAnswer(body).flatMap((part) => assembler.push(part))));
}
