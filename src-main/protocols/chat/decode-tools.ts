import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import type { CustomTool, Tool, ToolChoice } from '../conversation/request.ts';
import { cacheMark } from './decode-content.ts';
import { type Field, objectAt, someText, text, wrongType } from './request-fields.ts';

/** The declared tools; `functions` are those of the time before `tools`. Throws a RequestError. */
export function decodeTools(body: Record<string, unknown>): readonly Tool[] {
  const search = isObject(body.web_search_options) ? [webSearch(body.web_search_options as JsonObject)] : [];
  return [
    ...listAt(body, 'tools').map((tool, at) => decodeTool(objectAt(tool, `tools[${at}]`))),
    ...listAt(body, 'functions').map((tool, at) => functionTool(objectAt(tool, `functions[${at}]`))),
    ...search,
  ];
}

function decodeTool(field: Field): Tool {
  const { value, path } = field;
  switch (value.type) {
    case 'custom':
      return customTool(isObject(value.custom) ? objectAt(value.custom, `${path}.custom`) : field);
    case 'function':
    case undefined: {
      // Some clients write the function's keys beside `type`.
      const tool = functionTool(isObject(value.function) ? objectAt(value.function, `${path}.function`) : field);
      return { ...tool, ...cacheMark(value) };
    }
    default:
      return { kind: 'hosted', name: someText(value.name) ?? String(value.type), ...hosted(String(value.type), value) };
  }
}

function functionTool(field: Field): Tool {
  const { description, parameters, strict } = field.value;
  if (parameters !== undefined && parameters !== null && !isObject(parameters))
    throw wrongType(`${field.path}.parameters`, 'an object', parameters);
  return {
    kind: 'function',
    name: text(field, 'name'),
    ...(typeof description === 'string' && { description }),
    inputSchema: isObject(parameters) ? parameters : { type: 'object', properties: {} },
    ...(typeof strict === 'boolean' && { strict }),
    deferred: false,
  };
}

function customTool(field: Field): CustomTool {
  const { description, format } = field.value;
  const grammar = isObject(format) && isObject(format.grammar) ? format.grammar : undefined;
  const definition = someText(grammar?.definition);
  return {
    kind: 'custom',
    name: text(field, 'name'),
    ...(typeof description === 'string' && { description }),
    ...(definition !== undefined && {
      grammar: { syntax: grammar?.syntax === 'regex' ? 'regex' : 'lark', definition },
    }),
    deferred: false,
  };
}

function webSearch(options: JsonObject): Tool {
  return { kind: 'hosted', name: 'web_search', ...hosted('web_search', options) };
}

function hosted(wireType: string, value: JsonObject) {
  const kind = wireType.startsWith('web_search') ? ('web-search' as const) : ('other' as const);
  return { hosted: kind, wireType, deferred: false, extras: { chat: value } };
}

/** What `tool_choice` (or the old `function_call`) says; what is not understood counts as `auto`. */
export function decodeToolChoice(body: Record<string, unknown>, diagnostics: Diagnostics): ToolChoice {
  const choice = body.tool_choice ?? body.function_call;
  switch (choice) {
    case undefined:
    case null:
    case 'auto':
      return { mode: 'auto' };
    case 'none':
      return { mode: 'none' };
    case 'required':
    case 'any':
      return { mode: 'required' };
  }
  if (isObject(choice)) {
    const allowed = isObject(choice.allowed_tools) ? choice.allowed_tools : choice;
    if (choice.type === 'allowed_tools' && Array.isArray(allowed.tools))
      return { mode: 'allowed', names: allowed.tools.flatMap(chosenName), required: allowed.mode === 'required' };
    const [name] = chosenName(choice);
    if (name !== undefined) return { mode: 'tool', name };
  }
  diagnostics.add('dropped', 'tool_choice', 'It is of no known form and was read as "auto".');
  return { mode: 'auto' };
}

/** The name in `{type,function:{name}}`, `{type,custom:{name}}` or `{name}`. */
function chosenName(choice: unknown): readonly string[] {
  if (!isObject(choice)) return [];
  const target = isObject(choice.function) ? choice.function : isObject(choice.custom) ? choice.custom : choice;
  const name = someText(target.name);
  return name === undefined ? [] : [name];
}

function listAt(body: Record<string, unknown>, key: string): readonly unknown[] {
  const value = body[key];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(key, 'an array of objects', value);
  return value;
}
