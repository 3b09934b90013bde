import { describe, expect, it } from 'vitest';
import { createSlotAffinity } from '../../../src-main/gateway/slot-affinity.ts';

/** Asks for one conversation after the other, each ended before the next, `name size`; the slots they got. */
function slotsOf(slots: number, ...asked: readonly (readonly [string, number])[]): readonly (number | undefined)[] {
  const affinity = createSlotAffinity();
  return asked.map(([conversation, size]) => {
    const taken = affinity.take('box/m', slots, conversation, size);
    taken?.done();
    return taken?.id;
  });
}

describe('the slot of a conversation', () => {
  it('stays the same, and a new conversation takes one that nobody has', () => {
    expect(slotsOf(3, ['main', 100], ['sub', 80], ['main', 120], ['title', 5], ['sub', 90])).toEqual([0, 1, 0, 2, 1]);
  });

  it('is taken from the conversation that costs least to read again', () => {
    expect(slotsOf(2, ['main', 5000], ['title', 50], ['sub', 2000], ['main', 5100])).toEqual([0, 1, 1, 0]);
    expect(slotsOf(2, ['title', 50], ['main', 5000], ['sub', 2000], ['main', 5100])).toEqual([0, 1, 0, 1]);
  });

  it('is not kept for ever by a long conversation that nobody goes on with', () => {
    const others = Array.from({ length: 12 }, (_, at): readonly [string, number] => [`other ${at}`, 1000]);
    expect(new Set(slotsOf(2, ['old', 5000], ...others))).toEqual(new Set([0, 1]));
    expect(slotsOf(2, ['old', 5000], ...others).slice(-6)).toContain(0);
  });

  it('is not waited for: a second request at the same time gets another, and where none is free the server chooses', () => {
    const affinity = createSlotAffinity();
    const take = (conversation: string) => affinity.take('box/m', 2, conversation, 100);
    const first = take('main');
    expect([first?.id, take('main')?.id, take('main')]).toEqual([0, 1, null]);
    first?.done();
    expect(take('other')?.id).toBe(0);
  });

  it('is another at another model, and after the server was started with more slots', () => {
    const affinity = createSlotAffinity();
    expect(affinity.take('box/a', 2, 'main', 1)?.id).toBe(0);
    expect(affinity.take('box/b', 2, 'other', 1)?.id).toBe(0);
    expect(affinity.take('box/a', 4, 'main', 1)?.id).toBe(0);
  });
});
