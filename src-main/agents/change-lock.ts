import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { codeOf, RefusedChange } from './refused-change.ts';

/** Lengths of time around a lock, in milliseconds. */
export interface LockTimes {
  /** How long somebody waits for another process to let go. */
  readonly patience: number;
  /** How often who waits looks again. */
  readonly look: number;
  /** How often a holder says that it lives, and after how much silence it is taken for dead. */
  readonly sign: number;
  readonly silence: number;
  /** How long a lock may stand that says nothing yet, since it is made before it is written. */
  readonly birth: number;
}

const usualTimes: LockTimes = { patience: 10_000, look: 50, sign: 5_000, silence: 60_000, birth: 2_000 };

export interface ChangeLock {
  /**
   * Does something while nobody else who holds this lock does: within this process one after the other, however long it takes; behind another
   * process after ten seconds at most. Then it rejects with a RefusedChange that names the other process.
   */
  alone<Result>(act: () => Promise<Result>): Promise<Result>;
}

/**
 * A lock between processes: a file at this absolute path that names its holder. One of a process that is gone, or that is silent for a minute
 * (its number may be another program's by now), is taken over.
 */
export function createChangeLock(path: string, times: LockTimes = usualTimes): ChangeLock {
  let last: Promise<unknown> = Promise.resolve();

  async function hold<Result>(act: () => Promise<Result>): Promise<Result> {
    await take(path, times);
    const sign = setInterval(() => {
      const now = new Date();
      // Where it can't be said, a minute is long enough for any change.
      utimes(path, now, now).catch(() => undefined);
    }, times.sign);
    try {
      return await act();
    } finally {
      clearInterval(sign);
      await rm(path, { force: true });
    }
  }

  return {
    alone: (act) => {
      const turn = last.then(() => hold(act));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

async function take(path: string, times: LockTimes): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const until = performance.now() + times.patience;
  while (!(await isMade(path))) {
    const holder = await holderOf(path, times);
    if (holder === null) {
      await clear(path, times);
      continue;
    }
    if (performance.now() >= until) {
      throw new RefusedChange({
        why: `${holder} is changing agents’ files: try again when it is done`,
        path: null,
        line: null,
      });
    }
    await wait(times.look);
  }
}

async function isMade(path: string): Promise<boolean> {
  const handle = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') return null;
    throw error;
  });
  if (handle === null) return false;
  try {
    await handle.writeFile(`${process.pid} ${randomBytes(4).toString('hex')}`);
    return true;
  } catch (error) {
    // On a full disk: it would stand there for nobody.
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Who holds a lock, in words; null where nobody does any more. */
async function holderOf(path: string, { silence, birth }: LockTimes): Promise<string | null> {
  const info = await stat(path).catch(() => null);
  if (info === null) return null;
  const silent = Date.now() - info.mtimeMs;
  if (silent > silence) return null;
  const pid = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10);
  if (Number.isNaN(pid)) return silent > birth ? null : 'another Dragoman';
  if (pid === process.pid) return 'another part of this Dragoman';
  return isAlive(pid) ? `another Dragoman (process ${pid})` : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Takes a dead lock away. Only one process at a time judges that: else two find it dead, and the second takes the first one's new lock away. */
async function clear(path: string, times: LockTimes): Promise<void> {
  const guard = `${path}.clearing`;
  if (!(await isMade(guard))) {
    const made = await stat(guard).catch(() => null);
    if (made !== null && Date.now() - made.mtimeMs > times.birth) await rm(guard, { force: true });
    await wait(times.look);
    return;
  }
  try {
    if ((await holderOf(path, times)) === null) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}
