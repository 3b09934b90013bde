import type { Route } from '../models/route.types.ts';
import type { ConversationError, ErrorKind } from '../protocols/conversation/error.ts';
import type { Exchange } from './exchange.ts';
import { mayAnswer } from './permission.ts';

/**
 * Asked of a failure before anything of an answer came: true where the request goes to another model, and whoever asks has nothing more to do with it.
 */
export type Elsewhere = (error: ConversationError) => boolean;

/** A server in one of these states does not answer now; another may. What it says of the request itself it would say again. */
const notNow: ReadonlySet<ErrorKind> = new Set([
  'upstream-unreachable',
  'upstream-cut',
  'overloaded',
  'rate-limit',
  'loading',
  'timeout',
]);

/** A model that its server is loading is waited for so long before a fallback is asked, where the alias does not say (`timeouts.loadingMs`). */
const loadingPatienceMs = 10_000;

/**
 * Lets a route answer and, where its server can't be reached, is overloaded, or loads or answers for too long, the alias's fallbacks in their order. It ends with the
 * first of them that takes the request, with a client that leaves, or with the last one's failure. Each attempt is a round of the exchange.
 *
 * @param attempt answers by one route; handed no `elsewhere` where there is no other route
 */
export async function withFailover(
  exchange: Exchange,
  first: Route,
  attempt: (route: Route, elsewhere: Elsewhere | undefined) => Promise<void>,
): Promise<void> {
  for (const why of first.passedOver ?? []) diagnoseHop(exchange, first.alias ?? first.modelId, why);
  const { left, unusable } = fallbacksOf(exchange, first);
  let route: Route | undefined = first;
  while (route !== undefined) {
    const current: Route = left.length === 0 ? route : impatient(route);
    let next: Route | undefined;
    const elsewhere = (error: ConversationError): boolean => {
      if (exchange.signal.aborted || exchange.answered || !notNow.has(error.kind)) return false;
      next = left.shift();
      for (const { name, why } of unusable.splice(0)) diagnoseHop(exchange, name, why);
      if (next === undefined) return false;
      diagnoseHop(exchange, current.modelId, `${error.message} ${next.modelId} was asked instead.`);
      exchange.gaveUp(current.modelId, error);
      return true;
    };
    await attempt(current, left.length === 0 ? undefined : elsewhere);
    if (next === undefined || exchange.signal.aborted) return;
    exchange.round += 1;
    exchange.routed(next.modelId, next.upstreamProtocol(exchange.protocol));
    route = next;
  }
}

/** Where another model could answer, one that is being loaded is not waited for as long as one that is all there is. */
function impatient(route: Route): Route {
  return { ...route, loadingMs: route.loadingMs ?? Math.min(loadingPatienceMs, route.timeouts.firstByteMs) };
}

function fallbacksOf(
  { key }: Exchange,
  { fallbacks = [] }: Route,
): { readonly left: Route[]; readonly unusable: { name: string; why: string }[] } {
  const left: Route[] = [];
  const unusable: { name: string; why: string }[] = [];
  for (const { name, result } of fallbacks) {
    const refusal = result.ok ? mayAnswer(key, result.route) : result.error;
    if (refusal !== null) unusable.push({ name, why: `It can't be fallen back on: ${refusal.message}` });
    else if (result.ok) left.push(result.route);
  }
  return { left, unusable };
}

function diagnoseHop(exchange: Exchange, what: string, why: string): void {
  exchange.diagnose([{ kind: 'dropped', what, why }]);
}
