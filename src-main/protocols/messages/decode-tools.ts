import type { JsonObject } from '../../../src-shared/json.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { Tool, ToolChoice } from '../conversation/request.ts';
import { clientToolSchema } from './client-tools.ts';
import { WireError, type WireRequest } from './wire.ts';
import { extrasOf, type Field, objectAt, optionalText, text } from './wire-fields.ts';

const functionKeys = new Set(['type', 'name', 'description', 'input_schema', 'defer_loading', 'strict']);
const hostedKeys = new Set(['type', 'name', 'description', 'defer_loading']);

/** The declared tools: the client's own as functions, those that Anthropic runs as hosted ones. Throws a WireError. */
export function decodeTools(tools: readonly unknown[]): readonly Tool[] {
  return tools.map((tool, at) => decodeTool(tool, `tools.${at}`));
}

/** One tool definition. Throws a WireError. */
export function decodeTool(value: unknown, path: string): Tool {
  const field = objectAt(value, path);
  const type = optionalText(field, 'type') ?? 'custom';
  const schema = field.value.input_schema;
  if (schema !== undefined && schema !== null && !isObject(schema))
    throw new WireError(`${path}.input_schema`, 'Input should be a valid dictionary');
  if (type === 'custom' || isObject(schema)) return functionTool(field, isObject(schema) ? (schema as JsonObject) : {});
  const known = clientToolSchema(type);
  if (known === null) return hostedTool(field, type);
  const tool = functionTool(field, known.inputSchema);
  return { ...tool, description: tool.description ?? known.description, extras: { messages: field.value } };
}

function functionTool(field: Field, inputSchema: JsonObject): Tool {
  const { description, strict } = field.value;
  return {
    kind: 'function',
    name: text(field, 'name'),
    ...(typeof description === 'string' && { description }),
    inputSchema,
    ...(typeof strict === 'boolean' && { strict }),
    deferred: field.value.defer_loading === true,
    ...extrasOf(field.value, functionKeys),
  };
}

function hostedTool(field: Field, wireType: string): Tool {
  const hosted = wireType.startsWith('web_search')
    ? 'web-search'
    : wireType.startsWith('web_fetch')
      ? 'web-fetch'
      : 'other';
  const deferred = field.value.defer_loading === true;
  return {
    kind: 'hosted',
    name: optionalText(field, 'name') ?? wireType,
    hosted,
    wireType,
    deferred,
    ...extrasOf(field.value, hostedKeys),
  };
}

/** What `tool_choice` says; an unknown kind counts as `auto`. Throws a WireError. */
export function decodeToolChoice(choice: WireRequest['tool_choice']): {
  readonly toolChoice: ToolChoice;
  readonly parallelToolCalls?: boolean;
} {
  const parallel = choice?.disable_parallel_tool_use === true ? { parallelToolCalls: false } : {};
  switch (choice?.type) {
    case 'any':
      return { toolChoice: { mode: 'required' }, ...parallel };
    case 'none':
      return { toolChoice: { mode: 'none' }, ...parallel };
    case 'tool':
      if (typeof choice.name !== 'string') throw new WireError('tool_choice.name', 'Field required');
      return { toolChoice: { mode: 'tool', name: choice.name }, ...parallel };
    default:
      return { toolChoice: { mode: 'auto' }, ...parallel };
  }
}
