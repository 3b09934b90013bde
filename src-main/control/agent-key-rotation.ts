import type { AgentChange, AgentId } from '../../src-shared/agents.ts';
import { agents } from '../agents/all-agents.ts';
import { type PlannedFile, planReplacement, settled } from '../agents/file-changes.ts';
import type { RecordEntry, SetupRecord } from '../agents/setup-record.ts';
import { looksLikeKey } from '../keys/mint.ts';
import { describeChange, type Prepared, refusable, refused, requireSeen } from './agent-answers.ts';
import { type AgentKey, type AgentKeys, keyToCome } from './agent-keys.ts';
import { keyWarning } from './wanted-setup.ts';

export interface KeyRotationParts {
  readonly record: SetupRecord;
  readonly agentKeys: AgentKeys;
  /** Writes what was prepared. */
  readonly commit: (agent: AgentId, prepared: Prepared, seen: string | undefined) => Promise<AgentChange>;
  /** Throws a RefusedChange where a set-up leaves its key to the environment, and no keychain keeps it. */
  readonly requireKept: (entry: RecordEntry, key: AgentKey) => Promise<void>;
}

function described(id: AgentId, entries: readonly RecordEntry[], plan: readonly PlannedFile[]): AgentChange {
  const isOutside = entries.some(({ setup }) => setup?.keyFrom === 'environment');
  const change = describeChange(id, plan, null, isOutside ? keyWarning(agents[id]) : []);
  const { restart } = change;
  return restart === null
    ? change
    : { ...change, restart: `What still shows the old key is refused until it is started again. ${restart}` };
}

/** A new key in the place of an agent's old one, in all files that hold it. Nothing else in them changes. */
export function createKeyRotation({ record, agentKeys, commit, requireKept }: KeyRotationParts) {
  async function setUpEntries(id: AgentId): Promise<readonly RecordEntry[]> {
    const own = (await record.list()).filter(({ agent, setup }) => agent === id && setup !== null);
    if (own.length === 0 && agentKeys.newest(id) === null) {
      throw refused(`${agents[id].label} has no key of its own: it is not set up`);
    }
    return Promise.all(own.map((entry) => settled(entry, agents[id].format)));
  }

  async function prepare(id: AgentId, entry: RecordEntry, key: string): Promise<Prepared> {
    const { setup } = entry;
    if (setup === null) return { entry, plan: [], before: {} };
    const plan = await planReplacement(setup, agents[id].format, (value) => (looksLikeKey(value) ? key : value));
    const files = plan.flatMap(({ owned }) => (owned === null ? [] : [owned]));
    return { entry: { ...entry, setup: { ...setup, files } }, plan, before: setup.models };
  }

  async function planned(id: AgentId, entries: readonly RecordEntry[]): Promise<readonly PlannedFile[]> {
    const all = await Promise.all(entries.map((entry) => prepare(id, entry, keyToCome)));
    return all.flatMap(({ plan }) => plan);
  }

  return {
    planRotateKey: (id: AgentId): Promise<AgentChange> =>
      refusable(id, async () => {
        const entries = await setUpEntries(id);
        return described(id, entries, await planned(id, entries));
      }),

    rotateKey: (id: AgentId, seen?: string): Promise<AgentChange> =>
      refusable(id, () =>
        record.alone(async () => {
          const entries = await setUpEntries(id);
          // What can't be done is found out before a key is made for it.
          const plan = await planned(id, entries);
          requireSeen(plan, seen);
          const old = agentKeys.lasting(id);
          const known = await agentKeys.existing(id, entries);
          const made = await agentKeys.make(id, agents[id].label, false);
          const done: AgentChange[] = [];
          const put = async (entry: RecordEntry, key: AgentKey): Promise<AgentChange> => {
            await requireKept(entry, key);
            return commit(id, await prepare(id, entry, key.key), undefined);
          };
          try {
            for (const entry of entries) done.push(await put(entry, made));
          } catch (error) {
            // Files with the old key and files with the new one: the old one is what they all can have.
            const written = entries.slice(0, done.length).map(({ scope }) => scope);
            const mixed = (await setUpEntries(id)).filter(({ scope }) => written.includes(scope));
            if (known !== null) for (const entry of mixed) await put(entry, known);
            await agentKeys.revoke([made.id]);
            throw error;
          }
          for (const entry of entries) await agentKeys.use(made.id, entry);
          await agentKeys.revoke(old);
          const files = done.flatMap((change) => change.files);
          return { ...described(id, entries, plan), applied: true, files };
        }),
      ),
  };
}
