import type { AgentConflict } from '../../src-shared/agents.ts';
import type { CodingAgent, Scope, Surroundings } from './coding-agent.ts';
import { environmentConflicts, type KeyInEnvironment, keyConflicts, proxyConflicts } from './environment-conflicts.ts';
import { fileConflicts } from './file-conflicts.ts';
import { RefusedChange } from './refused-change.ts';
import type { Setup } from './setup-record.ts';
import { switcherAt, switcherConflicts } from './switchers.ts';
import { readText } from './text-file.ts';

/** What is known of an agent that is set up. */
export interface ConflictFacts {
  readonly setup: Setup;
  /** What its files send it to. */
  readonly baseUrl: string | null;
  /** Where the gateway answers, if that is known. */
  readonly gateway: string | null;
  /** Folders that somebody works in: files there may beat the user's own. */
  readonly folders: readonly Scope[];
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
    ...(await fileConflicts(agent, surroundings, facts.setup, facts)),
    ...(await loginConflicts(agent, surroundings)),
    ...(await switcherConflicts(agent, surroundings, facts.baseUrl)),
    ...gatewayConflicts(agent, facts),
  ];
}

async function loginConflicts(agent: CodingAgent, surroundings: Surroundings): Promise<readonly AgentConflict[]> {
  const { account, places } = agent.login?.(surroundings) ?? { account: '', places: [] };
  const texts = await Promise.all(places.map(async ({ path, mark }) => (await textOf(path)).includes(mark)));
  const place = places.find((_, index) => texts[index] === true);
  if (place === undefined) return [];
  return [
    {
      kind: 'environment',
      what: `${account} in ${place.path}`,
      effect: `While it is set up, ${agent.label} works with Dragoman’s key and not with that account; it may say so when it starts.`,
      remedy: 'Nothing is to be done: Undo gives the account back.',
      harmless: true,
    },
  ];
}

function gatewayConflicts(
  { id, label, basePath }: CodingAgent,
  { setup, baseUrl, gateway, startsAtLogin }: ConflictFacts,
): readonly AgentConflict[] {
  // Whose address it is has been told.
  if (switcherAt(id, baseUrl) !== null) return [];
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
        remedy: JSON.stringify(setup.files).includes(baseUrl)
          ? 'The gateway has moved since: set it up again, or give the gateway its old port.'
          : 'Somebody else has changed that: set it up again.',
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
