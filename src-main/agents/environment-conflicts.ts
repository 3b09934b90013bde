import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentConflict } from '../../src-shared/agents.ts';
import { matches } from './clean-environment.ts';
import type { CodingAgent, Surroundings } from './coding-agent.ts';
import { withLoopback } from './no-proxy.ts';
import { RefusedChange } from './refused-change.ts';
import { readText } from './text-file.ts';

/** Start files of the shells that people use, and of their sessions, below the user's directory; of a folder (`/` at the end) all. */
const startFiles = [
  '.config/environment.d/',
  '.pam_environment',
  '.profile',
  '.bashrc',
  '.bash_profile',
  '.bash_login',
  '.zshenv',
  '.zprofile',
  '.zshrc',
  '.zlogin',
  '.config/fish/conf.d/',
  '.config/fish/config.fish',
  'Documents/WindowsPowerShell/Microsoft.PowerShell_profile.ps1',
  'Documents/PowerShell/Microsoft.PowerShell_profile.ps1',
  '.config/powershell/Microsoft.PowerShell_profile.ps1',
] as const;
const zshFiles = /^\.z(?:shenv|profile|shrc|login)$/;
/** What every session of this computer begins with. */
const everyonesFile = '/etc/environment';

/** Variables that beat what a set-up has written, or lose to it: of the environment, and of the start files of shells. */
export async function environmentConflicts(
  agent: CodingAgent,
  surroundings: Surroundings,
): Promise<readonly AgentConflict[]> {
  const places = new Map<string, string>();
  for (const [name, value] of Object.entries(surroundings.environment)) if (value) places.set(name, 'the environment');
  // The place to change it says more than that it is there.
  for (const [name, { file }] of await startVariables(surroundings)) places.set(name, file);
  return agent.variables.flatMap(({ name: pattern, ...words }) =>
    [...places].flatMap(([name, place]): readonly AgentConflict[] =>
      matches(pattern, name) ? [{ kind: 'environment', what: `${name} in ${place}`, ...words }] : [],
    ),
  );
}

interface StartFile {
  readonly path: string;
  readonly shown: string;
}

async function startFilesOf({ platform, environment, userDirectory }: Surroundings): Promise<readonly StartFile[]> {
  const own = await Promise.all(
    startFiles.map(async (file): Promise<readonly StartFile[]> => {
      const folder = environment.ZDOTDIR && zshFiles.test(file) ? environment.ZDOTDIR : userDirectory;
      const path = join(folder, file);
      const shown = folder === userDirectory ? `~/${file}` : path;
      if (!file.endsWith('/')) return [{ path, shown }];
      // Most users have no such folder.
      const names = await readdir(path).catch((): readonly string[] => []);
      return names.toSorted().map((name) => ({ path: join(path, name), shown: `${shown}${name}` }));
    }),
  );
  const everyones = platform === 'win32' ? [] : [{ path: everyonesFile, shown: everyonesFile }];
  return [...everyones, ...own.flat()];
}

/** What start files set: where, and the text of the value as it stands there. */
async function startVariables(
  surroundings: Surroundings,
): Promise<ReadonlyMap<string, { readonly file: string; readonly value: string }>> {
  const found = new Map<string, { readonly file: string; readonly value: string }>();
  for (const { path, shown } of await startFilesOf(surroundings)) {
    for (const [name, value] of await variablesIn(path)) found.set(name, { file: shown, value });
  }
  return found;
}

/** What a start file sets, as sh, zsh, fish and PowerShell write it. */
async function variablesIn(path: string): Promise<readonly (readonly [string, string])[]> {
  const text = await readText(path).catch((error: unknown) => {
    if (error instanceof RefusedChange) return null;
    throw error;
  });
  const set =
    /^[ \t]*(?:(?:export|typeset -x|declare -x)[ \t]+)?([A-Za-z_]\w*)=(\S.*)|^[ \t]*set[ \t]+(?:-[\w-]+[ \t]+)+([A-Za-z_]\w*)[ \t]+(\S.*)|^[ \t]*\$env:([A-Za-z_]\w*)[ \t]*=[ \t]*(\S.*)/gim;
  return [...(text ?? '').matchAll(set)].flatMap(([, sh, shValue, fish, fishValue, powershell, powershellValue]) => {
    const name = sh ?? fish ?? powershell;
    return name === undefined ? [] : [[name, shValue ?? fishValue ?? powershellValue ?? ''] as const];
  });
}

/** How the variable stands in which an agent is to find its key. */
export interface KeyInEnvironment {
  readonly variable: string;
  readonly state: 'set' | 'another' | 'missing';
}

/** An agent that finds its key in the environment, where it does not. */
export function keyConflicts(
  { id, label }: CodingAgent,
  key: KeyInEnvironment | null,
  { platform }: Surroundings,
): readonly AgentConflict[] {
  if (key === null || key.state === 'set') return [];
  const { variable } = key;
  const show = `dragoman key show ${id}`;
  const line =
    platform === 'win32'
      ? `in PowerShell: \`[Environment]::SetEnvironmentVariable('${variable}', (${show}), 'User')\``
      : `in your shell’s start file: \`export ${variable}="$(${show})"\``;
  return [
    {
      kind: 'environment',
      ...(key.state === 'missing'
        ? {
            what: `${variable} is not set where you log in`,
            effect: `${label} finds its key there, and does not start without it, but by \`dragoman run ${id}\` and from here.`,
          }
        : {
            what: `${variable} holds another key than ${label}’s`,
            effect: `The gateway refuses it, or takes ${label} for something else.`,
          }),
      remedy: `Set it ${line}; or set ${label} up with the key in its file.`,
    },
  ];
}

/** A proxy that requests for this computer would go through, where only the environment can keep them from it. */
export async function proxyConflicts(
  agent: CodingAgent,
  surroundings: Surroundings,
): Promise<readonly AgentConflict[]> {
  if (agent.proxyInFile) return [];
  const { environment } = surroundings;
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];
  const inFiles = await startVariables(surroundings);
  const proxy = names.find((name) => environment[name] || inFiles.has(name));
  const without = environment.no_proxy ?? environment.NO_PROXY;
  // A start file may put its value together of others: that it names this computer is enough.
  const written = inFiles.get('no_proxy') ?? inFiles.get('NO_PROXY');
  const isRound = withLoopback(without) === (without ?? '') || written?.value.includes('127.0.0.1') === true;
  if (proxy === undefined || isRound) return [];
  return [
    {
      kind: 'environment',
      what: `${proxy} in ${inFiles.get(proxy)?.file ?? 'the environment'}`,
      effect: `${agent.label} sends its requests for this computer, prompts included, to the proxy.`,
      remedy: `Set NO_PROXY=${withLoopback(without)} in your shell’s start file.`,
    },
  ];
}
