import { existsSync } from 'node:fs';
import { type AgentEntry, type AgentId, type AgentInUse, agentIds, agentScopeSchema } from '../../src-shared/agents.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { agents } from '../agents/all-agents.ts';
import type { CodingAgent, Scope, Surroundings } from '../agents/coding-agent.ts';
import { type ConflictFacts, conflictsOf } from '../agents/conflicts.ts';
import type { KeyInEnvironment } from '../agents/environment-conflicts.ts';
import { driftOf, settled } from '../agents/file-changes.ts';
import { type InstalledAgent, isOlder } from '../agents/installed.ts';
import type { InstalledAgents } from '../agents/installed-agents.ts';
import type { LoginVariables } from '../agents/login-variables.ts';
import { configOf } from '../agents/read-config.ts';
import type { RecordEntry, SetupRecord } from '../agents/setup-record.ts';
import { keyConflicts } from './agent-key-conflicts.ts';
import type { AgentKeys } from './agent-keys.ts';
import type { SetupPlaces } from './setup-places.ts';

export interface AgentListParts {
  readonly record: SetupRecord;
  readonly surroundings: Surroundings;
  readonly installed: InstalledAgents;
  readonly loginVariables: LoginVariables;
  readonly agentKeys: Pick<AgentKeys, 'isKeyOf'>;
  readonly settings: () => Settings;
  readonly places: Pick<SetupPlaces, 'homes'>;
}

/** What the shell knows that may be in the way of agents. */
export type ListFacts = Pick<ConflictFacts, 'gateway' | 'folders' | 'startsAtLogin'>;

/**
 * Each agent: whether it is installed (`refresh` looks now), what its files say, what of that is ours, and what is in the way.
 */
export async function listAgents(parts: AgentListParts, facts: ListFacts, refresh: boolean): Promise<AgentEntry[]> {
  const entries = await parts.record.list();
  const homes = await parts.places.homes(refresh);
  return Promise.all(
    agentIds.map(async (id) => {
      const version = await parts.installed.find(agents[id], refresh);
      const own = homes(id);
      const entry = await entryFor(agents[id], version, entries, parts, facts, refresh);
      return own.length > 0 ? { ...entry, homes: own } : entry;
    }),
  );
}

/** The agents whose own files are set up, and those whose set-up was taken back and is remembered. */
export async function agentsInUse(record: SetupRecord): Promise<AgentInUse[]> {
  const entries = (await record.list()).filter(({ scope }) => scope === 'user');
  const known = agentIds.flatMap((id) => {
    const entry = entries.find(({ agent }) => agent === id);
    return entry === undefined ? [] : [{ agent: agents[id], entry }];
  });
  return Promise.all(
    known.map(async ({ agent, entry: recorded }) => {
      const { setup, kept } = await settled(recorded, agent.format);
      const drifted = setup !== null && (await driftOf(setup, agent.format)).length > 0;
      return { id: agent.id, label: agent.label, slots: setup?.models ?? {}, kept: kept?.default ?? null, drifted };
    }),
  );
}

/** Every set-up of the record, and those that are only remembered. */
export async function setUpsIn(record: SetupRecord): Promise<{ agent: AgentId; scope: Scope; kept: boolean }[]> {
  return (await record.list()).flatMap(({ agent, scope, setup }) => {
    const id = agentIds.find((known) => known === agent);
    const read = agentScopeSchema.safeParse(scope);
    return id === undefined || !read.success ? [] : [{ agent: id, scope: read.data, kept: setup === null }];
  });
}

async function entryFor(
  agent: CodingAgent,
  version: InstalledAgent | null,
  entries: readonly RecordEntry[],
  parts: AgentListParts,
  facts: ListFacts,
  refresh: boolean,
): Promise<AgentEntry> {
  const { surroundings, settings } = parts;
  const own = entries.filter((entry) => entry.agent === agent.id);
  const recorded = own.find(({ scope }) => scope === 'user');
  const entry = recorded === undefined ? null : await settled(recorded, agent.format);
  const setup = entry?.setup ?? null;
  const keyFrom = (setup ?? entry?.keptChoices)?.keyFrom ?? 'file';
  const files = agent.files('user', surroundings, existsSync) ?? [];
  const elsewhere = own.flatMap((one) => (one.scope === 'user' ? [] : (one.setup?.files ?? [])));
  const drift = setup === null ? [] : await driftOf(setup, agent.format);
  // A file that can't be read says nothing; why it can't is told when it is to be changed.
  const { baseUrl, model } = agent.state(await configOf(agent, surroundings));
  return {
    id: agent.id,
    label: agent.label,
    installed: version !== null,
    version: version?.version ?? null,
    tooOld: tooOld(agent, version?.version ?? null),
    state: setup === null ? 'not-set-up' : drift.length > 0 ? 'drifted' : 'set-up',
    model,
    slots: setup?.models ?? {},
    quiet: (setup ?? entry?.keptChoices)?.quiet ?? true,
    ...(agent.keyVariable !== undefined && { keyChoice: { variable: agent.keyVariable, from: keyFrom } }),
    baseUrl,
    since: setup?.at ?? null,
    files: [...files],
    drift: drift.map(({ path, values }) => ({ path, values: [...values] })),
    kept: entry?.kept?.default ?? null,
    otherScopes: own.flatMap((one) => (one.scope !== 'user' && one.setup !== null ? [one.scope] : [])),
    conflicts:
      setup === null
        ? []
        : [
            ...keyConflicts(agent, setup, settings()),
            ...(await conflictsOf(agent, surroundings, {
              ...facts,
              // A folder with a set-up of its own goes by that.
              folders: facts.folders.filter(
                (folder) => !own.some(({ scope, setup: there }) => scope === folder && there !== null),
              ),
              setup,
              baseUrl,
              ours: elsewhere.map(({ path }) => path),
              keyInEnvironment: keyFrom === 'environment' ? await keyInEnvironment(agent, parts, refresh) : null,
            })),
          ],
  };
}

async function keyInEnvironment(
  { id, keyVariable: variable }: CodingAgent,
  { loginVariables, agentKeys }: AgentListParts,
  refresh: boolean,
): Promise<KeyInEnvironment | null> {
  if (variable === undefined) return null;
  const value = await loginVariables.value(variable, refresh);
  return { variable, state: value === null ? 'missing' : agentKeys.isKeyOf(id, value) ? 'set' : 'another' };
}

function tooOld({ needs }: CodingAgent, version: string | null): string | null {
  const missing = needs.filter((need) => version !== null && isOlder(version, need.version));
  return missing.length === 0 ? null : missing.map((need) => `Before ${need.version} ${need.without}.`).join(' ');
}
