import { isObject } from '../../../src-shared/json.ts';
import type { Usage } from '../../../src-shared/usage.ts';
import type { ConversationError } from '../conversation/error.ts';
import { decodeChatErrorObject } from './upstream-error.ts';
import { findUsage } from './usage.ts';

/** What the end of a passed-through stream tells. */
export interface PassedThrough {
  /** A finish reason or `[DONE]` came. Where neither came and no error either, the stream died silently (Ollama does, when its runner is killed). */
  readonly finished: boolean;
  /** The error that the server itself sent, if it did. */
  readonly error: ConversationError | null;
  /** Of the last chunk that told any. */
  readonly usage: Usage | null;
  /** True where the body broke off inside an event: a blank line must come before anything that is added. */
  readonly insideEvent: boolean;
}

export interface PassThroughWatch {
  /** Costs a copy of the chunk's bytes; the chunk is not kept. */
  push(chunk: Uint8Array): void;
  end(): PassedThrough;
}

/**
 * How much of a stream's end is kept, in bytes. What ends a stream stands in its last events, which are small; the largest seen are Perplexity's, with their
 * search results, of some 30 KB.
 */
const keptBytes = 65_536;

/**
 * Watches a Chat Completions stream that goes through untouched. It keeps only the last bytes while the stream runs and reads them once at the
 * end, so that a chunk costs next to nothing and chunk borders don't matter.
 */
export function createPassThroughWatch(): PassThroughWatch {
  const ring = new Uint8Array(keptBytes);
  let total = 0;
  return {
    push(chunk) {
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
    end() {
      const decoder = new TextDecoder();
      const at = total % keptBytes;
      if (total <= keptBytes) return readEnd(decoder.decode(ring.subarray(0, total)));
      return readEnd(decoder.decode(ring.subarray(at), { stream: true }) + decoder.decode(ring.subarray(0, at)));
    },
  };
}

/** Only lines with one of these are parsed; inside a JSON string the quotes would be escaped, so text of the model never looks so. */
const telling = /"finish_reason"\s*:\s*"|"usage"\s*:\s*\{|"error"\s*:\s*[{"]|"object"\s*:\s*"error"/;
/** For an event whose start is no longer kept, which therefore can't be parsed. */
const finishReason = /"finish_reason"\s*:\s*"/;

function readEnd(tail: string): PassedThrough {
  let finished = false;
  let error: ConversationError | null = null;
  let usage: Usage | null = null;
  // From the end: the last figures count, and mostly the last three events tell all.
  for (const line of tail.split(/\r\n|\r|\n/).reverse()) {
    if (finished && usage !== null) break;
    const data = line.startsWith('data:') ? line.slice(5).trim() : null;
    if (data === '[DONE]') {
      finished = true;
      continue;
    }
    if (!telling.test(line)) continue;
    const chunk = data === null ? null : parseChunk(data);
    if (chunk === null) {
      finished ||= finishReason.test(line);
      continue;
    }
    const choices = Array.isArray(chunk.choices) ? chunk.choices.filter(isObject) : [];
    finished ||= choices.some((choice) => typeof choice.finish_reason === 'string' && choice.finish_reason !== '');
    usage ??= findUsage(chunk, choices[0] ?? null);
    const failed = isPresent(chunk.error) || chunk.object === 'error';
    if (failed) error ??= decodeChatErrorObject(chunk);
  }
  return { finished, error, usage, insideEvent: tail !== '' && !/(?:\n\n|\r\r|\r\n\r\n)$/.test(tail) };
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false;
}

function parseChunk(data: string): Record<string, unknown> | null {
  try {
    const chunk: unknown = JSON.parse(data);
    return isObject(chunk) ? chunk : null;
  } catch {
    // Cut at its start (no longer kept) or at its end (the stream broke): told apart by the caller from the text alone.
    return null;
  }
}
