import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { EncodeOptions } from '../conversation/codec.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import { clampEffort, effortForBudget } from '../conversation/reasoning-effort.ts';
import type { ConversationRequest, ReasoningEffort } from '../conversation/request.ts';
import type { WireMessage } from './request-blocks.ts';

/** `thinking`, and the effort for `output_config`; absent where nothing is to be said. */
export interface EncodedThinking {
  readonly enabled: boolean;
  readonly thinking?: JsonObject;
  readonly effort?: string;
}

/** Budgets for efforts, tokens (reference protocol.md §3.6). */
const budgets: Readonly<Record<Exclude<ReasoningEffort, 'none'>, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 128_000,
};
/** The smallest budget that the API takes, tokens. */
const smallestBudget = 1024;

/**
 * How the model is asked to think (`CompatFlags.messagesThinking`). A budget lies below the answer's limit, of which it is a part, and
 * leaves room for the answer. With a budget the API also wants the turn that called the tools whose results come last to begin with its
 * thinking: where a client has not kept that, the model can't be asked to think.
 * @param maxTokens the answer's limit
 */
export function encodeThinking(
  { reasoning, extras }: ConversationRequest,
  maxTokens: number,
  messages: readonly WireMessage[],
  { flags }: EncodeOptions,
  diagnostics: Diagnostics,
): EncodedThinking {
  const style = flags.messagesThinking;
  const said = clientsThinking(extras.messages?.thinking);
  const config = extras.messages?.output_config;
  if (style === 'none') return off;
  if (reasoning === undefined) {
    // An effort alone also sizes the answer itself.
    const effort = isObject(config) && style === 'adaptive' ? config.effort : undefined;
    return typeof effort === 'string' ? { enabled: false, effort } : off;
  }
  if (!reasoning.enabled || reasoning.effort === 'none') return { enabled: false, thinking: { type: 'disabled' } };
  const wish = reasoning.effort ?? (reasoning.budget === undefined ? undefined : effortForBudget(reasoning.budget));
  if (style === 'adaptive') {
    const accepted = flags.reasoningEfforts.filter((effort) => effort !== 'none' && effort !== 'minimal');
    const effort = wish === undefined ? undefined : clampEffort(wish, accepted);
    const thinking = said?.type === 'adaptive' ? said : { type: 'adaptive' };
    return { enabled: true, thinking, ...(effort !== undefined && { effort }) };
  }
  if (wantsThinking(messages)) {
    diagnostics.add(
      'dropped',
      'thinking',
      'The client did not give back the reasoning before its tool calls, so the model goes on without.',
    );
    return off;
  }
  const level = wish === undefined || wish === 'none' ? 'medium' : wish;
  const budget = Math.min(reasoning.budget ?? budgets[level], Math.floor(maxTokens * 0.8));
  if (Math.max(budget, smallestBudget) >= maxTokens) {
    diagnostics.add('dropped', 'thinking', 'The limit of the answer is too small to leave room for it.');
    return off;
  }
  const display = said?.display === undefined ? {} : { display: said.display };
  return { enabled: true, thinking: { type: 'enabled', budget_tokens: Math.max(budget, smallestBudget), ...display } };
}

const off: EncodedThinking = { enabled: false };

/** The client's own `thinking`, where it speaks Messages. */
function clientsThinking(thinking: unknown): JsonObject | null {
  return isObject(thinking) ? (thinking as JsonObject) : null;
}

/** Whether the conversation stands in a tool loop whose last turn does not begin with its thinking. */
function wantsThinking(messages: readonly WireMessage[]): boolean {
  const last = messages.at(-1);
  if (last?.role !== 'user' || last.content[0]?.type !== 'tool_result') return false;
  const first = messages.findLast(({ role }) => role === 'assistant')?.content[0];
  return first?.type !== 'thinking' && first?.type !== 'redacted_thinking';
}
