import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from '../models/route.types.ts';
import { type ConversationError, ConversationFailure } from '../protocols/conversation/error.ts';
import { readErrorFields } from '../protocols/conversation/error-fields.ts';
import { nameUpstream } from '../protocols/conversation/name-upstream.ts';
import { classifyFailure } from '../protocols/conversation/upstream-failure.ts';
import type { UpstreamClient, UpstreamRequest, UpstreamResponse } from '../upstreams/client.types.ts';
import { errorLimit } from './answer-form.ts';
import type { Exchange } from './exchange.ts';
import { responseHead } from './wire-head.ts';

/** A server that loads is asked again after so long, then after ever longer, milliseconds. */
const firstPauseMs = 250;
const longestPauseMs = 2_000;

export interface LoadingWait {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly client: Pick<UpstreamClient, 'send'>;
}

/**
 * Sends a request to the route's server. Where that answers 503 on each of its routes since it is loading its model (llama-server does; reference
 * backends.md §2), it is asked for its list until it has one, for `loadingMs` of the route, else for as long as a first byte is waited for, and then
 * sent the request again. On the wire that is one request.
 *
 * @returns any other answer; rejects as the client does, and with a ConversationFailure of kind `loading` when the time is over, or the server
 *   has a list and still says that it loads: then only it knows what for, and its client had better come back later
 */
export async function sendWhenLoaded(wait: LoadingWait, request: UpstreamRequest): Promise<UpstreamResponse> {
  const { exchange, route, client } = wait;
  const ask = () => client.send(route.target, request);
  const answered = await (route.loadsForRequest === true ? exchange.waiting('loading', ask) : ask());
  const loading = await loadingIn(answered);
  if (loading.error === null) return loading.answered;
  const limitMs = loadingLimit(route);
  if (limitMs === 0 || !(await loadsOnEachRoute(wait, request))) throw givenUp(wait, loading);
  const { sending: _, ...again } = request;
  return exchange.waiting('loading', () => askUntilLoaded(wait, again, loading, limitMs));
}

/** How long a model that is being loaded is waited for, milliseconds. */
export function loadingLimit({ loadingMs, timeouts }: Pick<Route, 'loadingMs' | 'timeouts'>): number {
  return loadingMs ?? timeouts.firstByteMs;
}

/** An answer that says that the model is being loaded, with its text; it has been read. */
interface StillLoading {
  readonly answered: UpstreamResponse;
  readonly error: ConversationError;
  readonly text: string;
}

async function askUntilLoaded(
  wait: LoadingWait,
  request: UpstreamRequest,
  first: StillLoading,
  limitMs: number,
): Promise<UpstreamResponse> {
  const { route, client } = wait;
  const begunAt = performance.now();
  const endsAt = begunAt + limitMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0) throw givenUp(wait, first, limitMs);
    // What the server says of when it will be ready is a guess of its own: it may be ready long before.
    await sleep(Math.min(pauseMs, leftMs), undefined, { signal: request.signal });
    if (await loadsOnEachRoute(wait, request)) continue;
    const loading = await loadingIn(await client.send(route.target, request).catch(endedMeanwhile));
    if (loading.error === null) return loading.answered;
    throw givenUp(wait, loading, performance.now() - begunAt);
  }
}

/** Costs the server less than the request itself, which may be large. */
async function loadsOnEachRoute(
  { route, client }: LoadingWait,
  { timeouts, signal }: UpstreamRequest,
): Promise<boolean> {
  const list = {
    method: 'GET',
    path: '/models',
    stream: false,
    signal,
    ...(timeouts !== undefined && { timeouts }),
  } as const;
  const answered = await client.send(route.target, list).catch(endedMeanwhile);
  await answered.text(errorLimit);
  return answered.status === 503;
}

async function loadingIn(
  answered: UpstreamResponse,
): Promise<StillLoading | { readonly answered: UpstreamResponse; readonly error: null }> {
  const { status, headers } = answered;
  if (status !== 503) return { answered, error: null };
  const text = await answered.text(errorLimit);
  const error = classifyFailure({ status, headers }, readErrorFields(text.trim()));
  if (error.kind === 'loading' && error.shouldRetry !== false) return { answered, error, text };
  return { answered: { ...answered, text: (limit) => Promise.resolve(text.slice(0, limit)) }, error: null };
}

function givenUp({ exchange, route }: LoadingWait, { answered, error, text }: StillLoading, afterMs?: number) {
  exchange.headed('server-to-gateway', () => responseHead(answered));
  exchange.passed('server-to-gateway', text);
  const named = nameUpstream(error, route.target.id);
  const waited = afterMs === undefined ? '' : ` It was waited for ${Math.round(afterMs / 100) / 10} s.`;
  return new ConversationFailure({ ...named, message: named.message + waited });
}

/** A server that dies while it loads is told as what it is: the reason stands in its own log. */
function endedMeanwhile(thrown: unknown): never {
  if (!(thrown instanceof ConversationFailure) || thrown.error.kind !== 'upstream-unreachable') throw thrown;
  const message = `${thrown.error.message} It ended while it was loading its model; its log may say why.`;
  throw new ConversationFailure({ ...thrown.error, message }, { cause: thrown });
}
