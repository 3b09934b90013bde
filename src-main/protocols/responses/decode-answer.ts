import { isObject } from '../../../src-shared/json.ts';
import type { Part } from '../conversation/events.ts';
import { anUpstream } from '../conversation/name-upstream.ts';
import { OutputItems } from './decode-stream-items.ts';
import { readEnd } from './upstream-end.ts';
import { decodeResponsesErrorObject, isErrorBody } from './upstream-error.ts';

/**
 * Reads a whole answer of the Responses API (status 200, JSON) to the parts its stream would have given, `done` included. A body that
 * is an error, or no answer at all, becomes an error part.
 */
export function decodeResponsesAnswer(body: unknown): readonly Part[] {
  if (!isObject(body)) return [failure('sent something that is no answer')];
  if (isErrorBody(body)) return [{ kind: 'error', error: decodeResponsesErrorObject(body) }];
  const response = isObject(body.response) ? body.response : body; // the last event of a stream, sent alone
  if (!Array.isArray(response.output) && typeof response.status !== 'string') {
    return [failure('sent something that is no answer')];
  }
  const parts: Part[] = [
    {
      kind: 'start',
      ...(typeof response.id === 'string' && { responseId: response.id }),
      ...(typeof response.model === 'string' && { model: response.model }),
    },
  ];
  try {
    if (response.status !== 'failed') new OutputItems().output(response.output, parts);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return [failure('sent an answer that is nested too deeply')];
  }
  return [...parts, ...readEnd(response)];
}

function failure(what: string): Part {
  return { kind: 'error', error: { kind: 'upstream-failure', message: `${anUpstream} ${what}.` } };
}
