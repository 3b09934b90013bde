import { isObject, type JsonObject, type JsonValue } from '../../../src-shared/json.ts';

/**
 * A tool's schema as the Messages API takes it: an object at the root, which holds no `anyOf`, `oneOf` or `allOf` (reference protocol.md
 * §7.1). Branches at the root are joined: all their properties may be given, and what every branch wants is wanted.
 */
export function toolInputSchema(schema: JsonObject): JsonObject {
  const { $schema: _, anyOf, oneOf, allOf, ...root } = schema;
  const own = isObject(root.properties) ? root.properties : {};
  const properties: JsonObject = {};
  const required = new Set(listed(root));
  for (const branch of branches(allOf)) {
    Object.assign(properties, branch.properties);
    for (const name of listed(branch)) required.add(name);
  }
  for (const alternatives of [branches(anyOf), branches(oneOf)]) {
    for (const branch of alternatives) Object.assign(properties, branch.properties);
    for (const name of listed(alternatives[0]))
      if (alternatives.every((branch) => listed(branch).includes(name))) required.add(name);
  }
  Object.assign(properties, own);
  return { ...root, type: 'object', properties, ...(required.size > 0 && { required: [...required] }) };
}

function branches(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((branch) => isObject(branch)) : [];
}

function listed(schema: JsonObject | undefined): readonly JsonValue[] {
  return Array.isArray(schema?.required) ? schema.required : [];
}
