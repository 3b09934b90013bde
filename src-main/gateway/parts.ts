import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../../src-shared/json.ts';
import type { Settings } from '../../src-shared/settings.ts';
import type { KeyRing } from '../keys/key-ring.types.ts';
import type { ModelDirectory, Route } from '../models/route.types.ts';
import type { SessionMoves } from '../models/session-moves.ts';
import type { PromptSize } from '../models/token-counter.ts';
import type { Supplies } from '../protocols/conversation/codec.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import type { UpstreamClient } from '../upstreams/client.types.ts';
import type { ExchangeTap } from './tap.ts';

export type { AcceptedKey, KeyRing } from '../keys/key-ring.types.ts';

/** Counts a prompt's tokens for count_tokens: the server's own count, else a calibrated tokenizer off the main thread. */
export interface TokenCounter {
  count(route: Route, chatBody: JsonObject, signal: AbortSignal): Promise<number>;
  /** Cheap: from the size alone, for message_start and the context check. */
  estimate(route: Route, size: PromptSize): number;
  /** Teaches from a finished answer's real prompt tokens; `chatBody` is what was sent, where that was a Chat request. */
  learn(route: Route, size: PromptSize, promptTokens: number, chatBody: JsonObject | null): void;
}

/** What else is served on the gateway's listener, after the Host and Origin checks and before the key check: `/control`, `/ui`. */
export interface Mount {
  /** Without trailing slash; the mount gets the path itself and everything below it. */
  readonly prefix: string;
  /** Answers the request whole; `req.url` is the full path. */
  handle(req: IncomingMessage, res: ServerResponse): void;
}

/** Everything the gateway is built from; each part is made by service.ts and swapped there when the settings change. */
export interface GatewayParts {
  /** The settings in force now. */
  readonly settings: () => Settings;
  readonly keys: () => KeyRing;
  readonly models: () => ModelDirectory;
  readonly sessions: SessionMoves;
  readonly client: UpstreamClient;
  readonly tokens: TokenCounter;
  readonly supplies: Supplies;
  /** This run's random id; a request that carries it came from ourselves. */
  readonly hopId: string;
  readonly tap: ExchangeTap;
  /** Set while the gateway is paused or shutting down: every request that needs an upstream is answered with it. */
  readonly unavailable: () => ConversationError | null;
  /** The route to the variant of its model that has the wanted context window; `failure`: why there is none. Absent: no route has one. */
  readonly variant?: (route: Route) => Promise<{ readonly route: Route; readonly failure: string | null }>;
  /**
   * Resolves when the route's model can be asked: it is loaded where its server has to be told that. Rejects with a ConversationFailure where it is not, or
   * with the signal's reason. Absent: every model can be asked.
   */
  readonly ready?: (route: Route, signal: AbortSignal) => Promise<void>;
  readonly mounts?: readonly Mount[];
}
