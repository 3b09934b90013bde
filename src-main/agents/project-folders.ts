import { dirname } from 'node:path';
import { agentScopeSchema } from '../../src-shared/agents.ts';
import { isObject } from '../../src-shared/json.ts';
import { agents } from './all-agents.ts';
import type { Scope, Surroundings } from './coding-agent.ts';
import { valueAt } from './config-value.ts';
import { readConfig } from './read-config.ts';

/** How long what agents remember is taken for true; milliseconds. Their files may be large. */
const trustedMs = 60_000;
/** Of each agent's list the last ones, which are those it met last. */
const mostPerAgent = 100;

/** The folders of `projectFolders`, remembered for a minute unless they are to be looked for anew. `now` in milliseconds. */
export function createProjectFolders(
  surroundings: Surroundings,
  now: () => number,
): (refresh: boolean) => Promise<readonly Scope[]> {
  let known: { readonly at: number; readonly folders: Promise<readonly Scope[]> } | null = null;
  return (refresh) => {
    if (known === null || refresh || now() - known.at >= trustedMs) {
      known = { at: now(), folders: projectFolders(surroundings) };
      known.folders.catch(() => {
        known = null;
      });
    }
    return known.folders;
  };
}

/**
 * Folders in which an agent has worked, as the agents themselves remember them. Neither the user's own directory nor what stands above it is a
 * project; a folder of another machine (`\\\\server\\…`) is not looked into.
 */
export async function projectFolders(surroundings: Surroundings): Promise<readonly Scope[]> {
  const { userDirectory } = surroundings;
  const lists = await Promise.all(
    Object.values(agents).flatMap((agent) =>
      (agent.remembers?.(surroundings) ?? []).map(async ({ path, keysOf }) => {
        const list = valueAt(await readConfig(agent, path), keysOf);
        return isObject(list) ? Object.keys(list).slice(-mostPerAgent) : [];
      }),
    ),
  );
  const isProject = (folder: string): boolean => folder !== userDirectory && !isAbove(folder, userDirectory);
  return [...new Set(lists.flat())].filter(isProject).flatMap((folder) => folderScope(folder) ?? []);
}

/** An absolute path as the scope of its folder; null for any other text. */
export function folderScope(path: string): Scope | null {
  const read = agentScopeSchema.safeParse(path);
  return read.success && read.data !== 'user' && read.data !== 'profile' ? read.data : null;
}

function isAbove(folder: string, below: string): boolean {
  const parent = dirname(below);
  return parent !== below && (parent === folder || isAbove(folder, parent));
}
