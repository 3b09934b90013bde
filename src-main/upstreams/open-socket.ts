import { isIP, type LookupFunction, connect as netConnect, type Socket } from 'node:net';
import { type SecureContext, connect as tlsConnect } from 'node:tls';
import { proxyAuthorization } from './proxy.ts';
import { isLoopbackName } from './target.ts';

/** How an origin is reached. */
export interface Way {
  /** `https://host:port` */
  readonly origin: string;
  readonly proxy: URL | null;
  /** What is trusted; null for plain HTTP without a secure proxy. */
  readonly trusted: SecureContext | null;
  /** The server's certificate is not checked. */
  readonly insecure: boolean;
}

/** A proxy would not connect us to the server. */
export class ProxyRefusal extends Error {
  /** What it answered. */
  readonly status: number;

  constructor(status: number) {
    super(`the proxy answered ${status}`);
    this.status = status;
  }
}

/** A secure origin behind a proxy is reached through a tunnel; a plain one by asking the proxy for its whole URL. */
export function isTunnelled({ origin, proxy }: Way): boolean {
  return proxy !== null && origin.startsWith('https:');
}

/**
 * Opens what requests to the origin go over: `ready` gets the socket, or why there is none. Returns the socket that is being opened: destroying it
 * gives up in any phase.
 */
export function openSocket(way: Way, ready: (error: Error | null, socket: Socket | null) => void): Socket {
  let told = false;
  const tell = (error: Error | null, socket: Socket | null): void => {
    if (told) return;
    told = true;
    ready(error, socket);
  };
  const watch = (socket: Socket): Socket =>
    socket
      .on('error', (error) => tell(error, null))
      .once('close', () => tell(new Error('closed while connecting'), null));

  const origin = new URL(way.origin);
  const hop = connectTo(way.proxy ?? origin, way, way.proxy === null && way.insecure);
  watch(hop.socket);
  hop.socket.once(hop.event, () => {
    if (way.proxy === null || !isTunnelled(way)) return tell(null, hop.socket);
    askForTunnel(hop.socket, origin, way.proxy, (error) => {
      if (error !== null) {
        hop.socket.destroy();
        return tell(error, null);
      }
      const secure = tlsConnect({ socket: hop.socket, ...secureOptions(origin, way, way.insecure) });
      watch(secure).once('secureConnect', () => tell(null, secure));
    });
  });
  return hop.socket;
}

function connectTo(url: URL, way: Way, insecure: boolean): { readonly socket: Socket; readonly event: string } {
  const secure = url.protocol === 'https:';
  const address = {
    host: hostOf(url),
    port: portOf(url),
    autoSelectFamily: true,
    ...(isLoopbackName(url.hostname) && isIP(hostOf(url)) === 0 && { lookup: bothLoopbacks }),
    noDelay: true,
    keepAlive: true,
  };
  return secure
    ? { socket: tlsConnect({ ...address, ...secureOptions(url, way, insecure) }), event: 'secureConnect' }
    : { socket: netConnect(address), event: 'connect' };
}

function secureOptions(url: URL, { trusted }: Way, insecure: boolean) {
  const host = hostOf(url);
  return {
    ALPNProtocols: ['http/1.1'],
    servername: isIP(host) === 0 ? host : '',
    rejectUnauthorized: !insecure,
    ...(trusted !== null && { secureContext: trusted }),
    // Without a server name the certificate is checked against the address.
    host,
  };
}

/** A server on this machine may listen on one of them only, and not every machine's name service knows both. */
const bothLoopbacks: LookupFunction = (_hostname, _options, found) =>
  found(null, [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ]);

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function portOf({ protocol, port }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

const longestAnswer = 16 * 1024;

/** Asks with CONNECT and reads until the end of the answer's head; what follows belongs to the server. */
function askForTunnel(socket: Socket, origin: URL, proxy: URL, done: (error: Error | null) => void): void {
  const authority = `${origin.hostname}:${portOf(origin)}`;
  const authorization = proxyAuthorization(proxy);
  let head = Buffer.alloc(0);
  const onReadable = (): void => {
    for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0 && head.length < longestAnswer) continue;
      socket.off('readable', onReadable);
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head.subarray(0, 64).toString('latin1'))?.[1] ?? 0);
      const connected = end >= 0 && status >= 200 && status <= 299;
      if (connected && head.length > end + 4) socket.unshift(head.subarray(end + 4));
      done(connected ? null : new ProxyRefusal(status));
      return;
    }
  };
  socket.on('readable', onReadable);
  socket.write(
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization === null ? '' : `Proxy-Authorization: ${authorization}\r\n`}\r\n`,
  );
}
