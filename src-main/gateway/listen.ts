import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An open listener. To re-bind, open a new one and close this. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** `http://HOST:PORT` with brackets where they are needed. */
  readonly url: string;
  /** Takes nothing new, lets requests in flight end for `graceMs` at most, then cuts them. */
  close(graceMs: number): Promise<void>;
}

export type ListenResult =
  | { readonly ok: true; readonly listener: Listener }
  /** `port-taken`, `host-unknown`: the address is not one of this machine's; `not-permitted`: a port below 1024 without the right to it. */
  | {
      readonly ok: false;
      readonly reason: 'port-taken' | 'host-unknown' | 'not-permitted' | 'failed';
      readonly message: string;
    };

/** Opens a listener with limits for agents: connections are kept for reuse, and no upload or answer is cut for taking long. */
export async function listen(handler: RequestListener, host: string, port: number): Promise<ListenResult> {
  const server = createServer(
    { maxHeaderSize: 64 * 1024, requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 120_000 },
    handler,
  );
  // A WebSocket is not spoken here; without an answer such a client would hang.
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(
      'HTTP/1.1 426 Upgrade Required\r\nupgrade: HTTP/1.1\r\nconnection: upgrade, close\r\ncontent-length: 0\r\n\r\n',
    );
  });
  const bindHost = host.replace(/^\[(.*)\]$/, '$1');
  const problem = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    server.once('error', resolve);
    server.listen({ host: bindHost, port }, () => {
      server.off('error', resolve);
      resolve(null);
    });
  });
  if (problem !== null) return failed(problem, host, port);
  const address = server.address();
  if (!isAddressInfo(address)) return { ok: false, reason: 'failed', message: 'No port was bound.' };
  return {
    ok: true,
    listener: {
      host: bindHost,
      port: address.port,
      url: `http://${bindHost.includes(':') ? `[${bindHost}]` : bindHost}:${address.port}`,
      close: (graceMs) => close(server, graceMs),
    },
  };
}

function isAddressInfo(address: AddressInfo | string | null): address is AddressInfo {
  return address !== null && typeof address === 'object';
}

function failed(problem: NodeJS.ErrnoException, host: string, port: number): ListenResult {
  switch (problem.code) {
    case 'EADDRINUSE':
      return { ok: false, reason: 'port-taken', message: `Port ${port} on ${host} is taken by another program.` };
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { ok: false, reason: 'host-unknown', message: `${host} is not an address of this machine.` };
    case 'EACCES':
      return { ok: false, reason: 'not-permitted', message: `Port ${port} may not be opened by this user.` };
    default:
      return {
        ok: false,
        reason: 'failed',
        message: `Port ${port} on ${host} could not be opened (${problem.code ?? 'unknown error'}).`,
      };
  }
}

async function close(server: Server, graceMs: number): Promise<void> {
  // A kept connection becomes idle only after its request has ended: it is looked for until none is left.
  const sweep = setInterval(() => server.closeIdleConnections(), 25);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearInterval(sweep);
  clearTimeout(cut);
}
