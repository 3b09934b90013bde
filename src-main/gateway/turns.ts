import type { Route } from '../models/route.types.ts';
import { agentSession } from './agent-session.ts';
import { firstUserTurn } from './prompt-segments.ts';
import type { Received } from './receive.ts';
import { createSlotAffinity } from './slot-affinity.ts';
import { createUpstreamQueue } from './upstream-queue.ts';

/** A request's time at its server. */
export interface Turn {
  /** The slot that the request should name; null: none. */
  readonly slot: number | null;
  /** The answer is over: the next request may come. */
  end(): void;
}

/** Resolves when the request may be sent; null where its client left before. */
export type TakeTurn = () => Promise<Turn | null>;

/** Sends requests to their servers in turn, and those of one conversation to the same slot. */
export interface Turns {
  /** @param inConversation false for a request that leaves no prompt behind: embeddings */
  at(route: Route, received: Received, inConversation?: boolean): TakeTurn;
}

export function createTurns(): Turns {
  const queue = createUpstreamQueue();
  const affinity = createSlotAffinity();

  return {
    at(route, received, inConversation = true) {
      return async () => {
        const { exchange, bytes } = received;
        const leave = await queue.enter(route, exchange.key.id, exchange.signal);
        if (leave === null) return null;
        const conversation = inConversation ? slotConversation(route, received) : null;
        const slot =
          conversation === null ? null : affinity.take(route.modelId, route.slots ?? 0, conversation, bytes.length);
        return {
          slot: slot?.id ?? null,
          end() {
            slot?.done();
            leave();
          },
        };
      };
    },
  };
}

/** What tells the conversation from others, where that matters to the server: it has slots, and is asked in the protocol that can name one. */
function slotConversation(route: Route, { exchange, body }: Received): string | null {
  if ((route.slots ?? 0) < 2 || route.upstreamProtocol(exchange.protocol) !== 'chat') return null;
  const start = firstUserTurn(body);
  return start === null ? null : [exchange.key.id, agentSession(exchange.request.headers, body), start].join('\n');
}
