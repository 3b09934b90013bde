import type { ConversationError } from '../conversation/error.ts';
import { readErrorFields } from '../conversation/error-fields.ts';
import { classifyFailure } from '../conversation/upstream-failure.ts';

/**
 * An HTTP error answer of an OpenAI-compatible server, of whatever shape (JSON of any dialect, a web page, plain text, nothing).
 *
 * @param status the HTTP status
 * @param headers lower-case names
 * @param body the body's text, or the first 64 KiB of it
 */
export function decodeChatError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): ConversationError {
  return classifyFailure({ status, headers }, readErrorFields(body.trim()));
}

/**
 * An error inside a 200: the `error` member of a stream's chunk or of a JSON body, or the whole chunk or body that holds it.
 *
 * @param value parsed JSON, unchecked
 */
export function decodeChatErrorObject(value: unknown): ConversationError {
  return classifyFailure({ status: null, headers: {} }, readErrorFields(value));
}
