import type { FinishReason } from '../../../src-shared/finish-reason.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { Part } from '../conversation/events.ts';
import { anUpstream } from '../conversation/name-upstream.ts';
import { decodeResponsesErrorObject } from './upstream-error.ts';
import { readResponsesUsage } from './upstream-usage.ts';

/**
 * How a response ended: its usage, then the finish reason or the error, then `done`.
 *
 * @param response the response object of the last event, or a whole JSON answer
 * @param said the status that the event's name tells, where the object has none
 */
export function readEnd(response: Readonly<Record<string, unknown>>, said?: string): readonly Part[] {
  const usage = readResponsesUsage(response.usage);
  const end: readonly Part[] = usage === null ? [] : [{ kind: 'usage', usage }];
  const own = typeof response.status === 'string' ? response.status : undefined;
  // The event's name counts, unless the object tells of something worse.
  const status = said === undefined || own === 'failed' || own === 'incomplete' ? (own ?? said) : said;
  switch (status) {
    case 'failed':
      return [{ kind: 'error', error: decodeResponsesErrorObject({ error: response.error ?? {} }) }];
    case 'cancelled':
      return [{ kind: 'error', error: { kind: 'upstream-cut', message: `${anUpstream} cancelled its answer.` } }];
    case 'queued':
    case 'in_progress':
      return [
        {
          kind: 'error',
          error: { kind: 'upstream-failure', message: `${anUpstream} sent an answer that is not complete yet.` },
        },
      ];
    case 'incomplete':
      return [...end, { kind: 'finish', reason: cutReason(response.incomplete_details) }, { kind: 'done' }];
    default:
      return [...end, { kind: 'finish', reason: 'stop' }, { kind: 'done' }];
  }
}

/** Why an answer is incomplete. A reason that nobody knows still means that something is missing. */
function cutReason(details: unknown): FinishReason {
  const reason = isObject(details) && typeof details.reason === 'string' ? details.reason : '';
  if (/filter|safety/i.test(reason)) return 'content-filter';
  return /context/i.test(reason) ? 'context-window' : 'length';
}
