import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import type { UpstreamKind } from '../../../src-main/upstreams/kind.ts';
import type { ResolvedSecret, UpstreamTarget } from '../../../src-main/upstreams/target.ts';
import type { Timeouts } from '../../../src-shared/settings.ts';

export interface LocalServer {
  readonly port: number;
  readonly url: string;
  /** Connections accepted so far. */
  connections(): number;
  close(): Promise<void>;
}

async function listen(server: Server | TcpServer, host: string, scheme: string, port: number): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  let count = 0;
  server.on('connection', (socket: Socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return {
    port: address.port,
    url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    connections: () => count,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export function httpServer(listener: RequestListener, port = 0, host = '127.0.0.1'): Promise<LocalServer> {
  return listen(createHttpServer({ keepAliveTimeout: 60_000 }, listener), host, 'http', port);
}

export function tcpServer(listener: (socket: Socket) => void): Promise<LocalServer> {
  return listen(createTcpServer(listener), '127.0.0.1', 'http', 0);
}

export const plainKind: UpstreamKind = {
  id: 'openai-compatible',
  label: 'a test server',
  defaultPorts: [],
  takesRoot: false,
  flags: {},
  recognise: () => Promise.resolve(false),
  inspect: () => Promise.reject(new Error('not asked for here')),
  startAdvice: 'Start it.',
  closesAfterStream: false,
};

export const shortTimeouts: Timeouts = { connectMs: 2000, firstByteMs: 2000, idleMs: 2000 };

export function targetAt(
  url: string,
  more: Partial<UpstreamTarget> & { readonly secretValue?: string } = {},
): UpstreamTarget {
  const { secretValue, ...rest } = more;
  const secret: ResolvedSecret = secretValue === undefined ? { kind: 'none' } : { kind: 'secret', value: secretValue };
  return {
    id: 'box',
    kind: plainKind,
    rootUrl: url,
    apiUrl: `${url}/v1`,
    headers: {},
    query: {},
    secretHeader: 'authorization',
    secret: () => Promise.resolve(secret),
    timeouts: shortTimeouts,
    ...rest,
  };
}

/** A promise and the function that fulfils it. */
export function signal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
