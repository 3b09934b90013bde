import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import { boolean, member, text } from './inspection.ts';

/**
 * What `/props` tells of a model's chat template: its `chat_template_caps`, and the refusals that templates write out in plain words
 * (reference backends.md §6, 65 templates). Builds before the capabilities were added give the template only.
 */
export interface TemplateFacts {
  readonly tools: boolean | null;
  readonly parallelTools: boolean | null;
  readonly reasoning: boolean | null;
  readonly flags: Partial<CompatFlags>;
}

export function templateFacts(props: unknown): TemplateFacts {
  const caps = member(props, 'chat_template_caps');
  const template = text(member(props, 'chat_template')) ?? '';
  const singleCall = /single tool-calls? at once/i.test(template);
  const parallelTools = singleCall ? false : boolean(member(caps, 'supports_parallel_tool_calls'));
  const thinks = /<think>|enable_thinking|reasoning_content|reasoning_effort/.test(template);
  const keepsReasoning =
    member(caps, 'supports_preserve_reasoning') === true || member(caps, 'supports_reasoning_effort') === true;
  const flags: Partial<CompatFlags> = {
    ...(parallelTools === false ? { parallelToolCalls: false } : {}),
    // "Conversation roles must alternate user/assistant/…": Mistral, Gemma 2.
    ...(/raise_exception\([^)]*alternat/i.test(template) ? { strictAlternation: true } : {}),
    // "Tool call IDs should be alphanumeric strings with length 9!": Mistral.
    ...(/raise_exception\([^)]*length 9/i.test(template) ? { toolCallIds: 'nine-alphanumeric' } : {}),
  };
  return {
    tools: boolean(member(caps, 'supports_tools')),
    parallelTools,
    reasoning: thinks || keepsReasoning ? true : template === '' ? null : false,
    flags,
  };
}
