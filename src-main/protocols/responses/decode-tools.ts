import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { Tool, ToolChoice } from '../conversation/request.ts';
import { identity } from '../conversation/tool-names.ts';
import { clientTool } from './client-tools.ts';
import {
  extrasOf,
  type Field,
  listAt,
  objectAt,
  optionalText,
  text,
  type WireRequest,
  wrongType,
} from './request-wire.ts';

interface Namespace {
  readonly namespace?: string;
  readonly namespaceDescription?: string;
}

const functionKeys = new Set(['type', 'name', 'description', 'parameters', 'defer_loading', 'strict']);
const customKeys = new Set(['type', 'name', 'description', 'defer_loading']);
const hostedKeys = new Set(['type', 'name', 'description', 'defer_loading']);

/**
 * The declared tools, those of a namespace one by one. A tool of another type than function or custom that the client runs becomes a
 * function; its declaration stays in `extras.responses`, whose `type` tells that it is one. Throws a WireError.
 */
export function decodeTools(tools: unknown, path: string): readonly Tool[] {
  return listAt(tools, path).flatMap((tool, at) => decodeTool(objectAt(tool, `${path}[${at}]`), {}));
}

function decodeTool(field: Field, within: Namespace): readonly Tool[] {
  const type = text(field, 'type');
  switch (type) {
    case 'function':
      return [functionTool(field, within)];
    case 'custom':
      return [customTool(field, within)];
    case 'namespace': {
      const description = optionalText(field, 'description') ?? '';
      const namespace = {
        namespace: text(field, 'name'),
        ...(description !== '' && { namespaceDescription: description }),
      };
      return listAt(field.value.tools, `${field.path}.tools`).flatMap((tool, at) =>
        decodeTool(objectAt(tool, `${field.path}.tools[${at}]`), namespace),
      );
    }
    default:
      return [typedTool(field, type, within)];
  }
}

function functionTool(field: Field, within: Namespace): Tool {
  const { parameters, strict } = field.value;
  return {
    kind: 'function',
    name: text(field, 'name'),
    ...within,
    ...described(field),
    inputSchema: schemaAt(parameters, `${field.path}.parameters`) ?? {},
    ...(typeof strict === 'boolean' && { strict }),
    ...extrasOf(field.value, functionKeys),
  };
}

/** A format of another kind than grammar allows any text; it stays in the extras, as a grammar does. */
function customTool(field: Field, within: Namespace): Tool {
  const { format } = field.value;
  const grammar = isObject(format) && format.type === 'grammar' ? format : null;
  const definition = grammar?.definition;
  return {
    kind: 'custom',
    name: text(field, 'name'),
    ...within,
    ...described(field),
    ...(typeof definition === 'string' && { grammar: { syntax: String(grammar?.syntax), definition } }),
    ...extrasOf(field.value, customKeys),
  };
}

/** A tool that its type alone defines. */
function typedTool(field: Field, wireType: string, within: Namespace): Tool {
  const known = clientTool(field.value);
  const name = typedToolName(field.value, wireType);
  if (known === null) {
    const hosted = wireType.startsWith('web_search') ? 'web-search' : 'other';
    return {
      kind: 'hosted',
      name,
      ...within,
      hosted,
      wireType,
      ...described(field),
      ...extrasOf(field.value, hostedKeys),
    };
  }
  const inputSchema = schemaAt(field.value.parameters, `${field.path}.parameters`) ?? known.inputSchema;
  const said = described(field);
  return {
    kind: 'function',
    name,
    ...within,
    description: said.description ?? known.description,
    inputSchema,
    deferred: said.deferred,
    extras: { responses: field.value },
  };
}

function described(field: Field): { readonly description?: string; readonly deferred: boolean } {
  const description = optionalText(field, 'description');
  return { ...(description !== undefined && { description }), deferred: field.value.defer_loading === true };
}

function schemaAt(value: unknown, path: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  return objectAt(value, path).value;
}

/** What a tool without a name of its own is called: web search has several dated types, an MCP server its label. */
function typedToolName(tool: Readonly<Record<string, unknown>>, type: string): string {
  if (type.startsWith('web_search')) return 'web_search';
  if (typeof tool.name === 'string') return tool.name;
  return type === 'mcp' && typeof tool.server_label === 'string' ? tool.server_label : type;
}

/**
 * What `tool_choice` says; an unknown word counts as `auto`. A tool is named as `decodeTools` names it, so that one which can't be
 * offered is found missing later. Throws a WireError.
 */
export function decodeToolChoice(choice: WireRequest['tool_choice']): ToolChoice {
  if (choice === 'required' || choice === 'none') return { mode: choice };
  if (!isObject(choice)) return { mode: 'auto' };
  if (choice.type === 'auto' || choice.type === 'required' || choice.type === 'none') return { mode: choice.type };
  if (choice.type !== 'allowed_tools') return { mode: 'tool', ...namedTool(choice, 'tool_choice') };
  if (!Array.isArray(choice.tools)) throw wrongType('tool_choice.tools', 'an array of tools', choice.tools);
  const names = choice.tools.map((tool, at) => identity(namedTool(tool, `tool_choice.tools[${at}]`)));
  return { mode: 'allowed', names, required: choice.mode === 'required' };
}

function namedTool(value: unknown, path: string): { readonly name: string; readonly namespace?: string } {
  const field = objectAt(value, path);
  const type = optionalText(field, 'type') ?? 'function';
  const namespace = optionalText(field, 'namespace');
  const isNamed = type === 'function' || type === 'custom' || type === 'namespace';
  const name = isNamed ? text(field, 'name') : typedToolName(field.value, type);
  return { name, ...(namespace !== undefined && { namespace }) };
}
