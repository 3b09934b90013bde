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
  /** A custom tool that this upstream was given as a function: its free text is the one string, `input`, of the arguments. */
  readonly wrapped?: true;
  /** JSON schema of a function's arguments: tells the types of arguments that a model wrote as text. */
  readonly inputSchema?: JsonObject;
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

/** What an encoder of answers may need to know of the request. */
export interface AnswerContext {
  /** As it was decoded: what answers of its protocol repeat of it stands in its extras. */
  readonly request: ConversationRequest;
  /** The client's User-Agent. */
  readonly userAgent: string | null;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

/** Writes one answer for a client, event by event. */
export interface StreamEncoder {
  /** The text to send, "" for nothing. */
  encode(event: StreamEvent): string;
  /** The whole answer as JSON, once it has finished: for protocols in which a client may ask for it again. */
  answer?(): JsonObject | null;
}

/** What the gateway needs of a protocol that clients speak. */
export interface ClientCodec {
  readonly protocol: Protocol;
  /** How an answer's id begins: `msg_`. */
  readonly answerIdPrefix: string;
  /** `to`: the protocol that the request goes on in, where that is known: what only the client's own protocol can carry is a loss in others. */
  decodeRequest(body: unknown, supplies: Supplies, to?: Protocol): Decoded;
  createStreamEncoder(supplies: Supplies, context: AnswerContext): StreamEncoder;
  encodeAnswer(answer: Answer, supplies: Supplies, context: AnswerContext): JsonObject;
  /** True for a failure that clients of a stream understand best inside it, though an HTTP error could still be sent. */
  failsInStream?(error: ConversationError, context: AnswerContext): boolean;
  /** An HTTP error answer; header names are lower-case. */
  encodeError(
    error: ConversationError,
    requestId: string,
    userAgent: string | null,
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
