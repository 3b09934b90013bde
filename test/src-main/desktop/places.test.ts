import { expect, test } from 'vitest';
import { createPlaces } from '../../../src-main/desktop/places.ts';

test('a place that was asked for before there was a window is gone to once there is one', async () => {
  const places = createPlaces();
  places.ask('agents');
  const abort = new AbortController();
  const window = places.follow(abort.signal);
  expect(await window.next()).toEqual({ done: false, value: 'agents' });
  const next = window.next();
  places.ask('agents');
  expect(await next).toEqual({ done: false, value: 'agents' });
  const last = window.next();
  abort.abort();
  expect(await last).toEqual({ done: true, value: undefined });
});

test('a window that is opened later does not go where an earlier one has gone', async () => {
  const places = createPlaces();
  places.ask('agents');
  const first = new AbortController();
  await places.follow(first.signal).next();
  const abort = new AbortController();
  const next = places.follow(abort.signal).next();
  abort.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});
