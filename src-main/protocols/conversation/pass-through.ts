import type { JsonObject } from '../../../src-shared/json.ts';
import type { Protocol } from '../../../src-shared/protocol.ts';
import type { Usage } from '../../../src-shared/usage.ts';
import type { JsonEdit } from './edit-json.ts';
import type { ConversationError } from './error.ts';

/** What the end of a passed-through stream tells. */
export interface PassedThrough {
  /** The answer is whole, by what the protocol ends one with. Where it is not and no error came either, the stream died silently. */
  readonly finished: boolean;
  /** The error that the server itself sent, if it did. */
  readonly error: ConversationError | null;
  /** As far as it was told. */
  readonly usage: Usage | null;
  /** True where the body broke off inside an event: a blank line must come before anything that is added. */
  readonly insideEvent: boolean;
  /** What is still owed to the client of an answer that is whole: its terminator, where only that is missing; mostly "". */
  readonly missing: string;
}

/** Watches a stream that goes through untouched. Chunk borders don't matter to it. */
export interface PassThroughWatch {
  push(chunk: Uint8Array): void;
  end(): PassedThrough;
  /** The events that end this stream as a failure, ready to send. */
  failure(error: ConversationError): string;
}

/**
 * What is changed of the opaque reasoning state in a request's history, and how many pieces of reasoning are left out. `verifies`: the server refuses
 * state that it did not make.
 */
export type ReasoningEdits = (
  body: Readonly<Record<string, unknown>>,
  upstream: { readonly id: string; readonly verifies: boolean },
) => { readonly edits: readonly JsonEdit[]; readonly stripped: number };

/** What the gateway needs of a protocol to let its clients' requests through to a server that speaks it too. */
export interface PassThroughCodec {
  readonly protocol: Protocol;
  /** Of the endpoint that answers, below the upstream's base URL. */
  readonly path: string;
  /** What breaks a silence between two events; it is no event that the answer would count. */
  readonly keepAlive: string;
  createWatch(): PassThroughWatch;
  /** Whether a JSON body of status 200 is an answer; else it is an error or nothing known. */
  isAnswer(body: Readonly<Record<string, unknown>>): boolean;
  /** Keys that an error body of this protocol may have. */
  readonly errorKeys: readonly string[];
  /** A whole JSON answer as the events of a stream that says the same. */
  answerAsStream(body: Readonly<Record<string, unknown>>): string;
  /** An alias's `defaults`, which are named as Chat names them, as members of this protocol's request; and the names of those it lacks. */
  defaults(defaults: JsonObject): { readonly members: JsonObject; readonly lost: readonly string[] };
  readonly reasoningEdits: ReasoningEdits;
  /** Headers of the client that go to the server, lower-case. */
  readonly requestHeaders: readonly string[];
  /** Headers that the protocol wants, where the client sent none. */
  readonly ownHeaders: Readonly<Record<string, string>>;
  /** Which headers of the server go to the client, beside those that every client acts on. */
  readonly responseHeaders: RegExp;
}
