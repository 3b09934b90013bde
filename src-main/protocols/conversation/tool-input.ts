import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import { mendJson } from './repair-json.ts';

/** What the arguments of a function call say. `text` is JSON of an object; `repaired` where it is not what the model wrote. */
export type ToolInput =
  | { readonly kind: 'object'; readonly value: JsonObject; readonly text: string; readonly repaired: boolean }
  | { readonly kind: 'unreadable' };

/**
 * Reads the arguments of a function call. Nothing and `null` are an object without keys; an object written as a JSON string is
 * unwrapped. Mended are only slips with one possible meaning (repair-json.ts). Text that was cut is never completed: a tool must not run with half of what the model meant.
 */
export function readToolInput(text: string): ToolInput {
  if (text.trim() === '') return { kind: 'object', value: {}, text: '{}', repaired: false };
  const parsed = parseJson(text);
  if (isObject(parsed)) return { kind: 'object', value: parsed as JsonObject, text, repaired: false };
  if (parsed === null) return { kind: 'object', value: {}, text: '{}', repaired: false };
  if (typeof parsed === 'string') {
    const inner = parseJson(parsed);
    if (isObject(inner)) return { kind: 'object', value: inner as JsonObject, text: parsed, repaired: true };
  }
  if (parsed !== undefined) return { kind: 'unreadable' };
  const mended = mendJson(text);
  const value = mended === text ? undefined : parseJson(mended);
  return isObject(value)
    ? { kind: 'object', value: value as JsonObject, text: mended, repaired: true }
    : { kind: 'unreadable' };
}

/** `undefined` for text that is no JSON: JSON has no undefined. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
