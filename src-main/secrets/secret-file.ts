import { readFile, stat } from 'node:fs/promises';

/** What a file that should hold a secret holds; `why` not, as a clause for people. */
export type SecretFile = { readonly ok: true; readonly secret: string } | { readonly ok: false; readonly why: string };

/** A file longer than this holds something else than a secret; bytes. */
const limitBytes = 65_536;

/** Reads files that hold one secret each, and reads one again once it has changed. */
export interface SecretFiles {
  /** Never rejects. Line ends behind the secret are not part of it. */
  read(path: string): Promise<SecretFile>;
}

interface Known {
  readonly version: string;
  readonly file: SecretFile;
}

export function createSecretFiles(): SecretFiles {
  const known = new Map<string, Known>();

  return {
    read: async (path) => {
      try {
        // Orchestrators swap the file behind a symbolic link, so the link's target is what counts.
        const { size, mtimeNs, ctimeNs, ino, dev, isFile } = await statOf(path);
        // A pipe would be waited for; a device never ends.
        if (!isFile) return unreadable(`${path} is not a file`);
        if (size > limitBytes) return unreadable(`${path} is longer than ${limitBytes / 1024} KiB, which no secret is`);
        const version = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
        const before = known.get(path);
        if (before?.version === version) return before.file;
        const file = secretOf(path, await readFile(path));
        known.set(path, { version, file });
        return file;
      } catch (error) {
        return unreadable(readFailure(path, error));
      }
    },
  };
}

async function statOf(path: string) {
  const stats = await stat(path, { bigint: true });
  const { mtimeNs, ctimeNs, ino, dev } = stats;
  return { size: Number(stats.size), mtimeNs, ctimeNs, ino, dev, isFile: stats.isFile() };
}

function secretOf(path: string, bytes: Buffer): SecretFile {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return unreadable(`${path} is not text`);
  }
  const secret = text.replace(/[\r\n]+$/, '');
  if (secret === '') return unreadable(`${path} is empty`);
  if (/[\r\n]/.test(secret)) return unreadable(`${path} holds more than one line`);
  return { ok: true, secret };
}

function unreadable(why: string): SecretFile {
  return { ok: false, why };
}

function readFailure(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `there is no file ${path}`;
    case 'EACCES':
    case 'EPERM':
      return `${path} may not be read by this user`;
    default:
      return `${path} cannot be read${code === '' ? '' : ` (${code})`}`;
  }
}
