import { expect, test } from 'vitest';
import { joinReasoningDetails } from '../../../../src-main/protocols/conversation/reasoning-details.ts';

test('pieces of one detail are joined, others stand behind one another', () => {
  const pieces = [
    { type: 'reasoning.text', index: 0, text: 'a', signature: null },
    { type: 'reasoning.text', index: 0, text: 'b' },
    { type: 'reasoning.text', index: 0, signature: 's' },
    { type: 'reasoning.text', index: 1, text: 'c' },
    { type: 'reasoning.encrypted', index: 2, data: 'x' },
    { type: 'reasoning.encrypted', index: 2, data: 'y' },
  ];
  expect(pieces.reduce((joined, piece) => joinReasoningDetails(joined, [piece]), joinReasoningDetails([], []))).toEqual(
    [
      { type: 'reasoning.text', index: 0, text: 'ab', signature: 's' },
      { type: 'reasoning.text', index: 1, text: 'c' },
      { type: 'reasoning.encrypted', index: 2, data: 'x' },
      { type: 'reasoning.encrypted', index: 2, data: 'y' },
    ],
  );
});
