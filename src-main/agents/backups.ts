import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { codeOf } from './refused-change.ts';

/** How many are kept of each file. */
const keptPerFile = 20;
const noteName = 'backup.note';

const backupSchema = z.strictObject({
  /** Absolute path of the user's file. */
  path: z.string(),
  agent: z.string(),
  /** ISO 8601. */
  at: z.string(),
});
export interface Backup extends Readonly<z.infer<typeof backupSchema>> {
  readonly id: string;
  /** Absolute path of the copy. */
  readonly file: string;
}

export interface Backups {
  /** Copies a text before it is changed. */
  add(agent: string, path: string, text: string): Promise<Backup>;
  /** Newest first. */
  list(): Promise<readonly Backup[]>;
  /** Null where there is none of this id. */
  read(id: string): Promise<{ readonly backup: Backup; readonly text: string } | null>;
}

/**
 * Copies of the user's files under `<home>/backups`, each in a folder of its own with a note of what it is a copy of. They may hold the user's own secrets, so only
 * this user may read them.
 */
export function openBackups(home: string, now: () => Date): Backups {
  const folder = join(home, 'backups');

  async function names(): Promise<readonly string[]> {
    return readdir(folder).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    });
  }

  async function list(): Promise<readonly Backup[]> {
    const notes = await Promise.all(
      (await names())
        .toSorted()
        .toReversed()
        .map((id) => readNote(folder, id)),
    );
    return notes.flatMap((note) => (note === null ? [] : [note]));
  }

  async function add(agent: string, path: string, text: string): Promise<Backup> {
    const at = now().toISOString();
    const place = createHash('sha256').update(path).digest('hex').slice(0, 8);
    const stem = `${at.replaceAll(':', '-')}-${agent}-${place}`;
    const existing = await names();
    let id = stem;
    for (let count = 2; existing.includes(id); count += 1) id = `${stem}-${count}`;
    await mkdir(join(folder, id), { recursive: true, mode: 0o700 });
    const file = join(folder, id, basename(path));
    await writeNew(file, text);
    const note = { path, agent, at };
    // The note comes last: a copy without one is no backup.
    await writeNew(join(folder, id, noteName), `${JSON.stringify(note)}\n`);
    const old = (await list()).filter((backup) => backup.path === path).slice(keptPerFile);
    for (const backup of old) await rm(join(folder, backup.id), { recursive: true, force: true });
    return { ...note, id, file };
  }

  return {
    add,
    list,
    read: async (id) => {
      const backup = (await list()).find((candidate) => candidate.id === id);
      return backup === undefined ? null : { backup, text: await readFile(backup.file, 'utf8') };
    },
  };
}

async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Null for what is no backup of ours. */
async function readNote(folder: string, id: string): Promise<Backup | null> {
  try {
    const note = backupSchema.parse(JSON.parse(await readFile(join(folder, id, noteName), 'utf8')));
    return { ...note, id, file: join(folder, id, basename(note.path)) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}
