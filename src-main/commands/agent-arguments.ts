import { resolve } from 'node:path';
import { type AgentChange, type AgentChoices, type AgentId, agentIds } from '../../src-shared/agents.ts';
import { type SlotName, slotNames } from '../../src-shared/settings.ts';
import { type CommandContext, print, UsageError } from './context.ts';

const shortNames: Readonly<Record<string, AgentId>> = { claude: 'claude-code', qwen: 'qwen-code' };

/** The one agent that a command names. */
export function readAgent(command: string, words: readonly string[]): AgentId {
  const [name, more] = words;
  if (name === undefined || more !== undefined)
    throw new UsageError(`${command} wants one agent: ${agentIds.join(', ')}`);
  const id = agentIds.find((known) => known === (shortNames[name] ?? name));
  if (id === undefined) throw new UsageError(`there is no agent "${name}"; there are ${agentIds.join(', ')}`);
  return id;
}

/** Options by which an agent's models are said. */
export const modelOptions = { model: { type: 'string' }, slot: { type: 'string', multiple: true } } as const;
export const scopeOptions = {
  folder: { type: 'string' },
  profile: { type: 'boolean' },
  wsl: { type: 'string' },
} as const;

export function readModels(
  model: string | undefined,
  slots: readonly string[] | undefined,
): Pick<AgentChoices, 'model' | 'slots'> {
  if (model === '') throw new UsageError('--model wants a model');
  const named = (slots ?? []).map((text): readonly [SlotName, string] => {
    const [, name, id] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    const slot = slotNames.find((known) => known === name);
    if (slot === undefined || id === undefined)
      throw new UsageError(`--slot wants NAME=ID with one of ${slotNames.join(', ')}`);
    return [slot, id];
  });
  return { ...(model !== undefined && { model }), ...(named.length > 0 && { slots: Object.fromEntries(named) }) };
}

export function readScope({
  folder,
  profile,
  wsl,
}: {
  readonly folder?: string | undefined;
  readonly profile?: boolean | undefined;
  readonly wsl?: string | undefined;
}): Pick<AgentChoices, 'scope'> {
  const said = [folder !== undefined, profile === true, wsl !== undefined].filter(Boolean);
  if (said.length > 1) throw new UsageError('say one of --folder, --profile and --wsl');
  if (folder === '') throw new UsageError('--folder wants a folder');
  if (wsl === '') throw new UsageError('--wsl wants the name of a distribution');
  if (wsl !== undefined) return { scope: `wsl:${wsl}` };
  // An absolute path has one of the two forms that a scope has.
  if (folder !== undefined) {
    const path = resolve(folder);
    return {
      scope: path.startsWith('/')
        ? `/${path.slice(1)}`
        : `${path.slice(0, path.indexOf(':'))}:${path.slice(path.indexOf(':') + 1)}`,
    };
  }
  return profile === true ? { scope: 'profile' } : {};
}

/** Where the agent is to find its key. */
export function readKeySource(from: string | undefined): Pick<AgentChoices, 'keyFrom'> {
  switch (from) {
    case undefined:
      return {};
    case 'file':
      return { keyFrom: 'file' };
    case 'env':
      return { keyFrom: 'environment' };
    default:
      throw new UsageError('--key-from wants file or env');
  }
}

/** Prints what was or would be done; resolves with the exit code. */
export function printChange(context: CommandContext, change: AgentChange, done: string): number {
  print(context, change, changeLines(change, done));
  return tellRefusal(change);
}

/** The same of several, as `{"changes":[…]}`; exit code 1 where one was refused. `nothing`: said where there is none. */
export function printChanges(
  context: CommandContext,
  changes: readonly { readonly change: AgentChange; readonly done: string }[],
  nothing: string,
): number {
  const lines = changes.length === 0 ? [nothing] : changes.flatMap(({ change, done }) => changeLines(change, done));
  print(context, { changes: changes.map(({ change }) => change) }, lines);
  return Math.max(0, ...changes.map(({ change }) => tellRefusal(change)));
}

function changeLines(
  { refused, applied, files, left, warnings, restart }: AgentChange,
  done: string,
): readonly string[] {
  if (refused !== null) return [];
  return [
    ...files.map(({ diff }) => diff.trimEnd()),
    ...files.flatMap(({ backup }) => (backup === null ? [] : [`The file as it was: ${backup}`])),
    ...warnings.map((warning) => `Warning: ${warning}`),
    ...(left.length > 0 ? [`Changed by someone else since, and left as it is: ${left.join(', ')}`] : []),
    ...(applied ? [done] : []),
    ...(files.length === 0 && !applied ? ['Nothing is to be changed.'] : []),
    ...(applied && restart !== null ? [restart] : []),
  ];
}

function tellRefusal({ refused }: AgentChange): number {
  if (refused === null) return 0;
  const place = refused.path === null ? '' : `${refused.path}: `;
  process.stderr.write(`dragoman: nothing was changed: ${place}${refused.why}\n`);
  return 1;
}
