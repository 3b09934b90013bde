import { decodeChatRequest } from '../../../../src-main/protocols/chat/decode-request.ts';
import type { EncodedRequest, EncodeOptions } from '../../../../src-main/protocols/conversation/codec.ts';
import type { ConversationRequest } from '../../../../src-main/protocols/conversation/request.ts';
import { encodeMessagesRequest } from '../../../../src-main/protocols/messages/encode-request.ts';
import { type CompatFlags, defaultFlags } from '../../../../src-shared/compat-flags.ts';
import { isObject, type JsonObject } from '../../../../src-shared/json.ts';
import { testSupplies } from '../supplies.ts';

export type Options = Partial<Omit<EncodeOptions, 'flags'>> & { readonly flags?: Partial<CompatFlags> };

export interface Translated extends EncodedRequest {
  /** What diagnostics of both halves are about. */
  readonly losses: readonly string[];
  readonly messages: readonly Record<string, unknown>[];
}

/** What Anthropic's own models take. */
export const claude: Partial<CompatFlags> = { pdf: true, toolImages: true, cacheControl: true, topK: true };

export function encoded(request: ConversationRequest, { flags, ...options }: Options = {}): EncodedRequest {
  return encodeMessagesRequest(request, {
    flags: { ...defaultFlags, ...flags },
    upstream: { id: 'anthropic', model: 'claude' },
    defaults: {},
    ownTools: new Map(),
    supplies: testSupplies(),
    ...options,
  });
}

export function decoded(body: unknown): ConversationRequest {
  const result = decodeChatRequest(body, testSupplies());
  if (!result.ok) throw new Error(result.error.message);
  return result.request;
}

/** A Chat body as the Messages body that an upstream of these flags gets. */
export function translate(body: JsonObject, options: Options = {}): Translated {
  const result = decodeChatRequest(body, testSupplies());
  if (!result.ok) throw new Error(result.error.message);
  const request = encoded(result.request, options);
  const { messages } = request.body;
  return {
    ...request,
    losses: [...result.diagnostics, ...request.diagnostics].map(({ what }) => what),
    messages: Array.isArray(messages) ? messages.filter((message) => isObject(message)) : [],
  };
}

/** A Chat request of these messages. */
export function chat(messages: readonly JsonObject[], more: JsonObject = {}): JsonObject {
  return { model: 'm', messages: [...messages], ...more };
}

export const user = (content: JsonObject[string]): JsonObject => ({ role: 'user', content });
export const system = (content: JsonObject[string]): JsonObject => ({ role: 'system', content });
export const assistant = (content: JsonObject[string], more: JsonObject = {}): JsonObject => ({
  role: 'assistant',
  content,
  ...more,
});
export const call = (id: string, name = 'Bash', input = '{"command":"ls"}'): JsonObject => ({
  id,
  type: 'function',
  function: { name, arguments: input },
});
export const result = (id: string, content: JsonObject[string]): JsonObject => ({
  role: 'tool',
  tool_call_id: id,
  content,
});
export const tool = (name: string, parameters: JsonObject = { type: 'object', properties: {} }): JsonObject => ({
  type: 'function',
  function: { name, description: `Runs ${name}.`, parameters },
});
