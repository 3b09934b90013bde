import type { ConversationError } from './conversation/error.ts';

/** The `type` and `code` by which OpenAI's APIs, Chat and Responses alike, tell a failure (reference protocol spec §8.2). */
export function openaiErrorType(error: ConversationError): { readonly type: string; readonly code: string | null } {
  switch (error.kind) {
    case 'invalid-request':
      return { type: 'invalid_request_error', code: error.upstreamCode ?? null };
    case 'unsupported':
      return {
        type: 'invalid_request_error',
        code: error.param === undefined ? 'unsupported_value' : 'unsupported_parameter',
      };
    case 'authentication':
      return { type: 'invalid_request_error', code: 'invalid_api_key' };
    case 'permission':
      return { type: 'permission_denied', code: 'permission_denied' };
    case 'not-found':
      return { type: 'invalid_request_error', code: 'not_found' };
    case 'unknown-model':
      return { type: 'invalid_request_error', code: 'model_not_found' };
    case 'too-large':
      return { type: 'invalid_request_error', code: 'request_too_large' };
    case 'context-overflow':
      return { type: 'invalid_request_error', code: 'context_length_exceeded' };
    case 'rate-limit':
      return { type: 'rate_limit_error', code: 'rate_limit_exceeded' };
    case 'quota':
      return { type: 'insufficient_quota', code: 'insufficient_quota' };
    case 'upstream-authentication':
      return { type: 'server_error', code: 'upstream_authentication' };
    case 'upstream-unreachable':
      return { type: 'server_error', code: 'upstream_unreachable' };
    case 'upstream-failure':
      return { type: 'server_error', code: null };
    case 'upstream-cut':
      return { type: 'server_error', code: 'upstream_cut' };
    // Not `server_is_overloaded` or `slow_down`: those stop Codex from trying again.
    case 'overloaded':
    case 'unavailable':
      return { type: 'server_error', code: null };
    case 'loading':
      return { type: 'server_error', code: 'model_loading' };
    case 'timeout':
      return { type: 'server_error', code: 'timeout' };
    case 'internal':
      return { type: 'server_error', code: null };
  }
}
