import { isObject } from '../../../src-shared/json.ts';
import type { JsonEdit } from '../conversation/edit-json.ts';
import type { ReasoningEdits } from '../conversation/pass-through.ts';
import { readReasoningState } from '../conversation/reasoning-state.ts';

/**
 * What becomes of the `thinking` and `redacted_thinking` blocks of a history that goes to a Messages server untranslated: ours become again what that
 * server gave; another maker's reasoning, and unsigned one, is left out for a server that verifies signatures (reference protocol.md §5.4, F15).
 */
export const messagesReasoning: ReasoningEdits = ({ messages }, { id, verifies }) => {
  const edits: JsonEdit[] = [];
  let stripped = 0;
  const turns: readonly unknown[] = Array.isArray(messages) ? messages : [];
  for (const [at, turn] of turns.entries()) {
    if (!isObject(turn) || turn.role !== 'assistant' || !Array.isArray(turn.content)) continue;
    const blocks: readonly unknown[] = turn.content;
    const changes = blocks.flatMap((block, index) => {
      const value = isObject(block) ? becomes(block, id, verifies) : 'same';
      return value === 'same' ? [] : [{ index, value }];
    });
    const removed = changes.filter(({ value }) => value === 'removed');
    stripped += removed.length;
    // A turn without content is refused; the users' turns around it are joined by the server.
    if (removed.length === blocks.length && blocks.length > 0) {
      edits.push({ path: ['messages', at], value: undefined });
      continue;
    }
    for (const { index, value } of changes) {
      const path = ['messages', at, 'content', index];
      edits.push(
        value === 'removed' ? { path, value: undefined } : { path: [...path, value.member], value: value.value },
      );
    }
  }
  return { edits, stripped };
};

type Becomes = 'same' | 'removed' | { readonly member: string; readonly value: string };

function becomes(block: Record<string, unknown>, upstream: string, verifies: boolean): Becomes {
  const { type, signature, data } = block;
  if (type === 'redacted_thinking' && typeof data === 'string') {
    const state = readReasoningState(data);
    if (state === null) return isOurs(data) ? 'removed' : 'same';
    return state.upstream === upstream && state.redacted !== undefined
      ? { member: 'data', value: state.redacted }
      : 'removed';
  }
  if (type !== 'thinking') return 'same';
  if (typeof signature !== 'string' || signature === '') return verifies ? 'removed' : 'same';
  if (!isOurs(signature)) return 'same';
  const state = readReasoningState(signature);
  if (state?.upstream === upstream && state.signature !== undefined) {
    return { member: 'signature', value: state.signature };
  }
  return verifies ? 'removed' : { member: 'signature', value: '' };
}

/** Also one that was cut, which can't be read any more. */
function isOurs(blob: string): boolean {
  return blob.startsWith('dgm1.');
}
