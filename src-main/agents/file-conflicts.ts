import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentConflict } from '../../src-shared/agents.ts';
import type { CodingAgent, Scope, Surroundings } from './coding-agent.ts';
import { describePath, sameValue, valueAt } from './config-value.ts';
import { readConfig } from './read-config.ts';
import type { Setup } from './setup-record.ts';

/** Of files in project folders so many are told one by one. */
const mostFiles = 3;
/** Values by which an agent finds its models; others (update checks, time limits) may differ without keeping it from them. */
const leadsToModels = /model|provider|url|key|token|auth|context|proxy/i;

/**
 * Files that beat ours and say something else: everyone's on this computer, and those of project folders. `ours`: files that set-ups have
 * written.
 */
export async function fileConflicts(
  agent: CodingAgent,
  surroundings: Surroundings,
  setup: Setup,
  { folders, ours }: { readonly folders: readonly Scope[]; readonly ours: readonly string[] },
): Promise<readonly AgentConflict[]> {
  const own = new Set([...ours, ...setup.files.map(({ path }) => path)]);
  const told = async (kind: FileKind, paths: readonly string[]): Promise<readonly AgentConflict[]> => {
    const found = await Promise.all(
      paths.filter((path) => !own.has(path)).map((path) => inFile(agent, setup, path, kind)),
    );
    return found.flat();
  };
  const everyones = agent.above(surroundings, null).map(({ path }) => path);
  const perFolder = await Promise.all(
    folders.map(async (folder): Promise<readonly AgentConflict[]> => {
      const above = agent.above(surroundings, folder).filter(({ kind }) => kind === 'project-settings');
      const found = await told(
        'project-settings',
        above.map(({ path }) => path),
      );
      const canBeSetUp = agent.files(folder, surroundings, () => false) !== null;
      return found.map((one) =>
        canBeSetUp ? { ...one, mend: 'set-up-folder', folder } : { ...one, remedy: 'Take it out of that file.' },
      );
    }),
  );
  return [
    ...(await told('managed-policy', [...everyones, ...(await policyFiles(agent, surroundings))])),
    ...fewer(perFolder.flat()),
  ];
}

/** What hinders comes first; of many the last one stands for the rest. */
function fewer(conflicts: readonly AgentConflict[]): readonly AgentConflict[] {
  const sorted = conflicts.toSorted((one, other) => Number(one.harmless ?? false) - Number(other.harmless ?? false));
  const [last, ...more] = sorted.slice(mostFiles - 1);
  if (last === undefined || more.length === 0) return sorted;
  const what = `${last.what}, and ${more.length} more such ${more.length === 1 ? 'file' : 'files'} in project folders`;
  return [...sorted.slice(0, mostFiles - 1), { ...last, what }];
}

async function inFile(
  agent: CodingAgent,
  setup: Setup,
  path: string,
  kind: FileKind,
): Promise<readonly AgentConflict[]> {
  const config = await readConfig(agent, path);
  const other = setup.files
    .flatMap(({ values }) => values)
    .filter((one) => {
      const value = valueAt(config, one.path);
      return value !== undefined && !sameValue(value, one.value);
    });
  if (other.length === 0) return [];
  const names = other.map((one) => describePath(one.path));
  const isHarmless = !names.some((name) => leadsToModels.test(name));
  return [
    {
      kind,
      what: `${names.join(', ')} in ${path}`,
      ...words[kind](agent.label),
      ...(isHarmless && { harmless: true }),
    },
  ];
}

type FileKind = Extract<AgentConflict['kind'], 'project-settings' | 'managed-policy'>;

const words: Readonly<Record<FileKind, (label: string) => Pick<AgentConflict, 'effect' | 'remedy'>>> = {
  'project-settings': (label) => ({
    effect: `In that folder ${label} goes by this file, not by what Dragoman has written.`,
    remedy: 'Take it out of that file, or set the agent up for that folder.',
  }),
  'managed-policy': (label) => ({
    effect: `It is set for everyone on this computer, and ${label} goes by that, not by what Dragoman has written.`,
    remedy: 'Ask whoever manages this computer.',
  }),
};

async function policyFiles(agent: CodingAgent, surroundings: Surroundings): Promise<readonly string[]> {
  const { files = [], folder } = agent.policies?.(surroundings) ?? {};
  if (folder === undefined) return files;
  // Most computers have no such folder.
  const names = await readdir(folder).catch((): readonly string[] => []);
  return [...files, ...names.filter((name) => /^[^.].*\.json$/.test(name)).map((name) => join(folder, name))];
}
