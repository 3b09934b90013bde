import { createHash } from 'node:crypto';

/** Names under which the keychain holds what belongs to one home; a home other than the default has a suffix of its own. */
export interface Accounts {
  upstream(id: string): string;
  key(id: string): string;
}

/** `home` and `defaultHome` are absolute paths. */
export function accountsOf(home: string, defaultHome: string): Accounts {
  const suffix = home === defaultHome ? '' : `@${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
  return { upstream: (id) => `upstream/${id}${suffix}`, key: (id) => `key/${id}${suffix}` };
}
