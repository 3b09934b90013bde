import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { cleanEnvironment } from './clean-environment.ts';
import type { CodingAgent, Surroundings } from './coding-agent.ts';

/** How long a login shell may take to say its PATH, and an agent its version; milliseconds. */
const shellLimitMs = 3_000;
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
    (await findOnPath(agent, (await loginPath(surroundings)) ?? '', surroundings)) ??
    (await findOnPath(agent, usualFolders(surroundings).join(delimiter), surroundings));
  return executable === null ? null : { executable, version: await versionOf(executable, surroundings) };
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

/** Null where there is no shell, or it takes too long. What its start files print does not matter. */
async function loginPath({ platform, environment }: Surroundings): Promise<string | null> {
  const shell = environment.SHELL;
  if (platform === 'win32' || shell === undefined || !isAbsolute(shell)) return null;
  const mark = '__dragoman_path__';
  // fish's PATH is a list; its quotes join it with blanks, and printenv gives what programs get.
  const output = await run(
    shell,
    ['-l', '-i', '-c', `printf '%s' ${mark}; printenv PATH; printf '%s' ${mark}`],
    environment,
    shellLimitMs,
  );
  return output?.split(mark)[1]?.trim() ?? null;
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

async function versionOf(executable: string, { environment, platform }: Surroundings): Promise<string | null> {
  const isScript = platform === 'win32' && /\.(?:cmd|bat)$/i.test(executable);
  if (isScript) return null;
  const output = await run(executable, ['--version'], cleanEnvironment(environment, {}), versionLimitMs);
  return /\d+\.\d+\.\d+(?:-[\w.]+)?/.exec(output ?? '')?.[0] ?? null;
}

/** What a program prints; null where it fails or takes too long. */
function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  timeout: number,
): Promise<string | null> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...args],
      { env: { ...environment }, timeout, killSignal: 'SIGKILL', windowsHide: true },
      (error, stdout) => resolve(error === null ? stdout : null),
    );
    child.stdin?.end();
  });
}
