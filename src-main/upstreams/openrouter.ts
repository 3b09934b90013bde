import { list, member, text, tokens } from './inspection.ts';
import type { InspectedModel, Inspection, Probe, UpstreamKind } from './kind.ts';
import { inspectVendor, listedModel, listsOnly, unlessRefused } from './listed-model.ts';

/** OpenRouter (openrouter.ai/docs: models, reasoning tokens, parameters, errors; its streams are recorded). */
export const openrouter: UpstreamKind = {
  id: 'openrouter',
  defaultPorts: [],
  takesRoot: false,
  hosts: /^openrouter\.ai$/,
  flags: {
    // `reasoning_details` go back as they came; `auto` does that.
    reasoningReplay: 'auto',
    reasoningStyle: 'reasoning-object',
    thinkTags: 'never',
    cacheControl: true,
    pdf: true,
    topK: true,
    contentFilterIsRefusal: true,
  },
  recognise: (probe) =>
    listsOnly(
      probe,
      (entry) => text(member(entry, 'canonical_slug')) !== null && member(entry, 'top_provider') !== undefined,
    ),
  inspect,
  startAdvice: 'Check the network, or correct its base URL in the settings.',
  secretAdvice: 'Make a key at https://openrouter.ai/settings/keys.',
  closesAfterStream: false,
};

/** Its list is open to everyone: whether the key is good another path tells. */
async function inspect(probe: Probe): Promise<Inspection> {
  const [inspection, key] = await Promise.all([inspectVendor(probe, 'OpenRouter', described), probe.get('/v1/key')]);
  return unlessRefused(inspection, key);
}

/** The window that its best provider has, which may be smaller than the model's own. */
function described(entry: Record<string, unknown>): InspectedModel | null {
  const model = listedModel(entry);
  const outputs = member(entry.architecture, 'output_modalities');
  if (model === null || (Array.isArray(outputs) && !outputs.includes('text'))) return null;
  const maximum = tokens(entry.context_length);
  const inForce = tokens(member(entry.top_provider, 'context_length')) ?? maximum;
  const output = tokens(member(entry.top_provider, 'max_completion_tokens'));
  const parameters = new Set(list(entry.supported_parameters));
  return {
    ...model,
    contextWindow: { inForce, maximum, source: inForce === null ? null : 'v1/models' },
    ...(output !== null && { maxOutputTokens: output }),
    flags: {
      ...model.flags,
      // It drops what a model's providers can't take, but refuses forced calls that none of them can make.
      ...(Array.isArray(entry.supported_parameters) && {
        topK: parameters.has('top_k'),
        forcedToolChoice: parameters.has('tool_choice'),
        ...(!parameters.has('reasoning') && { reasoningStyle: 'none' as const }),
      }),
    },
  };
}
