import { isLoopbackName } from './target.ts';

/** Where a server may be found that nobody put into the settings. */
export interface Place {
  /** Tells places apart. */
  readonly key: string;
  /** Tried in this order; the first where a server answers is its root. */
  readonly rootUrls: readonly string[];
  /** What is set behind a kind's name where another server has that already. */
  readonly suffix: string;
  readonly port: number;
  readonly isLoopback: boolean;
}

export function loopbackPlace(port: number): Place {
  const rootUrls = ['127.0.0.1', '[::1]'].map((host) => `http://${host}:${port}`);
  return { key: `loopback ${port}`, rootUrls, suffix: String(port), port, isLoopback: true };
}

/** A port of the machine around a virtual machine or a container. */
export function hostPlace(host: string, port: number): Place {
  const rootUrl = `http://${host}:${port}`;
  return { key: rootUrl, rootUrls: [rootUrl], suffix: `host-${port}`, port, isLoopback: false };
}

/**
 * Where Ollama's own clients look for it: its variable OLLAMA_HOST, read as its envconfig does (host, `:port`, host and port, or a URL; what
 * it listens on everywhere is on this machine, too). Null where it says nothing that could be read.
 */
export function ollamaPlace(variable: string | undefined): Place | null {
  const said = variable?.trim().replace(/^["']|["']$/g, '') ?? '';
  if (said === '') return null;
  const [, scheme] = /^(https?):\/\//.exec(said) ?? [];
  const written = (scheme === undefined ? `http://${said}` : said).replace(/^(https?:\/\/)(?=[:/]|$)/, '$1127.0.0.1');
  if (!URL.canParse(written)) return null;
  const url = new URL(written);
  // A port that was written counts even where it is the scheme's own, which URL leaves out.
  const isWritten = /^https?:\/\/[^/]*:\d+(?:\/|$)/.test(written);
  const ownPort = url.protocol === 'https:' ? 443 : 80;
  const port = url.port !== '' ? Number(url.port) : isWritten || scheme !== undefined ? ownPort : 11_434;
  const isLoopback = isLoopbackName(url.hostname) || url.hostname === '0.0.0.0' || url.hostname === '[::]';
  if (isLoopback && url.protocol === 'http:') return loopbackPlace(port);
  const rootUrl = `${url.protocol}//${url.hostname}:${port}${url.pathname.replace(/\/+$/, '')}`;
  return { key: rootUrl, rootUrls: [rootUrl], suffix: String(port), port, isLoopback };
}
