import { posix } from 'node:path';
import type { AgentId } from '../../src-shared/agents.ts';
import { agents } from './all-agents.ts';
import type { Surroundings } from './coding-agent.ts';
import { shellWord, type Wsl } from './wsl.ts';

/** How long what was found is taken for true; milliseconds. Looking starts a shell in each distribution. */
const trustedMs = 5 * 60_000;
const mark = '__dragoman__';

/** A distribution of WSL that runs, and its user there. */
export interface WslHome {
  readonly distribution: string;
  /** As the agents see it there; paths are Linux's. */
  readonly surroundings: Surroundings;
  /** Agents that its user can start there. */
  readonly installed: readonly AgentId[];
  /**
   * Whether it shares Windows' network, so that loopback there is loopback here; else the address that it has Windows at, null where it tells
   * none.
   */
  readonly network: 'shared' | { readonly windows: string | null };
}

export interface WslHomes {
  /** `refresh`: looks now instead of telling what is known, which else is brought up to date in the background. */
  list(refresh: boolean): Promise<readonly WslHome[]>;
  /** The files of an agent there, as Windows names them; a file behind a symlink is that which it leads to. */
  files(home: WslHome, agent: AgentId): Promise<readonly string[]>;
}

/** `now` in milliseconds since 1970. */
export function createWslHomes(wsl: Wsl, now: () => number): WslHomes {
  let known: { readonly at: number; readonly homes: Promise<readonly WslHome[]> } | null = null;

  async function look(): Promise<readonly WslHome[]> {
    const homes = await Promise.all((await wsl.running()).map((distribution) => homeOf(wsl, distribution)));
    return homes.filter((home) => home !== null);
  }

  return {
    list: (refresh) => {
      if (refresh || known === null) known = { at: now(), homes: look() };
      const { at, homes } = known;
      if (now() - at >= trustedMs) {
        // A shell that takes its time holds up nobody who did not ask for news.
        known = { at: now(), homes };
        void look().then((found) => {
          known = { at: now(), homes: Promise.resolve(found) };
        });
      }
      return homes;
    },
    files: async ({ distribution, surroundings }, agent) => {
      // Both the file with comments and the one without are asked for; which one is there is known then.
      const there = new Set<string>();
      const wanted = (): readonly string[] =>
        (agents[agent].files('user', surroundings, (path) => there.has(linuxPath(path))) ?? []).map(linuxPath);
      const asked = [...wanted(), ...wanted().map((path) => path.replace(/\.json$/, '.jsonc'))];
      const lines = await linesOf(
        wsl,
        distribution,
        asked.map((path) => `[ -e ${shellWord(path)} ] && echo yes || echo no`),
      );
      for (const [index, path] of asked.entries()) if (lines[index] === 'yes') there.add(path);
      const files = wanted();
      const targets = await linesOf(
        wsl,
        distribution,
        files.map((path) => `readlink -f ${shellWord(path)} || echo ${shellWord(path)}`),
      );
      return files.map((path, index) => wsl.path(distribution, targets[index] ?? path));
    },
  };
}

/** The last line that each of these commands prints. */
async function linesOf(wsl: Wsl, distribution: string, commands: readonly string[]): Promise<readonly string[]> {
  const parts = await partsOf(wsl, distribution, commands);
  return parts?.map((part) => part.trimEnd().split('\n').at(-1) ?? '') ?? [];
}

/** What each of these commands prints, whatever start files print before; null where the distribution does not answer. */
async function partsOf(wsl: Wsl, distribution: string, commands: readonly string[]): Promise<readonly string[] | null> {
  const script = commands.map((command) => `echo; echo ${mark}; ${command}`).join('\n');
  const output = await wsl.script(distribution, `${script}\necho; echo ${mark}\n`);
  const parts = output?.split(`\n${mark}\n`).slice(1, -1) ?? null;
  return parts?.length === commands.length ? parts : null;
}

/** Its user's shell is asked as a terminal starts it, for agents and their folders are set in its start files. */
async function homeOf(wsl: Wsl, distribution: string): Promise<WslHome | null> {
  const names = Object.values(agents).flatMap(({ id, executables }) => executables.map((name) => ({ id, name })));
  const parts = await partsOf(wsl, distribution, [
    'all=$("$SHELL" -l -i -c env </dev/null 2>/dev/null); printf "%s\\n" "$all"',
    'uname -r',
    'wslinfo --networking-mode 2>/dev/null',
    'ip -4 route show default 2>/dev/null',
    `path=$(printf "%s\\n" "$all" | sed -n "s/^PATH=//p" | tail -n 1); for name in ${names.map(({ name }) => name).join(' ')}; do (PATH=$path; command -v $name >/dev/null 2>&1 && echo $name); done`,
  ]);
  if (parts === null) return null;
  const [environment = '', kernel = '', mode = '', route = '', found = ''] = parts;
  const variables = Object.fromEntries(environment.split('\n').flatMap((line) => variableIn(line)));
  const { HOME } = variables;
  if (HOME === undefined || !posix.isAbsolute(HOME)) return null;
  const here = found.split('\n').map((line) => line.trim());
  return {
    distribution,
    surroundings: { platform: 'linux', environment: variables, userDirectory: HOME },
    installed: names.flatMap(({ id, name }) => (here.includes(name) ? [id] : [])),
    network: isShared(kernel, mode.trim())
      ? 'shared'
      : { windows: /\bvia (\d+(?:\.\d+){3})\b/.exec(route)?.[1] ?? null },
  };
}

function variableIn(line: string): readonly (readonly [string, string])[] {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
  return name === undefined || value === undefined ? [] : [[name, value]];
}

/** Version 1 has no network of its own; version 2 shares Windows' where it mirrors it, which only newer ones tell. */
function isShared(kernel: string, mode: string): boolean {
  if (mode === '') return !/wsl2/i.test(kernel);
  return mode === 'mirrored' || mode === 'wsl1';
}

/** Windows joins paths with backslashes. */
function linuxPath(path: string): string {
  return path.replaceAll('\\', '/');
}
