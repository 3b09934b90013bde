import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { JsonValue } from '../../../src-shared/json.ts';
import type { EncodeOptions } from '../conversation/codec.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import type { ReasoningBlock, Turn } from '../conversation/request.ts';
import { sanitiseJson, sanitiseText } from '../conversation/sanitise-text.ts';
import type { AssistantMessage, ThinkingPart } from './request-messages.ts';

/** How earlier reasoning goes into an assistant message. */
export interface ReplayedReasoning {
  readonly fields: Pick<AssistantMessage, 'reasoning_content' | 'reasoning' | 'reasoning_text' | 'reasoning_details'>;
  /** Put before the content. */
  readonly prefix: string;
  readonly part: ThinkingPart | null;
}

export const noReasoning: ReplayedReasoning = { fields: {}, prefix: '', part: null };

type Field = 'reasoning_content' | 'reasoning' | 'reasoning_text' | 'reasoning_details' | 'thinking' | 'think_tags';

/**
 * The reasoning blocks of one assistant turn, given back as the upstream's policy says (reference protocol.md §3.7). `auto`: in the
 * field in which this very upstream gave it. An explicit field: also plain text and what another upstream of ours thought. What
 * another maker signed is for that maker only.
 */
export function replayReasoning(
  blocks: readonly ReasoningBlock[],
  flags: CompatFlags,
  upstream: EncodeOptions['upstream'],
  diagnostics: Diagnostics,
): ReplayedReasoning {
  if (flags.reasoningReplay === 'none' || blocks.length === 0) return noReasoning;
  const texts: string[] = [];
  const details: JsonValue[] = [];
  let field: Field | null = null;
  for (const block of blocks) {
    const { carried } = block;
    if (carried?.kind === 'foreign') {
      diagnostics.add(
        'dropped',
        'thinking',
        'Earlier reasoning is signed by another provider and can only go back there.',
      );
      continue;
    }
    const state = carried?.state;
    const isOwn = state?.upstream === upstream.id;
    const target =
      flags.reasoningReplay === 'auto' ? (isOwn ? fieldOf(state?.field, state?.details) : null) : flags.reasoningReplay;
    if (target === null) {
      diagnostics.add(
        'dropped',
        'thinking',
        'Earlier reasoning did not come from this upstream, or not in a field it could go back in.',
      );
      continue;
    }
    field ??= target;
    if (isOwn && state?.details !== undefined && target === 'reasoning_details') details.push(...state.details);
    else {
      const text = block.text === '' ? (state?.text ?? '') : block.text;
      if (text === '') continue;
      if (target === 'reasoning_details') details.push({ type: 'reasoning.text', text });
      else texts.push(text);
    }
  }
  return written(field, sanitiseText(texts.join('\n\n')), details);
}

/**
 * The index of the first turn whose reasoning is given back: all of them, or those behind the last turn in which the user speaks
 * (tool results are no speech).
 */
export function firstReplayedTurn(turns: readonly Turn[], flags: CompatFlags): number {
  if (flags.reasoningReplayTurns === 'all') return 0;
  return turns.findLastIndex(
    ({ role, blocks }) => role === 'user' && blocks.some((block) => block.kind !== 'tool-result'),
  );
}

/** The target for reasoning that came in `field`; details, where the upstream gave them, say it all and go back verbatim. */
function fieldOf(field: string | undefined, details: unknown): Field | null {
  if (details !== undefined) return 'reasoning_details';
  switch (field) {
    case 'reasoning_content':
    case 'reasoning':
    case 'reasoning_text':
    case 'reasoning_details':
    case 'thinking':
    case 'think_tags':
      return field;
    case 'content':
      return 'think_tags';
    default:
      return null;
  }
}

function written(field: Field | null, text: string, details: JsonValue[]): ReplayedReasoning {
  if (field === null) return noReasoning;
  if (field === 'reasoning_details') {
    return details.length === 0
      ? noReasoning
      : { ...noReasoning, fields: { reasoning_details: sanitiseJson(details) } };
  }
  if (text === '') return noReasoning;
  switch (field) {
    case 'think_tags':
      return { ...noReasoning, prefix: `<think>${text}</think>\n` };
    case 'thinking':
      return { ...noReasoning, part: { type: 'thinking', thinking: [{ type: 'text', text }] } };
    default:
      return { ...noReasoning, fields: { [field]: text } };
  }
}
