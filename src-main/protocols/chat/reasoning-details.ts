import type { JsonObject } from '../../../src-shared/json.ts';
import { readReasoningState, writeReasoningState } from '../conversation/reasoning-state.ts';

/**
 * What a Chat client is to give back with reasoning, in the form of OpenRouter's `reasoning_details`, which clients echo verbatim: our
 * blob, with the text in it, because Chat joins the text of all blocks into one. `text` stays empty, for clients that show details would
 * show it twice. Empty where there is no state to carry.
 */
export function reasoningDetails(text: string, blob: string, index: number): JsonObject[] {
  const state = readReasoningState(blob);
  const isOpaque =
    state !== null &&
    [state.signature, state.redacted, state.encrypted, state.details].some((part) => part !== undefined);
  const signature = isOpaque ? writeReasoningState({ ...state, text }) : null;
  return signature === null ? [] : [{ type: 'reasoning.text', text: '', signature, format: 'dragoman', index }];
}
