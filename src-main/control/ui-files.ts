import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
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

/** Own scripts and styles only; in a header, since a page's own policy can't forbid to be framed. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export interface UiFiles {
  readonly prefix: '/ui';
  handle(req: IncomingMessage, res: ServerResponse): void;
}

/** Serves the window's built files under `/ui/`, and nothing outside `directory`. Files with a hash in their name stay cached. */
export function createUiFiles(directory: string): UiFiles {
  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method !== 'GET' && req.method !== 'HEAD') return void res.writeHead(405, { allow: 'GET, HEAD' }).end();
    const path = (req.url ?? '').replace(/[?#].*$/s, '');
    if (path === '/ui') return void res.writeHead(308, { location: '/ui/' }).end();
    const file = await fileBelow(directory, path.slice('/ui/'.length) || 'index.html');
    if (file === null)
      return void res.writeHead(404, { ...securityHeaders, 'content-type': 'text/plain' }).end('not found\n');
    res.writeHead(200, {
      ...securityHeaders,
      'content-type': contentTypes[extname(file.path)] ?? 'application/octet-stream',
      'content-length': file.size,
      'cache-control': /-[\w-]{8,}\.\w+$/.test(file.path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    if (req.method === 'HEAD') return void res.end();
    createReadStream(file.path)
      .on('error', () => res.destroy())
      .pipe(res);
  }

  return {
    prefix: '/ui',
    handle: (req, res) => {
      answer(req, res).catch(() => (res.headersSent ? res.destroy() : res.writeHead(500).end()));
    },
  };
}

/** The file that a percent-encoded path names, links resolved; null where there is none or it lies outside. */
async function fileBelow(
  directory: string,
  encoded: string,
): Promise<{ readonly path: string; readonly size: number } | null> {
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
    return path.startsWith(root + sep) && stats.isFile() ? { path, size: stats.size } : null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return null;
    throw error;
  }
}
