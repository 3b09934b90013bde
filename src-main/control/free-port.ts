import { createServer } from 'node:net';

/** The first port from `from` on that can be opened on `host` now; null where none of the next hundred can. */
export async function freePort(host: string, from: number): Promise<number | null> {
  for (let port = from; port <= Math.min(from + 100, 65_535); port += 1) {
    if (await canListen(host, port)) return port;
  }
  return null;
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: host.replace(/^\[(.*)\]$/, '$1'), port }, () => server.close(() => resolve(true)));
  });
}
