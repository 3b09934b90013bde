import type { Route } from '../models/route.types.ts';
import type { UpstreamQueue } from './upstream-queue.ts';

/** Conversations whose server is remembered; the one that was used longest ago goes first. */
const remembered = 1000;

/**
 * Which of several servers of an alias gets a request: the conversation's last one, which has its prompt still in its cache, unless it is full; else the
 * one with the fewest requests, and of equal ones that which was chosen longest ago.
 */
export interface Sharing {
  /** @param conversation null for a request that belongs to none */
  choose(routes: readonly [Route, ...Route[]], conversation: string | null): Route;
  /** The one that has the conversation's prompt, else the first that is there: for what is asked about a request and is none. */
  ofConversation(routes: readonly [Route, ...Route[]], conversation: string | null): Route;
}

export function createSharing(queue: UpstreamQueue): Sharing {
  /** The model of each conversation, in the order of their last use. */
  const places = new Map<string, string>();
  const chosenAt = new Map<string, number>();
  let chosen = 0;

  return {
    choose(routes, conversation) {
      const there = routes.filter(({ isDown }) => isDown !== true);
      const candidates = (there.length > 0 ? there : routes).map((route) => ({ route, ...queue.load(route) }));
      const free = candidates.filter(({ isFull }) => !isFull);
      const stays = (free.length > 0 ? free : candidates).find(
        ({ route }) => conversation !== null && places.get(conversation) === route.modelId,
      );
      const [best] = (free.length > 0 ? free : candidates).toSorted(
        (a, b) => a.requests - b.requests || lastChosen(a.route) - lastChosen(b.route),
      );
      const route = (stays ?? best)?.route ?? routes[0];
      chosen += 1;
      chosenAt.set(route.modelId, chosen);
      if (conversation !== null) {
        places.delete(conversation);
        places.set(conversation, route.modelId);
        const [oldest] = places.keys();
        if (places.size > remembered && oldest !== undefined) places.delete(oldest);
      }
      return route;
    },
    ofConversation(routes, conversation) {
      const place = conversation === null ? undefined : places.get(conversation);
      const there = routes.filter(({ isDown }) => isDown !== true);
      return there.find(({ modelId }) => modelId === place) ?? there[0] ?? routes[0];
    },
  };

  function lastChosen({ modelId }: Route): number {
    return chosenAt.get(modelId) ?? 0;
  }
}
