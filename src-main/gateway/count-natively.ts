import { isObject } from '../../src-shared/json.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { Route } from '../models/route.types.ts';
import { ConversationFailure } from '../protocols/conversation/error.ts';
import { passThroughCodec } from './codecs.ts';
import type { GatewayParts } from './parts.ts';
import { passedRequest } from './pass-through-request.ts';
import type { Received } from './receive.ts';
import { responseHead } from './wire-head.ts';

const paths: Readonly<Record<Protocol, string | null>> = {
  messages: '/messages/count_tokens',
  responses: '/responses/input_tokens',
  chat: null,
};
/** Longest answer that is read, bytes. */
const answerLimit = 64 * 1024;

/**
 * The server's own count of a request's tokens, by the endpoint of the client's protocol; null where it has none (many servers that speak Messages don't),
 * or fails at it: then ours will do.
 */
export async function countNatively(
  parts: GatewayParts,
  { exchange, bytes, body }: Received,
  route: Route,
): Promise<number | null> {
  const path = paths[exchange.protocol];
  if (path === null) return null;
  const codec = passThroughCodec(exchange.protocol);
  const request = { exchange, route, codec, bytes, body, withDefaults: false, repairs: [], slot: null };
  const { bytes: sent, headers, query } = passedRequest(request);
  try {
    const answered = await parts.client.send(route.target, {
      method: 'POST',
      path: path + query,
      body: sent,
      headers,
      stream: false,
      timeouts: route.timeouts,
      signal: exchange.signal,
      sending: (make) => {
        exchange.headed('gateway-to-server', make);
        exchange.passed('gateway-to-server', sent);
      },
    });
    exchange.headed('server-to-gateway', () => responseHead(answered));
    const text = await answered.text(answerLimit);
    exchange.passed('server-to-gateway', text);
    return answered.status === 200 ? countIn(text) : null;
  } catch (thrown) {
    if (thrown instanceof ConversationFailure || exchange.signal.aborted) return null;
    throw thrown;
  }
}

function countIn(text: string): number | null {
  try {
    const body: unknown = JSON.parse(text);
    const count = isObject(body) ? body.input_tokens : null;
    return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
  } catch {
    return null; // a page, or nothing: it has no such endpoint
  }
}
