import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import { boolean, member, text } from './inspection.ts';
import { type RenderPrompt, tryTemplate } from './llama-cpp-template-trial.ts';

/**
 * What a model's chat template makes of conversations (reference backends.md §6, 65 templates): what `/props` says of it in
 * `chat_template_caps`, the refusals that templates write out in plain words, and what the server shows when it is asked to apply it.
 */
export interface TemplateFacts {
  readonly tools: boolean | null;
  readonly parallelTools: boolean | null;
  readonly reasoning: boolean | null;
  readonly flags: Partial<CompatFlags>;
}

/** What can be read without asking. Builds before the capabilities were added give the template only. */
export function templateFacts(props: unknown): TemplateFacts {
  const caps = member(props, 'chat_template_caps');
  const template = text(member(props, 'chat_template')) ?? '';
  const tools = boolean(member(caps, 'supports_tools'));
  const singleCall = /single tool-calls? at once/i.test(template);
  const parallelTools = singleCall ? false : boolean(member(caps, 'supports_parallel_tool_calls'));
  const thinks = /<think>|enable_thinking|reasoning_content|reasoning_effort/.test(template);
  const keepsReasoning =
    member(caps, 'supports_preserve_reasoning') === true || member(caps, 'supports_reasoning_effort') === true;
  const flags: Partial<CompatFlags> = {
    ...(parallelTools === false ? { parallelToolCalls: false } : {}),
    ...(tools === false
      ? { toolFormat: 'text' }
      : member(caps, 'supports_tool_calls') === false
        ? { toolFormat: 'text-history' }
        : {}),
    ...(member(caps, 'supports_system_role') === false ? { systemMessages: false } : {}),
    // "Conversation roles must alternate user/assistant/…": Mistral, Gemma 2.
    ...(/raise_exception\([^)]*alternat/i.test(template) ? { strictAlternation: true } : {}),
    // "Tool call IDs should be alphanumeric strings with length 9!": Mistral.
    ...(/raise_exception\([^)]*length 9/i.test(template) ? { toolCallIds: 'nine-alphanumeric' } : {}),
  };
  return { tools, parallelTools, reasoning: thinks || keepsReasoning ? true : template === '' ? null : false, flags };
}

/** What was found out by asking, by the server's build and the template; the oldest goes when there are too many. */
const tried = new Map<string, Partial<CompatFlags>>();
const mostTried = 100;

/**
 * The facts, with what the server shows when it is asked. A template is tried once in the life of the process, and not while its model
 * sleeps: a question would wake that.
 */
export async function triedTemplateFacts(props: unknown, render: RenderPrompt): Promise<TemplateFacts> {
  const read = templateFacts(props);
  const template = text(member(props, 'chat_template'));
  if (template === null) return read;
  const withTools = text(member(props, 'chat_template_tool_use')) ?? '';
  const key = [text(member(props, 'build_info')) ?? '', template, withTools].join('\0');
  const known = tried.get(key);
  const asleep = member(props, 'is_sleeping') === true;
  const found = known ?? (asleep ? null : await tryTemplate(render));
  if (found === null) return read;
  if (known === undefined) {
    const [oldest] = tried.keys();
    if (tried.size >= mostTried && oldest !== undefined) tried.delete(oldest);
    tried.set(key, found);
  }
  const flags: Partial<CompatFlags> = { ...read.flags, ...found };
  return {
    ...read,
    tools: flags.toolFormat === 'text' ? false : read.tools,
    parallelTools: flags.parallelToolCalls === false ? false : read.parallelTools,
    flags,
  };
}
