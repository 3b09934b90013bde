import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';

const runRecordSchema = z.object({
  pid: z.number().int().positive(),
  /** The gateway's base URL as this machine reaches it. */
  url: z.string(),
  /** With the control token behind `#token=`; null where there is no window. */
  ui: z.string().nullable(),
  token: z.string(),
  /** ISO 8601. */
  startedAt: z.string(),
});

/** `<home>/run.json`: which service of this home runs. Only its own user may read it, since the token stands in it. */
export type RunRecord = Readonly<z.infer<typeof runRecordSchema>>;

/** How long a process that should answer may take before it counts as running but busy, in milliseconds. */
const answerLimitMs = 2_000;

function runFile(home: string): string {
  return join(home, 'run.json');
}

/** The service of this home that runs, or null. A record whose process is dead, or whose pid is another program's now, is none. */
export async function findRunning(home: string): Promise<RunRecord | null> {
  const record = await readRecord(runFile(home));
  return record !== null && isAlive(record.pid) && (await isListening(record.url)) ? record : null;
}

export type Claim = { readonly ok: true } | { readonly ok: false; readonly running: RunRecord };

/** Writes the record unless another service of this home runs. Of two that start at once exactly one gets it. */
export async function claimRunFile(home: string, record: RunRecord): Promise<Claim> {
  const file = runFile(home);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const own = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(own, serialise(record), { mode: 0o600 });
  try {
    for (;;) {
      if (await linked(own, file)) return { ok: true };
      const running = await findRunning(home);
      if (running !== null) return { ok: false, running };
      await removeStale(home, `${own}.stale`);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** Replaces our own record, after a re-bind. */
export async function updateRunFile(home: string, record: RunRecord): Promise<void> {
  await writeFileAtomic(runFile(home), serialise(record), { mode: 0o600 });
}

/** Removes our own record; another service's stays. */
export async function releaseRunFile(home: string, token: string): Promise<void> {
  const file = runFile(home);
  if ((await readRecord(file))?.token === token) await rm(file, { force: true });
}

/** A hard link fails where the name exists and appears with its whole content: nobody ever reads half a record. */
async function linked(own: string, file: string): Promise<boolean> {
  try {
    await link(own, file);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error;
  }
  // File systems without hard links: exclusive all the same, with a moment in which it is empty.
  try {
    await writeFile(file, await readFile(own), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the stale record aside; if a living one got in between it is put back. */
async function removeStale(home: string, aside: string): Promise<void> {
  const file = runFile(home);
  const stale = await readRecord(file);
  try {
    await rename(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = await readRecord(aside);
  if (moved !== null && moved.token !== stale?.token) await linked(aside, file);
  await rm(aside, { force: true });
}

async function readRecord(file: string): Promise<RunRecord | null> {
  try {
    return runRecordSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** A service listens as long as its record stands, so a refused connection tells that the pid is another program's now. */
function isListening(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${url}/health`, { timeout: answerLimitMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => {
      resolve(true);
      request.destroy();
    });
    request.on('error', () => resolve(false));
  });
}

function serialise(record: RunRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
