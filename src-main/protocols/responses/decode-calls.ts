import { isObject, type JsonObject, type JsonValue } from '../../../src-shared/json.ts';
import type { ToolCallBlock, ToolResultPart } from '../conversation/request.ts';
import { decodeOutput } from './decode-content.ts';
import { extrasOf, type Field, missing, optionalText, text } from './request-wire.ts';

const functionCallKeys = new Set(['type', 'call_id', 'name', 'namespace', 'arguments']);
const customCallKeys = new Set(['type', 'call_id', 'name', 'namespace', 'input']);

/** What an item that answers a call says, before it is known whether there was such a call. */
export interface CallOutput {
  readonly callId: string;
  readonly toolKind: 'function' | 'custom';
  readonly parts: readonly ToolResultPart[];
  readonly isError: boolean;
}

/**
 * A call that the client runs, as a tool call; `null` for any other item. A call of a type of its own keeps the whole item in
 * `extras.responses`, whose `type` tells that it is one. Throws a WireError.
 */
export function decodeCall(field: Field, type: string): ToolCallBlock | null {
  const { value } = field;
  switch (type) {
    case 'function_call':
      return {
        kind: 'tool-call',
        id: callIdOf(field),
        ...namedTool(field),
        toolKind: 'function',
        input: argumentsText(value.arguments),
        ...extrasOf(value, functionCallKeys),
      };
    case 'custom_tool_call':
      return {
        kind: 'tool-call',
        id: callIdOf(field),
        ...namedTool(field),
        toolKind: 'custom',
        input: argumentsText(value.input),
        ...extrasOf(value, customCallKeys),
      };
    case 'local_shell_call':
      return typedCall(field, 'local_shell', without(value.action, 'type'));
    case 'shell_call':
      return typedCall(field, 'shell', value.action);
    case 'apply_patch_call':
      return typedCall(field, 'apply_patch', value.operation);
    case 'tool_search_call':
      // A search that OpenAI ran has no call id: nobody is to answer it.
      return optionalText(field, 'call_id') === undefined ? null : typedCall(field, 'tool_search', value.arguments);
    default:
      return null;
  }
}

/**
 * What answers a call that the client runs; `null` for any other item.
 * @param callIdOfItem finds the call's id by the id of its item, which local_shell_call_output names instead. Throws a WireError.
 */
export function decodeCallOutput(
  field: Field,
  type: string,
  callIdOfItem: (itemId: string) => string | undefined,
): CallOutput | null {
  const { output } = field.value;
  const path = `${field.path}.output`;
  switch (type) {
    case 'function_call_output':
      // Without a call id it is a result that came later and belongs to no call.
      return plainOutput(optionalText(field, 'call_id') ?? '', 'function', decodeOutput(output, path));
    case 'custom_tool_call_output':
      return plainOutput(callIdOf(field), 'custom', decodeOutput(output, path));
    case 'local_shell_call_output': {
      const item = optionalText(field, 'id') ?? '';
      const callId = optionalText(field, 'call_id') ?? callIdOfItem(item) ?? item;
      return plainOutput(callId, 'function', decodeOutput(output, path));
    }
    case 'shell_call_output':
      return plainOutput(callIdOf(field), 'function', shellOutput(output));
    case 'apply_patch_call_output':
      return {
        ...plainOutput(callIdOf(field), 'function', decodeOutput(output ?? field.value.status, path)),
        isError: field.value.status === 'failed',
      };
    default:
      return null;
  }
}

function plainOutput(callId: string, toolKind: CallOutput['toolKind'], parts: readonly ToolResultPart[]): CallOutput {
  return { callId, toolKind, parts, isError: false };
}

/** Some clients name a call by its item's id alone. */
function callIdOf(field: Field): string {
  const id = optionalText(field, 'call_id') ?? optionalText(field, 'id');
  if (id === undefined) throw missing(`${field.path}.call_id`);
  return id;
}

function namedTool(field: Field): { readonly name: string; readonly namespace?: string } {
  const namespace = optionalText(field, 'namespace') ?? '';
  return { name: text(field, 'name'), ...(namespace !== '' && { namespace }) };
}

function typedCall(field: Field, name: string, input: JsonValue | undefined): ToolCallBlock {
  return {
    kind: 'tool-call',
    id: callIdOf(field),
    name,
    toolKind: 'function',
    input: argumentsText(input),
    extras: { responses: field.value },
  };
}

function argumentsText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function without(value: JsonValue | undefined, key: string): JsonObject {
  if (!isObject(value)) return {};
  const { [key]: _, ...rest } = value as JsonObject;
  return rest;
}

/** What each command printed, and how it ended where it did not end well. */
function shellOutput(output: unknown): readonly ToolResultPart[] {
  if (!Array.isArray(output)) return decodeOutput(output, '');
  const texts = output.map((chunk: unknown) => {
    if (!isObject(chunk)) return '';
    const printed = [chunk.stdout, chunk.stderr].filter((text) => typeof text === 'string' && text !== '');
    return [...printed, ...endOf(chunk.outcome)].join('\n');
  });
  return [{ kind: 'text', text: texts.filter((text) => text !== '').join('\n') }];
}

function endOf(outcome: unknown): readonly string[] {
  if (!isObject(outcome)) return [];
  if (outcome.type === 'timeout') return ['[timed out]'];
  return typeof outcome.exit_code === 'number' && outcome.exit_code !== 0 ? [`[exit code ${outcome.exit_code}]`] : [];
}
