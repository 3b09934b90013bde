import type { JsonObject } from '../../src-shared/json.ts';

/** What came back for one request. A failure is a value: nothing is thrown but by the signal. */
export interface Answer {
  /** Content blocks as they came, to be handed back in a history. */
  readonly content: readonly JsonObject[];
  /** All text blocks joined. */
  readonly text: string;
  /** All thinking blocks joined. */
  readonly reasoning: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[];
  readonly stopReason: string | null;
  readonly usage: { readonly prompt: number; readonly cached: number; readonly output: number } | null;
  readonly error: { readonly status: number; readonly message: string } | null;
  readonly timing: Timing;
}

/** Milliseconds since the request was sent; null where no content came. */
export interface Timing {
  readonly first: number | null;
  readonly last: number | null;
  /** Pieces of text, reasoning or arguments. */
  readonly pieces: number;
}
