import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import { boolean, member, tokens } from './inspection.ts';
import type { InspectedModel, UpstreamKind } from './kind.ts';
import { inspectVendor, listedModel, listsOnly } from './listed-model.ts';

/** Groq (console.groq.com/docs: api-reference, reasoning; its streams are recorded). */
export const groq: UpstreamKind = {
  id: 'groq',
  defaultPorts: [],
  takesRoot: false,
  hosts: /^api\.groq\.com$/,
  flags: {
    maxTokensField: 'max_completion_tokens',
    // Messages with `reasoning_content` are refused.
    reasoningReplay: 'reasoning',
    contentFilterIsRefusal: true,
  },
  modelFlags,
  recognise: (probe) =>
    listsOnly(
      probe,
      (entry) => boolean(member(entry, 'active')) !== null && tokens(member(entry, 'context_window')) !== null,
    ),
  inspect: (probe) => inspectVendor(probe, 'Groq', described),
  startAdvice: 'Check the network, or correct its base URL in the settings.',
  secretAdvice: 'Make a key at https://console.groq.com/keys.',
  closesAfterStream: false,
};

/** Efforts are refused by models that know none; Qwen thinks or does not, and knows no word for more. */
function modelFlags(name: string): Partial<CompatFlags> {
  return /gpt-oss/.test(name) ? { reasoningStyle: 'openai', reasoningEfforts: ['low', 'medium', 'high'] } : {};
}

/** Speech and safeguards have endpoints and uses of their own. */
const otherUses = /whisper|-tts|playai|orpheus|guard/;

function described(entry: Record<string, unknown>): InspectedModel | null {
  const model = listedModel(entry);
  if (model === null || entry.active === false || otherUses.test(model.name)) return null;
  const output = tokens(entry.max_completion_tokens);
  return { ...model, ...(output !== null && { maxOutputTokens: output }) };
}
