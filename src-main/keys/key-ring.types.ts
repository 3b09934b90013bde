import type { KeyScope, Slots } from '../../src-shared/settings.ts';

/** A local key that was accepted. */
export interface AcceptedKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  /** Its requests may not leave this machine. */
  readonly localOnly?: boolean;
  /** Its own slots, which beat the common ones. */
  readonly slots?: Slots;
  /** True where the key may call this model id (`<upstream>/<model>`) or alias. */
  allowsModel(id: string, alias: string | null): boolean;
}

export interface KeyRing {
  /** Constant time in the key's content. Null: missing, unknown, expired or revoked. */
  check(presented: string): AcceptedKey | null;
}
