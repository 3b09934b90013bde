/**
 * Which Host and Origin headers are answered. A page in a browser can reach a loopback port under a name of its own (DNS rebinding) and
 * send requests across origins; neither may use the gateway. No CORS headers are ever sent.
 */
export interface ListenerAddress {
  /** The address on which this connection arrived, without brackets; null once it is gone. */
  readonly address: string | null;
  readonly port: number | null;
  /** The host that the settings bind. */
  readonly boundHost: string;
}

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** True where a request with this Host header may be answered. `allowed`: names or `name:port` from the settings. */
export function isHostAllowed(
  host: string | undefined,
  listener: ListenerAddress,
  allowed: readonly string[],
): boolean {
  if (host === undefined) return false;
  const whole = host.trim().toLowerCase();
  const name = withoutPort(whole);
  if (name === null) return false;
  if (loopbackNames.includes(name)) return true;
  if (listener.address !== null && name === bracketed(plainAddress(listener.address))) return true;
  if (!isWildcard(listener.boundHost) && name === bracketed(listener.boundHost.toLowerCase())) return true;
  return allowed.some((entry) => {
    const wanted = entry.trim().toLowerCase();
    return wanted === whole || bracketed(wanted) === name;
  });
}

/** True where there is no Origin (no browser), or it is the gateway's own loopback origin, the desktop app's, or an allowed one. */
export function isOriginAllowed(
  origin: string | undefined,
  listener: ListenerAddress,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true;
  const given = origin.trim().toLowerCase();
  if (given.startsWith('app://')) return true;
  if (listener.port !== null && loopbackNames.some((name) => given === `http://${name}:${listener.port}`)) return true;
  return allowed.some((entry) => entry.trim().toLowerCase().replace(/\/$/, '') === given);
}

/** The host without its port; null where the header is malformed. */
function withoutPort(host: string): string | null {
  return /^(\[[0-9a-f:.]+\]|[^\s:/\\@[\]]+)(?::\d{1,5})?$/.exec(host)?.[1] ?? null;
}

function bracketed(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
}

/** Without the prefix of an IPv4 address on an IPv6 socket, and without a zone. */
function plainAddress(address: string): string {
  const plain = address.toLowerCase().replace(/%.*$/, '');
  return plain.startsWith('::ffff:') && plain.includes('.') ? plain.slice('::ffff:'.length) : plain;
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '[::]' || host === '';
}
