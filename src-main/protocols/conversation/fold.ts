import { ConversationFailure } from './error.ts';
import type { Answer, AnswerBlock, StreamEvent } from './events.ts';

/**
 * The whole answer that a stream's events make, for a client that asked for JSON. A call that was cut by length is its last block.
 * Throws a ConversationFailure for a stream that ended in an error, and an Error for one that has not ended.
 */
export function foldEvents(events: readonly StreamEvent[]): Answer {
  let start: (StreamEvent & { readonly kind: 'start' }) | null = null;
  const blocks: AnswerBlock[] = [];
  for (const event of events) {
    switch (event.kind) {
      case 'start':
        start = event;
        break;
      case 'block-stop':
        blocks.push(event.block);
        break;
      case 'error':
        throw new ConversationFailure(event.error);
      case 'finish': {
        if (start === null) throw new Error('an answer finished before it started');
        const { reason, usage, stopSequence, detail, cutCall } = event;
        return {
          id: start.id,
          model: start.model,
          blocks: cutCall === undefined ? blocks : [...blocks, cutCall],
          finish: {
            reason,
            ...(stopSequence !== undefined && { stopSequence }),
            ...(detail !== undefined && { detail }),
          },
          usage,
        };
      }
      case 'block-start':
      case 'delta':
      case 'ping':
        break;
    }
  }
  throw new Error('an answer was folded before it finished');
}
