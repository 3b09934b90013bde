import { isObject } from '../../../src-shared/json.ts';
import type { Part } from '../conversation/events.ts';
import { anUpstream } from '../conversation/name-upstream.ts';
import { createChunkReader } from './chunk.ts';

/**
 * Reads a whole Chat Completions answer (status 200, JSON) to the parts its stream would have given, `done` included. A body that
 * is an error, or no answer at all, becomes an error part.
 */
export function decodeChatAnswer(body: unknown): readonly Part[] {
  const parts: Part[] = [];
  if (isObject(body)) createChunkReader()(body, parts);
  const isAnswer = isObject(body) && Array.isArray(body.choices) && body.choices.length > 0;
  if (isAnswer || parts.some((part) => part.kind === 'error')) return [...parts, { kind: 'done' }];
  return [
    {
      kind: 'error',
      error: { kind: 'upstream-failure', message: `${anUpstream} sent something that is no answer.` },
    },
  ];
}
