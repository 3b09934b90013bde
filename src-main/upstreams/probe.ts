import type { Timeouts } from '../../src-shared/settings.ts';
import { createSseReader } from '../protocols/sse.ts';
import type { UpstreamClient } from './client.types.ts';
import { jsonLines } from './json-lines.ts';
import type { FollowingProbe, ProbeAnswer } from './kind.ts';
import { isLoopbackName, type UpstreamTarget } from './target.ts';

const limitBytes = 1024 * 1024;
/** How long a question to a server on this machine may take, or to one that is only guessed at. */
export const nearLimits: Timeouts = { connectMs: 1500, firstByteMs: 3000, idleMs: 3000 };
/** Over a network, a VPN say, connections and answers may take their time. */
const distantLimits: Timeouts = { connectMs: 10_000, firstByteMs: 20_000, idleMs: 20_000 };

/**
 * Short questions to one server. `timeouts` overrules the seconds that a question may take; `signal` gives all of them up.
 * They never load a model by themselves: what is asked is each kind's business.
 */
export function createProbe(
  client: UpstreamClient,
  target: UpstreamTarget,
  options: { readonly timeouts?: Timeouts; readonly signal?: AbortSignal } = {},
): FollowingProbe {
  const root: UpstreamTarget = { ...target, apiUrl: target.rootUrl };
  const signal = options.signal ?? new AbortController().signal;
  const isNear = isLoopbackName(new URL(target.rootUrl).hostname);
  const timeouts = options.timeouts ?? (isNear ? nearLimits : distantLimits);

  async function ask(method: 'GET' | 'POST', path: string, body?: string): Promise<ProbeAnswer> {
    const request = {
      method,
      path,
      stream: false,
      timeouts,
      signal,
      accept: '*/*',
      ...(body === undefined ? {} : { body }),
    };
    const response = await client.send(root, request);
    const text = await response.text(limitBytes);
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  }

  return {
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, JSON.stringify(body)),
    async *follow(path, body) {
      const request = { method: 'POST' as const, path, stream: true, timeouts, signal, accept: '*/*' };
      const response = await client.send(root, { ...request, body: JSON.stringify(body) });
      const { status } = response;
      if (status === 200) for await (const json of jsonLines(response.body)) yield { status, json };
      else yield { status, json: parsed(await response.text(limitBytes)) };
    },
    async *events(path) {
      const request = { method: 'GET' as const, path, stream: true, timeouts, signal, accept: 'text/event-stream' };
      const response = await client.send(root, request);
      if (response.status !== 200) return;
      const reader = createSseReader({ maxEventLength: limitBytes });
      for await (const chunk of response.body) {
        for (const item of reader.push(chunk)) if (item.kind === 'event') yield parsed(item.event.data);
      }
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
