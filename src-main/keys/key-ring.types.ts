import type { KeyScope } from '../../src-shared/settings.ts';

/** A local key that was accepted. */
export interface AcceptedKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  /** Its requests may not leave this machine. */
  readonly localOnly?: boolean;
  /** True where the key may call this model id (`<upstream>/<model>`) or alias. */
  allowsModel(id: string, alias: string | null): boolean;
}

export interface KeyRing {
  /** Constant time in the key's content. Null: missing, unknown, expired or revoked. */
  check(presented: string): AcceptedKey | null;
}
