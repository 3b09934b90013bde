/** JSON as it stands in a parsed document. Absent optional keys are allowed so that bodies can be built with spreads. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

/** True for a JSON object (not null, not an array). The first check at every border. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
