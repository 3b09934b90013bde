import { readFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import {
  createServer as createTcpServer,
  connect as netConnect,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { fileURLToPath } from 'node:url';
import type { UpstreamKind } from '../../../src-main/upstreams/kind.ts';
import type { ResolvedSecret, UpstreamTarget } from '../../../src-main/upstreams/target.ts';
import type { Timeouts } from '../../../src-shared/settings.ts';

export interface LocalServer {
  readonly port: number;
  readonly url: string;
  /** Connections accepted so far. */
  connections(): number;
  /** Connections open now. */
  open(): number;
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
    open: () => sockets.size,
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

const tlsFolder = new URL('../../fixtures/tls/', import.meta.url);
/** The authority that issued the certificate of `httpsServer`. */
export const testAuthorityFile = fileURLToPath(new URL('ca.pem', tlsFolder));

/** A server whose certificate nobody trusts but who trusts the test's authority. */
export function httpsServer(listener: RequestListener, host = '127.0.0.1'): Promise<LocalServer> {
  const key = readFileSync(new URL('server.key', tlsFolder));
  const cert = readFileSync(new URL('server.pem', tlsFolder));
  return listen(createHttpsServer({ key, cert, keepAliveTimeout: 60_000 }, listener), host, 'https', 0);
}

/**
 * A proxy as companies have them: forwards plain requests by their whole URL and tunnels with CONNECT, whatever the name, to `to` (a port of
 * this machine). `asked` collects the request lines, with the user where one is told. `answer`: the status with which it refuses instead.
 */
export async function proxyServer(
  to: number,
  asked: string[],
  { answer, secure = false }: { readonly answer?: number; readonly secure?: boolean } = {},
): Promise<LocalServer> {
  const note = (request: IncomingMessage): void => {
    asked.push([request.method, request.url, request.headers['proxy-authorization'] ?? ''].join(' ').trim());
  };
  const listener: RequestListener = (request, response) => {
    note(request);
    if (answer !== undefined) {
      response.writeHead(answer).end();
      return;
    }
    const { pathname, search } = new URL(request.url ?? '');
    const { method, headers } = request;
    const onward = httpRequest(
      { host: '127.0.0.1', port: to, path: pathname + search, method, headers },
      (answered) => {
        response.writeHead(answered.statusCode ?? 0, answered.headers);
        answered.pipe(response);
      },
    );
    request.pipe(onward);
  };
  const key = readFileSync(new URL('server.key', tlsFolder));
  const cert = readFileSync(new URL('server.pem', tlsFolder));
  const server = secure ? createHttpsServer({ key, cert }, listener) : createHttpServer(listener);
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    note(request);
    if (answer !== undefined) {
      client.end(`HTTP/1.1 ${answer} No\r\n\r\n`);
      return;
    }
    const onward = netConnect(to, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(onward).pipe(client);
    });
    onward.on('error', () => client.destroy());
    client.on('error', () => onward.destroy()).on('close', () => onward.destroy());
  });
  return listen(server, '127.0.0.1', secure ? 'https' : 'http', 0);
}

export function tcpServer(listener: (socket: Socket) => void): Promise<LocalServer> {
  return listen(createTcpServer(listener), '127.0.0.1', 'http', 0);
}

export const plainKind: UpstreamKind = {
  id: 'openai-compatible',
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
