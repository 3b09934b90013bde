import type { JsonObject } from '../../../src-shared/json.ts';
import type { ConversationError } from '../conversation/error.ts';
import { httpStatus, retryHeaders } from '../conversation/error-status.ts';
import { openaiErrorType } from '../openai-error.ts';

/** A failure as an HTTP answer of the Chat Completions API (reference protocol spec §8.2, §8.3). Header names are lower-case. */
export function encodeChatError(
  error: ConversationError,
  requestId: string,
): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: JsonObject } {
  return {
    status: httpStatus(error),
    headers: { 'x-request-id': requestId, ...retryHeaders(error) },
    body: chatErrorBody(error),
  };
}

/** The body of an HTTP error, and the data of the chunk that ends a stream which failed. */
export function chatErrorBody(error: ConversationError): JsonObject {
  const { type, code } = openaiErrorType(error);
  const param = error.kind === 'context-overflow' ? 'messages' : (error.param ?? null);
  return { error: { message: chatErrorMessage(error), type, param, code } };
}

/** The last chunk of a stream that failed, ready to send; no `[DONE]` follows it. */
export function encodeChatErrorChunk(error: ConversationError): string {
  return `data: ${JSON.stringify(chatErrorBody(error))}\n\n`;
}

/** OpenAI's own words for an overflow; numbers stand only where they are known. */
function chatErrorMessage(error: ConversationError): string {
  if (error.kind !== 'context-overflow') return error.message;
  const { promptTokens, contextWindow, maxOutputTokens } = error.overflow ?? {};
  if (contextWindow === undefined)
    return 'Your input exceeds the context window of this model. Please adjust your input and try again.';
  const limit = `This model's maximum context length is ${contextWindow} tokens.`;
  if (promptTokens !== undefined && maxOutputTokens !== undefined)
    return `${limit} However, you requested ${promptTokens + maxOutputTokens} tokens (${promptTokens} in the messages, ${maxOutputTokens} in the completion). Please reduce the length of the messages or completion.`;
  if (promptTokens !== undefined && promptTokens > contextWindow)
    return `${limit} However, your messages resulted in ${promptTokens} tokens. Please reduce the length of the messages.`;
  return `${limit} Your input exceeds it. Please reduce the length of the messages.`;
}
