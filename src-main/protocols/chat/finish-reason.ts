import type { FinishReason } from '../../../src-shared/finish-reason.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { Part } from '../conversation/events.ts';
import { anUpstream } from '../conversation/name-upstream.ts';
import { decodeChatErrorObject } from './upstream-error.ts';

const reasons: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop-sequence'],
  ['tool_calls', 'tool-calls'],
  ['tool_call', 'tool-calls'],
  ['tool_use', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'context-window'],
  ['model_context_window_exceeded', 'context-window'],
  ['content_filter', 'content-filter'],
  ['safety', 'content-filter'],
  ['refusal', 'refusal'],
]);

/**
 * What the finish_reason of a choice says, as parts; none while it is absent, null or "". A reason that tells of a failure ("error",
 * "abort", DeepSeek's "insufficient_system_resource") is an error. A word that nobody knows ends the turn plainly, with a diagnostic.
 * The matched stop sequence is vLLM's `stop_reason`, SGLang's `matched_stop`, llama.cpp's `stopping_word` (strings; token ids are not it).
 */
export function readFinish(body: Record<string, unknown>, choice: Record<string, unknown>): readonly Part[] {
  const word = choice.finish_reason;
  if (typeof word !== 'string' || word === '') return [];
  const lower = word.toLowerCase();
  const reason = reasons.get(lower);
  if (reason === 'stop' || reason === 'stop-sequence') {
    const sequence = [choice.stop_reason, choice.matched_stop, choice.stopping_word, body.stopping_word].find(
      (value): value is string => typeof value === 'string' && value !== '' && !reasons.has(value.toLowerCase()),
    );
    if (sequence !== undefined) return [{ kind: 'finish', reason: 'stop-sequence', stopSequence: sequence }];
    return [{ kind: 'finish', reason }];
  }
  if (reason === 'length' && (choice.truncated === true || body.truncated === true)) {
    return [{ kind: 'finish', reason: 'context-window' }]; // llama.cpp: the context is full
  }
  if (reason !== undefined) return [{ kind: 'finish', reason }];
  switch (lower) {
    case 'error':
      return [{ kind: 'error', error: decodeChatErrorObject({ error: isObject(choice.error) ? choice.error : {} }) }];
    case 'insufficient_system_resource':
      return [{ kind: 'error', error: { kind: 'overloaded', message: `${anUpstream} ran out of resources.` } }];
    case 'abort':
      return [{ kind: 'error', error: { kind: 'upstream-cut', message: `${anUpstream} aborted its answer.` } }];
    default:
      return [
        { kind: 'diagnostic', what: 'finish_reason', why: `"${word.slice(0, 40)}" is unknown and was read as "stop".` },
        { kind: 'finish', reason: 'stop' },
      ];
  }
}
