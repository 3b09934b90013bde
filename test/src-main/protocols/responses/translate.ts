import { encodeChatRequest } from '../../../../src-main/protocols/chat/encode-request.ts';
import type { ConversationRequest } from '../../../../src-main/protocols/conversation/request.ts';
import { decodeResponsesRequest } from '../../../../src-main/protocols/responses/decode-request.ts';
import { defaultFlags } from '../../../../src-shared/compat-flags.ts';
import type { Diagnostic } from '../../../../src-shared/diagnostic.ts';
import { isObject } from '../../../../src-shared/json.ts';
import type { Options, Translated } from '../messages/translate.ts';
import { testSupplies } from '../supplies.ts';

export function decodedWith(body: unknown): {
  readonly request: ConversationRequest;
  readonly diagnostics: readonly Diagnostic[];
} {
  const result = decodeResponsesRequest(body, testSupplies());
  if (!result.ok) throw new Error(result.error.message);
  return result;
}

export const decoded = (body: unknown): ConversationRequest => decodedWith(body).request;

/** A Responses body as the Chat body that an upstream of these flags gets. */
export function translate(body: unknown, { flags, ...options }: Options = {}): Translated {
  const result = decodedWith(body);
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

/** A small request; `rest` adds keys. */
export function request(input: unknown, rest: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: 'm', input, ...rest };
}

export const message = (role: string, content: unknown, rest: Record<string, unknown> = {}) => ({
  ...{ type: 'message', role, content, ...rest },
});
export const user = (text: string) => message('user', [{ type: 'input_text', text }]);
export const developer = (text: string) => message('developer', [{ type: 'input_text', text }]);
export const assistant = (text: string, rest: Record<string, unknown> = {}) =>
  message('assistant', [{ type: 'output_text', text, annotations: [] }], rest);
export const call = (id: string, name = 'exec_command', rest: Record<string, unknown> = {}) => ({
  ...{ type: 'function_call', call_id: id, name, arguments: '{"cmd":"ls"}', ...rest },
});
export const output = (id: string, value: unknown = 'done') => ({
  ...{ type: 'function_call_output', call_id: id, output: value },
});
export const reasoning = (rest: Record<string, unknown>) => ({ type: 'reasoning', id: 'rs_1', summary: [], ...rest });
export const tool = (name: string, rest: Record<string, unknown> = {}) => ({
  type: 'function',
  name,
  description: `Runs ${name}.`,
  strict: false,
  parameters: { type: 'object', properties: { cmd: { type: 'string' } } },
  ...rest,
});
export const namespace = (name: string, tools: readonly unknown[], description = '') => ({
  ...{ type: 'namespace', name, description, tools },
});
export const applyPatch = {
  type: 'custom',
  name: 'apply_patch',
  description: 'Edits files.',
  format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
};
