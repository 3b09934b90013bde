import type { JsonObject } from '../../../src-shared/json.ts';
import type { EncodeOptions } from '../conversation/codec.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import { clampEffort, effortForBudget } from '../conversation/reasoning-effort.ts';
import type { ConversationRequest, ReasoningBlock } from '../conversation/request.ts';
import { sanitiseText } from '../conversation/sanitise-text.ts';

/**
 * The body's `reasoning`. A client of Responses gets what it asked for; of others only models that are known to reason are told how
 * much, because the rest refuse the parameter, and are asked for a summary, without which nothing of the thinking would be seen.
 */
export function encodeReasoning(
  { reasoning, extras }: ConversationRequest,
  { flags }: EncodeOptions,
  diagnostics: Diagnostics,
): JsonObject {
  if (reasoning === undefined) return {};
  const isOwn = extras.responses !== undefined;
  const enabled = reasoning.enabled && reasoning.effort !== 'none';
  if (flags.reasoningStyle === 'none' && !isOwn) {
    if (!enabled) diagnostics.add('dropped', 'thinking', 'The upstream has no way to switch thinking off.');
    return {};
  }
  const budgeted = reasoning.budget === undefined ? undefined : effortForBudget(reasoning.budget);
  const wish = enabled ? (reasoning.effort ?? budgeted) : 'none';
  const effort = wish === undefined ? undefined : clampEffort(wish, flags.reasoningEfforts);
  if (wish === 'none' && effort !== 'none')
    diagnostics.add(
      'approximated',
      'thinking',
      'The model can not stop thinking altogether; it is asked to think as little as it can.',
    );
  const summary = reasoning.summary ?? (enabled && !isOwn ? 'auto' : null);
  if (effort === undefined && summary === null) return {};
  return { reasoning: { ...(effort !== undefined && { effort }), ...(summary !== null && { summary }) } };
}

/**
 * Earlier reasoning as the item it was (reference protocol.md §3.7, §5.4): with its id and `encrypted_content` where this upstream
 * made it, as plain text where the upstream's policy says so. `null` where it may not go there.
 */
export function reasoningItem(
  block: ReasoningBlock,
  { flags, upstream }: EncodeOptions,
  diagnostics: Diagnostics,
): JsonObject | null {
  if (flags.reasoningReplay === 'none') return null;
  const { carried } = block;
  const state = carried?.kind === 'ours' ? carried.state : undefined;
  if (state?.upstream === upstream.id) {
    const text = block.text === '' ? (state.text ?? '') : block.text;
    const raw = state.field === 'summary' || state.field === undefined ? {} : { content: contentOf(text) };
    const summary = 'content' in raw ? [] : (block.summary ?? (text === '' ? [] : [text]));
    return {
      type: 'reasoning',
      ...(state.itemId !== undefined && { id: state.itemId }),
      summary: summaryOf(summary),
      ...raw,
      ...(state.encrypted !== undefined && { encrypted_content: state.encrypted }),
    };
  }
  if (carried?.kind !== 'ours' && flags.fullResponses && isResponsesItem(block)) return sameItem(block);
  const isPlain = carried?.kind !== 'foreign' && flags.reasoningReplay !== 'auto';
  if (isPlain && block.text !== '') return { type: 'reasoning', summary: [], content: contentOf(block.text) };
  const why =
    carried?.kind === 'foreign'
      ? 'Earlier reasoning is signed by another provider and can only go back there.'
      : 'Earlier reasoning did not come from this upstream.';
  diagnostics.add('dropped', 'thinking', why);
  return null;
}

/** Reasoning that a client of Responses sent and that no blob of ours binds to another upstream. */
function isResponsesItem({ carried, summary, extras }: ReasoningBlock): boolean {
  const encrypted = carried?.kind === 'foreign' && carried.encrypted !== undefined;
  return encrypted || summary !== undefined || extras?.responses !== undefined;
}

function sameItem({ carried, summary, text, extras }: ReasoningBlock): JsonObject {
  const encrypted = carried?.kind === 'foreign' ? carried.encrypted : undefined;
  const said = extras?.responses?.content;
  const isText = summary === undefined && said === undefined && text !== '' && encrypted === undefined;
  return {
    type: 'reasoning',
    ...(isText && { content: contentOf(text) }),
    ...extras?.responses,
    summary: summaryOf(summary ?? []),
    ...(encrypted !== undefined && { encrypted_content: encrypted }),
  };
}

function contentOf(text: string): JsonObject[] {
  return text === '' ? [] : [{ type: 'reasoning_text', text: sanitiseText(text) }];
}

function summaryOf(texts: readonly string[]): JsonObject[] {
  return texts.map((text) => ({ type: 'summary_text', text: sanitiseText(text) }));
}
