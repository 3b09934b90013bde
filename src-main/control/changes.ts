import { setTimeout as sleep } from 'node:timers/promises';

/** What is told no more than four times a second, milliseconds. */
const restMs = 250;

/** What `now` says, at once and after each change, as long as somebody listens and the source is open. */
export async function* followed<Value>(
  source: { subscribe(notice: () => void): () => void; isClosed(): boolean },
  now: () => Value,
  signal: AbortSignal | undefined,
): AsyncGenerator<Value, void> {
  for await (const _ of changes(source.subscribe, signal)) {
    if (source.isClosed()) return;
    yield now();
    await sleep(restMs);
  }
}

/**
 * Yields once at the start and once after each change, until `signal` aborts; what changes while the taker is busy is one change.
 * `subscribe` is given what to call upon a change and returns the way to stop; it is stopped however the taker leaves.
 */
export async function* changes(
  subscribe: (notice: () => void) => () => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<void, void> {
  let changed = true;
  let wake: () => void = () => undefined;
  const notice = (): void => {
    changed = true;
    wake();
  };
  const stop = subscribe(notice);
  signal?.addEventListener('abort', notice);
  try {
    while (signal?.aborted !== true) {
      if (changed) {
        changed = false;
        yield;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal?.removeEventListener('abort', notice);
    stop();
  }
}
