import type { JsonValue } from '../../../src-shared/json.ts';
import { isObject } from '../../../src-shared/json.ts';

/** Lone surrogates (in unicode mode a paired one is part of its character) and NUL. */
const unsafe = /[\p{Surrogate}\0]/gu;
const replacement = '\uFFFD';
/** An escape in JSON text that may stand for one of them. */
const unsafeEscape = /\\u(?:d[89a-f]|0000)/i;

/** The text with every lone surrogate and NUL replaced by U+FFFD: several servers refuse the whole request for one of them. */
export function sanitiseText(text: string): string {
  return text.isWellFormed() && !text.includes('\0') ? text : text.replace(unsafe, replacement);
}

/** The same for JSON text, where they may also hide in `\u` escapes. Text that is no JSON is sanitised as it stands. */
export function sanitiseJsonText(text: string): string {
  const clean = sanitiseText(text);
  if (!unsafeEscape.test(clean)) return clean;
  try {
    return JSON.stringify(sanitiseJson(JSON.parse(clean)));
  } catch {
    return clean; // not JSON: its escapes are nobody's escapes, so they are harmless
  }
}

/** A JSON value with every string in it sanitised, keys included; the very same value where nothing had to change. */
export function sanitiseJson(value: JsonValue): JsonValue {
  if (typeof value === 'string') return sanitiseText(value);
  if (Array.isArray(value)) {
    let changed = false;
    const items = value.map((item) => {
      const clean = sanitiseJson(item);
      if (clean !== item) changed = true;
      return clean;
    });
    return changed ? items : value;
  }
  if (!isObject(value)) return value;
  let changed = false;
  const entries: [string, JsonValue][] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const cleanKey = sanitiseText(key);
    const clean = sanitiseJson(item);
    if (clean !== item || cleanKey !== key) changed = true;
    entries.push([cleanKey, clean]);
  }
  return changed ? Object.fromEntries(entries) : value;
}
