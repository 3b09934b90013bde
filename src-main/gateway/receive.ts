import type { Protocol } from '../../src-shared/protocol.ts';
import type { Route } from '../models/route.types.ts';
import type { ClientCodec } from '../protocols/conversation/codec.ts';
import type { ConversationRequest } from '../protocols/conversation/request.ts';
import { sessionOrStart } from './agent-session.ts';
import { refuse } from './answer-output.ts';
import { pathOf } from './client-shape.ts';
import type { Exchange } from './exchange.ts';
import type { GatewayParts } from './parts.ts';
import { mayAnswer } from './permission.ts';
import { parseBody, readBody } from './request-body.ts';

/** A request whose body is a JSON object. */
export interface Received {
  readonly exchange: Exchange;
  /** As the client sent it, decompressed. */
  readonly bytes: Buffer;
  readonly body: Record<string, unknown>;
}

/** Reads the body; null where the request was refused. */
export async function receive(parts: GatewayParts, exchange: Exchange): Promise<Received | null> {
  const { request } = exchange;
  const read = await readBody(request, parts.settings().gateway.maxBodyMiB * 1024 * 1024);
  const parsed = read.ok ? parseBody(read.bytes) : read;
  const body = parsed.ok ? parsed.body : {};
  const bytes = read.ok ? read.bytes : Buffer.alloc(0);
  exchange.start(pathOf(request), body, bytes);
  if (parsed.ok) return { exchange, bytes, body };
  refuse(exchange, parsed.error);
  return null;
}

/** Where the model that the body names is; null where the request was refused, or its client has left. */
export async function findRoute(parts: GatewayParts, { exchange, body }: Received): Promise<Route | null> {
  if (typeof body.model !== 'string' || body.model === '') {
    const message = 'The request names no model: `model` must be a string.';
    refuse(exchange, { kind: 'invalid-request', message, param: 'model' });
    return null;
  }
  const session = sessionOrStart(exchange.request.headers, body);
  const name = parts.sessions.nameFor(exchange.key.id, session, body.model);
  const result = await parts.models().route(name, exchange.key.slots);
  if (!result.ok) {
    refuse(exchange, result.error);
    return null;
  }
  const { route } = result;
  const refusal = mayAnswer(exchange.key, route);
  if (refusal !== null) {
    refuse(exchange, refusal);
    return null;
  }
  exchange.routed(route.modelId, route.upstreamProtocol(exchange.protocol));
  return exchange.signal.aborted ? null : route;
}

/** The request as the canonical conversation, which goes on in the protocol `to`; null where it was refused. */
export function decodeFrom(
  parts: GatewayParts,
  { exchange, body }: Received,
  client: ClientCodec,
  to: Protocol,
): ConversationRequest | null {
  const decoded = client.decodeRequest(body, parts.supplies, to);
  if (!decoded.ok) {
    refuse(exchange, decoded.error);
    return null;
  }
  exchange.diagnose(decoded.diagnostics);
  return decoded.request;
}
