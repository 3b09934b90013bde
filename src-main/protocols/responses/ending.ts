import type { FinishReason } from '../../../src-shared/finish-reason.ts';
import type { AnswerBlock } from '../conversation/events.ts';
import type { ResponseState } from './response-object.ts';

export interface Ending extends Pick<ResponseState, 'incompleteReason' | 'endTurn'> {
  readonly status: 'completed' | 'incomplete';
  /** What was not finished: its status in an incomplete response. */
  readonly lastStatus: 'completed' | 'incomplete';
}

/**
 * How a response ends (reference protocol.md §6.4). Codex fails the whole turn at `response.incomplete`, so an answer of its that was cut
 * by length counts as complete as long as something of it can be seen; the call that was cut is left out of it then.
 *
 * @param blocks the whole blocks of the answer
 */
export function endingOf(reason: FinishReason, blocks: Iterable<AnswerBlock['kind']>, codex: boolean): Ending {
  switch (reason) {
    case 'length':
    case 'context-window': {
      const isSeen = [...blocks].some((kind) => kind !== 'reasoning' && kind !== 'web-search');
      return codex && isSeen ? completed : incomplete('max_output_tokens');
    }
    case 'content-filter':
      return incomplete('content_filter');
    case 'pause':
      return codex ? { ...completed, endTurn: false } : completed;
    case 'stop':
    case 'stop-sequence':
    case 'tool-calls':
    case 'refusal':
      return completed;
  }
}

const completed: Ending = { status: 'completed', incompleteReason: null, lastStatus: 'completed' };

function incomplete(incompleteReason: 'max_output_tokens' | 'content_filter'): Ending {
  return { status: 'incomplete', incompleteReason, lastStatus: 'incomplete' };
}
