import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createChangeLock, type LockTimes } from '../../../src-main/agents/change-lock.ts';
import { freshFolder } from './places.ts';

const times: LockTimes = { patience: 10_000, look: 5, sign: 20, silence: 60_000, birth: 2_000 };

async function freshLock(): Promise<string> {
  return join(await freshFolder(), 'home', 'agents.lock');
}

/** A process that lives until the test is over. */
function otherProcess(): number {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.pid === undefined) throw new Error('the process did not start');
  return child.pid;
}

/** As another process makes it. */
async function heldBy(pid: number, path: string): Promise<void> {
  await createChangeLock(path).alone(() => Promise.resolve());
  await writeFile(path, `${pid} 01234567`);
}

describe('two changes of agents’ files', () => {
  it('in one process come one after the other, in the order in which they were asked for', async () => {
    const lock = createChangeLock(await freshLock(), { ...times, patience: 0 });
    const done: string[] = [];
    const act = (name: string) => async (): Promise<void> => {
      done.push(`${name} begins`);
      await wait(20);
      done.push(`${name} ends`);
    };
    await Promise.all([lock.alone(act('first')), lock.alone(act('second')), lock.alone(act('third'))]);
    expect(done).toEqual(['first', 'second', 'third'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('come one after the other where the first fails', async () => {
    const lock = createChangeLock(await freshLock(), times);
    const first = lock.alone(() => Promise.reject(new Error('the disk is full')));
    const second = lock.alone(() => Promise.resolve('done'));
    await expect(first).rejects.toThrow('the disk is full');
    await expect(second).resolves.toBe('done');
  });

  it('in two processes: the second waits until the first lets go', async () => {
    const path = await freshLock();
    const [ours, theirs] = [createChangeLock(path, times), createChangeLock(path, times)];
    const done: string[] = [];
    const first = ours.alone(async () => {
      await wait(100);
      done.push('first');
    });
    await wait(20);
    const second = theirs.alone(() => Promise.resolve(done.push('second')));
    await Promise.all([first, second]);
    expect(done).toEqual(['first', 'second']);
    expect(await readdir(dirname(path))).toEqual([]);
  });

  it('the second is refused, told who holds the files, where the first does not let go in time', async () => {
    const path = await freshLock();
    const pid = otherProcess();
    await heldBy(pid, path);
    const lock = createChangeLock(path, { ...times, patience: 50 });
    await expect(lock.alone(() => Promise.resolve())).rejects.toThrow(
      `another Dragoman (process ${pid}) is changing agents’ files: try again when it is done`,
    );
    expect(existsSync(path)).toBe(true);
  });
});

describe('the lock of agents’ files', () => {
  it('of a process that is gone is taken over', async () => {
    const path = await freshLock();
    await heldBy(999_999_999, path);
    const lock = createChangeLock(path, { ...times, patience: 0 });
    await expect(lock.alone(() => Promise.resolve('done'))).resolves.toBe('done');
    expect(await readdir(dirname(path))).toEqual([]);
  });

  it('of a process that is gone is taken over by one of many at a time', async () => {
    const path = await freshLock();
    await heldBy(999_999_999, path);
    let inside = 0;
    const most: number[] = [];
    const acts = Array.from({ length: 8 }, () =>
      createChangeLock(path, times).alone(async () => {
        inside += 1;
        most.push(inside);
        await wait(5);
        inside -= 1;
      }),
    );
    await Promise.all(acts);
    expect(most).toEqual(acts.map(() => 1));
  });

  it('of a living process that says nothing for a minute is taken over: its number is another program’s by now', async () => {
    const path = await freshLock();
    await heldBy(otherProcess(), path);
    const old = new Date(Date.now() - 61_000);
    await utimes(path, old, old);
    await expect(createChangeLock(path, times).alone(() => Promise.resolve('done'))).resolves.toBe('done');
  });

  it('stays with whoever takes longer than that: the holder says that it lives', async () => {
    const path = await freshLock();
    const [ours, theirs] = [
      createChangeLock(path, times),
      createChangeLock(path, { ...times, silence: 100, patience: 0 }),
    ];
    await ours.alone(async () => {
      await wait(300);
      await expect(theirs.alone(() => Promise.resolve())).rejects.toThrow('is changing agents’ files');
    });
  });

  it('that says nothing yet is its maker’s, and is taken over when it stays so', async () => {
    const path = await freshLock();
    await heldBy(1, path);
    await writeFile(path, '');
    await expect(createChangeLock(path, { ...times, patience: 0 }).alone(() => Promise.resolve())).rejects.toThrow(
      'another Dragoman',
    );
    await expect(createChangeLock(path, { ...times, birth: 50 }).alone(() => Promise.resolve('done'))).resolves.toBe(
      'done',
    );
  });

  it('is not kept from anybody by one who died while taking it over', async () => {
    const path = await freshLock();
    await heldBy(999_999_999, path);
    await writeFile(`${path}.clearing`, '999999998 x');
    await expect(createChangeLock(path, { ...times, birth: 50 }).alone(() => Promise.resolve('done'))).resolves.toBe(
      'done',
    );
  });
});
