import { isObject, type JsonObject, type JsonValue } from '../../../src-shared/json.ts';
import type { AnswerBlock } from '../conversation/events.ts';
import type { ConversationRequest } from '../conversation/request.ts';
import { readToolInput } from '../conversation/tool-input.ts';

type Call = Pick<AnswerBlock & { readonly kind: 'tool-call' }, 'id' | 'name' | 'namespace' | 'toolKind'>;
type Status = 'in_progress' | 'completed' | 'incomplete';

/** How the item of a call looks. */
export interface CallForm {
  /** What its id begins with. */
  readonly prefix: string;
  /** The events in which its input streams; null for an item that comes whole. */
  readonly events: { readonly name: string; readonly key: 'arguments' | 'input' } | null;
  /** The item without its id; `input` is what has come so far. */
  item(call: Call, input: string, status: Status): JsonObject;
}

/**
 * The form in which a call goes back: that in which its tool was declared. Codex runs a namespaced tool only by its bare name with the
 * namespace beside it, a custom tool only as `custom_tool_call`, and takes an item that is not exactly in form for none (agents.md §2.3).
 */
export function callForm(call: Call, request: ConversationRequest): CallForm {
  if (call.toolKind === 'custom') return customCall;
  const tool = request.tools.find(({ name, namespace }) => name === call.name && namespace === call.namespace);
  const declared = tool?.kind === 'function' ? tool.extras?.responses?.type : undefined;
  return (typeof declared === 'string' ? typedCalls[declared] : undefined) ?? functionCall;
}

const functionCall: CallForm = {
  prefix: 'fc_',
  events: { name: 'function_call_arguments', key: 'arguments' },
  item: (call, input, status) => ({ type: 'function_call', status, ...called(call), arguments: input }),
};

const customCall: CallForm = {
  prefix: 'ctc_',
  events: { name: 'custom_tool_call_input', key: 'input' },
  item: (call, input, status) => ({ type: 'custom_tool_call', status, ...called(call), input }),
};

/** Calls of tools that are declared by their type alone, by that type. */
const typedCalls: Readonly<Record<string, CallForm>> = {
  tool_search: {
    prefix: 'tsc_',
    events: null,
    item: ({ id }, input, status) => ({
      type: 'tool_search_call',
      status,
      call_id: id,
      execution: 'client',
      arguments: readInput(input) ?? input,
    }),
  },
  local_shell: {
    prefix: 'lsh_',
    events: null,
    item: ({ id }, input, status) => {
      const { command, env, ...action } = readInput(input) ?? {};
      return {
        type: 'local_shell_call',
        status,
        call_id: id,
        action: {
          ...action,
          type: 'exec',
          command: typeof command === 'string' ? ['sh', '-c', command] : strings(command),
          env: isObject(env) ? env : {},
        },
      };
    },
  },
  shell: {
    prefix: 'sh_',
    events: null,
    item: ({ id }, input, status) => {
      const { commands, timeout_ms: timeout, max_output_length: length } = readInput(input) ?? {};
      return {
        type: 'shell_call',
        status,
        call_id: id,
        environment: null,
        action: {
          commands: typeof commands === 'string' ? [commands] : strings(commands),
          timeout_ms: timeout ?? null,
          max_output_length: length ?? null,
        },
      };
    },
  },
  apply_patch: {
    prefix: 'apc_',
    events: null,
    item: ({ id }, input, status) => ({
      type: 'apply_patch_call',
      status: status === 'incomplete' ? 'in_progress' : status,
      call_id: id,
      operation: readInput(input) ?? {},
    }),
  },
};

function called({ id, name, namespace }: Call): JsonObject {
  return { call_id: id, name, ...(namespace !== undefined && { namespace }) };
}

/** What can't be read is not run. */
function strings(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function readInput(text: string): JsonObject | null {
  const input = readToolInput(text);
  return input.kind === 'object' ? input.value : null;
}
