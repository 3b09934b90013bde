import { z } from 'zod';
import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { Extras } from '../conversation/request.ts';

/**
 * The Responses request as clients send it (openai SDK 7.55.0, Codex 0.169.0). Only the shape of what is needed is checked: unknown
 * fields, enum values and item types pass. Items and tools are checked by hand while they are decoded, because a schema over each
 * item of a long history costs more than the whole translation.
 */
const requestSchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.unknown())]).nullish(),
  instructions: z.union([z.string(), z.array(z.unknown())]).nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  max_tool_calls: z.number().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_logprobs: z.number().nullish(),
  stream: z.boolean().nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]).nullish(),
  reasoning: z.looseObject({ effort: z.string().nullish(), summary: z.string().nullish() }).nullish(),
  text: z.looseObject({ format: z.looseObject({}).nullish(), verbosity: z.string().nullish() }).nullish(),
  include: z.array(z.unknown()).nullish(),
  previous_response_id: z.string().nullish(),
  store: z.boolean().nullish(),
});
export type WireRequest = z.infer<typeof requestSchema>;

/** What a request is refused for; in words and codes that OpenAI has for it. `path` names the parameter: `input[0].content`. */
export class WireError extends Error {
  readonly path: string;
  readonly code: 'missing_required_parameter' | 'invalid_type' | 'invalid_value' | 'integer_below_min_value';
  constructor(path: string, code: WireError['code'], message: string) {
    super(message);
    this.name = 'WireError';
    this.path = path;
    this.code = code;
  }
}

/** The checked top level of a request. Throws a WireError. */
export function parseRequest(body: unknown): WireRequest {
  const result = requestSchema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  const value = path.reduce<unknown>((at, key) => (isObject(at) ? at[String(key)] : undefined), body);
  const where = path.map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at > 0 ? '.' : ''}${String(key)}`));
  if (path.length > 0 && value === undefined) throw missing(where.join(''));
  if (issue?.code === 'too_small') {
    const problem = `integer below minimum value. Expected a value >= ${issue.minimum}, but got ${String(value)} instead.`;
    throw new WireError(where.join(''), 'integer_below_min_value', `Invalid '${where.join('')}': ${problem}`);
  }
  throw wrongType(where.join(''), expected[String(path[0])] ?? 'an object', value);
}

const expected: Readonly<Record<string, string>> = {
  model: 'a string',
  input: 'a string or an array of items',
  instructions: 'a string',
  max_output_tokens: 'an integer',
  max_tool_calls: 'an integer',
  temperature: 'a number',
  top_p: 'a number',
  top_logprobs: 'an integer',
  stream: 'a boolean',
  parallel_tool_calls: 'a boolean',
  tools: 'an array of tools',
  tool_choice: 'a string or an object with a type',
  reasoning: 'an object of strings',
  text: 'an object',
  include: 'an array of strings',
  previous_response_id: 'a string',
  store: 'a boolean',
};

/** The error for a parameter that is not there. */
export function missing(path: string): WireError {
  return new WireError(path, 'missing_required_parameter', `Missing required parameter: '${path}'.`);
}

/** The error for a parameter of another type than `wanted` ("a string"). */
export function wrongType(path: string, wanted: string, value: unknown): WireError {
  const where = path === '' ? 'the request body' : `'${path}'`;
  return new WireError(
    path,
    'invalid_type',
    `Invalid type for ${where}: expected ${wanted}, but got ${typeName(value)} instead.`,
  );
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A JSON object of a request together with the path at which it stands, for readers of its fields. */
export interface Field {
  readonly value: JsonObject;
  readonly path: string;
}

/** The value as an object. Throws a WireError for anything else. */
export function objectAt(value: unknown, path: string): Field {
  if (value === undefined) throw missing(path);
  if (!isObject(value)) throw wrongType(path, 'an object', value);
  return { value: value as JsonObject, path };
}

/** The value as a list, where absence and null count as an empty one. Throws a WireError for anything else. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(path, 'an array', value);
  return value;
}

/** A string the field must have. Throws a WireError. */
export function text(field: Field, key: string): string {
  const value = field.value[key];
  if (typeof value === 'string') return value;
  const path = `${field.path}.${key}`;
  throw value === undefined || value === null ? missing(path) : wrongType(path, 'a string', value);
}

/** A string the field may have; anything else counts as absent. */
export function optionalText(field: Field, key: string): string | undefined {
  const value = field.value[key];
  return typeof value === 'string' ? value : undefined;
}

/** What `known` does not name, to travel along for an encoder of the same protocol. */
export function extrasOf(value: JsonObject, known: ReadonlySet<string>): { readonly extras?: Extras } {
  const rest = leftover(value, known);
  return rest === undefined ? {} : { extras: { responses: rest } };
}

/** The keys that `known` does not name; undefined where there are none. */
export function leftover(value: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  let rest: JsonObject | undefined;
  for (const key in value) {
    if (known.has(key)) continue;
    rest ??= {};
    rest[key] = value[key];
  }
  return rest;
}
