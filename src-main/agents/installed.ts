import { constants } from 'node:fs';
import { access, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { cleanEnvironment } from './clean-environment.ts';
import type { CodingAgent, Surroundings } from './coding-agent.ts';
import { askLoginShell } from './login-shell.ts';
import { programOutput } from './program-output.ts';
import { programBehind } from './start-program.ts';

/** How long an agent may take to say its version; milliseconds. */
const versionLimitMs = 5_000;

export interface InstalledAgent {
  /** Absolute path of the executable. */
  readonly executable: string;
  /** As it says itself, e.g. "2.1.329"; null where it says none. */
  readonly version: string | null;
}

/**
 * Where an agent's executable stands: on this process's PATH; else on that of the user's login shell, since an app that was not started from
 * a terminal sees nothing of what nvm, Homebrew or mise add there; else where installers put it. Null where it is nowhere.
 */
export async function findInstalled(agent: CodingAgent, surroundings: Surroundings): Promise<InstalledAgent | null> {
  const executable =
    (await findOnPath(agent, surroundings.environment.PATH ?? '', surroundings)) ??
    (await findOnPath(agent, (await askLoginShell(surroundings, ['PATH']))?.get('PATH') ?? '', surroundings)) ??
    (await findOnPath(agent, usualFolders(surroundings).join(delimiter), surroundings));
  return executable === null ? null : { executable, version: await versionOf(agent, executable, surroundings) };
}

/** Compares dotted numbers; what stands behind a `-` does not count. */
export function isOlder(version: string, than: string): boolean {
  const [ours, theirs] = [version, than].map((text) => (text.split('-')[0] ?? '').split('.').map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (ours?.[index] ?? 0) - (theirs?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

async function findOnPath(
  agent: CodingAgent,
  path: string,
  { platform, environment }: Surroundings,
): Promise<string | null> {
  const endings = platform === 'win32' ? (environment.PATHEXT ?? '.EXE;.CMD;.BAT').toLowerCase().split(';') : [''];
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const name of agent.executables) {
      for (const ending of endings) {
        const candidate = join(folder, name + ending);
        const isThere = await access(candidate, constants.X_OK).then(
          () => true,
          () => false,
        );
        if (isThere) return candidate;
      }
    }
  }
  return null;
}

function usualFolders({ platform, userDirectory, environment }: Surroundings): readonly string[] {
  if (platform === 'win32') {
    return [join(environment.APPDATA ?? userDirectory, 'npm'), join(userDirectory, '.local', 'bin')];
  }
  const own = [
    '.local/bin',
    '.claude/local',
    '.opencode/bin',
    '.bun/bin',
    '.volta/bin',
    '.npm-global/bin',
    '.local/share/mise/shims',
  ];
  return [...own.map((folder) => join(userDirectory, folder)), '/opt/homebrew/bin', '/usr/local/bin', '/usr/bin'];
}

/** What its package says; a program that is in none is asked. */
async function versionOf(agent: CodingAgent, executable: string, surroundings: Surroundings): Promise<string | null> {
  const packaged = await packageVersion(agent, executable);
  if (packaged !== null) return /^\d+\.\d+\.\d+/.exec(packaged)?.[0] ?? null;
  const { environment, platform } = surroundings;
  if (platform === 'win32' && /\.(?:cmd|bat)$/i.test(executable)) return null;
  // Even to say its version OpenCode makes its folders, which are none of ours to have made.
  const scratch = await mkdtemp(join(tmpdir(), 'dragoman-version-'));
  try {
    const folders = Object.fromEntries(
      ['CONFIG', 'DATA', 'CACHE', 'STATE'].map((kind) => [`XDG_${kind}_HOME`, scratch]),
    );
    const clean = cleanEnvironment(environment, folders);
    const output = await programOutput(executable, ['--version'], clean, versionLimitMs);
    return /\d+\.\d+\.\d+(?:-[\w.]+)?/.exec(output?.toString('utf8') ?? '')?.[0] ?? null;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The version of the npm package that an executable belongs to; null where it belongs to none of the agent's. */
async function packageVersion({ packages }: CodingAgent, executable: string): Promise<string | null> {
  const program = programBehind(executable);
  let folder = dirname(await realpath(program).catch(() => program));
  for (let level = 0; level < 5; level += 1) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null);
    const description = text === null ? null : packageSchema.safeParse(jsonOrNull(text));
    if (description?.success === true && packages.some((name) => description.data.name.startsWith(name))) {
      return description.data.version;
    }
    folder = dirname(folder);
  }
  return null;
}

const packageSchema = z.object({ name: z.string(), version: z.string() });

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
