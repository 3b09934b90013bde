import type { FinishReason } from '../../../src-shared/finish-reason.ts';
import type { JsonObject } from '../../../src-shared/json.ts';

/** How an answer ended, in the three fields that say so in a message. */
export function encodeStop(finish: {
  readonly reason: FinishReason;
  readonly stopSequence?: string;
  readonly detail?: string;
}): JsonObject {
  const reason = stopReason(finish.reason);
  return {
    stop_reason: reason,
    stop_sequence: finish.reason === 'stop-sequence' ? (finish.stopSequence ?? null) : null,
    stop_details: reason === 'refusal' ? { type: 'refusal', category: null, explanation: finish.detail ?? null } : null,
  };
}

function stopReason(reason: FinishReason): string {
  switch (reason) {
    case 'stop':
      return 'end_turn';
    case 'stop-sequence':
      return 'stop_sequence';
    case 'tool-calls':
      return 'tool_use';
    case 'length':
      return 'max_tokens';
    case 'context-window':
      return 'model_context_window_exceeded';
    case 'refusal':
    case 'content-filter':
      return 'refusal';
    case 'pause':
      return 'pause_turn';
  }
}
