import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { giveBackAtRest } from '../../src-main/memory-at-rest.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function service() {
  let inFlight = 0;
  let resident = 100e6;
  let collected = 0;
  let notify: () => void = () => undefined;
  const onInFlight = (listener: () => void): void => {
    notify = listener;
  };
  giveBackAtRest(
    { inFlight: () => inFlight, onInFlight },
    {
      resident: () => resident,
      collect: () => {
        collected += 1;
        resident = 105e6;
      },
    },
  );
  return {
    begin: () => {
      inFlight += 1;
      notify();
    },
    end: (megabytes: number) => {
      inFlight -= 1;
      resident = megabytes * 1e6;
      notify();
    },
    collected: () => collected,
  };
}

test('what a busy time took is given back once nothing is in flight for a while, and once only', () => {
  const { begin, end, collected } = service();
  begin();
  end(180);
  vi.advanceTimersByTime(1000);
  expect(collected()).toBe(0);
  vi.advanceTimersByTime(60_000);
  expect(collected()).toBe(1);
});

test('nothing is held up for a little', () => {
  const { begin, end, collected } = service();
  begin();
  end(115);
  vi.advanceTimersByTime(60_000);
  expect(collected()).toBe(0);
});

test('as long as requests come, and while one is in flight, nothing is held up', () => {
  const { begin, end, collected } = service();
  for (let at = 0; at < 20; at += 1) {
    begin();
    vi.advanceTimersByTime(1000);
    end(200);
    vi.advanceTimersByTime(1000);
  }
  begin();
  vi.advanceTimersByTime(60_000);
  expect(collected()).toBe(0);
  end(200);
  vi.advanceTimersByTime(2000);
  expect(collected()).toBe(1);
});

test('it is measured by what was left the last time', () => {
  const { begin, end, collected } = service();
  begin();
  end(200);
  vi.advanceTimersByTime(2000);
  begin();
  end(128);
  vi.advanceTimersByTime(2000);
  expect(collected()).toBe(1);
  begin();
  end(130);
  vi.advanceTimersByTime(2000);
  expect(collected()).toBe(2);
});
