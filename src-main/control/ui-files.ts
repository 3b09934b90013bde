import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { findWindowFile, securityHeaders } from './window-files.ts';

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
    const file = await findWindowFile(directory, path.slice('/ui/'.length) || 'index.html');
    if (file === null)
      return void res.writeHead(404, { ...securityHeaders, 'content-type': 'text/plain' }).end('not found\n');
    res.writeHead(200, {
      ...securityHeaders,
      'content-type': file.contentType,
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
