import { isObject, type JsonObject, type JsonValue } from '../../../src-shared/json.ts';

/** Keys of a detail whose values come in pieces while streaming. */
const pieces = ['text', 'summary', 'data'] as const;

/**
 * Adds streamed `reasoning_details` (OpenRouter) to those before: pieces of one detail (same type, index and id) are joined, as in the
 * answer that is not streamed, so that they go back to the model whole and not as hundreds of fragments.
 */
export function joinReasoningDetails(before: readonly JsonValue[], added: readonly JsonValue[]): JsonValue[] {
  const joined = [...before];
  for (const detail of added) {
    const last = joined.at(-1);
    if (isObject(last) && isObject(detail) && isSameDetail(last, detail)) {
      const merged: JsonObject = { ...last };
      for (const [key, value] of Object.entries(detail)) {
        if (value === null || value === undefined) continue;
        const earlier = merged[key];
        const isPiece = pieces.some((piece) => piece === key);
        merged[key] = isPiece && typeof earlier === 'string' && typeof value === 'string' ? earlier + value : value;
      }
      joined[joined.length - 1] = merged;
    } else {
      joined.push(detail);
    }
  }
  return joined;
}

function isSameDetail(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  if (one.type !== other.type || one.index !== other.index) return false;
  return one.type !== 'reasoning.encrypted' && (other.id === undefined || other.id === null || one.id === other.id);
}
