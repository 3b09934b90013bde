import type { Timeouts } from '../../src-shared/settings.ts';
import type { UpstreamTarget } from './target.ts';

/** What goes to a server before the body, the upstream's secret masked. */
export interface SentHead {
  /** `POST http://…/v1/chat/completions` */
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Masks the upstream's secret in any text; null where none was sent. */
  readonly conceal: ((text: string) => string) | null;
}

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  /** Below the target's apiUrl, with a leading slash, e.g. `/chat/completions`. */
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly accept?: string;
  /** Of the protocol, lower-case; the target's own headers overrule them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A streamed answer is expected: its socket is not reused where the kind closes it anyway. */
  readonly stream: boolean;
  /** Overrules the target's timeouts (an alias may). */
  readonly timeouts?: Timeouts;
  /** Told when the request is about to go; `make` costs something. */
  readonly sending?: (make: () => SentHead) => void;
  /** Aborting it closes the connection at once, in any phase. */
  readonly signal: AbortSignal;
}

export interface UpstreamResponse {
  readonly status: number;
  /** Lower-case names; of a repeated header the last value; `content-encoding` is taken away with the coding. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The body as it arrives, decompressed, with backpressure. Ends early by throwing a ConversationFailure: kind `timeout` on the idle timeout,
   * `upstream-cut` when the connection breaks. Leaving the loop early closes the connection.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body as text, cut at `limit` bytes. */
  text(limit: number): Promise<string>;
}

/** The only place that sends a request to a model server. Redirects are never followed. */
export interface UpstreamClient {
  /**
   * Resolves with any HTTP status. Rejects with a ConversationFailure (`upstream-unreachable`, `timeout`, `upstream-authentication`
   * where the secret is unavailable); rejects with the signal's reason when aborted. Repeats once, and only then, when a reused socket
   * died before any byte of the answer.
   */
  send(target: UpstreamTarget, request: UpstreamRequest): Promise<UpstreamResponse>;
  /** Closes idle connections (after sleep, on shutdown). */
  close(): Promise<void>;
}
