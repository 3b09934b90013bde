import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ObjectProgress } from '../../../../src-main/protocols/conversation/object-progress.ts';

test('an object is complete with its last brace and not before, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (value, sizes) => {
        const text = ` ${JSON.stringify(value)}`;
        const progress = new ObjectProgress();
        for (let at = 0, turn = 0; at < text.length; turn++) {
          expect(progress.state).not.toBe('complete');
          const piece = text.slice(at, at + (sizes[turn % sizes.length] ?? 1));
          expect(progress.feed(piece)).toBe(piece.length);
          at += piece.length;
        }
        expect(progress.state).toBe('complete');
      },
    ),
  );
});

test('what follows the object is not counted', () => {
  expect(new ObjectProgress().feed('{"a":"}"} tail')).toBe(9);
});

test('what is no object is told by its first character', () => {
  const progress = new ObjectProgress();
  progress.feed('  nu');
  expect(progress.state).toBe('other');
});
