import { slotOf, withoutClaudePrefix } from '../models/model-names.ts';
import type { Fallback, Route } from '../models/route.types.ts';
import { isBackgroundCall } from '../protocols/request-purpose.ts';
import { pathOf } from './client-shape.ts';
import type { GatewayParts } from './parts.ts';
import { mayAnswer } from './permission.ts';
import type { Received } from './receive.ts';

/** Room for the answer to a background call, tokens. */
const answerTokens = 1_000;

/**
 * The route of a background call: that of the haiku slot, so that a title takes neither the main model's time nor the prompt that it has in its cache, with
 * the main model as its last fallback. It stays where it is for agents that name their small model themselves, where no such slot is set, and where its
 * model is not there, may not answer or has too little context.
 */
export async function backgroundRoute(parts: GatewayParts, received: Received, route: Route): Promise<Route> {
  const { exchange, bytes, body } = received;
  const settings = parts.settings();
  const haiku = exchange.key.slots?.haiku ?? settings.slots.haiku;
  if (haiku === undefined || !settings.gateway.backgroundToHaiku) return route;
  if (!isBackgroundCall(pathOf(exchange.request), body) || asksForHaiku(body)) return route;
  const found = await parts.models().route(haiku, exchange.key.slots);
  if (!found.ok || found.route.modelId === route.modelId || found.route.isDown === true) return route;
  // What may not leave this machine may not leave it by this way either.
  const small: Route = route.localOnly === true ? { ...found.route, localOnly: true } : found.route;
  if (mayAnswer(exchange.key, small) !== null) return route;
  const tokens = parts.tokens.estimate(small, { bytes: bytes.length, hasTools: false }) + answerTokens;
  if (small.contextWindow !== null && tokens > small.contextWindow) return route;
  exchange.routed(small.modelId, small.upstreamProtocol(exchange.protocol));
  const why = `A title is a background call: the haiku slot, ${small.modelId}, was asked.`;
  exchange.diagnose([{ kind: 'approximated', what: route.modelId, why }]);
  const main: Fallback = { name: route.modelId, result: { ok: true, route } };
  return {
    ...small,
    fallbacks: [...(small.fallbacks ?? []), main, ...(route.peers ?? []), ...(route.fallbacks ?? [])],
  };
}

function asksForHaiku({ model }: Received['body']): boolean {
  return typeof model === 'string' && slotOf(withoutClaudePrefix(model) ?? model) === 'haiku';
}
