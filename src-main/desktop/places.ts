import type { AskedPlace } from '../../src-shared/shell-contract.ts';

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
      let wake: () => void = () => undefined;
      const notice = (): void => wake();
      listeners.add(notice);
      signal?.addEventListener('abort', notice);
      try {
        while (signal?.aborted !== true) {
          if (waiting !== null) {
            const place = waiting;
            waiting = null;
            yield place;
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        listeners.delete(notice);
        signal?.removeEventListener('abort', notice);
      }
    },
  };
}
