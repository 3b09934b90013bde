import type { Route } from '../models/route.types.ts';

/** What waits and works is counted by the name in `route.queue`, else by the upstream. */
export interface UpstreamQueue {
  /**
   * Resolves when the request may be sent, with how to say that it is over; null where its client left before. With more requests than the server takes
   * at once they wait, and the keys take turns, so that one busy agent does not keep the others waiting.
   */
  enter(route: Route, keyId: string, signal: AbortSignal): Promise<(() => void) | null>;
  /** How many requests are under way or wait, and whether one more would wait. */
  load(route: Route): { readonly requests: number; readonly isFull: boolean };
}

interface Line {
  limit: number;
  underWay: number;
  /** By key, in the order in which the keys' turns come. */
  readonly waiting: Map<string, (() => void)[]>;
}

export function createUpstreamQueue(): UpstreamQueue {
  const lines = new Map<string, Line>();

  /** The next requests of the line, as many as there is room for. */
  function admit(name: string, line: Line): void {
    while (line.underWay < line.limit) {
      const [next] = line.waiting;
      if (next === undefined) break;
      const [keyId, requests] = next;
      const start = requests.shift();
      line.waiting.delete(keyId);
      if (requests.length > 0) line.waiting.set(keyId, requests);
      start?.();
    }
    if (line.underWay === 0 && line.waiting.size === 0) lines.delete(name);
  }

  return {
    async enter(route, keyId, signal) {
      if (signal.aborted) return null;
      const name = nameOf(route);
      const limit = route.queue?.limit ?? Number.POSITIVE_INFINITY;
      const line: Line = lines.get(name) ?? { limit, underWay: 0, waiting: new Map() };
      // As the settings and the server say now.
      line.limit = limit;
      lines.set(name, line);
      const entered = await new Promise<boolean>((resolve) => {
        const start = (): void => {
          line.underWay += 1;
          signal.removeEventListener('abort', leave);
          resolve(true);
        };
        const leave = (): void => {
          const left = line.waiting.get(keyId)?.filter((request) => request !== start) ?? [];
          // An emptied entry goes; another keeps its place.
          if (left.length === 0) line.waiting.delete(keyId);
          else line.waiting.set(keyId, left);
          resolve(false);
          admit(name, line);
        };
        signal.addEventListener('abort', leave, { once: true });
        line.waiting.set(keyId, [...(line.waiting.get(keyId) ?? []), start]);
        admit(name, line);
      });
      if (!entered) return null;
      let over = false;
      return () => {
        if (over) return;
        over = true;
        line.underWay -= 1;
        admit(name, line);
      };
    },
    load(route) {
      const line = lines.get(nameOf(route));
      const waiting = [...(line?.waiting.values() ?? [])].reduce((sum, requests) => sum + requests.length, 0);
      const requests = (line?.underWay ?? 0) + waiting;
      return { requests, isFull: requests >= (route.queue?.limit ?? Number.POSITIVE_INFINITY) };
    },
  };
}

function nameOf({ queue, target }: Route): string {
  return queue?.name ?? target.id;
}
