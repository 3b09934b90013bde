import { realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** For every answer: own scripts and styles only; in a header, since a page's own policy can't forbid to be framed. */
export const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** One built file of the window. */
export interface WindowFile {
  /** Absolute, links resolved. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
}

/** The file below `directory` that a percent-encoded path names; null where there is none or it lies outside. */
export async function findWindowFile(directory: string, encoded: string): Promise<WindowFile | null> {
  let name: string;
  try {
    name = decodeURIComponent(encoded);
  } catch {
    return null; // Not valid percent-encoding: no file has such a name.
  }
  if (name.includes('\0')) return null;
  try {
    const root = await realpath(directory);
    const path = await realpath(join(root, name));
    const stats = await stat(path);
    if (!path.startsWith(root + sep) || !stats.isFile()) return null;
    return { path, size: stats.size, contentType: contentTypes[extname(path)] ?? 'application/octet-stream' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return null;
    throw error;
  }
}
