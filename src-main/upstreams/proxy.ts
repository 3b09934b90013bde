import { isIP } from 'node:net';
import { isLoopbackName } from './target.ts';
import { isThisMachine } from './this-machine.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy through which a server is reached; null: none. `setting`: "none", a proxy's URL, or "system", which means the environment's
 * HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY in either case. What runs on this machine is never asked through a proxy.
 */
export function proxyFor(url: URL, setting: string, environment: Environment): URL | null {
  if (setting === 'none' || isLoopbackName(url.hostname) || isThisMachine(url.href)) return null;
  if (setting !== 'system') return new URL(setting);
  // Of the plain form only the lower-case one is read where a program may be CGI; this is none.
  const named = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const said = read(environment, named) ?? read(environment, 'ALL_PROXY');
  if (said === undefined || isExempt(url, read(environment, 'NO_PROXY') ?? '')) return null;
  const written = said.includes('://') ? said : `http://${said}`;
  const proxy = URL.canParse(written) ? new URL(written) : null;
  // SOCKS is none that we speak.
  return proxy !== null && /^https?:$/.test(proxy.protocol) ? proxy : null;
}

function read(environment: Environment, name: string): string | undefined {
  return environment[name.toLowerCase()]?.trim() || environment[name]?.trim() || undefined;
}

/** As curl reads the list: names and their subdomains, addresses, each maybe with a port; `*` means all. */
function isExempt(url: URL, exempt: string): boolean {
  const host = bare(url.hostname);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return exempt
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = entry, ofPort] = isIP(entry) !== 0 ? [] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
      const domain = bare(name).replace(/^\*?\./, '');
      if (domain === '' || (ofPort !== undefined && ofPort !== port)) return false;
      return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
    });
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

/** The header by which a proxy knows its user, from the URL's own user name and password; null where it has none. */
export function proxyAuthorization(proxy: URL): string | null {
  if (proxy.username === '' && proxy.password === '') return null;
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return `Basic ${Buffer.from(user).toString('base64')}`;
}
