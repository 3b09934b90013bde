import { isObject, type JsonObject, type JsonValue } from '../../../src-shared/json.ts';

/** String formats that Anthropic's grammar takes (@anthropic-ai/sdk 1.11.0, lib/transform-json-schema). */
const formats = new Set<JsonValue>([
  ...['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'],
]);
/** Keywords that go over as they are. */
const plain = new Set(['title', 'enum', 'const', 'required', '$ref', 'type']);

/**
 * The schema of an answer as Anthropic's `output_config.format` takes it, after the same rules as Anthropic's own SDK: objects are closed,
 * `oneOf` is `anyOf`, and what the grammar can't hold the model to is told to it in the description.
 */
export function answerSchema(schema: JsonObject): JsonObject {
  const result: JsonObject = {};
  const told: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (value === undefined || key === '$schema' || key === 'description' || key === 'additionalProperties') continue;
    if (key === 'properties' || key === '$defs' || key === 'definitions') result[key] = each(value);
    else if (key === 'items' && isObject(value)) result.items = answerSchema(value as JsonObject);
    else if ((key === 'anyOf' || key === 'oneOf' || key === 'allOf') && Array.isArray(value))
      result[key === 'oneOf' ? 'anyOf' : key] = value.map((branch) =>
        isObject(branch) ? answerSchema(branch as JsonObject) : branch,
      );
    else if (plain.has(key)) result[key] = value;
    else if (key === 'format' && formats.has(value)) result.format = value;
    else if (key === 'minItems' && (value === 0 || value === 1)) result.minItems = value;
    else told.push(`${key}: ${JSON.stringify(value)}`);
  }
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (types.includes('object') || isObject(schema.properties)) {
    result.type ??= 'object';
    result.properties ??= {};
    result.additionalProperties = false;
  }
  const rule = told.length > 0 ? [`{${told.join(', ')}}`] : [];
  const said = typeof schema.description === 'string' && schema.description !== '' ? [schema.description] : [];
  const description = [...said, ...rule].join('\n\n');
  return description === '' ? result : { ...result, description };
}

function each(value: JsonValue): JsonObject {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, schema]) => [name, isObject(schema) ? answerSchema(schema as JsonObject) : {}]),
  );
}
