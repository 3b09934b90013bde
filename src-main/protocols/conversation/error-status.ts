import type { ConversationError, ErrorKind } from './error.ts';

/** The HTTP status that a failure has for a client (reference protocol spec §8.2). */
export function httpStatus(error: ConversationError): number {
  switch (error.kind) {
    case 'invalid-request':
    case 'unsupported':
    case 'context-overflow':
      return 400;
    case 'authentication':
      return 401;
    case 'permission':
      return 403;
    case 'not-found':
    case 'unknown-model':
      return 404;
    case 'too-large':
      return 413;
    case 'rate-limit':
      return 429;
    case 'quota':
      return error.upstreamStatus === 429 ? 429 : 402;
    // Never 401 or 403: those are about our own key, and agents answer them with "log in again".
    case 'upstream-authentication':
    case 'upstream-unreachable':
    case 'upstream-failure':
    case 'upstream-cut':
      return 502;
    case 'overloaded':
    case 'loading':
    case 'unavailable':
      return 503;
    case 'timeout':
      return 504;
    case 'internal':
      return 500;
  }
}

/** How long a client waits where the server does not say, in ms. Codex gives up at once on a 429 without retry-after (0.169.0). */
const defaultWaitMs: Partial<Record<ErrorKind, number>> = { loading: 5000, 'rate-limit': 2000 };

/**
 * The headers by which clients decide whether and when to try again: `retry-after` in whole seconds, at least 1; `retry-after-ms`;
 * `x-should-retry`, which the SDKs of Anthropic and OpenAI obey before they look at the status.
 */
export function retryHeaders(error: ConversationError): Readonly<Record<string, string>> {
  const wait = error.retryAfterMs ?? defaultWaitMs[error.kind] ?? null;
  const again = error.shouldRetry ?? shouldRetry(error);
  return {
    ...(wait !== null
      ? {
          'retry-after': String(Math.max(1, Math.ceil(wait / 1000))),
          'retry-after-ms': String(Math.max(1, Math.ceil(wait))),
        }
      : {}),
    ...(again !== null ? { 'x-should-retry': String(again) } : {}),
  };
}

/** False where nothing changes until a person acts; Claude Code repeats a 401 or a 5xx for more than a minute otherwise. */
function shouldRetry(error: ConversationError): boolean | null {
  switch (error.kind) {
    case 'authentication':
    case 'upstream-authentication':
    case 'quota':
    case 'unavailable':
      return false;
    default:
      return null;
  }
}
