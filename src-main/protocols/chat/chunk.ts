import { isObject } from '../../../src-shared/json.ts';
import type { Part } from '../conversation/events.ts';
import { anUpstream } from '../conversation/name-upstream.ts';
import { readDelta } from './delta.ts';
import { readFinish } from './finish-reason.ts';
import { decodeChatErrorObject } from './upstream-error.ts';
import { findUsage } from './usage.ts';

/** Reads the chunks of one streamed answer, or one whole answer; an error body in their place becomes an error part. */
export type ChunkReader = (body: Record<string, unknown>, parts: Part[]) => void;

/** Tolerates everything that real servers were seen to do (reference protocol.md §4.4, backends.md §4); only the first choice is read. */
export function createChunkReader(): ChunkReader {
  let started = false;
  let hasContent = false;
  const read: ChunkReader = (body, parts) => {
    if (isErrorBody(body)) {
      parts.push({ kind: 'error', error: decodeChatErrorObject(body) });
      return;
    }
    if (!started) {
      started = true;
      parts.push({
        kind: 'start',
        ...(typeof body.id === 'string' && { responseId: body.id }),
        ...(typeof body.model === 'string' && { model: body.model }),
      });
    }
    const choice = firstChoice(body.choices, parts);
    const content = choice === null ? null : contentOf(body, choice, hasContent);
    if (content !== null) {
      const before = parts.length;
      readDelta(content, parts);
      if (parts.length > before) hasContent = true;
    }
    // Usage before the finish reason: usage that comes after the finish ends the wait for it.
    const usage = findUsage(body, choice);
    if (usage !== null) parts.push({ kind: 'usage', usage });
    for (const key of unsupported) {
      if (Array.isArray(body[key]) && body[key].length > 0) {
        parts.push({ kind: 'diagnostic', what: key, why: 'The client has no block for it; it was left out.' });
      }
    }
    if (choice !== null) parts.push(...readFinish(body, choice));
  };
  return (body, parts) => {
    try {
      read(body, parts);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      // JSON.parse takes any depth, JSON.stringify does not.
      const message = `${anUpstream} sent a chunk that is nested too deeply.`;
      parts.push({ kind: 'error', error: { kind: 'upstream-failure', message } });
    }
  };
}

/** Perplexity's sources, which stand beside the choices. */
const unsupported = ['citations', 'search_results'] as const;

/**
 * What a choice says: the `message` of a whole answer, the `delta` of a chunk. Perplexity sends both in both; beside the delta of a
 * chunk `message` repeats all text so far. A whole answer that comes as an event is taken if nothing came before it.
 */
function contentOf(
  body: Record<string, unknown>,
  { delta, message }: Record<string, unknown>,
  hasContent: boolean,
): Record<string, unknown> | null {
  const isChunk = body.object === 'chat.completion.chunk' || !isObject(message);
  if (isChunk && isObject(delta)) return delta;
  if (isObject(message) && !hasContent) return message;
  return isObject(delta) ? delta : null;
}

/** The choice with index 0 (or none); others are left out with a diagnostic. */
function firstChoice(choices: unknown, parts: Part[]): Record<string, unknown> | null {
  if (!Array.isArray(choices)) return null;
  let first: Record<string, unknown> | null = null;
  for (const choice of choices) {
    if (!isObject(choice)) continue;
    if (first === null && (typeof choice.index !== 'number' || choice.index === 0)) first = choice;
    else parts.push({ kind: 'diagnostic', what: 'choices', why: 'Only the first of several choices was read.' });
  }
  return first;
}

/** True for an error object in any of the shapes of reference protocol.md §8.1, as a chunk or as a whole body. */
function isErrorBody(body: Record<string, unknown>): boolean {
  if (isPresent(body.error)) return true;
  if (isObject(body.x_groq) && isPresent(body.x_groq.error)) return true;
  if (body.choices !== undefined) return false;
  if (body.object === 'error' || body.type === 'error' || isPresent(body.detail)) return true;
  return typeof body.message === 'string' && (body.code !== undefined || body.type !== undefined);
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== '';
}
