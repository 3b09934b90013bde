import { isObject, type JsonObject } from '../../../src-shared/json.ts';

/** What the arguments of a function call say. `text` is JSON of an object; `repaired` where it is not what the model wrote. */
export type ToolInput =
  | { readonly kind: 'object'; readonly value: JsonObject; readonly text: string; readonly repaired: boolean }
  | { readonly kind: 'unreadable' };

/**
 * Reads the arguments of a function call. Nothing and `null` are an object without keys; an object written as a JSON string is
 * unwrapped. Mended are only slips with one possible meaning: raw control characters in strings, a comma before a closing bracket.
 * Text that was cut is never completed: a tool must not run with half of what the model meant.
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
  const mended = mendSlips(text);
  const value = mended === text ? undefined : parseJson(mended);
  return isObject(value)
    ? { kind: 'object', value: value as JsonObject, text: mended, repaired: true }
    : { kind: 'unreadable' };
}

function mendSlips(text: string): string {
  let mended = '';
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') {
      inString = !inString;
    } else if (inString && character === '\\') {
      mended += character;
      at++;
    } else if (inString && character < ' ') {
      mended += JSON.stringify(character).slice(1, -1);
      continue;
    } else if (!inString && character === ',' && closesNext(text, at + 1)) {
      continue;
    }
    mended += text.charAt(at);
  }
  return mended;
}

/** Whether the next character that is no whitespace closes an object or array. */
function closesNext(text: string, from: number): boolean {
  let at = from;
  while (' \n\r\t'.includes(text.charAt(at)) && at < text.length) at++;
  return text.charAt(at) === '}' || text.charAt(at) === ']';
}

/** `undefined` for text that is no JSON: JSON has no undefined. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
