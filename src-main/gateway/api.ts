import type { Protocol } from '../../src-shared/protocol.ts';
import type { Route } from '../models/route.types.ts';
import { chatUpstream } from '../protocols/chat/index.ts';
import type { UpstreamCodec } from '../protocols/conversation/codec.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import type { ConversationRequest } from '../protocols/conversation/request.ts';
import { messagesClient } from '../protocols/messages/index.ts';
import { answerHere } from './answer-here.ts';
import { jsonOutput, refuse, streamOutput } from './answer-output.ts';
import { modelNotAllowed } from './authenticate.ts';
import { type ClientShape, pathOf, sendJson } from './client-shape.ts';
import type { Exchange } from './exchange.ts';
import type { GatewayOptions } from './options.ts';
import type { GatewayParts } from './parts.ts';
import { passThrough } from './pass-through.ts';
import { parseBody, readBody } from './request-body.ts';
import { encodeFor, translate } from './translate.ts';

/** The endpoints that take a model's name and a body. Each answers the response whole. */
export interface Api {
  messages(exchange: Exchange): Promise<void>;
  countTokens(exchange: Exchange): Promise<void>;
  /** `path` below `/v1`: `/chat/completions` or `/embeddings`. */
  openai(exchange: Exchange, path: string): Promise<void>;
}

interface Received {
  readonly exchange: Exchange;
  readonly shape: ClientShape;
  readonly bytes: Buffer;
  readonly body: Record<string, unknown>;
}

export function createApi(parts: GatewayParts, options: GatewayOptions): Api {
  /** Reads the body; null where the request was refused. */
  async function receive(exchange: Exchange): Promise<Received | null> {
    const { request } = exchange;
    const shape: ClientShape = exchange.protocol === 'messages' ? 'messages' : 'chat';
    const read = await readBody(request, parts.settings().gateway.maxBodyMiB * 1024 * 1024);
    const parsed = read.ok ? parseBody(read.bytes) : read;
    const body = parsed.ok ? parsed.body : {};
    const bytes = read.ok ? read.bytes : Buffer.alloc(0);
    exchange.start(pathOf(request), typeof body.model === 'string' ? body.model : '', body.stream === true, bytes);
    if (parsed.ok) return { exchange, shape, bytes, body };
    refuse(exchange, shape, parsed.error);
    return null;
  }

  /** Where the named model is; null where the request was refused. */
  async function routed({ exchange, shape }: Received, model: string): Promise<Route | null> {
    const result = await parts.models().route(model);
    if (!result.ok) {
      refuse(exchange, shape, result.error);
      return null;
    }
    const { route } = result;
    if (!exchange.key.allowsModel(route.modelId, route.alias)) {
      refuse(exchange, shape, modelNotAllowed);
      return null;
    }
    exchange.routed(route.modelId, route.upstreamProtocol(exchange.protocol));
    return route;
  }

  async function conversation(
    exchange: Exchange,
  ): Promise<{ received: Received; route: Route; request: ConversationRequest; upstream: UpstreamCodec } | null> {
    const received = await receive(exchange);
    if (received === null) return null;
    const { shape } = received;
    const decoded = messagesClient.decodeRequest(received.body, parts.supplies);
    if (!decoded.ok) {
      refuse(exchange, shape, decoded.error);
      return null;
    }
    exchange.diagnose(decoded.diagnostics);
    const route = await routed(received, decoded.request.model);
    if (route === null || exchange.signal.aborted) return null;
    const upstream = upstreamCodec(route.upstreamProtocol('messages'));
    if (upstream === null) {
      refuse(exchange, shape, untranslatable(route));
      return null;
    }
    return { received, route, request: decoded.request, upstream };
  }

  return {
    async messages(exchange) {
      const found = await conversation(exchange);
      if (found === null) return;
      const { received, route, request, upstream } = found;
      const estimate = (): number => parts.tokens.estimate(route, received.bytes.length);
      const here = answerHere(request, options.ownTools.names.has('web-search'), estimate, parts.supplies);
      if (here === null)
        return translate({ parts, options, exchange, route, client: messagesClient, upstream, request });
      const output = request.stream
        ? streamOutput({ exchange, codec: messagesClient, supplies: parts.supplies, keepAliveMs: options.keepAliveMs })
        : jsonOutput(exchange, messagesClient);
      await output.emit(here);
    },

    async countTokens(exchange) {
      const found = await conversation(exchange);
      if (found === null) return;
      const { route, request, upstream } = found;
      const encoded = encodeFor({ parts, options, route, upstream }, request);
      const tokens = await parts.tokens.count(route, encoded.body, exchange.signal);
      if (exchange.signal.aborted) return;
      exchange.passed(
        'gateway-to-agent',
        sendJson(exchange.response, 200, { 'request-id': exchange.id }, { input_tokens: tokens }),
      );
    },

    async openai(exchange, path) {
      const received = await receive(exchange);
      if (received === null) return;
      const { shape, body, bytes } = received;
      if (typeof body.model !== 'string' || body.model === '') {
        return refuse(exchange, shape, {
          kind: 'invalid-request',
          message: 'The request names no model: `model` must be a string.',
          param: 'model',
        });
      }
      const route = await routed(received, body.model);
      if (route === null || exchange.signal.aborted) return;
      if (route.upstreamProtocol('chat') !== 'chat') return refuse(exchange, shape, untranslatable(route));
      const stream = path === '/chat/completions' && body.stream === true;
      await passThrough({ parts, options, exchange, route, path, body: bytes, stream });
    },
  };
}

/** Null for a protocol that no upstream is spoken to in yet. */
function upstreamCodec(protocol: Protocol): UpstreamCodec | null {
  switch (protocol) {
    case 'chat':
      return chatUpstream;
    case 'messages':
    case 'responses':
      return null;
  }
}

function untranslatable(route: Route): ConversationError {
  return { kind: 'unsupported', message: `Dragoman can't translate this request for ${route.target.id}.` };
}
