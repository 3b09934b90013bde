import { existsSync } from 'node:fs';
import { type AgentEntry, type AgentInUse, agentIds } from '../../src-shared/agents.ts';
import { agents } from '../agents/all-agents.ts';
import type { CodingAgent, Surroundings } from '../agents/coding-agent.ts';
import { type ConflictFacts, conflictsOf } from '../agents/conflicts.ts';
import { driftOf, settled } from '../agents/file-changes.ts';
import { type InstalledAgent, isOlder } from '../agents/installed.ts';
import type { InstalledAgents } from '../agents/installed-agents.ts';
import { configOf } from '../agents/read-config.ts';
import type { RecordEntry, SetupRecord } from '../agents/setup-record.ts';

export interface AgentListParts {
  readonly record: SetupRecord;
  readonly surroundings: Surroundings;
  readonly installed: InstalledAgents;
}

/** What the shell knows that may be in the way of agents. */
export type ListFacts = Pick<ConflictFacts, 'gateway' | 'folder' | 'startsAtLogin'>;

/**
 * Each agent: whether it is installed (`refresh` looks now), what its files say, what of that is ours, and what is in the way.
 */
export async function listAgents(parts: AgentListParts, facts: ListFacts, refresh: boolean): Promise<AgentEntry[]> {
  const entries = await parts.record.list();
  return Promise.all(
    agentIds.map(async (id) => {
      const version = await parts.installed.find(agents[id], refresh);
      return entryFor(agents[id], version, entries, parts.surroundings, facts);
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

async function entryFor(
  agent: CodingAgent,
  version: InstalledAgent | null,
  entries: readonly RecordEntry[],
  surroundings: Surroundings,
  facts: ListFacts,
): Promise<AgentEntry> {
  const own = entries.filter((entry) => entry.agent === agent.id);
  const recorded = own.find(({ scope }) => scope === 'user');
  const entry = recorded === undefined ? null : await settled(recorded, agent.format);
  const setup = entry?.setup ?? null;
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
    quiet: setup?.quiet ?? true,
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
            ...(await conflictsOf(agent, surroundings, {
              ...facts,
              setup,
              baseUrl,
              ours: elsewhere.map(({ path }) => path),
            })),
          ],
  };
}

function tooOld({ oldest }: CodingAgent, version: string | null): string | null {
  return version !== null && isOlder(version, oldest.version) ? `Before ${oldest.version} ${oldest.without}.` : null;
}
