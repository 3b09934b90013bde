import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../src-shared/json.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { Slots, Timeouts } from '../../src-shared/settings.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import type { UpstreamTarget } from '../upstreams/target.ts';

/** Where a request goes and how: the answer to "which model does this name mean". */
export interface Route {
  /** `<upstream>/<model>`. */
  readonly modelId: string;
  /** The alias that was named, where one was. */
  readonly alias: string | null;
  readonly target: UpstreamTarget;
  /** The upstream's name of the model. */
  readonly upstreamModel: string;
  /** The kind's flags, overruled by what the server says of itself, overruled by the user's. */
  readonly flags: CompatFlags;
  /** The variant of the model that has the context window which the user wants, and has to be made before it is asked. */
  readonly variant?: { readonly name: string; readonly contextWindow: number };
  /** Tokens in force, prompt and answer together; null where unknown. */
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  /** Body keys to add where the client sent none. */
  readonly defaults: JsonObject;
  readonly timeouts: Timeouts;
  /** How long a model that is being loaded is waited for, milliseconds; 0: not at all. Absent: as long as the first byte of an answer. */
  readonly loadingMs?: number;
  /** Which protocol the upstream is spoken to in for a client of this protocol; the same one means pass-through. */
  readonly upstreamProtocol: (client: Protocol) => Protocol;
  /** A Chat client's request is written anew for a Chat server: this model takes less than the protocol allows, or its answers are taken apart. */
  readonly rewritesChat?: boolean;
  /** How many requests are sent at once to what this names, an upstream or one of its models; further ones wait. Absent: any number. */
  readonly queue?: { readonly name: string; readonly limit: number };
  /** The model's server has so many slots, each of which keeps one conversation's prompt; `id_slot` of a Chat request chooses one. */
  readonly slots?: number;
  /** The model is not loaded: `refused`, and shall not be for a request; `told`, and its server has to be told to load it. Absent: it can be asked. */
  readonly loading?: 'refused' | 'told';
  /** The model was not loaded when its server was last asked, and is loaded by a request. */
  readonly loadsForRequest?: true;
  /** The alias's requests may not leave this machine. */
  readonly localOnly?: boolean;
  /** The server hands requests for this model on to another machine. */
  readonly runsElsewhere?: boolean;
  /** What the alias's requests are shared with. */
  readonly peers?: readonly Fallback[];
  /** Its server did not answer when it was last asked, or was loading its model. */
  readonly isDown?: boolean;
  /** What answers, in this order, while this can't. */
  readonly fallbacks?: readonly Fallback[];
  /** What of the alias was passed over since its server is not there: one sentence each. */
  readonly passedOver?: readonly string[];
}

/** A model that an alias falls back on, under the name that stands in the settings. Its route has no fallbacks of its own. */
export interface Fallback {
  readonly name: string;
  readonly result: RouteResult;
}

export type RouteResult =
  | { readonly ok: true; readonly route: Route }
  | { readonly ok: false; readonly error: ConversationError };

export type DescribeResult =
  | { readonly ok: true; readonly model: ListedModel }
  | { readonly ok: false; readonly error: ConversationError };

/** One callable thing as `/v1/models` lists it. */
export interface ListedModel {
  /** `<upstream>/<model>` or an alias. */
  readonly id: string;
  /** `<upstream>/<model>`: what an alias stands for. */
  readonly modelId: string;
  readonly displayName: string;
  readonly ownedBy: string;
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  readonly vision: boolean | null;
  readonly reasoning: boolean | null;
  readonly tools: boolean | null;
}

/** What the gateway asks of the catalogue. */
export interface ModelDirectory {
  /** Resolves a name by the rules of product.md; `own` are slots of the asker's own, which beat the common ones. May wait for the first scan, 2 s at most, where the name could be of a detected server. */
  route(name: string, own?: Slots): Promise<RouteResult>;
  /** What stands behind a name, by the same rules. */
  describe(name: string): Promise<DescribeResult>;
  list(): readonly ListedModel[];
}
