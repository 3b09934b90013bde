import { createHash } from 'node:crypto';
import type { Supplies } from '../../../src-main/protocols/conversation/codec.ts';

/** Supplies whose ids count up and whose clock stands still. */
export function testSupplies(): Supplies {
  let count = 0;
  return {
    newId: (prefix) => `${prefix}${(++count).toString().padStart(8, '0')}`,
    hash: (text) => createHash('sha256').update(text).digest('hex').slice(0, 16),
    now: () => 1_700_000_000_000,
  };
}
