import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';

/** Which scheme, host and port each upstream's secret from the environment or a file was first used for. Holds no secret. */
export interface Origins {
  get(upstream: string): Promise<string | null>;
  set(upstream: string, origin: string): Promise<void>;
  /** The next use binds anew. */
  forget(upstream: string): Promise<void>;
}

const originsSchema = z.record(z.string(), z.string());

/** Kept in a file of its own, mode 0600. A file that can't be read as such counts as a failure, never as empty: it is a safeguard. */
export function createOrigins(file: string): Origins {
  let queue: Promise<unknown> = Promise.resolve();
  let known: Readonly<Record<string, string>> | null = null;

  /** Read once: one process at a time changes it, since commands go through the service that runs. */
  async function read(): Promise<Readonly<Record<string, string>>> {
    known ??= await readOrigins(file);
    return known;
  }

  async function write(next: Readonly<Record<string, string>>): Promise<void> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFileAtomic(file, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
    known = next;
  }

  function inTurn(step: () => Promise<void>): Promise<void> {
    const done = queue.then(step);
    // The caller gets the failure; the next in turn only waits.
    queue = done.catch(() => undefined);
    return done;
  }

  return {
    get: async (upstream) => {
      const origins = await read();
      return Object.hasOwn(origins, upstream) ? (origins[upstream] ?? null) : null;
    },
    set: (upstream, origin) => inTurn(async () => write({ ...(await read()), [upstream]: origin })),
    forget: (upstream) =>
      inTurn(async () => {
        const { [upstream]: forgotten, ...others } = await read();
        if (forgotten !== undefined) await write(others);
      }),
  };
}

async function readOrigins(file: string): Promise<Readonly<Record<string, string>>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
  const parsed = originsSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new Error(`${file} is broken; delete it and confirm each upstream again`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The schema refuses it.
  }
}
