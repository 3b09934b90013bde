import type { AgentId } from '../../src-shared/agents.ts';
import type { CodingAgent, Surroundings } from './coding-agent.ts';
import { findInstalled, type InstalledAgent } from './installed.ts';

/** How long what was found is taken for true; milliseconds. Looking starts shells and the agents themselves, which costs seconds of processor time. */
const trustedMs = 5 * 60_000;

export interface InstalledAgents {
  /** `refresh`: looks now instead of telling what is known. */
  find(agent: CodingAgent, refresh: boolean): Promise<InstalledAgent | null>;
}

/** Which agents are installed, remembered for some minutes. `now` in milliseconds since 1970; `look` finds one. */
export function createInstalledAgents(
  surroundings: Surroundings,
  now: () => number,
  look: typeof findInstalled = findInstalled,
): InstalledAgents {
  const known = new Map<AgentId, { readonly at: number; readonly found: Promise<InstalledAgent | null> }>();
  return {
    find: (agent, refresh) => {
      const before = known.get(agent.id);
      if (!refresh && before !== undefined && now() - before.at < trustedMs) return before.found;
      const found = look(agent, surroundings);
      known.set(agent.id, { at: now(), found });
      found.catch(() => known.delete(agent.id));
      return found;
    },
  };
}
