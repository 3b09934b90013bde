import { timingSafeEqual } from 'node:crypto';
import { allowsModel } from '../../src-shared/model-pattern.ts';
import { type KeySettings, keySchema } from '../../src-shared/settings.ts';
import type { AcceptedKey, KeyRing } from './key-ring.types.ts';
import { hashKey } from './mint.ts';

/**
 * Checks presented keys against those of the settings. Only hashes are compared, each of them in constant time and all of them each
 * time. `now` gives milliseconds since 1970.
 */
export function createKeyRing(keys: readonly KeySettings[], now: () => number): KeyRing {
  const entries = keys.map((key) => ({
    hash: Buffer.from(key.hash),
    expiresAt: key.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(key.expiresAt),
    accepted: acceptedKey(key),
  }));
  return {
    check: (presented) => {
      const hash = Buffer.from(hashKey(presented));
      let found: AcceptedKey | null = null;
      for (const { hash: stored, expiresAt, accepted } of entries) {
        if (timingSafeEqual(stored, hash) && expiresAt > now()) found ??= accepted;
      }
      return found;
    },
  };
}

/** A key of this run only (`--key`, the check-up's): all scopes, all models; it stands in no file. */
export function runOnlyKey(key: string, id = 'k_run', name = 'this run only'): KeySettings {
  return keySchema.parse({
    id,
    name,
    hash: hashKey(key),
    hint: key.slice(-4).padStart(4, '*'),
  });
}

function acceptedKey({ id, name, scopes, models, slots, localOnly }: KeySettings): AcceptedKey {
  return { id, name, scopes, slots, localOnly, allowsModel: (model, alias) => allowsModel(models, model, alias) };
}
