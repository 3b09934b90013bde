import { isAbsolute } from 'node:path';
import type { Surroundings } from './coding-agent.ts';
import { programOutput } from './program-output.ts';

/** How long a login shell may take to start; milliseconds. */
const limitMs = 3_000;
const mark = '__dragoman_value__';

/**
 * Those of these variables (plain names) that are set in the user's login shell: an app that was not started from a terminal sees nothing of
 * what start files set. Null where there is no shell, or it takes too long. What its start files print does not matter.
 */
export async function askLoginShell(
  { platform, environment }: Surroundings,
  names: readonly string[],
): Promise<ReadonlyMap<string, string> | null> {
  const shell = environment.SHELL;
  if (platform === 'win32' || shell === undefined || !isAbsolute(shell)) return null;
  // fish's PATH is a list; its quotes join it with blanks, and printenv gives what programs get.
  const script = [...names.map((name) => `printf '%s' ${mark}; printenv ${name}`), `printf '%s' ${mark}`].join('; ');
  const output = await programOutput(shell, ['-l', '-i', '-c', script], environment, limitMs);
  const values = output?.toString('utf8').split(mark).slice(1, -1);
  if (values?.length !== names.length) return null;
  const pairs = names.map((name, index) => [name, (values[index] ?? '').trim()] as const);
  return new Map(pairs.filter(([, value]) => value !== ''));
}
