import type { JsonObject } from '../../../src-shared/json.ts';
import type { AnswerContext } from '../conversation/codec.ts';
import type { ConversationError } from '../conversation/error.ts';
import { httpStatus, retryHeaders } from '../conversation/error-status.ts';
import { openaiErrorType } from '../openai-error.ts';
import { isCodex } from './codex.ts';

/**
 * A failure as an HTTP answer of the Responses API, in the words Codex acts on (reference protocol spec §8.2, §8.3). Header names are
 * lower-case.
 */
export function encodeResponsesError(
  error: ConversationError,
  requestId: string,
  userAgent: string | null,
): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: JsonObject } {
  const { type, code } = openaiErrorType(error);
  const param = error.kind === 'context-overflow' ? 'input' : (error.param ?? null);
  return {
    // Codex repeats a 413 five times.
    status: error.kind === 'too-large' && isCodex({ userAgent }) ? 400 : httpStatus(error),
    headers: { 'x-request-id': requestId, ...retryHeaders(error) },
    body: { error: { message: message(error), type, param, code } },
  };
}

/** Codex before 0.169 knows an overflow only inside a stream; later versions know it in both places. */
export function failsInStream(error: ConversationError, context: AnswerContext): boolean {
  return error.kind === 'context-overflow' && isCodex(context);
}

/**
 * The `error` of a response that failed. Codex ends its turn at the codes `context_length_exceeded` (it compacts then), `insufficient_quota`
 * and `invalid_prompt`, waits as a `rate_limit_exceeded` tells it, and repeats the request at any other.
 */
export function responsesFailure(error: ConversationError): JsonObject {
  return { code: failureCode(error), message: waiting(error) };
}

function failureCode(error: ConversationError): string {
  switch (error.kind) {
    case 'context-overflow':
      return 'context_length_exceeded';
    case 'rate-limit':
      return 'rate_limit_exceeded';
    case 'quota':
      return 'insufficient_quota';
    case 'invalid-request':
    case 'unsupported':
    case 'authentication':
    case 'permission':
    case 'not-found':
    case 'unknown-model':
    case 'too-large':
      return 'invalid_prompt';
    // Not `server_is_overloaded` or `slow_down`: those stop Codex from trying again.
    case 'upstream-authentication':
    case 'upstream-unreachable':
    case 'upstream-failure':
    case 'upstream-cut':
    case 'overloaded':
    case 'loading':
    case 'unavailable':
    case 'timeout':
    case 'internal':
      return 'server_error';
  }
}

/** In a stream there is no retry-after: the wait stands in the words, where Codex reads it. */
function waiting(error: ConversationError): string {
  const words = message(error);
  if (error.kind !== 'rate-limit' || /try again in \d/i.test(words)) return words;
  return `${words.replace(/[.\s]*$/, '')}. Please try again in ${(error.retryAfterMs ?? 2000) / 1000}s.`;
}

/** An overflow in OpenAI's own words. */
function message(error: ConversationError): string {
  return error.kind === 'context-overflow'
    ? 'Your input exceeds the context window of this model. Please adjust your input and try again.'
    : error.message;
}
