import type { ConversationError } from '../conversation/error.ts';
import { readErrorFields } from '../conversation/error-fields.ts';
import { classifyFailure } from '../conversation/upstream-failure.ts';

/**
 * An HTTP error answer of a Messages server, of whatever shape (Anthropic's, that of a proxy before it, a web page, nothing).
 *
 * @param headers lower-case names
 * @param body the body's text, or the first 64 KiB of it
 */
export function decodeMessagesError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): ConversationError {
  return classifyFailure({ status, headers }, readErrorFields(body.trim()));
}

/** An error inside a 200: the data of an `error` event, or a JSON body. `value` is parsed JSON, unchecked. */
export function decodeMessagesErrorObject(value: unknown): ConversationError {
  return classifyFailure({ status: null, headers: {} }, readErrorFields(value));
}
