import type { FinishReason } from '../../../src-shared/finish-reason.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { Part } from '../conversation/events.ts';

const reasons: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop-sequence'],
  ['tool_use', 'tool-calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'context-window'],
  ['refusal', 'refusal'],
  ['pause_turn', 'pause'],
]);

/** What `stop_reason`, `stop_sequence` and `stop_details` of a message (or of its delta) say, as parts; none while they say nothing. */
export function readStop(message: Record<string, unknown>): readonly Part[] {
  const word = message.stop_reason;
  if (typeof word !== 'string' || word === '') return [];
  const reason = reasons.get(word);
  if (reason === undefined) {
    return [
      { kind: 'diagnostic', what: 'stop_reason', why: `"${word.slice(0, 40)}" is unknown and was read as "end_turn".` },
      { kind: 'finish', reason: 'stop' },
    ];
  }
  const details = isObject(message.stop_details) ? message.stop_details : {};
  const { explanation } = details;
  return [
    {
      kind: 'finish',
      reason,
      ...(typeof message.stop_sequence === 'string' && { stopSequence: message.stop_sequence }),
      ...(typeof explanation === 'string' && explanation !== '' && { detail: explanation }),
    },
  ];
}
