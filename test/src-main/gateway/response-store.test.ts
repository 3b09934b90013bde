import { describe, expect, test } from 'vitest';
import { ResponseStore, type StoredResponse } from '../../../src-main/gateway/response-store.ts';

const hour = 3_600_000;

function newStore(limits: { keepCount?: number; keepMiB?: number; keepHours?: number } = {}) {
  let now = 0;
  const store = new ResponseStore(
    () => ({ keepCount: 10, keepMiB: 1, keepHours: 1, ...limits }),
    () => now,
  );
  const wait = (ms: number): void => {
    now += ms;
  };
  return { store, wait };
}

function stored(id: string, previousId: string | null = null, text = id): StoredResponse {
  const input = [{ id: `in_${id}`, text }];
  return { id, keyId: 'k', previousId, input, response: { id, output: [{ id: `out_${id}` }] } };
}

describe('the store of responses', () => {
  test('a conversation is put together from its responses', () => {
    const { store } = newStore();
    for (const entry of [stored('a'), stored('b', 'a'), stored('c', 'b')]) store.add(entry);
    expect(store.itemsUpTo('k', 'c')?.map(({ id }) => id)).toEqual(['in_a', 'out_a', 'in_b', 'out_b', 'in_c', 'out_c']);
    expect(store.itemsUpTo('other', 'c')).toBeNull();
    expect(store.findItem('k', 'out_b')).toEqual({ id: 'out_b' });
    expect(store.findItem('other', 'out_b')).toBeNull();
  });

  test('a conversation one of whose responses is gone is gone', () => {
    const { store } = newStore();
    for (const entry of [stored('a'), stored('b', 'a')]) store.add(entry);
    expect(store.remove('k', 'a')).toBe(true);
    expect(store.itemsUpTo('k', 'b')).toBeNull();
  });

  test('responses that name each other do not go round for ever', () => {
    const { store } = newStore();
    for (const entry of [stored('a', 'b'), stored('b', 'a')]) store.add(entry);
    expect(store.itemsUpTo('k', 'b')).toBeNull();
  });

  test('what was not used for the longest time goes first', () => {
    const { store } = newStore({ keepCount: 2 });
    store.add(stored('a'));
    store.add(stored('b'));
    store.find('k', 'a');
    store.add(stored('c'));
    expect(['a', 'b', 'c'].map((id) => store.find('k', id) !== null)).toEqual([true, false, true]);
  });

  test('no more than its size is kept', () => {
    const { store } = newStore({ keepMiB: 1 });
    store.add(stored('a', null, 'x'.repeat(600_000)));
    store.add(stored('b', null, 'x'.repeat(600_000)));
    expect([store.find('k', 'a'), store.find('k', 'b')?.id]).toEqual([null, 'b']);
    store.add(stored('c', null, 'x'.repeat(2_000_000)));
    expect(store.find('k', 'c')).toBeNull();
  });

  test('nothing is kept longer than its age since it was used', () => {
    const { store, wait } = newStore();
    store.add(stored('a'));
    store.add(stored('b'));
    wait(hour * 0.9);
    store.find('k', 'b');
    wait(hour * 0.2);
    expect([store.find('k', 'a'), store.find('k', 'b')?.id]).toEqual([null, 'b']);
  });

  test('keepCount 0 keeps none', () => {
    const { store } = newStore({ keepCount: 0 });
    store.add(stored('a'));
    expect(store.keeps).toBe(false);
    expect(store.find('k', 'a')).toBeNull();
  });
});
