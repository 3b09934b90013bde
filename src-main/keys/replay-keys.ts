import { createHmac, randomBytes } from 'node:crypto';
import type { KeySettings } from '../../src-shared/settings.ts';
import { hashKey } from './mint.ts';

/**
 * Keys of this run with which a request is asked again: each local key has a twin with its id, rights, slots and end, so that a replay may
 * no more than the request might, and goes where it would. They stand in no file and leave this process only for our own gateway.
 */
export interface ReplayKeys {
  /** The twin of the key with this id. */
  keyFor(id: string): string;
  /** What the gateway knows of the twins of these keys. */
  twins(keys: readonly KeySettings[]): readonly KeySettings[];
}

export function createReplayKeys(): ReplayKeys {
  const secret = randomBytes(32);
  const keyFor = (id: string): string => `dgm_${createHmac('sha256', secret).update(id).digest('base64url')}`;
  return { keyFor, twins: (keys) => keys.map((key) => ({ ...key, hash: hashKey(keyFor(key.id)) })) };
}
