import { isObject } from '../../../src-shared/json.ts';
import type { Usage } from '../../../src-shared/usage.ts';
import type { ConversationError } from '../conversation/error.ts';
import type { PassedThrough, PassThroughWatch } from '../conversation/pass-through.ts';
import { createStreamEnds, endsInsideEvent } from '../stream-ends.ts';
import { encodeChatErrorChunk } from './errors.ts';
import { decodeChatErrorObject } from './upstream-error.ts';
import { findUsage } from './usage.ts';

/**
 * Watches a Chat Completions stream that goes through untouched. It keeps only the last bytes while the stream runs and reads them once at the
 * end, so that a chunk costs next to nothing and chunk borders don't matter. Finished is what has a finish reason or `[DONE]`; where neither
 * came and no error either, the stream died silently (Ollama's does, when its runner is killed).
 */
export function createPassThroughWatch(): PassThroughWatch {
  const ends = createStreamEnds();
  return { push: ends.push, end: () => readEnd(ends.tail()), failure: encodeChatErrorChunk };
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
  return { finished, error, usage, insideEvent: endsInsideEvent(tail), missing: '' };
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
