import type { JsonObject } from '../../../src-shared/json.ts';
import type { ConversationError } from '../conversation/error.ts';
import { httpStatus, retryHeaders } from '../conversation/error-status.ts';

/**
 * A failure as an HTTP answer of the Messages API, in the words Claude Code acts on (reference protocol spec §8.2, §8.3).
 * Header names are lower-case.
 */
export function encodeMessagesError(
  error: ConversationError,
  requestId: string,
): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: JsonObject } {
  return {
    // 529 is Anthropic's own; a client counts three of them before it turns to its fallback model.
    status: error.kind === 'overloaded' && error.upstreamStatus === 529 ? 529 : httpStatus(error),
    headers: { 'request-id': requestId, ...retryHeaders(error) },
    body: messagesErrorBody(error, requestId),
  };
}

/** The body of an HTTP error, and the data of a stream's `error` event. No `message_stop` may follow such an event. */
export function messagesErrorBody(error: ConversationError, requestId?: string): JsonObject {
  return {
    type: 'error',
    error: { type: messagesErrorType(error), message: messagesErrorMessage(error) },
    ...(requestId !== undefined ? { request_id: requestId } : {}),
  };
}

function messagesErrorType(error: ConversationError): string {
  switch (error.kind) {
    case 'invalid-request':
    case 'unsupported':
    case 'context-overflow':
      return 'invalid_request_error';
    case 'authentication':
      return 'authentication_error';
    case 'permission':
      return 'permission_error';
    case 'not-found':
    case 'unknown-model':
      return 'not_found_error';
    case 'too-large':
      return 'request_too_large';
    case 'rate-limit':
      return 'rate_limit_error';
    case 'quota':
      return httpStatus(error) === 429 ? 'rate_limit_error' : 'billing_error';
    case 'upstream-authentication':
    case 'upstream-unreachable':
    case 'upstream-failure':
    case 'upstream-cut':
    case 'internal':
      return 'api_error';
    case 'overloaded':
    case 'loading':
    case 'unavailable':
      return 'overloaded_error';
    case 'timeout':
      return 'timeout_error';
  }
}

function messagesErrorMessage(error: ConversationError): string {
  return error.kind === 'context-overflow' ? overflowMessage(error) : error.message;
}

/**
 * Claude Code compacts on "prompt is too long" and reads the gap from `A tokens > B`; on "input length and `max_tokens` exceed context limit"
 * it asks for a shorter answer. Numbers stand only where they are known.
 */
function overflowMessage(error: ConversationError): string {
  const { promptTokens, contextWindow, maxOutputTokens } = error.overflow ?? {};
  if (promptTokens === undefined || contextWindow === undefined) return 'prompt is too long';
  if (promptTokens > contextWindow) return `prompt is too long: ${promptTokens} tokens > ${contextWindow} maximum`;
  if (maxOutputTokens === undefined || promptTokens + maxOutputTokens <= contextWindow) return 'prompt is too long';
  return `input length and \`max_tokens\` exceed context limit: ${promptTokens} + ${maxOutputTokens} > ${contextWindow}, decrease input length or \`max_tokens\` and try again`;
}
