import { isObject, type JsonObject } from '../../../src-shared/json.ts';

/** A request that lacks what we need, in OpenAI's words; `path` as OpenAI writes it: `messages[0].content`. */
export class RequestError extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.name = 'RequestError';
    this.path = path;
  }
}

/** A JSON object of a request together with the path at which it stands. */
export interface Field {
  readonly value: JsonObject;
  readonly path: string;
}

export function missing(path: string): RequestError {
  return new RequestError(path, `Missing required parameter: '${path}'.`);
}

/** @param expected what should stand there, with its article: "an object" */
export function wrongType(path: string, expected: string, value: unknown): RequestError {
  return new RequestError(path, `Invalid type for '${path}': expected ${expected}, but got ${kindOf(value)} instead.`);
}

/** The value as an object. Throws a RequestError for anything else. */
export function objectAt(value: unknown, path: string): Field {
  if (value === undefined) throw missing(path);
  if (!isObject(value)) throw wrongType(path, 'an object', value);
  return { value: value as JsonObject, path };
}

/** A string the field must have. Throws a RequestError. */
export function text(field: Field, key: string): string {
  const value = field.value[key];
  const path = `${field.path}.${key}`;
  if (value === undefined) throw missing(path);
  if (typeof value !== 'string') throw wrongType(path, 'a string', value);
  return value;
}

/** A string that is there and not empty; anything else counts as absent. */
export function someText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A number of a top-level key; null counts as absent. Throws a RequestError for what is no number. */
export function optionalNumber(body: Record<string, unknown>, key: string): number | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw wrongType(key, 'a number', value);
  return value;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'number':
      return Number.isInteger(value) ? 'an integer' : 'a decimal';
    case 'boolean':
      return 'a boolean';
    default:
      return 'an object';
  }
}
