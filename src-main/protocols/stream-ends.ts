import { isObject } from '../../src-shared/json.ts';

/** The first and the last bytes of a body that goes by, whatever its length. */
export interface StreamEnds {
  /** Costs a copy of the chunk's bytes at most; the chunk is not kept. */
  push(chunk: Uint8Array): void;
  /** The text of the first bytes, 64 KiB of them at most. */
  head(): string;
  /** The text of the last bytes, 64 KiB of them at most. It may start in the middle of a character. */
  tail(): string;
}

/**
 * So much is kept of each end, in bytes. What starts and ends a stream stands in its first and last events, which are mostly small; the largest Chat
 * chunks seen are Perplexity's, with their search results, of some 30 KB.
 */
export const keptBytes = 65_536;

export function createStreamEnds(): StreamEnds {
  const ring = new Uint8Array(keptBytes);
  let head: Uint8Array | null = null;
  let total = 0;
  return {
    push(chunk) {
      // The ring is the head until it first overflows.
      if (total <= keptBytes && total + chunk.length > keptBytes) {
        head = ring.slice(0, keptBytes);
        head.set(chunk.subarray(0, keptBytes - total), total);
      }
      const kept = chunk.length > keptBytes ? chunk.subarray(chunk.length - keptBytes) : chunk;
      const at = (total + chunk.length - kept.length) % keptBytes;
      const room = keptBytes - at;
      if (kept.length <= room) {
        ring.set(kept, at);
      } else {
        ring.set(kept.subarray(0, room), at);
        ring.set(kept.subarray(room), 0);
      }
      total += chunk.length;
    },
    head: () => new TextDecoder().decode(head ?? ring.subarray(0, total)),
    tail() {
      const decoder = new TextDecoder();
      const at = total % keptBytes;
      if (total <= keptBytes) return decoder.decode(ring.subarray(0, total));
      return decoder.decode(ring.subarray(at), { stream: true }) + decoder.decode(ring.subarray(0, at));
    },
  };
}

/** True where a stream's text breaks off inside an event: a blank line must come before anything that is added. */
export function endsInsideEvent(tail: string): boolean {
  return tail !== '' && !/(?:\n\n|\r\r|\r\n\r\n)$/.test(tail);
}

/**
 * The last object that stands under a name in a piece of JSON, whose start and end may be cut off; null where there is none that is whole. A name inside
 * of a string is not found: its quotes are escaped there.
 */
export function lastObjectNamed(text: string, name: string): Record<string, unknown> | null {
  for (let from = text.length; from >= 0; ) {
    const at = text.lastIndexOf(`"${name}"`, from);
    if (at < 0) return null;
    const start =
      at +
      name.length +
      2 +
      (/^\s*:\s*(?=\{)/.exec(text.slice(at + name.length + 2, at + name.length + 12))?.[0].length ?? -1);
    const found = text[start] === '{' ? objectAt(text, start) : null;
    if (found !== null) return found;
    from = at - 1;
  }
  return null;
}

function objectAt(text: string, start: number): Record<string, unknown> | null {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return parsedObject(text.slice(start, at + 1));
    }
  }
  return null;
}

/** The JSON object in a text; null for anything else, such as one that was cut off. */
export function parsedObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    // Cut at its start or end, or no JSON at all: the caller tells it from the text alone.
    return null;
  }
}
