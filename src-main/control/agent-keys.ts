import type { AgentId } from '../../src-shared/agents.ts';
import type { KeySettings } from '../../src-shared/settings.ts';
import type { RecordEntry } from '../agents/setup-record.ts';
import { hashKey, mintKey } from '../keys/mint.ts';
import { SecretStoreFailure } from '../secrets/secret-store.ts';
import { SettingsFailure } from '../settings/problem.ts';
import type { KeysParts } from './keys.ts';

/** How long the key of a start without a keychain opens anything, should nobody revoke it: 7 days, in milliseconds. */
const temporaryMs = 7 * 86_400_000;

/** Stands for the key in a plan as long as there is none: it is made when the plan is applied. */
export const keyToCome = 'dgm_to-be-made-when-this-is-applied';

export interface AgentKey {
  readonly key: string;
  readonly id: string;
}

/** The local keys of agents: each has its own, so that one can be told from the others and revoked without them. */
export function createAgentKeys({ settings, keychain, accounts }: KeysParts, now: () => number) {
  function lasting(agent: AgentId): readonly KeySettings[] {
    return settings.current().keys.filter((key) => key.agent === agent && key.expiresAt === null);
  }

  /** The one that its files hold, or will once it is switched on again; null where it has none. */
  function newest(agent: AgentId): KeySettings | null {
    return lasting(agent).at(-1) ?? null;
  }

  /** Null where none was made, or none can be read: then only its hash is known here. */
  async function existing(agent: AgentId, setups: readonly RecordEntry[]): Promise<AgentKey | null> {
    const written = setups.flatMap(({ setup }) => setup?.files ?? []).flatMap(({ values }) => values);
    for (const { id, hash } of lasting(agent)) {
      const kept = await keychain.get(accounts.key(id)).catch((error: unknown) => {
        if (error instanceof SecretStoreFailure) return null;
        throw error;
      });
      // Where there is no keychain, the agent's own file is where it stands.
      const key = [kept, ...written.map(({ value }) => value)].find(
        (value): value is string => typeof value === 'string' && hashKey(value) === hash,
      );
      if (key !== undefined) return { key, id };
    }
    return null;
  }

  /** With the rights of the key that the agent has, where it has one: a new key opens no more than the old. */
  async function make(agent: AgentId, name: string, temporary: boolean): Promise<AgentKey> {
    const expiresAt = temporary ? new Date(now() + temporaryMs).toISOString() : undefined;
    const known = newest(agent);
    const { key, entry } = mintKey({
      name: temporary ? name : (known?.name ?? name),
      agent,
      ...(known !== null && {
        scopes: known.scopes,
        models: known.models,
        slots: known.slots,
        localOnly: known.localOnly,
      }),
      ...(expiresAt !== undefined && { expiresAt }),
    });
    await settings.edit(() => [{ kind: 'append', path: ['keys'], value: entry }]);
    const made = { key, id: entry.id };
    // Without it the agent's file keeps it alone.
    if (!temporary) await keep(made);
    return made;
  }

  async function canKeep(): Promise<boolean> {
    return (await keychain.state()).state === 'ready';
  }

  /** Into the keychain; false where it takes none. */
  async function keep({ key, id }: AgentKey): Promise<boolean> {
    if (!(await canKeep())) return false;
    return keychain.set(accounts.key(id), key).then(
      () => true,
      () => false,
    );
  }

  /**
   * Claude's own names, as agents write them beside those of the set-up, mean its models, too. Where the settings are broken they mean what they
   * meant: the agent's files name the models themselves.
   */
  async function use(id: string, { scope, setup }: RecordEntry): Promise<void> {
    if (scope !== 'user' || setup === null) return;
    try {
      await settings.edit(({ keys }) => {
        const index = keys.findIndex((key) => key.id === id);
        const isSame = JSON.stringify(keys[index]?.slots) === JSON.stringify(setup.models);
        return index === -1 || isSame ? [] : [{ kind: 'set', path: ['keys', index, 'slots'], value: setup.models }];
      });
    } catch (error) {
      if (!(error instanceof SettingsFailure)) throw error;
    }
  }

  /** Keys that no agent holds any more. Where the settings are broken they stay, and are among the keys that the window shows. */
  async function revoke(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      try {
        await settings.edit(({ keys }) => {
          const index = keys.findIndex((key) => key.id === id);
          return index === -1 ? [] : [{ kind: 'remove', path: ['keys', index] }];
        });
      } catch (error) {
        if (error instanceof SettingsFailure) return;
        throw error;
      }
      // The key is void already; what a keychain that can't be reached still holds opens nothing.
      await keychain.delete(accounts.key(id)).catch(() => false);
    }
  }

  /** Lets the agent's key call these models, too. */
  async function allow(agent: AgentId, models: readonly string[]): Promise<void> {
    const id = newest(agent)?.id;
    await settings.edit(({ keys }) => {
      const index = keys.findIndex((key) => key.id === id);
      const known = keys[index];
      if (known === undefined) return [];
      return [{ kind: 'set', path: ['keys', index, 'models'], value: [...new Set([...known.models, ...models])] }];
    });
  }

  return {
    newest,
    existing,
    make,
    canKeep,
    keep,
    use,
    revoke,
    allow,
    lasting: (agent: AgentId) => lasting(agent).map(({ id }) => id),
    /** Whether a text is a key of this agent. */
    isKeyOf: (agent: AgentId, text: string) => lasting(agent).some(({ hash }) => hash === hashKey(text)),
  };
}
export type AgentKeys = ReturnType<typeof createAgentKeys>;
