import { existsSync } from 'node:fs';
import { type AgentEntry, agentIds } from '../../src-shared/agents.ts';
import { agents } from '../agents/all-agents.ts';
import type { AgentState, CodingAgent, Surroundings } from '../agents/coding-agent.ts';
import { conflictsOf } from '../agents/conflicts.ts';
import { driftOf, settled } from '../agents/file-changes.ts';
import { type InstalledAgent, isOlder } from '../agents/installed.ts';
import type { InstalledAgents } from '../agents/installed-agents.ts';
import { RefusedChange } from '../agents/refused-change.ts';
import type { RecordEntry, SetupRecord } from '../agents/setup-record.ts';
import { readText } from '../agents/text-file.ts';

export interface AgentListParts {
  readonly record: SetupRecord;
  readonly surroundings: Surroundings;
  readonly installed: InstalledAgents;
}

/**
 * Each agent: whether it is installed (`refresh` looks now), what its files say, and what of that is ours. `gateway`: where the gateway is
 * reached, if that is known.
 */
export async function listAgents(
  parts: AgentListParts,
  gateway: string | null,
  refresh: boolean,
): Promise<AgentEntry[]> {
  const entries = await parts.record.list();
  return Promise.all(
    agentIds.map(async (id) => {
      const version = await parts.installed.find(agents[id], refresh);
      return entryFor(agents[id], version, entries, parts.surroundings, gateway);
    }),
  );
}

async function entryFor(
  agent: CodingAgent,
  version: InstalledAgent | null,
  entries: readonly RecordEntry[],
  surroundings: Surroundings,
  gateway: string | null,
): Promise<AgentEntry> {
  const own = entries.filter((entry) => entry.agent === agent.id);
  const recorded = own.find(({ scope }) => scope === 'user');
  const entry = recorded === undefined ? null : await settled(recorded, agent.format);
  const setup = entry?.setup ?? null;
  const files = agent.files('user', surroundings, existsSync) ?? [];
  const drift = setup === null ? [] : await driftOf(setup, agent.format);
  const { baseUrl, model } = await stateOf(agent, files);
  return {
    id: agent.id,
    label: agent.label,
    installed: version !== null,
    version: version?.version ?? null,
    tooOld: tooOld(agent, version?.version ?? null),
    state: setup === null ? 'not-set-up' : drift.length > 0 ? 'drifted' : 'set-up',
    model,
    slots: setup?.models ?? {},
    baseUrl,
    since: setup?.at ?? null,
    files: [...files],
    drift: drift.map(({ path, values }) => ({ path, values: [...values] })),
    kept: entry?.kept?.default ?? null,
    otherScopes: own.flatMap((one) => (one.scope !== 'user' && one.setup !== null ? [one.scope] : [])),
    conflicts: setup === null ? [] : [...conflictsOf(agent, surroundings, { baseUrl, gateway })],
  };
}

function tooOld({ oldest }: CodingAgent, version: string | null): string | null {
  return version !== null && isOlder(version, oldest.version) ? `Before ${oldest.version} ${oldest.without}.` : null;
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
