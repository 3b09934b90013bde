import type { AskedPlace } from '../../src-shared/shell-contract.ts';
import { changes } from '../control/changes.ts';

/** Where in the window the user wants to be, between the tray, which is told, and the window, which goes there. */
export interface Places {
  ask(place: AskedPlace): void;
  /** Each place that is asked for, and the last one that no window has heard of yet. */
  follow(signal: AbortSignal | undefined): AsyncGenerator<AskedPlace, void>;
}

export function createPlaces(): Places {
  const listeners = new Set<() => void>();
  let waiting: AskedPlace | null = null;
  return {
    ask(place) {
      waiting = place;
      for (const notify of listeners) notify();
    },
    async *follow(signal) {
      const heard = changes((notice) => {
        listeners.add(notice);
        return () => listeners.delete(notice);
      }, signal);
      for await (const _ of heard) {
        if (waiting === null) continue;
        const place = waiting;
        waiting = null;
        yield place;
      }
    },
  };
}
