import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentConflict, AgentId } from '../../src-shared/agents.ts';
import type { CodingAgent, Surroundings } from './coding-agent.ts';

/** A program that writes agents' settings, too. */
interface Switcher {
  readonly name: string;
  readonly agents: readonly AgentId[];
  /** Where it answers on this computer, unless its user has chosen another port. */
  readonly port: number;
  /** What it keeps in the user's directory; null for a program that many have who never let it do that. */
  readonly folder: string | null;
}

/** As cc-switch 3.20, claude-code-router 2.0, CLIProxyAPI 6 and Ollama 0.33 (`ollama launch`) have it. */
const switchers: readonly Switcher[] = [
  { name: 'cc-switch', agents: ['claude-code', 'codex', 'opencode'], port: 15_721, folder: '.cc-switch' },
  { name: 'claude-code-router', agents: ['claude-code', 'codex'], port: 3456, folder: '.claude-code-router' },
  { name: 'CLIProxyAPI', agents: ['claude-code', 'codex'], port: 8317, folder: '.cli-proxy-api' },
  { name: 'Ollama', agents: ['claude-code', 'codex', 'opencode', 'qwen-code'], port: 11_434, folder: null },
];

/** The program of another that an agent is sent to; null where that is none of them. */
export function switcherAt(agent: AgentId, baseUrl: string | null): string | null {
  if (baseUrl === null || !URL.canParse(baseUrl)) return null;
  const { hostname, port } = new URL(baseUrl);
  if (!/^(?:localhost|127\..*|\[::1\])$/.test(hostname)) return null;
  return switchers.find((one) => one.agents.includes(agent) && one.port === Number(port))?.name ?? null;
}

/** Other programs that write an agent's settings: the one that has done it, by the address that stands there, and those that might. */
export async function switcherConflicts(
  { id, label }: Pick<CodingAgent, 'id' | 'label'>,
  { userDirectory }: Pick<Surroundings, 'userDirectory'>,
  baseUrl: string | null,
): Promise<readonly AgentConflict[]> {
  const active = switcherAt(id, baseUrl);
  const there = await Promise.all(
    switchers.map(async ({ name, agents, folder }): Promise<readonly AgentConflict[]> => {
      if (name === active || folder === null || !agents.includes(id)) return [];
      const path = join(userDirectory, folder);
      const isThere = await access(path).then(
        () => true,
        () => false,
      );
      if (!isThere) return [];
      return [
        {
          kind: 'other-tool',
          what: `${name}, by its folder ${path}`,
          effect: `It writes ${label}’s settings, too: a switch there takes Dragoman’s values away.`,
          remedy: `Do not switch ${label} there while Dragoman has set it up; set it up again here if you did.`,
          harmless: true,
        },
      ];
    }),
  );
  if (active === null) return there.flat();
  return [
    {
      kind: 'other-tool',
      what: `${label} calls ${active}, at ${baseUrl ?? ''}`,
      effect: `${active === 'Ollama' ? '`ollama launch` or somebody' : active} has taken its settings over: its requests do not come to Dragoman.`,
      remedy: `Let go of ${label} there, then set it up again.`,
      mend: 'set-up',
    },
    ...there.flat(),
  ];
}
