import { isObject } from '../../../src-shared/json.ts';
import { readReasoningState } from '../conversation/reasoning-state.ts';
import type { CompactionBlock, ReasoningBlock } from '../conversation/request.ts';
import { extrasOf, type Field, optionalText } from './request-wire.ts';

const reasoningKeys = new Set(['type', 'summary', 'encrypted_content']);

/**
 * A reasoning item. Its text is the first there is of: what `content` says, what our blob carries, the summary (Codex drops or keeps
 * each of them by version; only `encrypted_content` always comes back). `content` as it came stays in the extras.
 */
export function decodeReasoning(field: Field): ReasoningBlock {
  const blob = optionalText(field, 'encrypted_content') ?? '';
  const state = readReasoningState(blob);
  const summary = textsOf(field.value.summary);
  const said = textsOf(field.value.content).join('\n\n') || (state?.text ?? '');
  const block = {
    kind: 'reasoning',
    ...(summary.length > 0 && { summary }),
    ...extrasOf(field.value, reasoningKeys),
  } as const;
  if (state !== null) return { ...block, text: said || summary.join('\n\n'), carried: { kind: 'ours', state } };
  if (isPlain(blob)) return { ...block, text: said || blob };
  const text = said || summary.join('\n\n');
  return blob === '' ? { ...block, text } : { ...block, text, carried: { kind: 'foreign', encrypted: blob } };
}

/** A compaction item: the summary where the blob is ours, else only the blob, which its own maker can read. */
export function decodeCompaction(field: Field): CompactionBlock {
  const blob = optionalText(field, 'encrypted_content') ?? '';
  const summary = readReasoningState(blob)?.text ?? (isPlain(blob) ? blob : null);
  const text = summary === null ? null : `Summary of the conversation up to here:\n\n${summary}`;
  return { kind: 'compaction', text, extras: { responses: field.value } };
}

/** Ollama writes the plain text where others put what they encrypted; no encryption leaves spaces. */
function isPlain(blob: string): boolean {
  return /\s/.test(blob.trim());
}

function textsOf(parts: unknown): readonly string[] {
  if (typeof parts === 'string') return parts === '' ? [] : [parts];
  if (!Array.isArray(parts)) return [];
  return parts.flatMap((part) =>
    isObject(part) && typeof part.text === 'string' && part.text !== '' ? [part.text] : [],
  );
}
