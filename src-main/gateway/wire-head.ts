import type { IncomingMessage } from 'node:http';
import { masked } from '../../src-shared/activity.ts';
import { concealer, isSecretName, urlWithoutSecrets } from '../../src-shared/concealed.ts';
import type { UpstreamResponse } from '../upstreams/client.types.ts';
import type { WireHead } from './tap.ts';

/** What the agent sent before its body, its local key masked. */
export function requestHead(request: IncomingMessage): WireHead {
  const headers: Record<string, string> = {};
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(request.headers)) {
    const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
    const secret = isSecretName(name);
    headers[name] = secret ? maskedHeader(text) : text;
    if (secret) secrets.push(text, text.replace(/^\S+ /, ''));
  }
  return {
    line: `${request.method ?? ''} ${urlWithoutSecrets(request.url ?? '')}`,
    headers,
    conceal: concealer(secrets),
  };
}

/** What the model server sent before its body. */
export function responseHead({ status, headers }: UpstreamResponse): WireHead {
  const open = Object.entries(headers).map(([name, value]) => [name, isSecretName(name) ? masked : value]);
  return { line: `HTTP ${status}`, headers: Object.fromEntries(open), conceal: null };
}

/** The scheme stays: `Bearer •••`. */
function maskedHeader(value: string): string {
  const scheme = /^(\S+) /.exec(value)?.[1];
  return scheme === undefined ? masked : `${scheme} ${masked}`;
}
