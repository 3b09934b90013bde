/**
 * What the fake upstream answers, as data: a list of steps that are played one after the other. A script is plain JSON, so it can be
 * posted to a running fake (`POST /__script`) as well as handed to it in a test.
 */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json | undefined };
export type JsonRecord = { [key: string]: Json | undefined };

export type Step =
  /** One chunk of text. */
  | { readonly text: string }
  /** One chunk of reasoning, under `field` (default `reasoning_content`). */
  | { readonly reasoning: string; readonly field?: string }
  /** A fragment of a tool call, written as given: leave out what should be missing on the wire. */
  | {
      readonly call: {
        readonly index?: number;
        readonly id?: string;
        readonly name?: string;
        readonly arguments?: Json;
      };
    }
  /** A choice's delta, verbatim. */
  | { readonly delta: JsonRecord }
  /** A whole chunk object, verbatim. */
  | { readonly chunk: Json }
  /** Text written to the stream as it stands, for broken frames. */
  | { readonly raw: string }
  /** An SSE comment. */
  | { readonly comment: string }
  /** A pause before the next step, milliseconds. */
  | { readonly wait: number }
  /** An error object in the stream. */
  | { readonly error: Json }
  /** `stopReason`: the stop string that was met, as vLLM tells it. */
  | { readonly finish: string; readonly stopReason?: string }
  | { readonly usage: JsonRecord }
  /** Many chunks: `perSecond` 0 is as fast as the reader takes them. `clock` writes the sending time in microseconds since 1970 as text. */
  | {
      readonly flood: {
        readonly count: number;
        readonly perSecond: number;
        readonly kind: 'text' | 'reasoning' | 'tool' | 'clock';
      };
    };

export interface Script {
  /** Milliseconds before the response headers. */
  readonly headersAfterMs?: number;
  /** Milliseconds between the headers and the first byte of the body. */
  readonly bodyAfterMs?: number;
  /** An HTTP answer instead of a completion. A string body is sent as it stands, anything else as JSON. */
  readonly http?: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Json;
  };
  readonly headers?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  /** A file whose bytes are the whole stream (relative to the fake's recordings folder). */
  readonly recording?: string;
  /** Bytes of each write of a recording; 0 is all at once. */
  readonly recordingPiece?: number;
  /**
   * How the stream ends. `done`: finish reason, usage and `[DONE]`, whichever of them the steps did not bring. `eof`: a clean end of the
   * body with nothing added. `cut`: the socket is destroyed. `stall`: nothing more is sent and nothing is closed.
   */
  readonly end?: 'done' | 'eof' | 'cut' | 'stall';
  /** A JSON answer although a stream was asked for. */
  readonly alwaysJson?: boolean;
}

/** A marker `[[name key=value …]]` in a user message. */
export interface Marker {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

export function readMarker(text: string): Marker | null {
  const found = /\[\[([a-z0-9_-]+)((?:\s+[a-z-]+=[^\s\]]*)*)\s*\]\]/i.exec(text);
  if (found === null) return null;
  const values = new Map<string, string>();
  for (const pair of (found[2] ?? '').trim().split(/\s+/)) {
    const at = pair.indexOf('=');
    if (at > 0) values.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return { name: found[1] ?? '', values };
}
