import type { Protocol } from '../../src-shared/protocol.ts';
import { defaultTimeouts, secretHeaderOf, type Timeouts, type UpstreamSettings } from '../../src-shared/settings.ts';
import type { ResolvedSecret } from '../secrets/resolved-secret.ts';
import type { ServerAddress, UpstreamKind } from './kind.ts';

export type { ResolvedSecret } from '../secrets/resolved-secret.ts';

/** Where and how to reach one model server. */
export interface UpstreamTarget {
  readonly id: string;
  readonly kind: UpstreamKind;
  /** What the user says it is spoken to in; absent: what its kind speaks. */
  readonly protocol?: Protocol;
  /** Without trailing slash; native probes use it. */
  readonly rootUrl: string;
  /** Without trailing slash; the OpenAI endpoints stand below it (`…/v1` unless the user's URL has another path). */
  readonly apiUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Header for the secret, lower-case; `authorization` sends it as Bearer. */
  readonly secretHeader: string;
  readonly secret: () => Promise<ResolvedSecret>;
  readonly timeouts: Timeouts;
  /** How its certificate is checked; absent: as the system does. */
  readonly tls?: UpstreamSettings['tls'];
  /** "system", "none" or a proxy's URL; absent: "system". */
  readonly proxy?: string;
}

/** True for a URL's host name that means this machine by itself. */
export function isLoopbackName(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\./.test(host);
}

/** Loopback's names are one place: a server on this machine is the same server under each of them. */
function placeOf(url: URL): string {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return `${url.protocol}//${isLoopbackName(url.hostname) ? 'loopback' : url.hostname.toLowerCase()}:${port}`;
}

/** Two base URLs with the same place mean the same server. */
export function serverPlace(baseUrl: string): string {
  const url = new URL(baseUrl);
  return placeOf(url) + withoutVersion(url.pathname);
}

/** True where the URL leads to this machine's loopback interface at `port`. */
export function isLoopbackPort(baseUrl: string, port: number): boolean {
  return placeOf(new URL(baseUrl)).endsWith(`//loopback:${port}`);
}

function withoutVersion(path: string): string {
  return path.replace(/\/+$/, '').replace(/\/v1$/, '').replace(/\/+$/, '');
}

/**
 * Where a base URL leads (product.md, Base URLs): for kinds that take the root a trailing `/v1` is stripped and the API stands below
 * root + `/v1`; for all others the URL is the API's own, `/v1` added where it has no path. A query in the URL goes with each request.
 */
export function baseUrls(baseUrl: string, takesRoot: boolean): Pick<UpstreamTarget, 'rootUrl' | 'apiUrl' | 'query'> {
  const url = new URL(baseUrl);
  const given = url.pathname.replace(/\/+$/, '');
  const root = url.origin + withoutVersion(url.pathname);
  const query = Object.fromEntries(url.searchParams);
  return { rootUrl: root, apiUrl: takesRoot || given === '' ? `${root}/v1` : url.origin + given, query };
}

function addressOf(settings: UpstreamSettings, kind: UpstreamKind): ServerAddress {
  if (kind.address !== undefined) return kind.address(settings.baseUrl, settings.query);
  // Base URLs of Messages are mostly given as Anthropic's SDKs want them, without /v1.
  const urls = baseUrls(settings.baseUrl, kind.takesRoot || settings.protocol === 'messages');
  return { ...urls, query: { ...urls.query, ...settings.query } };
}

export type SecretResolver = (upstream: UpstreamSettings) => Promise<ResolvedSecret>;

/** The target of an upstream of the settings. */
export function configuredTarget(
  settings: UpstreamSettings,
  kind: UpstreamKind,
  resolveSecret: SecretResolver,
): UpstreamTarget {
  const address = addressOf(settings, kind);
  return {
    id: settings.id,
    kind,
    ...address,
    headers: settings.headers,
    ...(settings.protocol !== 'auto' && { protocol: settings.protocol }),
    secretHeader: settings.header?.toLowerCase() ?? secretHeaderOf(kind.id),
    secret: () => resolveSecret(settings),
    tls: settings.tls,
    proxy: settings.proxy,
    timeouts: {
      connectMs: settings.timeouts.connectMs ?? defaultTimeouts.connectMs,
      firstByteMs: settings.timeouts.firstByteMs ?? defaultTimeouts.firstByteMs,
      idleMs: settings.timeouts.idleMs ?? defaultTimeouts.idleMs,
    },
  };
}

/** The target of a server that was found on this machine: no secret, the default limits. */
export function detectedTarget(id: string, kind: UpstreamKind, rootUrl: string): UpstreamTarget {
  return {
    id,
    kind,
    ...baseUrls(rootUrl, kind.takesRoot),
    headers: {},
    secretHeader: 'authorization',
    secret: () => Promise.resolve({ kind: 'none' }),
    timeouts: defaultTimeouts,
  };
}
