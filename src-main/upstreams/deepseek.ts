import type { UpstreamKind } from './kind.ts';
import { inspectVendor, listedModel, listsOnly, ownedBy } from './listed-model.ts';

/** DeepSeek (api-docs.deepseek.com: thinking mode, tool calls, list models; its streams are recorded). */
export const deepseek: UpstreamKind = {
  id: 'deepseek',
  defaultPorts: [],
  takesRoot: false,
  hosts: /^api\.deepseek\.com$/,
  flags: {
    // In a loop of tool calls it must come back, or the request is refused.
    reasoningReplay: 'reasoning_content',
    reasoningStyle: 'thinking-with-effort',
    reasoningEfforts: ['low', 'high', 'max'],
    thinkTags: 'never',
    vision: false,
    contentFilterIsRefusal: true,
  },
  recognise: (probe) => listsOnly(probe, ownedBy('deepseek')),
  // The list tells names alone.
  inspect: (probe) => inspectVendor(probe, 'DeepSeek', listedModel),
  startAdvice: 'Check the network, or correct its base URL in the settings.',
  secretAdvice: 'Make a key at https://platform.deepseek.com/api_keys.',
  closesAfterStream: false,
};
