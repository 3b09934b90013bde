/**
 * A failure as a value, from where it is found to where a protocol's `errors.ts` writes it in the words its clients act on
 * (reference protocol.md §8). `message` is shown to the client: no stack, path, key or upstream address may stand in it.
 */
export type ErrorKind =
  /** The client's request is malformed (400). */
  | 'invalid-request'
  /** Something valid that this gateway or upstream can't do (400). */
  | 'unsupported'
  /** Our own local key is missing or wrong (401). */
  | 'authentication'
  /** Our own key may not do this; or host or origin refused (403). */
  | 'permission'
  | 'not-found'
  | 'unknown-model'
  /** Request body over the limit (413). */
  | 'too-large'
  /** Prompt (and answer) do not fit the context window (400). */
  | 'context-overflow'
  | 'rate-limit'
  /** The upstream's account has no credit (402 or 429 upstream). */
  | 'quota'
  /** The upstream refused our secret (401, 403 upstream). */
  | 'upstream-authentication'
  /** Refused, reset, unresolvable, TLS failure: no answer came (502). */
  | 'upstream-unreachable'
  /** The upstream answered with a failure of its own, or with something that makes no sense (502). */
  | 'upstream-failure'
  /** The upstream's answer ended before it was whole. */
  | 'upstream-cut'
  | 'overloaded'
  /** The upstream is loading the model (503). */
  | 'loading'
  | 'timeout'
  /** The gateway is paused or shutting down (503). */
  | 'unavailable'
  /** A bug of ours (500). */
  | 'internal';

export interface ConversationError {
  readonly kind: ErrorKind;
  readonly message: string;
  /** Status the upstream answered with, where it did. */
  readonly upstreamStatus?: number;
  /** The upstream's own `type` and `code`, where it gave them. */
  readonly upstreamType?: string;
  readonly upstreamCode?: string;
  /** Milliseconds after which the client may try again. */
  readonly retryAfterMs?: number;
  /** Overrides what clients do by status: written as `x-should-retry`. */
  readonly shouldRetry?: boolean;
  /** Which request field is wrong. */
  readonly param?: string;
  /** Only for `context-overflow`; tokens. */
  readonly overflow?: {
    readonly promptTokens?: number;
    readonly contextWindow?: number;
    readonly maxOutputTokens?: number;
  };
}

/** Thrown where a value can't be returned; carries the value. */
export class ConversationFailure extends Error {
  readonly error: ConversationError;
  constructor(error: ConversationError, options?: { cause?: unknown }) {
    super(error.message, options);
    this.name = 'ConversationFailure';
    this.error = error;
  }
}
