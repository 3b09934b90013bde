import { isObject } from '../../../src-shared/json.ts';
import type { Part } from '../conversation/events.ts';
import { anUpstream } from '../conversation/name-upstream.ts';
import { EventReader } from './event-reader.ts';
import { decodeMessagesErrorObject } from './upstream-error.ts';

/**
 * Reads a whole Messages answer (status 200, JSON) to the parts its stream would have given, `done` included. A body that is an error, or
 * no answer at all, becomes an error part.
 */
export function decodeMessagesAnswer(body: unknown): readonly Part[] {
  if (isObject(body) && Array.isArray(body.content)) {
    try {
      return new EventReader().readMessage(body);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown; // JSON.parse takes any depth, JSON.stringify does not
    }
  } else if (isObject(body) && Object.keys(body).some((key) => ['error', 'message', 'detail'].includes(key))) {
    return [{ kind: 'error', error: decodeMessagesErrorObject(body) }];
  }
  const message = `${anUpstream} answered with something that is no Messages answer.`;
  return [{ kind: 'error', error: { kind: 'upstream-failure', message } }];
}
