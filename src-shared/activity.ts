import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { Diagnostic } from './diagnostic.ts';
import type { FinishReason } from './finish-reason.ts';
import type { Protocol } from './protocol.ts';
import type { Usage } from './usage.ts';

/** The live request log, as the window sees it. Times are milliseconds; nothing in here holds a local key or an upstream secret. */

/** `refused`: turned away before it was a request to a model: wrong key, foreign host, paused. `aborted`: the agent left. */
export type ActivityState = 'running' | 'done' | 'failed' | 'aborted' | 'refused';

/**
 * What a request wants: an answer in a conversation, a title for one, one summed up, its prompt counted, vectors, or nothing that this gateway
 * offers.
 */
export type ActivityPurpose = 'chat' | 'title' | 'compact' | 'count' | 'embeddings' | 'other';

/** How much of a prompt the server had read before. */
export interface PromptReuse {
  /** 0 to 1. */
  readonly share: number;
  /** `server`: its own figures. `computed`: what is the same as in the conversation's last prompt; the server may have forgotten it. */
  readonly source: 'server' | 'computed';
  /**
   * What first differs from the conversation's last prompt, as a path in the request to the server (`messages[3].content`): from there on everything had
   * to be read again. Null where that prompt was only added to, or there was none.
   */
  readonly changedAt: string | null;
}

/** How long a request waited before its answer could begin, milliseconds. Absent: not at all. */
export interface RequestWaits {
  /** For its turn at the server. */
  readonly turn?: number;
  /** For the model to be loaded; where its server does that for the request itself, until it answered. */
  readonly loading?: number;
}

/** One request from its start to its end; a newer row of the same id replaces it. */
export interface ActivityRow {
  readonly id: string;
  /** Counts the run's requests from 1: newer ones have higher numbers. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly state: ActivityState;
  /** The agent's name by its User-Agent; null where it sent none. */
  readonly agent: string | null;
  readonly method: string;
  readonly path: string;
  readonly purpose: ActivityPurpose;
  readonly protocol: Protocol | null;
  readonly stream: boolean;
  /** As the agent named it; '' where it named none. */
  readonly model: string;
  /** `<upstream>/<model>`, once it is known. */
  readonly modelId: string | null;
  readonly keyId: string | null;
  /** The HTTP status that the agent got; null while the request runs. */
  readonly status: number | null;
  /** From the request to the first content that went to the agent. */
  readonly firstByteMs: number | null;
  readonly totalMs: number | null;
  /** Absent where it did not wait. */
  readonly waits?: RequestWaits;
  /** What it waits for now. */
  readonly waitsFor?: keyof RequestWaits;
  /** Requests to the model server that it took. */
  readonly rounds: number;
  readonly usage: Usage | null;
  /** Absent where nothing is known of it. */
  readonly promptReuse?: PromptReuse;
  readonly finishReason: FinishReason | null;
  readonly error: { readonly kind: string; readonly message: string } | null;
  readonly diagnostics: number;
  /** Names of the tools that the model called, in order; null where nobody looked (see `ActivityOverview.streamingLog`). */
  readonly tools: readonly string[] | null;
}

/** A further piece of a running answer; pieces of one request come in order. */
export interface ContentPiece {
  readonly id: string;
  readonly kind: 'text' | 'reasoning' | 'arguments';
  /** The tool whose arguments these are; null for text and reasoning. */
  readonly tool: string | null;
  /** Which call of its round these arguments belong to, from 0: calls may come interleaved. Null for text and reasoning. */
  readonly call: number | null;
  /** '' only where a call begins. */
  readonly text: string;
}

export interface ActivityOverview {
  readonly paused: boolean;
  /** Requests under way. */
  readonly running: number;
  /** Over all running answers and the last two seconds, counted by the pieces that servers send: about one a token. */
  readonly tokensPerSecond: number;
  /** While on, answers are told piece by piece and bodies are kept in memory. */
  readonly streamingLog: boolean;
  /** False where the settings forbid to keep bodies: the streaming log can't be turned on. */
  readonly streamingLogAllowed: boolean;
}

/** What happened since the last batch, ten times a second at most. */
export interface ActivityBatch {
  readonly rows: readonly ActivityRow[];
  readonly content: readonly ContentPiece[];
  readonly overview: ActivityOverview;
  /** True where the reader was too slow and something is missing: it should ask for the rows anew. */
  readonly incomplete: boolean;
}

export interface ActivityPage {
  /** Newest first. */
  readonly rows: readonly ActivityRow[];
  /** How many the log holds. */
  readonly total: number;
  readonly overview: ActivityOverview;
}

export type WireBorder = 'agent-to-gateway' | 'gateway-to-server' | 'server-to-gateway' | 'gateway-to-agent';

/** What went over one border in one round, keys and secrets masked. */
export interface WireMessage {
  readonly border: WireBorder;
  /** Counts from 0. */
  readonly round: number;
  /** Request line with the URL, or the status line; null where it was not kept. */
  readonly line: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Length of the whole body, of which `body` may be the beginning only. */
  readonly bytes: number;
}

export interface ActivityDetail {
  readonly row: ActivityRow;
  readonly diagnostics: readonly Diagnostic[];
  /** The answer as the server gave it, read from the kept bodies. */
  readonly answer: readonly Omit<ContentPiece, 'id'>[];
  /** In the order in which they began; empty where no bodies were kept. */
  readonly wire: readonly WireMessage[];
}

export interface GatewayState {
  readonly paused: boolean;
  /** Requests under way; they finish, paused or not. */
  readonly running: number;
}

/** What a masked secret looks like in headers and bodies. */
export const masked = '•••';

export const activityContract = {
  /** The newest rows, or those before the row with the number `before`. */
  snapshot: oc
    .input(z.strictObject({ before: z.number().int().min(1).optional(), limit: z.number().int().min(1).max(5_000) }))
    .output(type<ActivityPage>()),
  /** Begins with what runs now. A snapshot that is asked for after the first batch has no gap. */
  subscribe: oc.output(eventIterator(type<ActivityBatch>())),
  request: oc.input(z.strictObject({ id: z.string().min(1) })).output(type<ActivityDetail>()),
  /** Asks the gateway the same once more, with the rights of the same key; the id is the new request's. Only where the agent's body was kept whole. */
  replay: oc.input(z.strictObject({ id: z.string().min(1) })).output(type<{ readonly id: string }>()),
  /** Forgets every request that has ended, with its bodies. */
  clear: oc.output(type<ActivityOverview>()),
  /** Off also forgets the bodies that were kept. */
  setStreamingLog: oc.input(z.strictObject({ on: z.boolean() })).output(type<ActivityOverview>()),
};

export const gatewayContract = {
  state: oc.output(type<GatewayState>()),
  /** New requests are refused until `resume`; what runs finishes. */
  pause: oc.output(type<GatewayState>()),
  resume: oc.output(type<GatewayState>()),
};
