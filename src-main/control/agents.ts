import type { AgentChange, AgentChoices, AgentId } from '../../src-shared/agents.ts';
import { type Slots, slotNames } from '../../src-shared/settings.ts';
import { agents } from '../agents/all-agents.ts';
import { applyChanges } from '../agents/apply-changes.ts';
import type { Backups } from '../agents/backups.ts';
import type { CodingAgent, Scope, Surroundings } from '../agents/coding-agent.ts';
import { conflictsOf } from '../agents/conflicts.ts';
import { planSetup, planUndo } from '../agents/file-changes.ts';
import type { RecordEntry, Setup } from '../agents/setup-record.ts';
import type { FileSystem } from '../agents/text-file.ts';
import { describeChange, type Prepared, refusable, refused, requireSeen } from './agent-answers.ts';
import { createKeyRotation } from './agent-key-rotation.ts';
import { type AgentKey, type AgentKeys, keyToCome } from './agent-keys.ts';
import type { LoginStart } from './login-start.ts';
import { isInWsl, type SetupPlaces } from './setup-places.ts';
import { createWantedSetups, keyWarning, type WantedSetupParts } from './wanted-setup.ts';

export interface AgentsParts extends WantedSetupParts {
  readonly backups: Backups;
  readonly system: FileSystem;
  readonly places: SetupPlaces;
  readonly agentKeys: AgentKeys;
  /** Running sessions with this key go over to other models with their next request: new ones by old ones. */
  readonly moveSessions: (keyId: string, models: ReadonlyMap<string, string>) => void;
  readonly loginStart: LoginStart | null;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Seen = { readonly seen?: string | undefined };
interface Target {
  readonly agent: AgentId;
  readonly scope?: Scope | undefined;
}

const nowhereToKeep = 'no keychain keeps the key here, so it has to stand in the file: choose that';

/** Agents are set up and set back. What can't be done comes back as `refused`. */
export function createAgentProcedures(parts: AgentsParts) {
  const { record, backups, system, agentKeys } = parts;
  const { entryOf, setupOf } = createWantedSetups(parts);

  async function prepareSetup(choices: AgentChoices, key: string): Promise<Prepared> {
    const agent = agents[choices.agent];
    const scope = choices.scope ?? 'user';
    const place = await parts.places.placeOf(agent, scope);
    const entry = await entryOf(agent, scope);
    const { setup, names, warnings } = await setupOf(choices, entry, key, place.address);
    const { quiet, keyFrom } = setup;
    if (keyFrom === 'environment' && (agent.keyVariable === undefined || isInWsl(scope))) {
      throw refused(`${agent.label} finds its key in its file alone${isInWsl(scope) ? ' there' : ''}`);
    }
    if (keyFrom === 'environment' && !(await agentKeys.canKeep())) throw refused(nowhereToKeep);
    const startsAtLogin = scope === 'user' && entry.setup === null && ((await parts.loginStart?.isOpen()) ?? false);
    const wanted = place.files.map((path) => agent.wanted(setup, path, place.surroundings, place.below));
    const plan = await planSetup(wanted, entry.setup, agent.format);
    const files = plan.flatMap(({ owned }) => (owned === null ? [] : [owned]));
    const isSame = entry.setup !== null && plan.every(({ from, to }) => from === to);
    const at = isSame && entry.setup !== null ? entry.setup.at : new Date(parts.now()).toISOString();
    const next = { models: names, quiet, ...(keyFrom !== 'file' && { keyFrom }), at, files };
    return {
      entry: { agent: agent.id, scope, setup: next, previous: null, kept: null },
      plan,
      before: modelsOf(entry),
      startsAtLogin,
      warnings: [
        ...warnings,
        ...place.warnings,
        ...(keyFrom !== 'file' && entry.setup?.keyFrom !== keyFrom ? keyWarning(agent) : []),
        ...(scope === 'user' && entry.setup === null
          ? await inTheWay(agent, place.surroundings, setup.gateway, next)
          : []),
        ...(startsAtLogin
          ? [
              `Dragoman starts when you log in from then on, so that ${agent.label} reaches its models. *Start at login* in the tray switches that off.`,
            ]
          : []),
      ],
    };
  }

  /** What will be in the way, of which the agent's card tells only once it is set up. */
  async function inTheWay(
    agent: CodingAgent,
    surroundings: Surroundings,
    gateway: string,
    setup: Setup,
  ): Promise<readonly string[]> {
    const baseUrl = gateway + agent.basePath;
    const facts = { setup, baseUrl, gateway, folders: [], ours: [], startsAtLogin: null };
    const conflicts = await conflictsOf(agent, surroundings, facts);
    return conflicts.flatMap(({ what, effect, remedy, harmless }) =>
      harmless ? [] : [`${what}: ${effect} ${remedy}`],
    );
  }

  async function prepareUndo({ agent: id, scope = 'user' }: Target, keep: boolean): Promise<Prepared> {
    const agent = agents[id];
    const entry = await entryOf(agent, scope);
    const plan = entry.setup === null ? [] : await planUndo(entry.setup, agent.format);
    const choices =
      entry.setup === null ? entry.keptChoices : { quiet: entry.setup.quiet, keyFrom: entry.setup.keyFrom };
    return {
      entry: {
        agent: id,
        scope,
        setup: null,
        previous: entry.previous,
        kept: keep ? (entry.setup?.models ?? entry.kept) : null,
        ...(keep && choices !== undefined && { keptChoices: choices }),
      },
      plan,
      before: modelsOf(entry),
    };
  }

  async function commit(
    agent: AgentId,
    { entry, plan, warnings, startsAtLogin = false }: Prepared,
    seen: string | undefined,
  ): Promise<AgentChange> {
    requireSeen(plan, seen);
    const applied = await applyChanges({ record, backups, system }, entry, plan);
    if (startsAtLogin) await parts.loginStart?.begin();
    return describeChange(agent, plan, applied, warnings);
  }

  /** Writes files with a new key, which goes again where they can't be written. */
  async function written(
    choices: AgentChoices,
    made: AgentKey,
    seen: string | undefined,
  ): Promise<{ readonly done: AgentChange; readonly entry: RecordEntry }> {
    try {
      const prepared = await prepareSetup(choices, made.key);
      await requireKept(prepared.entry, made);
      return { done: await commit(choices.agent, prepared, seen), entry: prepared.entry };
    } catch (error) {
      await agentKeys.revoke([made.id]);
      throw error;
    }
  }

  /** A key that no file holds has to stand somewhere else, or nobody knows it any more. */
  async function requireKept({ setup }: RecordEntry, key: AgentKey): Promise<void> {
    if (setup?.keyFrom !== 'environment' || (await agentKeys.keep(key))) return;
    throw refused(nowhereToKeep);
  }

  return {
    plan: (choices: AgentChoices): Promise<AgentChange> =>
      refusable(choices.agent, async () => {
        const known = await agentKeys.existing(choices.agent, await record.list());
        const { plan, warnings } = await prepareSetup(choices, known?.key ?? keyToCome);
        return describeChange(choices.agent, plan, null, warnings);
      }),

    apply: ({ seen, ...choices }: AgentChoices & Seen): Promise<AgentChange> =>
      refusable(choices.agent, () =>
        record.alone(async () => {
          const { id, label } = agents[choices.agent];
          const known = await agentKeys.existing(id, await record.list());
          if (known !== null) {
            const prepared = await prepareSetup(choices, known.key);
            await requireKept(prepared.entry, known);
            const done = await commit(id, prepared, seen);
            await agentKeys.use(known.id, prepared.entry);
            parts.moveSessions(known.id, moved(prepared.before, modelsOf(prepared.entry)));
            return done;
          }
          // What can't be done is found out before a key is made for it.
          requireSeen((await prepareSetup(choices, keyToCome)).plan, seen);
          const made = await agentKeys.make(id, label, false);
          const { done, entry } = await written(choices, made, seen);
          await agentKeys.use(made.id, entry);
          return done;
        }),
      ),

    ...createKeyRotation({ record, agentKeys, commit, requireKept }),

    planUndo: (target: Target): Promise<AgentChange> =>
      refusable(target.agent, async () => describeChange(target.agent, (await prepareUndo(target, false)).plan, null)),

    undo: ({ seen, keep = false, ...target }: Target & Seen & { readonly keep?: boolean | undefined }) =>
      refusable(target.agent, () =>
        record.alone(async () => {
          const done = await commit(target.agent, await prepareUndo(target, keep), seen);
          // A set-up that is remembered, or stands elsewhere, needs its key.
          const isUsed = (await record.list()).some((entry) => entry.agent === target.agent);
          if (!isUsed) await agentKeys.revoke(agentKeys.lasting(target.agent));
          return done;
        }),
      ),
  };
}

function modelsOf({ setup }: RecordEntry): Slots {
  return setup?.models ?? {};
}

/** What an agent's old models are changed to; the model itself comes first, where a tier had the same. */
function moved(before: Slots, after: Slots): ReadonlyMap<string, string> {
  const moves = new Map<string, string>();
  for (const slot of ['default', ...slotNames] as const) {
    const from = before[slot] ?? before.default;
    const to = after[slot] ?? after.default;
    if (from !== undefined && to !== undefined && from !== to && !moves.has(from)) moves.set(from, to);
  }
  return moves;
}
