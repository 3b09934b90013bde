import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import { isObject } from '../../src-shared/json.ts';
import { list, member, text } from './inspection.ts';
import type { InspectedModel, Inspection, Probe, UpstreamKind } from './kind.ts';
import { inspectVendor, listedModel, listsOnly, ownedBy } from './listed-model.ts';

/** xAI's Grok (docs.x.ai: models, REST reference of language models, reasoning). */
export const xai: UpstreamKind = {
  id: 'xai',
  defaultPorts: [],
  takesRoot: false,
  hosts: /(?:^|\.)api\.x\.ai$/,
  flags: { maxTokensField: 'max_completion_tokens', thinkTags: 'never', contentFilterIsRefusal: true },
  modelFlags,
  recognise: (probe) => listsOnly(probe, ownedBy('xai')),
  inspect,
  startAdvice: 'Check the network, or correct its base URL in the settings.',
  secretAdvice: 'Make a key at https://console.x.ai.',
  closesAfterStream: false,
};

/** Which efforts a model takes; the others refuse the parameter. The first that fits counts. */
const efforts: readonly { readonly names: RegExp; readonly flags: Partial<CompatFlags> }[] = [
  { names: /^grok-3-mini/, flags: { reasoningStyle: 'openai', reasoningEfforts: ['low', 'high'] } },
  {
    names: /^grok-(?:4\.3|latest)/,
    flags: { reasoningStyle: 'openai', reasoningEfforts: ['none', 'low', 'medium', 'high'] },
  },
  {
    names: /^grok-(?:4\.[4-9](?!\d)|[5-9])/,
    flags: { reasoningStyle: 'openai', reasoningEfforts: ['low', 'medium', 'high'] },
  },
];

function modelFlags(name: string): Partial<CompatFlags> {
  return efforts.find(({ names }) => names.test(name))?.flags ?? {};
}

/** Its own list tells of modalities and further names; a key that may not read it still has the common one. */
async function inspect(probe: Probe): Promise<Inspection> {
  const own = await probe.get('/v1/language-models');
  const entries = own.status === 200 ? list(member(own.json, 'models')).filter(isObject) : [];
  const models = entries.flatMap((entry) => described(entry) ?? []);
  if (models.length === 0) return inspectVendor(probe, 'xAI', usable);
  return { state: 'up', version: null, message: null, models, listKnown: true };
}

function described(entry: Record<string, unknown>): InspectedModel | null {
  const model = listedModel(entry);
  if (model === null) return null;
  const otherNames = list(entry.aliases).flatMap((alias) => text(alias) ?? []);
  return { ...model, otherNames, capabilities: { ...model.capabilities, tools: true } };
}

/** The common list has the models that make pictures and films, too. */
function usable(entry: Record<string, unknown>): InspectedModel | null {
  return /image|imagine|video/.test(text(entry.id) ?? '') ? null : listedModel(entry);
}
