import type { FinishReason } from '../../../src-shared/finish-reason.ts';
import type { JsonValue } from '../../../src-shared/json.ts';
import type { Usage } from '../../../src-shared/usage.ts';
import type { ConversationError } from './error.ts';
import type { WebSearchBlock } from './request.ts';

/**
 * The two vocabularies of a streamed answer. A protocol's stream decoder turns what the server sent into `Part`s, in the order and
 * shape the server chose; the assembler turns parts into `StreamEvent`s, which keep the invariants of reference protocol.md §2.4;
 * a protocol's stream encoder writes events for the client.
 */

/** What a server's stream says, one fragment at a time. */
export type Part =
  | { readonly kind: 'start'; readonly responseId?: string; readonly model?: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refusal'; readonly text: string }
  /** `field`: the wire's field it came under, so that it can be given back there. */
  | { readonly kind: 'reasoning'; readonly text: string; readonly field: string }
  /** Opaque state of the reasoning that is open, or of one that has no text. */
  | {
      readonly kind: 'reasoning-state';
      readonly signature?: string;
      readonly redacted?: string;
      readonly encrypted?: string;
      readonly itemId?: string;
      readonly details?: JsonValue[];
    }
  /** Ends the open reasoning or text block where the wire itself has block borders. */
  | { readonly kind: 'block-end' }
  /** A fragment of a tool call. Any of id, index and name may be missing, late or repeated: the assembler matches them. */
  | {
      readonly kind: 'tool-call';
      readonly id?: string;
      readonly index?: number;
      readonly name?: string;
      readonly arguments?: string;
    }
  | { readonly kind: 'web-search'; readonly block: WebSearchBlock }
  | { readonly kind: 'usage'; readonly usage: Usage }
  | { readonly kind: 'finish'; readonly reason: FinishReason; readonly stopSequence?: string; readonly detail?: string }
  | { readonly kind: 'error'; readonly error: ConversationError }
  | { readonly kind: 'diagnostic'; readonly what: string; readonly why: string }
  /** The server is alive but has nothing to say (comments, pings). */
  | { readonly kind: 'alive' }
  /** The wire's own terminator: `[DONE]`, message_stop, response.completed. */
  | { readonly kind: 'done' }
  /** The body ended. */
  | { readonly kind: 'end' }
  /** The gateway's timer: late usage has been waited for long enough. */
  | { readonly kind: 'waited-enough' };

/** A block of the answer as it starts; its content comes as deltas only (clients discard what a start holds: finding 5). */
export type OpenBlock =
  | { readonly kind: 'text' }
  | { readonly kind: 'refusal' }
  | { readonly kind: 'reasoning' }
  | {
      readonly kind: 'tool-call';
      readonly id: string;
      readonly name: string;
      readonly namespace?: string;
      readonly toolKind: 'function' | 'custom';
    }
  | WebSearchBlock;

/** A block of the answer once it is complete. */
export type AnswerBlock =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refusal'; readonly text: string }
  /** `blob`: what carries the reasoning's opaque state through the client; "" where there is none. */
  | { readonly kind: 'reasoning'; readonly text: string; readonly blob: string }
  /** `cut`: the answer ended by length inside this call; it must not be run. */
  | {
      readonly kind: 'tool-call';
      readonly id: string;
      readonly name: string;
      readonly namespace?: string;
      readonly toolKind: 'function' | 'custom';
      readonly input: string;
      readonly cut: boolean;
    }
  | WebSearchBlock;

/** What the client's encoder writes. After one `start` come blocks, never two open at once, then exactly one `finish` or `error`. */
export type StreamEvent =
  | { readonly kind: 'start'; readonly id: string; readonly model: string; readonly usage: Usage }
  | { readonly kind: 'block-start'; readonly index: number; readonly block: OpenBlock }
  /** Text, reasoning text, refusal text or argument text of the open block; never empty. */
  | { readonly kind: 'delta'; readonly index: number; readonly text: string }
  /** Not sent for a tool call that was cut by length (finding 21). */
  | { readonly kind: 'block-stop'; readonly index: number; readonly block: AnswerBlock }
  | {
      readonly kind: 'finish';
      readonly reason: FinishReason;
      readonly usage: Usage;
      readonly stopSequence?: string;
      readonly detail?: string;
      readonly cutCall?: AnswerBlock & { readonly kind: 'tool-call' };
    }
  | { readonly kind: 'error'; readonly error: ConversationError }
  | { readonly kind: 'ping' };

/** A tool call that the gateway itself is to run before it asks the upstream again. */
export interface OwnToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: string;
}

/** A whole answer: what a stream of events folds to. */
export interface Answer {
  readonly id: string;
  readonly model: string;
  readonly blocks: readonly AnswerBlock[];
  readonly finish: { readonly reason: FinishReason; readonly stopSequence?: string; readonly detail?: string };
  readonly usage: Usage;
}
