import { isObject } from '../../src-shared/json.ts';
import { list, member, modelList, refusal, text, tokens, unknownCapabilities, unread } from './inspection.ts';
import type { InspectedModel, Inspection, Probe, ProbeAnswer } from './kind.ts';

/** What an entry of OpenAI's list of models tells in the keys that servers have added to it; null for one without a name. */
export function listedModel(entry: Record<string, unknown>): InspectedModel | null {
  const name = text(entry.id);
  if (name === null) return null;
  const stated = contextOf(entry);
  const modalities = member(entry.architecture, 'input_modalities') ?? entry.input_modalities;
  const vision = Array.isArray(modalities) ? modalities.includes('image') : null;
  const parameters = Array.isArray(entry.supported_parameters) ? new Set(list(entry.supported_parameters)) : null;
  return {
    name,
    otherNames: [],
    loaded: null,
    contextWindow: {
      inForce: stated,
      maximum: tokens(member(entry.meta, 'n_ctx_train')),
      source: stated === null ? null : 'v1/models',
    },
    capabilities: {
      ...unknownCapabilities,
      vision,
      tools: parameters?.has('tools') ?? null,
      reasoning: parameters?.has('reasoning') ?? null,
    },
    flags: vision === null ? {} : { vision },
  };
}

/** vLLM and SGLang say `max_model_len`, OpenRouter and LM Studio's kin `context_length`, llama.cpp behind a proxy `meta.n_ctx`, Groq `context_window`. */
function contextOf(entry: Record<string, unknown>): number | null {
  return (
    tokens(entry.max_model_len) ??
    tokens(member(entry.meta, 'n_ctx')) ??
    tokens(entry.context_length) ??
    tokens(entry.context_window)
  );
}

/** Asks a vendor for its list. `read` reads an entry, null leaves it out; `label` is the vendor's name, for people. */
export async function inspectVendor(
  probe: Probe,
  label: string,
  read: (entry: Record<string, unknown>) => InspectedModel | null,
): Promise<Inspection> {
  const { answer, data } = await modelList(probe);
  const refused = refusal(answer);
  if (refused !== null) return refused;
  if (data === null) return unread('error', `What answers there is not ${label}: it has no list of models.`);
  const models = data.filter(isObject).flatMap((entry) => read(entry) ?? []);
  return { state: 'up', version: null, message: null, models, listKnown: true };
}

/** Whether a server lists models, and every one of them fits. */
export async function listsOnly(probe: Probe, fits: (entry: unknown) => boolean): Promise<boolean> {
  const { data } = await modelList(probe);
  return data !== null && data.length > 0 && data.every(fits);
}

/** The models' owner, by which vendors name themselves. */
export function ownedBy(owner: string): (entry: unknown) => boolean {
  return (entry) => member(entry, 'owned_by') === owner;
}

/** The same inspection where the key is good; else what the answer to a question that wants one says. */
export function unlessRefused(inspection: Inspection, answer: ProbeAnswer): Inspection {
  const refused = refusal(answer);
  return refused?.state === 'unauthorized' ? refused : inspection;
}
