import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentConflict } from '../../src-shared/agents.ts';
import type { CodingAgent, Surroundings } from './coding-agent.ts';
import { describePath, sameValue, valueAt } from './config-value.ts';
import { environmentConflicts, type KeyInEnvironment, keyConflicts, proxyConflicts } from './environment-conflicts.ts';
import { readConfig } from './read-config.ts';
import { RefusedChange } from './refused-change.ts';
import type { Setup } from './setup-record.ts';
import { readText } from './text-file.ts';

/** What is known of an agent that is set up. */
export interface ConflictFacts {
  readonly setup: Setup;
  /** What its files send it to. */
  readonly baseUrl: string | null;
  /** Where the gateway answers, if that is known. */
  readonly gateway: string | null;
  /** A folder that somebody works in: files there may beat the user's own. Absolute. */
  readonly folder: string | null;
  /** Files that set-ups of other scopes have written: they are ours, too. */
  readonly ours: readonly string[];
  /** Whether the gateway starts when the user logs in; null where that is none of this shell's. */
  readonly startsAtLogin: boolean | null;
  /** Of an agent that is set up to find its key in the environment; else null. */
  readonly keyInEnvironment?: KeyInEnvironment | null;
}

/** What is in the way of an agent that is set up: what it is, what it leads to, and what to do. Values are never told, they may be secret. */
export async function conflictsOf(
  agent: CodingAgent,
  surroundings: Surroundings,
  facts: ConflictFacts,
): Promise<readonly AgentConflict[]> {
  return [
    ...(await proxyConflicts(agent, surroundings)),
    ...keyConflicts(agent, facts.keyInEnvironment ?? null, surroundings),
    ...(await environmentConflicts(agent, surroundings)),
    ...(await fileConflicts(agent, surroundings, facts)),
    ...(await loginConflicts(agent, surroundings)),
    ...(await switcherConflicts(agent, surroundings)),
    ...gatewayConflicts(agent, facts),
  ];
}

/** Files that beat ours and say something else. */
async function fileConflicts(
  agent: CodingAgent,
  surroundings: Surroundings,
  { setup, folder, ours }: ConflictFacts,
): Promise<readonly AgentConflict[]> {
  const values = setup.files.flatMap((file) => file.values);
  const files = agent.above(surroundings, folder).filter(({ path }) => !ours.includes(path));
  const found = await Promise.all(
    files.map(async ({ path, kind }): Promise<readonly AgentConflict[]> => {
      const config = await readConfig(agent, path);
      const other = values.filter((one) => {
        const value = valueAt(config, one.path);
        return value !== undefined && !sameValue(value, one.value);
      });
      if (other.length === 0) return [];
      const what = `${other.map((one) => describePath(one.path)).join(', ')} in ${path}`;
      return [{ kind, what, ...fileWords[kind](agent.label) }];
    }),
  );
  return found.flat();
}

const fileWords: Readonly<
  Record<'project-settings' | 'managed-policy', (label: string) => Pick<AgentConflict, 'effect' | 'remedy'>>
> = {
  'project-settings': (label) => ({
    effect: `In that folder ${label} goes by this file, not by what Dragoman has written.`,
    remedy: 'Take it out of that file, or set the agent up for that folder.',
  }),
  'managed-policy': (label) => ({
    effect: `It is set for everyone on this computer, and ${label} goes by that, not by what Dragoman has written.`,
    remedy: 'Ask whoever manages this computer.',
  }),
};

async function loginConflicts(agent: CodingAgent, surroundings: Surroundings): Promise<readonly AgentConflict[]> {
  const login = agent.login?.(surroundings);
  if (login === undefined || !(await textOf(login.path)).includes(login.mark)) return [];
  return [
    {
      kind: 'environment',
      what: `${login.account} in ${login.path}`,
      effect: `While it is set up, ${agent.label} works with Dragoman’s key and not with that account; it may say so when it starts.`,
      remedy: 'Nothing is to be done: Undo gives the account back.',
      harmless: true,
    },
  ];
}

/** Programs that write whole configurations of agents, by the folder they keep in the user's directory. */
const switchers = [
  { name: 'cc-switch', folder: '.cc-switch', agents: ['claude-code', 'codex'] },
  { name: 'claude-code-router', folder: '.claude-code-router', agents: ['claude-code'] },
] as const;

async function switcherConflicts(
  { id, label }: CodingAgent,
  { userDirectory }: Surroundings,
): Promise<readonly AgentConflict[]> {
  const found = await Promise.all(
    switchers.map(async ({ name, folder, agents }): Promise<readonly AgentConflict[]> => {
      const path = join(userDirectory, folder);
      const isThere = await access(path).then(
        () => true,
        () => false,
      );
      if (!isThere || !agents.some((agent) => agent === id)) return [];
      return [
        {
          kind: 'other-tool',
          what: `${name}, by its folder ${path}`,
          effect: `It writes ${label}’s settings, too: a switch there takes Dragoman’s values away.`,
          remedy: `Do not switch ${label} there while Dragoman has set it up; set it up again here if you did.`,
        },
      ];
    }),
  );
  return found.flat();
}

function gatewayConflicts(
  { label, basePath }: CodingAgent,
  { baseUrl, gateway, startsAtLogin }: ConflictFacts,
): readonly AgentConflict[] {
  const right = gateway === null ? null : gateway + basePath;
  const isOurs = baseUrl !== null && gateway !== null && withoutVersion(baseUrl) === gateway;
  if (baseUrl !== null && right !== null && isOurs && baseUrl.replace(/\/+$/, '') !== right) {
    const effect =
      basePath === ''
        ? `${label} adds /v1 itself, so it asks for /v1/v1.`
        : `${label} adds no /v1 itself, so it asks for what is not there.`;
    const remedy = `Set it up again: it is ${right}.`;
    return [{ kind: 'gateway', what: `${label} calls ${baseUrl}`, effect, remedy, mend: 'set-up' }];
  }
  if (baseUrl !== null && right !== null && !isOurs) {
    return [
      {
        kind: 'gateway',
        what: `${label} calls ${baseUrl}`,
        effect: `The gateway answers at ${gateway ?? ''}, so its requests do not get there.`,
        remedy: 'Set it up again, or give the gateway its old port.',
        mend: 'set-up',
      },
    ];
  }
  if (startsAtLogin !== false) return [];
  return [
    {
      kind: 'gateway',
      what: 'Dragoman does not start when you log in',
      effect: `Until you open it, ${label} reaches no model.`,
      remedy: 'Switch on “Start at login” in the tray or the settings.',
      mend: 'start-at-login',
    },
  ];
}

function withoutVersion(url: string): string {
  return url.replace(/(?:\/v1)*\/*$/, '');
}

async function textOf(path: string): Promise<string> {
  const text = await readText(path).catch((error: unknown) => {
    if (error instanceof RefusedChange) return null;
    throw error;
  });
  return text ?? '';
}
