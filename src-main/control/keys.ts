import { ORPCError } from '@orpc/server';
import type { KeyInfo, MadeKey, NewKey } from '../../src-shared/control.ts';
import type { KeySettings } from '../../src-shared/settings.ts';
import { hashKey, mintKey } from '../keys/mint.ts';
import type { Accounts } from '../secrets/accounts.ts';
import { type SecretStore, SecretStoreFailure } from '../secrets/secret-store.ts';
import type { SettingsStore } from '../settings/store.ts';

export interface KeysParts {
  readonly settings: SettingsStore;
  readonly keychain: SecretStore;
  readonly accounts: Accounts;
}

type KeyChange = Readonly<Partial<Pick<KeySettings, 'name' | 'models' | 'localOnly' | 'hash' | 'hint'>>>;

/** The procedures of the control contract that are about local keys. They reject with errors whose words are meant for people. */
export function createKeyProcedures({ settings, keychain, accounts }: KeysParts) {
  /** Best effort: where there is no keychain the key is shown once, and that is said. */
  async function keep(id: string, key: string): Promise<boolean> {
    if ((await keychain.state()).state !== 'ready') return false;
    return keychain.set(accounts.key(id), key).then(
      () => true,
      () => false,
    );
  }

  /** Changes these values of a key's entry, and resolves with the entry as it is then. */
  async function change(named: string, values: KeyChange): Promise<KeyInfo> {
    let after: KeySettings | undefined;
    await settings.edit(({ keys }) => {
      const index = indexOfKey(keys, named);
      const found = keys[index];
      after = found === undefined ? undefined : { ...found, ...values };
      return Object.entries(values).map(([name, value]) => ({ kind: 'set', path: ['keys', index, name], value }));
    });
    return changed(after);
  }

  function list(): KeyInfo[] {
    return settings.current().keys.map(withoutHash);
  }

  async function create({ name, scopes, models, expiresAt }: NewKey): Promise<MadeKey> {
    const { key, entry } = mintKey({
      name,
      ...(scopes !== undefined && { scopes }),
      ...(models !== undefined && { models }),
      ...(expiresAt !== undefined && { expiresAt }),
    });
    await settings.edit(() => [{ kind: 'append', path: ['keys'], value: entry }]);
    return { ...withoutHash(entry), key, inKeychain: await keep(entry.id, key) };
  }

  function rename({ key, name }: { readonly key: string; readonly name: string }): Promise<KeyInfo> {
    return change(key, { name });
  }

  function allowModels({ key, models }: { readonly key: string; readonly models: string[] }): Promise<KeyInfo> {
    return change(key, { models });
  }

  function keepLocal({ key, localOnly }: { readonly key: string; readonly localOnly: boolean }): Promise<KeyInfo> {
    return change(key, { localOnly });
  }

  async function rotate({ key: named }: { readonly key: string }): Promise<MadeKey> {
    const { keys } = settings.current();
    const found = keys[indexOfKey(keys, named)];
    if (found?.agent != null) {
      throw new ORPCError('CONFLICT', { message: `"${found.name}" is the key of ${found.agent}: rotate it there.` });
    }
    const { key, entry } = mintKey({ name: found?.name ?? named });
    const info = await change(named, { hash: entry.hash, hint: entry.hint });
    const inKeychain = await keep(info.id, key);
    // What the keychain may still hold opens nothing, and is not given out.
    if (!inKeychain) await keychain.delete(accounts.key(info.id)).catch(() => false);
    return { ...info, key, inKeychain };
  }

  /** The whole key, for its owner to copy: named as everywhere, or by the agent whose own it is. */
  async function reveal({ key: named }: { readonly key: string }): Promise<{ readonly key: string }> {
    const { keys } = settings.current();
    // An agent's own key is found by the agent, too: what it is called may change.
    const own = keys.find(({ agent, expiresAt }) => agent === named && expiresAt === null);
    const found = own ?? keys[indexOfKey(keys, named)];
    if (found === undefined) throw new Error('the index names no key');
    const key = await keychain.get(accounts.key(found.id)).catch((error: unknown) => {
      if (!(error instanceof SecretStoreFailure)) throw error;
      throw new ORPCError('PRECONDITION_FAILED', {
        message: `The key can't be read: ${error.message}.${error.state === 'no-service' ? '' : ` ${error.remedy}`}`,
      });
    });
    if (key !== null && hashKey(key) === found.hash) return { key };
    throw new ORPCError('NOT_FOUND', {
      message: `The keychain does not hold the key "${found.name}": it was made where there was none. Make a new one, and revoke this.`,
    });
  }

  async function revoke({ key }: { readonly key: string }): Promise<KeyInfo> {
    let revoked: KeySettings | undefined;
    await settings.edit(({ keys }) => {
      const index = indexOfKey(keys, key);
      revoked = keys[index];
      return [{ kind: 'remove', path: ['keys', index] }];
    });
    const entry = changed(revoked);
    // The key is void already; a keychain that can't be reached only keeps a text that opens nothing.
    await keychain.delete(accounts.key(entry.id)).catch(() => false);
    return entry;
  }

  return { list, create, rename, reveal, revoke, allowModels, keepLocal, rotate };
}

/**
 * A first key where there is none at all, so that an agent can be pointed here at once. `keptOnly`: made only where the keychain takes it;
 * else it is made in any case and has to be shown now. Resolves with the key, or null where none was made.
 */
export async function makeFirstKey(
  { settings, keychain, accounts }: KeysParts,
  { keptOnly }: { readonly keptOnly: boolean },
): Promise<string | null> {
  if (settings.current().keys.length > 0 || settings.problems().length > 0) return null;
  const { key, entry } = mintKey({ name: 'first key' });
  const account = accounts.key(entry.id);
  if (keptOnly) {
    if ((await keychain.state()).state !== 'ready') return null;
    await keychain.set(account, key);
  }
  try {
    await settings.edit(({ keys }) => (keys.length > 0 ? [] : [{ kind: 'append', path: ['keys'], value: entry }]));
  } catch (error) {
    // What is told is why the settings could not be written.
    if (keptOnly) await keychain.delete(account).catch(() => false);
    throw error;
  }
  // So that its owner can copy it again; where there is no keychain it is shown once, now.
  if (!keptOnly) keychain.set(account, key).catch(() => undefined);
  return key;
}

function changed(key: KeySettings | undefined): KeyInfo {
  if (key === undefined) throw new Error('the edit met no key');
  return withoutHash(key);
}

function indexOfKey(keys: readonly KeySettings[], named: string): number {
  const byId = keys.findIndex(({ id }) => id === named);
  if (byId !== -1) return byId;
  const byName = keys.flatMap(({ name }, index) => (name === named ? [index] : []));
  const [index] = byName;
  if (index === undefined) throw new ORPCError('NOT_FOUND', { message: `There is no key "${named}".` });
  if (byName.length > 1)
    throw new ORPCError('CONFLICT', { message: `${byName.length} keys have the name "${named}": say its id.` });
  return index;
}

function withoutHash({ hash: _hash, ...info }: KeySettings): KeyInfo {
  return info;
}
