import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientCallId, encodedCallId, upstreamCallId } from '../../../../src-main/protocols/conversation/call-ids.ts';
import { testSupplies } from '../supplies.ts';

const clientSafe = /^[a-zA-Z0-9_-]{1,64}$/;

test('B36 a weird id is shown as a legal one and restored', () => {
  const shown = clientCallId('functions.Bash:0', new Set(), testSupplies());
  expect(shown).toMatch(clientSafe);
  expect(upstreamCallId(shown)).toBe('functions.Bash:0');
});

test('legal ids are left alone both ways', () => {
  for (const id of ['toolu_01AbC', 'call_1', 'dg', 'dg0_', 'dgx_abc']) {
    expect(clientCallId(id, new Set(), testSupplies())).toBe(id);
    expect(upstreamCallId(id)).toBe(id);
  }
});

test('any short id survives the way there and back, and every shown id is legal and new', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 })), (ids) => {
      const used = new Set<string>();
      for (const id of ids) {
        const shown = clientCallId(id, used, testSupplies());
        expect(shown).toMatch(clientSafe);
        expect(used.has(shown)).toBe(false);
        if (new TextEncoder().encode(id).length <= 40) expect(upstreamCallId(shown)).toBe(id);
        used.add(shown);
      }
    }),
  );
});

test('an id too long to be carried is still legal and the same every time', () => {
  const id = `functions.${'x'.repeat(200)}:0`;
  const shown = clientCallId(id, new Set(), testSupplies());
  expect(shown).toMatch(clientSafe);
  expect(clientCallId(id, new Set(), testSupplies())).toBe(shown);
});

test('a missing id is made up', () => {
  expect(clientCallId('', new Set(), testSupplies())).toMatch(/^toolu_/);
});

test('sent ids are unique and keep to the rule', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 60 })),
      fc.constantFrom('any' as const, 'nine-alphanumeric' as const),
      (ids, rule) => {
        const taken = new Set<string>();
        for (const id of ids) {
          const sent = encodedCallId(id, rule, taken, testSupplies());
          expect(taken.has(sent)).toBe(false);
          expect(sent).toMatch(rule === 'any' ? /^.{1,40}$/su : /^[a-zA-Z0-9]{9}$/);
          taken.add(sent);
        }
      },
    ),
  );
});
