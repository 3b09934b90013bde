import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { JsonEdit } from '../conversation/edit-json.ts';
import type { ReasoningEdits } from '../conversation/pass-through.ts';
import { readReasoningState } from '../conversation/reasoning-state.ts';

/**
 * What becomes of the `encrypted_content` of a history that goes to a Responses server untranslated: ours becomes again what that server gave; ours
 * that another server gave is left out, with its item where the server would look that up; another maker's stays (reference protocol.md §5.4, F15).
 */
export const responsesReasoning: ReasoningEdits = ({ input }, { id, verifies }) => {
  const edits: JsonEdit[] = [];
  let stripped = 0;
  const items: readonly unknown[] = Array.isArray(input) ? input : [];
  for (const [at, item] of items.entries()) {
    if (!isObject(item) || typeof item.encrypted_content !== 'string') continue;
    const blob = item.encrypted_content;
    if (!blob.startsWith('dgm1.')) continue;
    const state = readReasoningState(blob);
    const path = ['input', at];
    if (item.type !== 'reasoning') {
      // A summary that this gateway made of an older conversation: other servers can read it as text only.
      edits.push({ path, value: state?.text === undefined ? undefined : summary(state.text) });
      if (state?.text === undefined) stripped += 1;
    } else if (state?.upstream === id && state.encrypted !== undefined) {
      edits.push({ path: [...path, 'encrypted_content'], value: state.encrypted });
      if (state.itemId !== undefined) edits.push({ path: [...path, 'id'], value: state.itemId });
    } else {
      stripped += 1;
      edits.push({ path: verifies ? path : [...path, 'encrypted_content'], value: undefined });
    }
  }
  return { edits, stripped };
};

function summary(text: string): JsonObject {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
}
