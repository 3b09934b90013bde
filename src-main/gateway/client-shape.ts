import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../../src-shared/json.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import { encodeChatError } from '../protocols/chat/errors.ts';
import type { ClientCodec } from '../protocols/conversation/codec.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { encodeMessagesError } from '../protocols/messages/errors.ts';
import { encodeResponsesError } from '../protocols/responses/errors.ts';
import { discardBody } from './request-body.ts';

const errorEncoders: Readonly<Record<Protocol, ClientCodec['encodeError']>> = {
  messages: encodeMessagesError,
  chat: encodeChatError,
  responses: encodeResponsesError,
};

/**
 * In which protocol's shape a client wants its errors, and with it under which header it looks for the request's id: Messages under
 * `/v1/messages*` and `/api/*` and for any request with `anthropic-version`, else OpenAI's.
 */
export function clientShape(request: IncomingMessage): Protocol {
  const path = pathOf(request);
  const messages = path === '/v1/messages' || path.startsWith('/v1/messages/') || path.startsWith('/api/');
  if (messages || request.headers['anthropic-version'] !== undefined) return 'messages';
  return path === '/v1/responses' || path.startsWith('/v1/responses/') ? 'responses' : 'chat';
}

/** The path without the query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

export function requestIdHeader(shape: Protocol): string {
  return shape === 'messages' ? 'request-id' : 'x-request-id';
}

/** Answers with an error; returns the body's text. Nothing may have been sent before. */
export function sendError(
  response: ServerResponse,
  shape: Protocol,
  error: ConversationError,
  requestId: string,
): string {
  const encoded = errorEncoders[shape](error, requestId, response.req.headers['user-agent'] ?? null);
  discardBody(response.req);
  return sendJson(response, encoded.status, encoded.headers, encoded.body);
}

/** Answers with JSON; returns the body's text. */
export function sendJson(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: JsonObject,
): string {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
  return text;
}
