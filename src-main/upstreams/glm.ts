import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import type { UpstreamKind } from './kind.ts';
import { inspectVendor, listedModel, listsOnly, ownedBy } from './listed-model.ts';

/** GLM of Z.ai, in China Zhipu (docs.z.ai: chat completion, thinking mode). The coding plan has a base URL of its own. */
export const glm: UpstreamKind = {
  id: 'glm',
  defaultPorts: [],
  takesRoot: false,
  hosts: /^(?:api\.z\.ai|open\.bigmodel\.cn)$/,
  flags: {
    reasoningReplay: 'reasoning_content',
    reasoningStyle: 'thinking-object',
    thinkTags: 'never',
    // The last chunk has it, asked for or not.
    usageInStream: false,
    // "auto" is the one choice that it knows.
    forcedToolChoice: false,
    parallelToolCallsParameter: false,
    contentFilterIsRefusal: true,
  },
  modelFlags,
  recognise: (probe) => listsOnly(probe, ownedBy('z-ai')),
  inspect: (probe) => inspectVendor(probe, 'GLM', listedModel),
  startAdvice: 'Check the network, or correct its base URL in the settings.',
  secretAdvice: 'Make a key at https://z.ai/manage-apikey/apikey-list (in China: https://open.bigmodel.cn).',
  closesAfterStream: false,
};

/** GLM-5.2 knows efforts, GLM-5.3 no longer stops thinking; images are for the models with a V behind their number. */
function modelFlags(name: string): Partial<CompatFlags> {
  const [, major = '', minor = '0', letter] = /^glm-(\d+)(?:\.(\d+))?(v)?/i.exec(name) ?? [];
  const version = Number(major) * 100 + Number(minor);
  const efforts: Partial<CompatFlags> = { reasoningEfforts: ['low', 'high', 'max'] };
  return {
    ...(major !== '' && { vision: letter !== undefined }),
    ...(version === 502 && { reasoningStyle: 'thinking-with-effort' as const, ...efforts }),
    ...(version >= 503 && { reasoningStyle: 'openai' as const, ...efforts }),
    ...(version > 0 && version < 405 && { reasoningStyle: 'none' as const }),
  };
}
