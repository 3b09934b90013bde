import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { Diagnostic } from '../../../src-shared/diagnostic.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import type { Protocol } from '../../../src-shared/protocol.ts';
import type { Usage } from '../../../src-shared/usage.ts';
import type { ConversationError } from './error.ts';
import type { Answer, Part, StreamEvent } from './events.ts';
import type { ConversationRequest } from './request.ts';

/** What pure translators are handed because they may not make it themselves. */
export interface Supplies {
  /** A fresh unique id of at most 40 characters `[A-Za-z0-9_]` that starts with `prefix`. */
  newId(prefix: string): string;
  /** The first 16 hex digits of the text's sha256. */
  hash(text: string): string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Which tool of the client an upstream's tool name stands for; made when the request is encoded, used when the answer is decoded. */
export interface ToolIdentity {
  readonly name: string;
  readonly namespace?: string;
  readonly toolKind: 'function' | 'custom';
  /** True for a tool that the gateway itself runs. */
  readonly own: boolean;
}
export type ToolNames = ReadonlyMap<string, ToolIdentity>;

export type Decoded =
  | { readonly ok: true; readonly request: ConversationRequest; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly error: ConversationError };

export interface EncodeOptions {
  readonly flags: CompatFlags;
  /** Which upstream and model this goes to: reasoning state of another is not restored. */
  readonly upstream: { readonly id: string; readonly model: string };
  /** Body keys that are added where the conversation sets none (an alias's `defaults`). */
  readonly defaults: JsonObject;
  /** The upstream's limit of output tokens, where known. */
  readonly maxOutputTokens?: number;
  /** Hosted tools that the gateway runs itself, by the name under which the model is to call them. */
  readonly ownTools: ReadonlyMap<'web-search' | 'web-fetch', string>;
  readonly supplies: Supplies;
}

export interface EncodedRequest {
  readonly body: JsonObject;
  /** The protocol's own headers (`anthropic-version`), lower-case; those of the upstream's settings overrule them. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly toolNames: ToolNames;
  readonly diagnostics: readonly Diagnostic[];
}

/** Writes one answer for a client, event by event. Returns the text to send, "" for nothing. */
export interface StreamEncoder {
  encode(event: StreamEvent): string;
}

/** What the gateway needs of a protocol that clients speak. */
export interface ClientCodec {
  readonly protocol: Protocol;
  /** How an answer's id begins: `msg_`. */
  readonly answerIdPrefix: string;
  decodeRequest(body: unknown, supplies: Supplies): Decoded;
  createStreamEncoder(supplies: Supplies): StreamEncoder;
  encodeAnswer(answer: Answer): JsonObject;
  /** An HTTP error answer; header names are lower-case. */
  encodeError(
    error: ConversationError,
    requestId: string,
  ): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: JsonObject };
}

export interface ServerSentEvent {
  /** Absent where the wire named none. */
  readonly event?: string;
  readonly data: string;
}

/** Reads one streamed answer of a server. Never throws: what it can't read becomes a part of kind error or diagnostic. */
export interface StreamDecoder {
  push(event: ServerSentEvent): readonly Part[];
}

/** What the gateway needs of a protocol that upstreams speak. */
export interface UpstreamCodec {
  readonly protocol: Protocol;
  /** Path below the upstream's base URL. */
  readonly path: string;
  encodeRequest(request: ConversationRequest, options: EncodeOptions): EncodedRequest;
  createStreamDecoder(): StreamDecoder;
  /** A whole JSON answer (a server that answers a streaming request with JSON) as parts, `done` included. */
  decodeAnswer(body: unknown): readonly Part[];
  /** An HTTP error answer of the upstream; `body` is its text, at most 64 KiB of it. */
  decodeError(status: number, headers: Readonly<Record<string, string>>, body: string): ConversationError;
}

export const noUsage: Usage = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 };
