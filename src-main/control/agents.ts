import { existsSync } from 'node:fs';
import { masked } from '../../src-shared/activity.ts';
import {
  type AgentChange,
  type AgentChoices,
  type AgentEnvironment,
  type AgentId,
  agentScopeSchema,
  type PlannedLaunch,
  removalReasons,
} from '../../src-shared/agents.ts';
import { type Slots, slotNames } from '../../src-shared/settings.ts';
import { agents } from '../agents/all-agents.ts';
import { applyChanges } from '../agents/apply-changes.ts';
import type { Backups } from '../agents/backups.ts';
import { listedVariables, type RemovalRules, reasonsOf } from '../agents/clean-environment.ts';
import type { AgentSetup, CodingAgent, Scope, Surroundings } from '../agents/coding-agent.ts';
import { type PlannedFile, planSetup, planUndo, settled } from '../agents/file-changes.ts';
import { findInstalled } from '../agents/installed.ts';
import { removableVariables } from '../agents/provider-variables.ts';
import { configOf } from '../agents/read-config.ts';
import { RefusedChange } from '../agents/refused-change.ts';
import type { RecordEntry, SetupRecord } from '../agents/setup-record.ts';
import { describeChange, refusable, requireSeen } from './agent-answers.ts';
import type { AgentKey, AgentKeys } from './agent-keys.ts';
import type { ChosenModels } from './agent-models.ts';
import type { LoginStart } from './login-start.ts';

export interface AgentsParts {
  readonly record: SetupRecord;
  readonly backups: Backups;
  readonly surroundings: Surroundings;
  readonly agentKeys: AgentKeys;
  readonly chooseModels: (choices: AgentChoices, before: Slots) => Promise<ChosenModels>;
  /** Running sessions with this key go over to other models with their next request: new ones by old ones. */
  readonly moveSessions: (keyId: string, models: ReadonlyMap<string, string>) => void;
  /** Where agents reach the gateway, or will once it runs; null where its port is only known then. */
  readonly gatewayAddress: () => string | null;
  readonly loginStart: LoginStart | null;
  /** What the settings say of the environment of agents that are started. */
  readonly removalRules: () => RemovalRules;
  readonly isRunning: () => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Seen = { readonly seen?: string | undefined };
interface Target {
  readonly agent: AgentId;
  readonly scope?: Scope | undefined;
}

/** What the record is to say, and the changes of files that lead there. */
interface Prepared {
  readonly entry: RecordEntry;
  readonly plan: readonly PlannedFile[];
  /** Models of the set-up that it changes, by slot. */
  readonly before: Slots;
  /** What will not go well with the chosen models. */
  readonly warnings?: readonly string[];
  /** Whether the gateway is to start when the user logs in from then on. */
  readonly startsAtLogin?: boolean;
}

/** Stands for the key in a plan as long as there is none: it is made when the plan is applied. */
const keyToCome = 'dgm_to-be-made-when-this-is-applied';

/** Agents are set up, set back and started. What can't be done comes back as `refused`; `launch` rejects with a RefusedChange. */
export function createAgentProcedures(parts: AgentsParts) {
  const { record, backups, surroundings, agentKeys } = parts;

  async function entryOf(agent: CodingAgent, scope: Scope): Promise<RecordEntry> {
    const entry = await record.find(agent.id, scope);
    if (entry !== null) return settled(entry, agent.format);
    return { agent: agent.id, scope, setup: null, previous: null, kept: null };
  }

  async function setupOf(
    choices: AgentChoices,
    entry: RecordEntry,
    key: string,
  ): Promise<{ readonly setup: AgentSetup } & Pick<ChosenModels, 'names' | 'warnings'>> {
    const { names, warnings, ...chosen } = await parts.chooseModels(choices, entry.setup?.models ?? entry.kept ?? {});
    const gateway = parts.gatewayAddress();
    if (gateway === null) {
      throw refused('the gateway takes any free port ("port": 0): start it first, or give it a port');
    }
    const quiet = choices.quiet ?? entry.setup?.quiet ?? true;
    return { setup: { ...chosen, gateway, key, quiet }, names, warnings };
  }

  async function prepareSetup(choices: AgentChoices, key: string): Promise<Prepared> {
    const agent = agents[choices.agent];
    const scope = choices.scope ?? 'user';
    const paths = agent.files(scope, surroundings, existsSync);
    if (paths === null) {
      throw refused(`${agent.label} has no ${scope === 'profile' ? 'profiles' : 'settings for one folder'}`);
    }
    if (scope !== 'user' && scope !== 'profile' && !existsSync(scope)) throw refused(`there is no folder ${scope}`);
    const entry = await entryOf(agent, scope);
    const { setup, names, warnings } = await setupOf(choices, entry, key);
    const startsAtLogin = scope === 'user' && entry.setup === null && ((await parts.loginStart?.isOpen()) ?? false);
    const below = scope === 'user' || scope === 'profile' ? {} : await configOf(agent, surroundings);
    const wanted = paths.map((path) => agent.wanted(setup, path, surroundings, below));
    const plan = await planSetup(wanted, entry.setup, agent.format);
    const files = plan.flatMap(({ owned }) => (owned === null ? [] : [owned]));
    const isSame = entry.setup !== null && plan.every(({ from, to }) => from === to);
    const at = isSame && entry.setup !== null ? entry.setup.at : new Date(parts.now()).toISOString();
    return {
      entry: { ...entry, setup: { models: names, quiet: setup.quiet, at, files }, previous: null, kept: null },
      plan,
      before: modelsOf(entry),
      startsAtLogin,
      warnings: [
        ...warnings,
        ...(startsAtLogin
          ? [
              `Dragoman starts when you log in from then on, so that ${agent.label} reaches its models. *Start at login* in the tray switches that off.`,
            ]
          : []),
      ],
    };
  }

  async function prepareUndo({ agent: id, scope = 'user' }: Target, keep: boolean): Promise<Prepared> {
    const agent = agents[id];
    const entry = await entryOf(agent, scope);
    const plan = entry.setup === null ? [] : await planUndo(entry.setup, agent.format);
    return {
      entry: { ...entry, setup: null, kept: keep ? (entry.setup?.models ?? entry.kept) : null },
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
    const applied = await applyChanges({ record, backups }, entry, plan);
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
      return { done: await commit(choices.agent, prepared, seen), entry: prepared.entry };
    } catch (error) {
      await agentKeys.revoke([made.id]);
      throw error;
    }
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

    rotateKey: (id: AgentId): Promise<AgentChange> =>
      refusable(id, () =>
        record.alone(async () => {
          const entries = (await record.list()).filter(({ agent, setup }) => agent === id && setup !== null);
          const old = agentKeys.lasting(id);
          if (old.length === 0) throw refused(`${agents[id].label} has no key of its own: it is not set up`);
          const known = await agentKeys.existing(id, entries);
          const made = await agentKeys.make(id, agents[id].label, false);
          const done: AgentChange[] = [];
          const put = async ({ scope }: RecordEntry, key: string): Promise<AgentChange> =>
            commit(id, await prepareSetup({ agent: id, scope: agentScopeSchema.parse(scope) }, key), undefined);
          try {
            for (const entry of entries) done.push(await put(entry, made.key));
          } catch (error) {
            // Files with the old key and files with the new one: the old one is what they all can have.
            if (known !== null) for (const entry of entries.slice(0, done.length)) await put(entry, known.key);
            await agentKeys.revoke([made.id]);
            throw error;
          }
          for (const { scope, setup } of entries)
            await agentKeys.use(made.id, { agent: id, scope, setup, previous: null, kept: null });
          await agentKeys.revoke(old);
          const [first] = done;
          return { ...(first ?? describeChange(id, [], [])), files: done.flatMap(({ files }) => files) };
        }),
      ),

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

    launch: async ({ show = false, ...choices }: AgentChoices & { readonly show?: boolean | undefined }) => {
      const agent = agents[choices.agent];
      if (!parts.isRunning() && !show) throw refused('no gateway runs: start it with `dragoman serve` or open the app');
      const installed = await findInstalled(agent, surroundings);
      if (installed === null) {
        throw refused(
          `${agent.label} is not installed: there is no \`${agent.executables.join('` or `')}\` on the PATH`,
        );
      }
      const { setup } = await setupOf(choices, await entryOf(agent, 'user'), keyToCome);
      const known = show ? null : await agentKeys.existing(agent.id, await record.list());
      const made = show || known !== null ? null : await agentKeys.make(agent.id, `${agent.label}, started once`, true);
      const key = known?.key ?? made?.key ?? masked;
      const { args, environment } = agent.launch({ ...setup, key }, surroundings, await configOf(agent, surroundings));
      const rules = parts.removalRules();
      return {
        executable: installed.executable,
        args: [...args],
        environment: { ...environment },
        removed: reasonsOf(rules.strict).flatMap((reason) => removableVariables[reason]),
        kept: [...rules.kept],
        strict: rules.strict,
        temporaryKey: made?.id ?? null,
      } satisfies PlannedLaunch;
    },

    environment: (): AgentEnvironment => {
      const rules = parts.removalRules();
      const { removed, kept } = listedVariables(surroundings.environment, rules);
      return {
        removed: [...removed],
        kept: [...kept],
        strict: rules.strict,
        keep: [...rules.kept],
        lists: removalReasons.map((why) => ({ why, names: [...removableVariables[why]] })),
      };
    },
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

function refused(why: string): RefusedChange {
  return new RefusedChange({ why, path: null, line: null });
}
