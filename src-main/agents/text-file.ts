import { createHash, randomBytes } from 'node:crypto';
import * as files from 'node:fs/promises';
import { constants, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, RefusedChange } from './refused-change.ts';

/** What a change of a file needs of the file system; handed in so that it can fail at any step of a test. */
export type FileSystem = Pick<
  typeof files,
  | 'access'
  | 'chmod'
  | 'chown'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'readFile'
  | 'readdir'
  | 'readlink'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'stat'
>;
export const realFiles: FileSystem = files;

/** Larger than any configuration that a person or an agent writes; bytes. */
const largestBytes = 16 * 1024 * 1024;

/** The text of a file, byte order mark and all; null where there is none. Throws a RefusedChange where it can't be taken for text. */
export async function readText(path: string, system: FileSystem = realFiles): Promise<string | null> {
  try {
    const info = await system.stat(path);
    if (!info.isFile()) throw new RefusedChange({ why: 'it is not a file', path, line: null });
    if (info.size > largestBytes) throw new RefusedChange({ why: 'it is larger than 16 MiB', path, line: null });
    const bytes = await system.readFile(path);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    if (codeOf(error) === 'ENOTDIR') throw new RefusedChange({ why: 'a folder above it is a file', path, line: null });
    if (isMissingRight(error)) {
      throw new RefusedChange({ why: 'it may not be read with the rights of this user', path, line: null });
    }
    if (error instanceof TypeError && codeOf(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new RefusedChange({ why: 'it is not UTF-8: save it as UTF-8 first', path, line: null });
    }
    throw refusalOf(error, path);
  }
}

/** Told apart by content, not by time of change. */
export function fingerprint(text: string | null): string {
  return text === null ? 'none' : createHash('sha256').update(text).digest('hex');
}

export interface TextChange {
  readonly path: string;
  /** The text that the file must still have; null where it must not be there. */
  readonly from: string | null;
  /** Its new text; null removes it. */
  readonly to: string | null;
}

/**
 * Writes, makes or removes one file so that whoever reads it, and whatever dies meanwhile, finds it whole: old or new. The new text goes to a
 * file beside it, to the disk, and takes the old one's name, mode and owner; a symlink stays and its target is written. Resolves with the
 * folders that were made, outermost first. Throws a RefusedChange where the file is not as it was, or may not be written.
 */
export async function changeFile(change: TextChange, system: FileSystem = realFiles): Promise<readonly string[]> {
  const { path, from, to } = change;
  const target = await targetOf(path, system);
  const folder = dirname(target);
  if (from !== null) await requireWritable(path, target, system);
  if (to === null) {
    await requireUnchanged(change, target, system);
    await system.rm(target, { force: true }).catch((error: unknown) => {
      throw folderRefusalOf(error, path);
    });
    await syncFolder(folder, system);
    return [];
  }
  const made = await makeFolders(folder, system);
  const stem = `.${basename(target)}.dragoman-`;
  const beside = join(folder, `${stem}${randomBytes(6).toString('hex')}`);
  try {
    await removeLeftovers(folder, stem, system);
    await writeBeside(beside, to, path, system);
    if (from !== null) await takeAttributes(beside, target, path, system);
    await requireUnchanged(change, target, system);
    await system.rename(beside, target);
  } catch (error) {
    await system.rm(beside, { force: true }).catch(() => undefined);
    await removeFolders(made, system);
    throw refusalOf(error, path);
  }
  await syncFolder(folder, system);
  const written = await readText(target, system);
  if (written !== to)
    throw new RefusedChange({ why: 'it was changed by something else in the moment it was written', path, line: null });
  return made;
}

/** Half-written files of a process that died: they may hold keys. Only one process changes files at a time. */
async function removeLeftovers(folder: string, stem: string, system: FileSystem): Promise<void> {
  const names = await system.readdir(folder);
  for (const name of names) if (name.startsWith(stem)) await system.rm(join(folder, name), { force: true });
}

/** A new file on the disk. Nobody else may read it: it may hold keys. */
async function writeBeside(beside: string, text: string, path: string, system: FileSystem): Promise<void> {
  const file = await system.open(beside, 'wx', 0o600).catch((error: unknown) => {
    throw folderRefusalOf(error, path);
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Gives a new file the owner and the mode of the one that it is to replace. Attributes beyond these go with the old file, as they do when the
 * agents themselves write (docs/decisions/0039).
 */
async function takeAttributes(beside: string, replaced: string, path: string, system: FileSystem): Promise<void> {
  const { mode, uid, gid } = await system.stat(replaced);
  const own = await system.stat(beside);
  if (own.uid !== uid || own.gid !== gid) {
    await system.chown(beside, uid, gid).catch(() => {
      const why = `it belongs to user ${uid} and group ${gid}, which this user can't give to the new text: make it your own (chown) first`;
      throw new RefusedChange({ why, path, line: null });
    });
  }
  // Taking an owner takes some bits of the mode away. File systems without modes refuse any change.
  const wanted = mode & 0o7777;
  if (((await system.stat(beside)).mode & 0o7777) !== wanted) await system.chmod(beside, wanted);
}

function isMissingRight(error: unknown): boolean {
  return codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM';
}

/** Removes folders that were made for a file, innermost first, as far as they are empty. */
export async function removeFolders(made: readonly string[], system: FileSystem = realFiles): Promise<void> {
  for (const folder of made.toReversed()) {
    try {
      await system.rmdir(folder);
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM', 'EACCES', 'EBUSY', 'ENOTDIR'].includes(String(codeOf(error))))
        return;
      throw error;
    }
  }
}

/** What a symlink means in the end, though it be to a file that is not there yet. */
async function targetOf(path: string, system: FileSystem): Promise<string> {
  let target = path;
  for (let hops = 0; hops < 40; hops += 1) {
    try {
      return await system.realpath(target);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw refusalOf(error, path);
    }
    const link = await system.readlink(target).catch(() => null);
    if (link === null) return target;
    target = resolve(dirname(target), link);
  }
  throw new RefusedChange({ why: 'it is a symlink to itself', path, line: null });
}

async function requireWritable(path: string, target: string, system: FileSystem): Promise<void> {
  const info = await system.stat(target).catch((error: unknown) => {
    throw refusalOf(error, path);
  });
  const isReadOnly = process.platform !== 'win32' && (info.mode & 0o222) === 0;
  if (isReadOnly) throw new RefusedChange({ why: 'it is read-only: make it writable first', path, line: null });
  if (info.nlink > 1) {
    const why = `it has ${info.nlink} names (hard links), and only this one would get the new text: make the others symlinks, or copies`;
    throw new RefusedChange({ why, path, line: null });
  }
  await system.access(target, constants.W_OK).catch((error: unknown) => {
    throw refusalOf(error, path);
  });
}

async function requireUnchanged({ path, from }: TextChange, target: string, system: FileSystem): Promise<void> {
  if ((await readText(target, system)) !== from) {
    throw new RefusedChange({ why: 'it has changed since the change was planned: look at it again', path, line: null });
  }
}

async function makeFolders(folder: string, system: FileSystem): Promise<readonly string[]> {
  const outermost = await system.mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw refusalOf(error, folder);
  });
  const made: string[] = [];
  if (outermost === undefined) return made;
  for (let at = folder; at.length >= outermost.length; at = dirname(at)) made.unshift(at);
  return made;
}

/** The new name is on the disk, too. Windows has no such thing for folders. */
async function syncFolder(folder: string, system: FileSystem): Promise<void> {
  if (process.platform === 'win32') return;
  let handle: FileHandle | null = null;
  try {
    handle = await system.open(folder, 'r');
    await handle.sync();
  } catch (error) {
    // Some file systems can't; the file itself is on the disk.
    if (!['EINVAL', 'ENOTSUP', 'EISDIR', 'EACCES', 'EPERM'].includes(String(codeOf(error)))) throw error;
  } finally {
    await handle?.close();
  }
}

/** Of making or removing a file, which is a right on its folder. */
function folderRefusalOf(error: unknown, path: string): unknown {
  if (!isMissingRight(error)) return refusalOf(error, path);
  return new RefusedChange({ why: 'its folder may not be written with the rights of this user', path, line: null });
}

/** A failure of the file system as a RefusedChange; any other error as it is. */
export function refusalOf(error: unknown, path: string | null): unknown {
  const why = reasons[String(codeOf(error))];
  return why === undefined ? error : new RefusedChange({ why, path, line: null });
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'it may not be written with the rights of this user',
  EPERM: 'it may not be written with the rights of this user',
  EROFS: 'it stands on a file system that is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EBUSY: 'another program holds it open: close that, or try again',
  ENOTDIR: 'a folder above it is a file',
  EEXIST: 'a folder above it is a file',
  ELOOP: 'it is a symlink to itself',
  EISDIR: 'it is a folder',
};
