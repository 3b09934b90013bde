import { expect, test } from 'vitest';
import { changes } from '../../../src-main/control/changes.ts';

function source() {
  const listeners = new Set<() => void>();
  return {
    listeners,
    change: () => {
      for (const notify of listeners) notify();
    },
    subscribe: (notice: () => void) => {
      listeners.add(notice);
      return () => listeners.delete(notice);
    },
  };
}

test('tells of the state at the start, then of each change', async () => {
  const { subscribe, change } = source();
  const heard = changes(subscribe, undefined);
  expect((await heard.next()).done).toBe(false);
  const next = heard.next();
  change();
  expect((await next).done).toBe(false);
});

test('what changes while the taker is busy is told once, and not lost', async () => {
  const { subscribe, change } = source();
  const abort = new AbortController();
  let told = 0;
  for await (const _ of changes(subscribe, abort.signal)) {
    told += 1;
    if (told === 1) {
      change();
      change();
    } else {
      setImmediate(() => abort.abort());
    }
  }
  expect(told).toBe(2);
});

test('ends when it is aborted, and no longer listens', async () => {
  const { subscribe, listeners } = source();
  const abort = new AbortController();
  const heard = changes(subscribe, abort.signal);
  await heard.next();
  const next = heard.next();
  expect(listeners.size).toBe(1);
  abort.abort();
  expect((await next).done).toBe(true);
  expect(listeners.size).toBe(0);
});

test('no longer listens once the taker has left', async () => {
  const { subscribe, listeners } = source();
  for await (const _ of changes(subscribe, undefined)) break;
  expect(listeners.size).toBe(0);
});
