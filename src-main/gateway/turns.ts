import type { Fallback, Route } from '../models/route.types.ts';
import { agentSession } from './agent-session.ts';
import type { GatewayParts } from './parts.ts';
import { mayAnswer } from './permission.ts';
import { firstUserTurn } from './prompt-segments.ts';
import type { Received } from './receive.ts';
import { createSharing } from './sharing.ts';
import { createSlotAffinity } from './slot-affinity.ts';
import { createUpstreamQueue } from './upstream-queue.ts';

/** A request's time at its server. */
export interface Turn {
  /** The slot that the request should name; null: none. */
  readonly slot: number | null;
  /** The answer is over: the next request may come. */
  end(): void;
}

/** Resolves when the request may be sent; null where its client left before. Rejects with a ConversationFailure where the model can't be asked. */
export type TakeTurn = () => Promise<Turn | null>;

/** Sends requests to their servers in turn, and those of one conversation to the same slot. */
export interface Turns {
  /** @param inConversation false for a request that leaves no prompt behind: embeddings */
  at(route: Route, received: Received, inConversation?: boolean): TakeTurn;
  /** The route that a request of an alias with several servers takes; the others are its first fallbacks. */
  share(route: Route, received: Received): Route;
  /** The route by which a request of such an alias would be answered; it takes no turn. */
  ofConversation(route: Route, received: Received): Route;
}

/** @param ready as in GatewayParts */
export function createTurns(ready: GatewayParts['ready']): Turns {
  const queue = createUpstreamQueue();
  const affinity = createSlotAffinity();
  const sharing = createSharing(queue);

  return {
    at(route, received, inConversation = true) {
      return async () => {
        const { exchange, bytes } = received;
        if (route.loading !== undefined && ready !== undefined) {
          const load = () => ready(route, exchange.signal);
          await (route.loading === 'told' ? exchange.waiting('loading', load) : load());
        }
        const enter = () => queue.enter(route, exchange.key.id, exchange.signal);
        const leave = await (queue.load(route).isFull ? exchange.waiting('turn', enter) : enter());
        if (leave === null) return null;
        const conversation = inConversation && tellsSlots(route, received) ? conversationOf(received) : null;
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
    share(route, received) {
      const { peers = [] } = route;
      if (peers.length === 0) return route;
      const { exchange } = received;
      const usable = usablePeers(route, received);
      const chosen = sharing.choose([route, ...usable], conversationOf(received));
      if (chosen !== route) exchange.routed(chosen.modelId, chosen.upstreamProtocol(exchange.protocol));
      const all: readonly Fallback[] = [{ name: route.modelId, result: { ok: true, route } }, ...peers];
      const others = all.filter(({ result }) => !result.ok || result.route !== chosen);
      const { passedOver } = route;
      // While one of them loads the model, another has it. Only the last one is waited for.
      const last = [route, ...usable].findLast((one) => one !== chosen);
      const inTurn = (one: Route): Route => (one === last ? one : { ...one, loadingMs: 0 });
      const fallbacks = [
        ...others.map((other): Fallback => {
          return other.result.ok ? { ...other, result: { ok: true, route: inTurn(other.result.route) } } : other;
        }),
        ...(route.fallbacks ?? []),
      ];
      const first = last === undefined ? chosen : inTurn(chosen);
      return { ...first, fallbacks, ...(passedOver !== undefined && { passedOver }) };
    },
    ofConversation(route, received) {
      const usable = usablePeers(route, received);
      return usable.length === 0 ? route : sharing.ofConversation([route, ...usable], conversationOf(received));
    },
  };
}

function usablePeers({ peers = [] }: Route, { exchange }: Received): readonly Route[] {
  return peers.flatMap(({ result }) =>
    result.ok && mayAnswer(exchange.key, result.route) === null ? [result.route] : [],
  );
}

/** True where it matters to the server which slot a conversation has, and it is asked in the protocol that can name one. */
function tellsSlots(route: Route, { exchange }: Received): boolean {
  return (route.slots ?? 0) > 1 && route.upstreamProtocol(exchange.protocol) === 'chat';
}

/** What tells the conversation from others; null where the request does not hold its start. */
function conversationOf({ exchange, body }: Received): string | null {
  // Only its last turns are here: what they go on from is named.
  if (typeof body.previous_response_id === 'string') return null;
  const start = firstUserTurn(body);
  return start === null ? null : [exchange.key.id, agentSession(exchange.request.headers, body), start].join('\n');
}
