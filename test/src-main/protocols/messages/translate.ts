import { encodeChatRequest } from '../../../../src-main/protocols/chat/encode-request.ts';
import type { EncodedRequest, EncodeOptions } from '../../../../src-main/protocols/conversation/codec.ts';
import type { ConversationRequest } from '../../../../src-main/protocols/conversation/request.ts';
import { decodeMessagesRequest } from '../../../../src-main/protocols/messages/decode-request.ts';
import { type CompatFlags, defaultFlags } from '../../../../src-shared/compat-flags.ts';
import type { Diagnostic } from '../../../../src-shared/diagnostic.ts';
import { isObject } from '../../../../src-shared/json.ts';
import { testSupplies } from '../supplies.ts';

export interface Translated extends EncodedRequest {
  readonly all: readonly Diagnostic[];
  /** Messages of the body, loosely typed for reading in tests. */
  readonly messages: readonly Record<string, unknown>[];
  readonly tools: readonly { readonly type: string; readonly function: Record<string, unknown> }[];
}

export type Options = Partial<Omit<EncodeOptions, 'flags'>> & { readonly flags?: Partial<CompatFlags> };

export function decoded(body: unknown): ConversationRequest {
  const result = decodeMessagesRequest(body, testSupplies());
  if (!result.ok) throw new Error(result.error.message);
  return result.request;
}

/** A Messages body as the Chat body that an upstream of these flags gets. */
export function translate(body: unknown, { flags, ...options }: Options = {}): Translated {
  const result = decodeMessagesRequest(body, testSupplies());
  if (!result.ok) throw new Error(result.error.message);
  const encoded = encodeChatRequest(result.request, {
    flags: { ...defaultFlags, ...flags },
    upstream: { id: 'local', model: 'qwen' },
    defaults: {},
    ownTools: new Map(),
    supplies: testSupplies(),
    ...options,
  });
  const { messages, tools } = encoded.body;
  if (!Array.isArray(messages)) throw new Error('no messages');
  return {
    ...encoded,
    all: [...result.diagnostics, ...encoded.diagnostics],
    messages: messages.filter((message) => isObject(message)),
    tools: Array.isArray(tools) ? (tools as unknown as Translated['tools']) : [],
  };
}

/** A small request; `rest` overrides its keys. */
export function request(messages: readonly unknown[], rest: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: 'm', max_tokens: 100, messages, ...rest };
}

export const user = (content: unknown) => ({ role: 'user', content });
export const assistant = (content: unknown) => ({ role: 'assistant', content });
export const system = (content: unknown) => ({ role: 'system', content });
export const text = (value: string) => ({ type: 'text', text: value });
export const use = (id: string, name = 'Bash', input: unknown = { command: 'ls' }) => ({
  type: 'tool_use',
  id,
  name,
  input,
});
export const result = (id: string, content?: unknown, rest: Record<string, unknown> = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  ...(content !== undefined && { content }),
  ...rest,
});
export const tool = (name: string, rest: Record<string, unknown> = {}) => ({
  name,
  description: `Runs ${name}.`,
  input_schema: { type: 'object', properties: { command: { type: 'string' } } },
  ...rest,
});
export const png = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } };
