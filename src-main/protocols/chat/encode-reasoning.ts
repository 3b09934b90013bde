import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import { clampEffort, effortForBudget } from '../conversation/reasoning-effort.ts';
import type { ReasoningRequest } from '../conversation/request.ts';

/**
 * The body keys that switch thinking on, off or size it, in the upstream's way (`CompatFlags.reasoningStyle`, reference protocol.md
 * §3.6). Thinking that is asked for without effort or budget is left to the upstream's own default.
 */
export function encodeReasoning(
  reasoning: ReasoningRequest | undefined,
  flags: CompatFlags,
  diagnostics: Diagnostics,
): JsonObject {
  if (reasoning === undefined) return {};
  const enabled = reasoning.enabled && reasoning.effort !== 'none';
  if (!enabled) return switchedOff(flags, diagnostics);
  const { budget } = reasoning;
  const wish = reasoning.effort ?? (budget === undefined ? undefined : effortForBudget(budget));
  const effort = wish === undefined ? undefined : clampEffort(wish, flags.reasoningEfforts);
  if (wish === undefined) return {};
  switch (flags.reasoningStyle) {
    case 'none':
      diagnostics.add('dropped', 'thinking', 'The upstream has no way to be told how much to think.');
      return {};
    case 'openai':
    case 'ollama':
      return effort === undefined ? {} : { reasoning_effort: effort };
    case 'chat-template':
      return { ...templateKeys(effort), ...(budget !== undefined && { thinking_token_budget: budget }) };
    case 'llama-cpp':
      return { ...templateKeys(effort), ...(budget !== undefined && { thinking_budget_tokens: budget }) };
    case 'thinking-object':
      return { thinking: { type: 'enabled' } };
    case 'thinking-with-effort':
      return { thinking: { type: 'enabled' }, ...(effort !== undefined && { reasoning_effort: effort }) };
    case 'reasoning-object':
      // A budget is taken by every model there: those that know efforts only get the nearest.
      return { reasoning: budget === undefined ? { effort: effort ?? wish } : { max_tokens: budget } };
    case 'enable-thinking':
      return { enable_thinking: true, ...(budget !== undefined && { thinking_budget: budget }) };
  }
}

/** Chat templates read both keys and ignore what they don't know (gpt-oss: reasoning_effort; Qwen, GLM: enable_thinking). */
function templateKeys(effort: string | undefined): JsonObject {
  return { chat_template_kwargs: { enable_thinking: true, ...(effort !== undefined && { reasoning_effort: effort }) } };
}

function switchedOff(flags: CompatFlags, diagnostics: Diagnostics): JsonObject {
  switch (flags.reasoningStyle) {
    case 'none':
      diagnostics.add('dropped', 'thinking', 'The upstream has no way to switch thinking off.');
      return {};
    case 'openai':
    case 'ollama': {
      const effort = clampEffort('none', flags.reasoningEfforts);
      if (effort !== 'none')
        diagnostics.add(
          'approximated',
          'thinking',
          'The model can not stop thinking altogether; it is asked to think as little as it can.',
        );
      return effort === undefined ? {} : { reasoning_effort: effort };
    }
    case 'chat-template':
    case 'llama-cpp':
      return { chat_template_kwargs: { enable_thinking: false } };
    case 'thinking-object':
    case 'thinking-with-effort':
      return { thinking: { type: 'disabled' } };
    case 'reasoning-object':
      return { reasoning: { enabled: false } };
    case 'enable-thinking':
      return { enable_thinking: false };
  }
}
