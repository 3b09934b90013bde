import type { Backups } from './backups.ts';
import type { PlannedFile } from './file-changes.ts';
import type { RecordEntry, SetupRecord } from './setup-record.ts';
import { changeFile, type FileSystem, realFiles, removeFolders } from './text-file.ts';

export interface AppliedFile {
  readonly path: string;
  /** Whether there was no such file before. */
  readonly created: boolean;
  readonly diff: string;
  /** Absolute path of the copy that was made first; null where there was no file. */
  readonly backup: string | null;
}

export interface ApplyParts {
  readonly record: SetupRecord;
  readonly backups: Backups;
  readonly system?: FileSystem;
}

/**
 * Writes what was planned, while nobody else does: copies first, then the record of what will be ours, then the files, each whole or not at
 * all. Where a file refuses, those written before it get their old text again. `entry` is what the record says afterwards; its
 * `previous` stands in it while the files are being written. Files in which nothing changes are not touched.
 */
export async function applyChanges(
  { record, backups, system = realFiles }: ApplyParts,
  entry: RecordEntry,
  plan: readonly PlannedFile[],
): Promise<readonly AppliedFile[]> {
  const changes = plan.filter(({ from, to }) => from !== to);
  const before = await record.find(entry.agent, entry.scope);
  const copies = new Map<string, string>();
  for (const { path, from } of changes) {
    if (from !== null) copies.set(path, (await backups.add(entry.agent, path, from)).file);
  }
  // An undo is recorded when it is done: until then what is ours still stands.
  if (entry.setup !== null) await record.put({ ...entry, previous: before?.setup ?? null });
  const folders = new Map<string, readonly string[]>();
  const done: PlannedFile[] = [];
  try {
    for (const change of changes) {
      folders.set(change.path, await changeFile(change, system));
      done.push(change);
    }
  } catch (error) {
    for (const { path, from, to } of done.toReversed()) await changeFile({ path, from: to, to: from }, system);
    await record.put(before ?? { ...entry, setup: null, previous: null, kept: null });
    throw error;
  }
  for (const { path, to } of changes) {
    const made = before?.setup?.files.find((file) => file.path === path)?.folders ?? [];
    if (to === null) await removeFolders(made, system);
  }
  const setup = entry.setup && {
    ...entry.setup,
    files: entry.setup.files.map((file) => ({
      ...file,
      folders: file.folders.length > 0 ? file.folders : [...(folders.get(file.path) ?? [])],
    })),
  };
  await record.put({ ...entry, setup, previous: null });
  return changes.map(({ path, from, diff }) => ({
    path,
    created: from === null,
    diff,
    backup: copies.get(path) ?? null,
  }));
}
