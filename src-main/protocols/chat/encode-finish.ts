import type { FinishReason } from '../../../src-shared/finish-reason.ts';

/** The finish_reason of a choice (reference protocol.md §7.2). */
export function encodeFinish(reason: FinishReason): 'stop' | 'length' | 'tool_calls' | 'content_filter' {
  switch (reason) {
    case 'stop':
    case 'stop-sequence':
    case 'pause':
      return 'stop';
    case 'tool-calls':
      return 'tool_calls';
    case 'length':
    case 'context-window':
      return 'length';
    case 'refusal':
    case 'content-filter':
      return 'content_filter';
  }
}
