import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import { boolean } from './inspection.ts';
import type { InspectedModel, UpstreamKind } from './kind.ts';
import { inspectVendor, listedModel, listsOnly, ownedBy } from './listed-model.ts';

/** Kimi of Moonshot AI (platform.kimi.ai/docs: chat, list models, thinking models). */
export const moonshot: UpstreamKind = {
  id: 'moonshot',
  defaultPorts: [],
  takesRoot: false,
  hosts: /^api\.moonshot\.(?:ai|cn)$/,
  flags: {
    maxTokensField: 'max_completion_tokens',
    // In a loop of tool calls it must come back, or the request is refused.
    reasoningReplay: 'reasoning_content',
    thinkTags: 'never',
    contentFilterIsRefusal: true,
  },
  modelFlags,
  recognise: (probe) => listsOnly(probe, ownedBy('moonshot')),
  inspect: (probe) => inspectVendor(probe, 'Moonshot', described),
  startAdvice: 'Check the network, or correct its base URL in the settings.',
  secretAdvice:
    'Make a key at https://platform.kimi.ai (in China: https://platform.kimi.com); a key is good for one of the two.',
  closesAfterStream: false,
};

/**
 * Kimi's thinking models have their sampling fixed and let no call be forced. K2.5 and K2.6 can be told not to think; the coding model always
 * does; K3 and later know efforts.
 */
function modelFlags(name: string): Partial<CompatFlags> {
  if (!/^kimi-k(?:2[.-]\d(?!\d)|[3-9])/.test(name)) return {};
  const thinking = { sampling: false, forcedToolChoice: false };
  if (/^kimi-k2[.-][56](?!\d)/.test(name)) return { ...thinking, reasoningStyle: 'thinking-object' };
  if (/^kimi-k[3-9]/.test(name)) {
    return { ...thinking, reasoningStyle: 'openai', reasoningEfforts: ['low', 'high', 'max'] };
  }
  return thinking;
}

function described(entry: Record<string, unknown>): InspectedModel | null {
  const model = listedModel(entry);
  if (model === null) return null;
  const vision = boolean(entry.supports_image_in);
  return {
    ...model,
    capabilities: { ...model.capabilities, vision, reasoning: boolean(entry.supports_reasoning) },
    flags: vision === null ? {} : { vision },
  };
}
