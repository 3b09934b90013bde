import type { ContentPiece } from '../../src-shared/activity.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import { chatUpstream } from '../protocols/chat/index.ts';
import type { UpstreamCodec } from '../protocols/conversation/codec.ts';
import type { Part } from '../protocols/conversation/events.ts';
import { messagesUpstream } from '../protocols/messages/index.ts';
import { responsesUpstream } from '../protocols/responses/upstream.ts';
import { createSseReader, type SseItem } from '../protocols/sse.ts';

export type AnswerPiece = Omit<ContentPiece, 'id'>;

/** Reads a server's answer for people who watch. What it can't read it leaves out: the gateway's own decoder tells what is wrong with it. */
export interface AnswerReader {
  push(bytes: Uint8Array): readonly AnswerPiece[];
  end(): readonly AnswerPiece[];
}

const codecs: Readonly<Record<Protocol, UpstreamCodec>> = {
  chat: chatUpstream,
  messages: messagesUpstream,
  responses: responsesUpstream,
};

/** Most of a JSON answer that is read, in bytes. */
const jsonLimit = 8 * 1024 * 1024;

/** A reader of one round's answer, streamed or JSON. */
export function createAnswerReader(protocol: Protocol): AnswerReader {
  const codec = codecs[protocol];
  const decoder = codec.createStreamDecoder();
  const sse = createSseReader();
  const pieces = pieceReader();
  const json: Uint8Array[] = [];
  let length = 0;
  let isJson: boolean | null = null;
  const read = (items: readonly SseItem[]): readonly AnswerPiece[] =>
    items.flatMap((item) => (item.kind === 'event' ? decoder.push(item.event).flatMap(pieces) : []));
  return {
    push(bytes) {
      isJson ??= startsObject(bytes);
      if (isJson !== true) return read(sse.push(bytes));
      length += bytes.length;
      if (length <= jsonLimit) json.push(bytes);
      return [];
    },
    end() {
      if (isJson !== true) return read(sse.end());
      const body = parse(Buffer.concat(json).toString('utf8'));
      return body === undefined ? [] : codec.decodeAnswer(body).flatMap(pieces);
    },
  };
}

/** The whole answer of all rounds: neighbouring text joined, and the arguments of each call where it began. */
export function readAnswer(protocol: Protocol, rounds: readonly Uint8Array[]): readonly AnswerPiece[] {
  return rounds.flatMap((bytes) => {
    const reader = createAnswerReader(protocol);
    const joined: AnswerPiece[] = [];
    for (const piece of [...reader.push(bytes), ...reader.end()]) {
      const at =
        piece.call === null
          ? joined.length - 1
          : joined.findLastIndex(({ call }) => call !== null && call === piece.call);
      const known = joined[at];
      if (known === undefined || known.kind !== piece.kind) joined.push(piece);
      else joined[at] = { ...known, tool: piece.tool, text: known.text + piece.text };
    }
    return joined;
  });
}

/** Keeps in mind which tool's arguments come, by the call's index or id. A new call is told by a piece without text. */
function pieceReader(): (part: Part) => readonly AnswerPiece[] {
  const calls = new Map<string, { readonly number: number; tool: string | null }>();
  let current = '';
  return (part) => {
    switch (part.kind) {
      case 'text':
      case 'refusal':
        return part.text === '' ? [] : [{ kind: 'text', tool: null, call: null, text: part.text }];
      case 'reasoning':
        return part.text === '' ? [] : [{ kind: 'reasoning', tool: null, call: null, text: part.text }];
      case 'tool-call': {
        current = part.index === undefined ? (part.id ?? current) : String(part.index);
        const call = calls.get(current) ?? { number: calls.size, tool: null };
        calls.set(current, call);
        const pieces: AnswerPiece[] = [];
        if (call.tool === null && part.name !== undefined && part.name !== '') {
          call.tool = part.name;
          pieces.push({ kind: 'arguments', tool: call.tool, call: call.number, text: '' });
        }
        if (part.arguments !== undefined && part.arguments !== '') {
          pieces.push({ kind: 'arguments', tool: call.tool, call: call.number, text: part.arguments });
        }
        return pieces;
      }
      default:
        return [];
    }
  };
}

/** Null where the bytes are blank. */
function startsObject(bytes: Uint8Array): boolean | null {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  return first === undefined ? null : first === 0x7b;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // cut or broken: there is nothing to show but its text, which the wire has
  }
}
