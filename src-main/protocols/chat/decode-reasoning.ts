import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import { readReasoningState } from '../conversation/reasoning-state.ts';
import type { ReasoningBlock } from '../conversation/request.ts';

/**
 * The reasoning of an earlier answer. Where the client gives back the `reasoning_details` that we sent with it, each of them is one block
 * with its state, and the plain text, which says the same, is not read. Else the plain text under whatever key it came is one block;
 * details of another maker travel in the extras.
 */
export function decodeReasoning(message: JsonObject): readonly ReasoningBlock[] {
  const details = Array.isArray(message.reasoning_details) ? message.reasoning_details : [];
  const ours = details.flatMap((detail): ReasoningBlock[] => {
    if (!isObject(detail)) return [];
    const blob = typeof detail.signature === 'string' ? detail.signature : detail.data;
    const state = typeof blob === 'string' ? readReasoningState(blob) : null;
    return state === null ? [] : [{ kind: 'reasoning', text: state.text ?? '', carried: { kind: 'ours', state } }];
  });
  if (ours.length > 0) return ours;
  const text = plainText(message);
  if (text === '') return [];
  return [{ kind: 'reasoning', text, ...(details.length > 0 && { extras: { chat: { reasoning_details: details } } }) }];
}

function plainText(message: JsonObject): string {
  for (const key of ['reasoning_content', 'reasoning', 'reasoning_text'] as const) {
    const text = message[key];
    if (typeof text === 'string' && text !== '') return text;
  }
  const { content } = message;
  return Array.isArray(content) ? content.map(thinkingText).join('') : '';
}

/** Mistral: `{type:"thinking",thinking:[{type:"text",text}]}`; a string in some clients. */
function thinkingText(part: unknown): string {
  if (!isObject(part) || part.type !== 'thinking') return '';
  if (typeof part.thinking === 'string') return part.thinking;
  if (!Array.isArray(part.thinking)) return '';
  return part.thinking.map((piece) => (isObject(piece) && typeof piece.text === 'string' ? piece.text : '')).join('');
}
