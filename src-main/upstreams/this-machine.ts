import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * True where a URL surely leads to this machine: `localhost`, a loopback address, or an address of one of its network interfaces. Other names are not
 * resolved: what they lead to may change between the question and the request.
 */
export function isThisMachine(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const family = isIP(host);
  if (family === 0) return host === 'localhost';
  if (host === '::1' || (family === 4 && host.startsWith('127.'))) return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host));
}
