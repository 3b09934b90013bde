import { existsSync } from 'node:fs';
import {
  type AgentChange,
  type AgentChoices,
  type AgentEntry,
  type AgentId,
  agentIds,
  type PlannedLaunch,
} from '../../src-shared/agents.ts';
import { agents } from '../agents/all-agents.ts';
import { type AppliedFile, applyChanges } from '../agents/apply-changes.ts';
import type { Backup, Backups } from '../agents/backups.ts';
import { providerVariables } from '../agents/clean-environment.ts';
import type { AgentSetup, AgentState, CodingAgent, Scope, Surroundings } from '../agents/coding-agent.ts';
import { conflictsOf } from '../agents/conflicts.ts';
import { driftOf, type PlannedFile, planRestore, planSetup, planUndo, settled } from '../agents/file-changes.ts';
import { findInstalled, isOlder } from '../agents/installed.ts';
import { type Refusal, RefusedChange } from '../agents/refused-change.ts';
import type { RecordEntry, SetupRecord } from '../agents/setup-record.ts';
import { changeFile, fingerprint, readText } from '../agents/text-file.ts';
import type { AgentKeys } from './agent-keys.ts';
import type { ChosenModels } from './agent-models.ts';

export interface AgentsParts {
  readonly record: SetupRecord;
  readonly backups: Backups;
  readonly surroundings: Surroundings;
  readonly agentKeys: AgentKeys;
  readonly chooseModels: (choices: AgentChoices, before: Readonly<Record<string, string>>) => Promise<ChosenModels>;
  /** Where agents reach the gateway, or will once it runs; null where its port is only known then. */
  readonly gatewayAddress: () => string | null;
  readonly isRunning: () => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Stands for the key in a plan as long as there is none: it is made when the plan is applied. */
const keyToCome = 'dgm_to-be-made-when-this-is-applied';

interface Prepared {
  readonly entry: RecordEntry;
  readonly plan: readonly PlannedFile[];
}

/** The procedures of the control contract that are about coding agents. What can't be done comes back as `refused`. */
export function createAgentProcedures(parts: AgentsParts) {
  const { record, backups, surroundings, agentKeys } = parts;

  async function entryOf(agent: CodingAgent, scope: Scope): Promise<RecordEntry> {
    const entry = await record.find(agent.id, scope);
    if (entry !== null) return settled(entry, agent.format);
    return { agent: agent.id, scope, setup: null, previous: null, kept: null };
  }

  function requireAddress(): string {
    const address = parts.gatewayAddress();
    if (address !== null) return address;
    throw new RefusedChange({
      why: 'the gateway takes any free port ("port": 0): start it first, or give it a port',
      path: null,
      line: null,
    });
  }

  async function setupOf(
    choices: AgentChoices,
    entry: RecordEntry,
    key: string,
  ): Promise<{ readonly setup: AgentSetup; readonly names: Readonly<Record<string, string>> }> {
    const chosen = await parts.chooseModels(choices, entry.setup?.models ?? entry.kept ?? {});
    const { model, slots, models, names } = chosen;
    return { setup: { gateway: requireAddress(), key, model, slots, models, quiet: choices.quiet ?? true }, names };
  }

  async function prepareSetup(choices: AgentChoices, key: string): Promise<Prepared> {
    const agent = agents[choices.agent];
    const scope = choices.scope ?? 'user';
    const paths = agent.files(scope, surroundings, existsSync);
    if (paths === null) {
      const what = scope === 'profile' ? 'a profile' : 'settings for one folder';
      throw new RefusedChange({ why: `${agent.label} has no such thing as ${what}`, path: null, line: null });
    }
    const entry = await entryOf(agent, scope);
    const { setup, names } = await setupOf(choices, entry, key);
    const plan = await planSetup(
      paths.map((path) => agent.wanted(setup, path, surroundings)),
      entry.setup,
    );
    const files = plan.flatMap(({ owned }) => (owned === null ? [] : [owned]));
    const at = new Date(parts.now()).toISOString();
    return { entry: { ...entry, setup: { models: names, at, files }, previous: null, kept: null }, plan };
  }

  async function prepareUndo(agent: CodingAgent, scope: Scope, keep: boolean): Promise<Prepared> {
    const entry = await entryOf(agent, scope);
    const plan = entry.setup === null ? [] : await planUndo(entry.setup, agent.format);
    return { entry: { ...entry, setup: null, kept: keep ? (entry.setup?.models ?? entry.kept) : null }, plan };
  }

  /** Does what was prepared, where the files still are what somebody has seen. */
  async function commit(agent: AgentId, prepared: Prepared, seen: string | undefined): Promise<AgentChange> {
    const changes = prepared.plan.filter(({ from, to }) => from !== to);
    if (seen !== undefined && seen !== seenOf(prepared.plan)) {
      throw new RefusedChange({
        why: 'the files have changed since the change was shown: look at it again',
        path: null,
        line: null,
      });
    }
    const files = await applyChanges({ record, backups }, prepared.entry, prepared.plan);
    return answer(agent, prepared.plan, files, changes.length > 0);
  }

  async function plan(choices: AgentChoices): Promise<AgentChange> {
    return refusable(choices.agent, async () => {
      const key = await agentKeys.existing(choices.agent, await record.list());
      const { plan: planned } = await prepareSetup(choices, key?.key ?? keyToCome);
      return answer(choices.agent, planned, null, false);
    });
  }

  async function apply({
    seen,
    ...choices
  }: AgentChoices & { readonly seen?: string | undefined }): Promise<AgentChange> {
    const agent = agents[choices.agent];
    return refusable(agent.id, () =>
      record.alone(async () => {
        const known = await agentKeys.existing(agent.id, await record.list());
        // What can't be done is found out before a key is made for it.
        await prepareSetup(choices, known?.key ?? keyToCome);
        const key = known ?? (await agentKeys.make(agent.id, agent.label, false));
        try {
          return await commit(agent.id, await prepareSetup(choices, key.key), seen);
        } catch (error) {
          if (known === null) await agentKeys.revoke([key.id]);
          throw error;
        }
      }),
    );
  }

  async function planUndoing({
    agent,
    scope = 'user',
  }: {
    readonly agent: AgentId;
    readonly scope?: Scope | undefined;
  }): Promise<AgentChange> {
    return refusable(agent, async () => {
      const { plan: planned } = await prepareUndo(agents[agent], scope, false);
      return answer(agent, planned, null, false);
    });
  }

  async function undo(input: {
    readonly agent: AgentId;
    readonly scope?: Scope | undefined;
    readonly keep?: boolean | undefined;
    readonly seen?: string | undefined;
  }): Promise<AgentChange> {
    const { agent, scope = 'user', keep = false } = input;
    return refusable(agent, () =>
      record.alone(async () => {
        const done = await commit(agent, await prepareUndo(agents[agent], scope, keep), input.seen);
        const others = (await record.list()).some((entry) => entry.agent === agent);
        if (!others) await agentKeys.revoke(agentKeys.lasting(agent));
        return done;
      }),
    );
  }

  async function list(): Promise<AgentEntry[]> {
    const entries = await record.list();
    return Promise.all(agentIds.map((id) => entryFor(agents[id], entries)));
  }

  async function entryFor(agent: CodingAgent, entries: readonly RecordEntry[]): Promise<AgentEntry> {
    const [installed, entry] = await Promise.all([findInstalled(agent, surroundings), entryOf(agent, 'user')]);
    const version = installed?.version ?? null;
    const files = agent.files('user', surroundings, existsSync) ?? [];
    const drift = entry.setup === null ? [] : await driftOf(entry.setup, agent.format);
    const state = await stateOf(agent, files);
    const { version: oldest, without } = agent.oldest;
    return {
      id: agent.id,
      label: agent.label,
      installed: installed !== null,
      version,
      tooOld: version !== null && isOlder(version, oldest) ? `Before ${oldest} ${without}.` : null,
      state: entry.setup === null ? 'not-set-up' : drift.length > 0 ? 'drifted' : 'set-up',
      model: state.model,
      baseUrl: state.baseUrl,
      since: entry.setup?.at ?? null,
      files: [...files],
      drift: drift.map(({ path, values }) => ({ path, values: [...values] })),
      kept: entry.kept?.default ?? null,
      otherScopes: entries.flatMap((one) =>
        one.agent === agent.id && one.scope !== 'user' && one.setup !== null ? [one.scope] : [],
      ),
      conflicts:
        entry.setup === null
          ? []
          : [...conflictsOf(agent, surroundings, { baseUrl: state.baseUrl, gateway: parts.gatewayAddress() })],
    };
  }

  /** A file that can't be read says nothing; why it can't is told when it is to be changed. */
  async function stateOf(agent: CodingAgent, files: readonly string[]): Promise<AgentState> {
    for (const file of files) {
      const text = await readText(file).catch((error: unknown) => {
        if (error instanceof RefusedChange) return null;
        throw error;
      });
      const read = text === null ? null : agent.format().read(text);
      if (read?.ok === true) return agent.state(read.value);
    }
    return { baseUrl: null, model: null };
  }

  /** Rejects with a RefusedChange. */
  async function launch(choices: AgentChoices): Promise<PlannedLaunch> {
    const agent = agents[choices.agent];
    if (!parts.isRunning()) {
      throw new RefusedChange({
        why: 'no gateway runs: start it with `dragoman serve` or open the app',
        path: null,
        line: null,
      });
    }
    const installed = await findInstalled(agent, surroundings);
    if (installed === null) {
      throw new RefusedChange({
        why: `${agent.label} is not installed: \`${agent.executables[0]}\` is not on the PATH`,
        path: null,
        line: null,
      });
    }
    const entry = await entryOf(agent, 'user');
    const { setup } = await setupOf(choices, entry, keyToCome);
    const known = await agentKeys.existing(agent.id, await record.list());
    const key = known ?? (await agentKeys.make(agent.id, `${agent.label}, started once`, true));
    const { args, environment } = agent.launch({ ...setup, key: key.key }, surroundings);
    return {
      executable: installed.executable,
      args: [...args],
      environment: { ...environment },
      removed: [...providerVariables],
      temporaryKey: known === null ? key.id : null,
    };
  }

  async function prepareRestore(id: string): Promise<{ readonly backup: Backup; readonly file: PlannedFile } | null> {
    const found = await backups.read(id);
    return found === null ? null : { backup: found.backup, file: await planRestore(found.backup.path, found.text) };
  }

  /** Null where there is no such backup. */
  async function planRestoring({ id }: { readonly id: string }): Promise<AgentChange | null> {
    const prepared = await prepareRestore(id);
    const agent = agentIds.find((known) => known === prepared?.backup.agent);
    if (prepared === null || agent === undefined) return null;
    return refusable(agent, () => Promise.resolve(answer(agent, [prepared.file], null, false)));
  }

  /** What the record says of the file stays: what of ours is not in it any more shows as changed outside. */
  async function restore({
    id,
    seen,
  }: {
    readonly id: string;
    readonly seen?: string | undefined;
  }): Promise<AgentChange | null> {
    const known = (await backups.list()).find((backup) => backup.id === id);
    const agent = agentIds.find((one) => one === known?.agent);
    if (agent === undefined) return null;
    return refusable(agent, () =>
      record.alone(async () => {
        const prepared = await prepareRestore(id);
        if (prepared === null) throw new RefusedChange({ why: 'this backup is gone', path: null, line: null });
        const { file } = prepared;
        if (seen !== undefined && seen !== seenOf([file])) {
          throw new RefusedChange({
            why: 'it has changed since the change was shown: look at it again',
            path: file.path,
            line: null,
          });
        }
        const backup =
          file.from === null || file.from === file.to ? null : (await backups.add(agent, file.path, file.from)).file;
        if (file.from !== file.to) await changeFile(file);
        const applied =
          file.from === file.to ? [] : [{ path: file.path, created: file.from === null, diff: file.diff, backup }];
        return answer(agent, [file], applied, applied.length > 0);
      }),
    );
  }

  return {
    list,
    plan,
    apply,
    planUndo: planUndoing,
    undo,
    launch,
    backups: () => backups.list(),
    planRestore: planRestoring,
    restore,
  };
}

function answer(
  agent: AgentId,
  plan: readonly PlannedFile[],
  applied: readonly AppliedFile[] | null,
  done: boolean,
): AgentChange {
  const planned = plan.flatMap(({ path, from, to, diff }) =>
    from === to ? [] : [{ path, created: from === null, diff, backup: null }],
  );
  return {
    agent,
    applied: done,
    files: [...(applied ?? planned)],
    restart: planned.length > 0 ? agents[agent].restart : null,
    left: plan.flatMap(({ left }) => left),
    seen: seenOf(plan),
    refused: null,
  };
}

function seenOf(plan: readonly PlannedFile[]): string {
  return fingerprint(JSON.stringify(plan.map(({ path, from }) => [path, fingerprint(from)])));
}

async function refusable(agent: AgentId, act: () => Promise<AgentChange>): Promise<AgentChange> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof RefusedChange)) throw error;
    const refused: Refusal = error.refusal;
    return { agent, applied: false, files: [], restart: null, left: [], seen: '', refused };
  }
}
