import { createHash, randomBytes } from 'node:crypto';
import { type KeySettings, keySchema } from '../../src-shared/settings.ts';

/** What may be chosen of a new key; the rest is the schema's defaults: all scopes, all models, no end. */
export interface NewKey {
  readonly name: string;
  /** The coding agent that it is for. */
  readonly agent?: KeySettings['agent'];
  readonly scopes?: KeySettings['scopes'];
  readonly models?: KeySettings['models'];
  readonly slots?: KeySettings['slots'];
  readonly localOnly?: boolean;
  /** ISO 8601 with offset. */
  readonly expiresAt?: string;
}

/** A new local key: `dgm_` and 43 base64url characters (256 random bits). Only `entry` is kept in the settings. */
export function mintKey(wanted: NewKey): { readonly key: string; readonly entry: KeySettings } {
  const key = `dgm_${randomBytes(32).toString('base64url')}`;
  const entry = keySchema.parse({
    ...wanted,
    id: `k_${randomBytes(9).toString('base64url')}`,
    hash: hashKey(key),
    hint: key.slice(-4),
  });
  return { key, entry };
}

/** Whether a value has the form of a local key. */
export function looksLikeKey(value: unknown): value is string {
  return typeof value === 'string' && /^dgm_[\w-]{43}$/.test(value);
}

/** As the settings hold it: `sha256:` and the hex digest of the whole key. */
export function hashKey(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
