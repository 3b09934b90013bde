import type { ConversationError } from '../conversation/error.ts';
import { readErrorFields } from '../conversation/error-fields.ts';
import { classifyFailure } from '../conversation/upstream-failure.ts';

/**
 * An HTTP error answer of a server that speaks Responses, of whatever shape (JSON of any dialect, a web page, plain text, nothing).
 *
 * @param status the HTTP status
 * @param headers lower-case names
 * @param body the body's text, or the first 64 KiB of it
 */
export function decodeResponsesError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): ConversationError {
  return classifyFailure({ status, headers }, readErrorFields(body.trim()));
}

/**
 * An error inside a 200: the `error` of a failed response, an `error` event, or a body that is an error.
 *
 * @param value parsed JSON, unchecked
 */
export function decodeResponsesErrorObject(value: unknown): ConversationError {
  return classifyFailure({ status: null, headers: {} }, readErrorFields(value));
}

/** True for an object that says nothing but what went wrong, in any of the shapes of reference protocol.md §8.1. */
export function isErrorBody(body: Readonly<Record<string, unknown>>): boolean {
  if (body.type === 'error' || body.object === 'error') return true;
  if (body.type !== undefined || body.object === 'response') return false;
  return (
    isPresent(body.error) || isPresent(body.detail) || (typeof body.message === 'string' && body.output === undefined)
  );
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== '';
}
