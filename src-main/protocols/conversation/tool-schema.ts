import type { JsonObject, JsonValue } from '../../../src-shared/json.ts';
import { isObject } from '../../../src-shared/json.ts';

/**
 * A tool's input schema as Chat servers want it: an object schema with `properties`, without `$schema`. With `subset`, keywords that
 * a server's grammar may refuse are left out too.
 */
export function toolParameters(schema: JsonObject, subset: boolean): JsonObject {
  const { $schema: _, ...rest } = schema;
  const simple = subset ? simplifiedRoot(rest) : rest;
  return { ...simple, type: 'object', properties: isObject(simple.properties) ? simple.properties : {} };
}

/** Types that JSON schema knows. */
const types = new Set<JsonValue>(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

/**
 * Keywords that every grammar converter we know takes or ignores (backends.md §5: llama-server b11669 and older, Ollama, LM Studio).
 * Patterns, formats, negation, conditions and the like are refused by some and enforced by few.
 */
const plainKeywords = new Set(['title', 'description', 'enum', 'const', 'required', 'default', 'minimum', 'maximum']);
/** Keywords that repeat a rule of the grammar; big counts make some converters give up. */
const counts = new Set(['minItems', 'maxItems', 'minLength', 'maxLength']);
const largestCount = 1000;
const branches = ['anyOf', 'oneOf', 'allOf'] as const;

/** The schema cut down to what grammars take. References that lead nowhere become schemas that allow anything. */
export function simplifySchema(schema: JsonObject): JsonObject {
  return simplified(schema, definitionsOf(schema));
}

function simplified(value: JsonValue | undefined, definitions: ReadonlySet<string>): JsonObject {
  if (!isObject(value)) return {};
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    if (plainKeywords.has(key)) result[key] = item;
    else if (counts.has(key)) {
      if (typeof item === 'number' && item <= largestCount) result[key] = item;
    } else if (key === 'type') {
      const known = (Array.isArray(item) ? item : [item]).filter((type) => types.has(type));
      if (known.length > 0) result[key] = Array.isArray(item) ? known : item;
    } else if (key === 'properties' || key === '$defs' || key === 'definitions') {
      result[key] = eachSimplified(item, definitions);
    } else if (key === 'items') {
      result[key] = simplified(item, definitions);
    } else if (key === 'additionalProperties') {
      result[key] = typeof item === 'boolean' ? item : simplified(item, definitions);
    } else if (branches.some((branch) => branch === key) && Array.isArray(item)) {
      result[key] = item.map((branch) => simplified(branch, definitions));
    } else if (key === '$ref' && typeof item === 'string' && definitions.has(item)) {
      result[key] = item;
    }
  }
  return result;
}

function eachSimplified(value: JsonValue, definitions: ReadonlySet<string>): JsonObject {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, simplified(item, definitions)]));
}

function definitionsOf(schema: JsonObject): ReadonlySet<string> {
  const found = new Set<string>();
  for (const key of ['$defs', 'definitions']) {
    const definitions = schema[key];
    if (isObject(definitions)) for (const name of Object.keys(definitions)) found.add(`#/${key}/${name}`);
  }
  return found;
}

/** The root must be one plain object for many servers: its branches are joined, and only what all of them require stays required. */
function simplifiedRoot(schema: JsonObject): JsonObject {
  const simple = simplifySchema(schema);
  const { anyOf, oneOf, allOf, ...root } = simple;
  const properties: JsonObject = {};
  let required: readonly JsonValue[] = Array.isArray(root.required) ? root.required : [];
  for (const alternatives of [anyOf, oneOf]) {
    const schemas = objects(alternatives);
    for (const branch of schemas) Object.assign(properties, branch.properties);
    const inAll = listed(schemas[0]).filter((name) => schemas.every((branch) => listed(branch).includes(name)));
    required = [...required, ...inAll];
  }
  for (const branch of objects(allOf)) {
    Object.assign(properties, branch.properties);
    required = [...required, ...listed(branch)];
  }
  Object.assign(properties, root.properties);
  const names = [...new Set(required)];
  return { ...root, properties, ...(names.length > 0 && { required: names }) };
}

function objects(branch: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(branch) ? branch.filter((schema) => isObject(schema)) : [];
}

function listed(schema: JsonObject | undefined): readonly JsonValue[] {
  return Array.isArray(schema?.required) ? schema.required : [];
}
