import { masked, type WireMessage } from '../../../src-shared/activity.ts';
import { quoted } from '../../shell-word.ts';

/** Headers that curl writes by itself, or that belong to one connection only. */
const curlsOwn: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'transfer-encoding',
  'x-dragoman-hop',
]);

/**
 * A request for a POSIX shell, to repeat it. Where a secret stood there is a variable: `DRAGOMAN_KEY` for the gateway, `UPSTREAM_KEY` for a server.
 * Null for an answer, and for a request whose head was not kept.
 */
export function requestAsCurl(message: WireMessage, baseUrl: string | null): string | null {
  if (message.border !== 'agent-to-gateway' && message.border !== 'gateway-to-server') return null;
  const request = /^([A-Z]+) (\S+)/.exec(message.line ?? '');
  const [, method, target] = request ?? [];
  if (method === undefined || target === undefined) return null;
  const url = target.startsWith('/') ? `${baseUrl ?? ''}${target}` : target;
  const variable = target.startsWith('/') ? '$DRAGOMAN_KEY' : '$UPSTREAM_KEY';
  const headers = Object.entries(message.headers).filter(([name]) => !curlsOwn.has(name));
  const lines = [
    `curl -X ${method} ${quoted(url)}`,
    ...headers.map(([name, value]) => `  -H ${header(`${name}: ${value}`, variable)}`),
    ...(message.body === '' ? [] : [`  --data-binary ${quoted(message.body)}`]),
  ];
  return lines.join(' \\\n');
}

function header(text: string, variable: string): string {
  const words = text.split(masked).map((part) => (part === '' ? '' : quoted(part)));
  return words.join(`"${variable}"`);
}
