import type { JsonObject } from '../../../src-shared/json.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { Extras } from '../conversation/request.ts';
import { WireError } from './wire.ts';

/** A JSON object of a request together with the path at which it stands, for readers of its fields. */
export interface Field {
  readonly value: JsonObject;
  readonly path: string;
}

/** The value as an object. Throws a WireError for anything else. */
export function objectAt(value: unknown, path: string): Field {
  if (value === undefined) throw new WireError(path, 'Field required');
  if (!isObject(value)) throw new WireError(path, 'Input should be a valid dictionary');
  return { value: value as JsonObject, path };
}

/** A string the field must have. Throws a WireError. */
export function text(field: Field, key: string): string {
  const value = field.value[key];
  if (typeof value === 'string') return value;
  throw new WireError(
    `${field.path}.${key}`,
    value === undefined ? 'Field required' : 'Input should be a valid string',
  );
}

/** A string the field may have; anything else counts as absent. */
export function optionalText(field: Field, key: string): string | undefined {
  const value = field.value[key];
  return typeof value === 'string' ? value : undefined;
}

/** What `known` does not name, to travel along for an encoder of the same protocol. */
export function extrasOf(value: JsonObject, known: ReadonlySet<string>): { readonly extras?: Extras } {
  let rest: JsonObject | undefined;
  for (const key in value) {
    if (known.has(key)) continue;
    rest ??= {};
    rest[key] = value[key];
  }
  return rest === undefined ? {} : { extras: { messages: rest } };
}
