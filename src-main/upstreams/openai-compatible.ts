import { isObject } from '../../src-shared/json.ts';
import { list, member, modelList, refusal, text, tokens, unknownCapabilities } from './inspection.ts';
import type { InspectedModel, Inspection, Probe, UpstreamKind } from './kind.ts';

/** Any server that speaks OpenAI's Chat Completions and promises nothing else. */
export const openaiCompatible: UpstreamKind = {
  id: 'openai-compatible',
  label: 'OpenAI-compatible server',
  // SGLang: as long as it has no kind of its own, what it has in common with others is found here.
  defaultPorts: [30_000],
  takesRoot: false,
  // A server that filters says so on behalf of a provider; the local ones have no filter.
  flags: { contentFilterIsRefusal: true },
  recognise,
  inspect,
  startAdvice: 'Start it, or correct its base URL in the settings.',
  closesAfterStream: false,
};

/** A status alone proves nothing: LM Studio answers 200 on unknown paths. The list must look like one. */
async function recognise(probe: Probe): Promise<boolean> {
  const answer = await probe.get('/v1/models');
  const data = member(answer.json, 'data');
  return answer.status === 200 && Array.isArray(data) && data.every((entry) => text(member(entry, 'id')) !== null);
}

async function inspect(probe: Probe): Promise<Inspection> {
  const { answer, data } = await modelList(probe);
  const refused = refusal(answer);
  if (refused !== null) return refused;
  if (data === null) return { state: 'up', version: null, message: null, models: [], listKnown: false };
  return {
    state: 'up',
    version: null,
    message: null,
    models: data.filter(isObject).flatMap(described),
    listKnown: true,
  };
}

function described(entry: Record<string, unknown>): readonly InspectedModel[] {
  const name = text(entry.id);
  if (name === null) return [];
  const stated = contextOf(entry);
  const modalities = member(entry.architecture, 'input_modalities') ?? entry.input_modalities;
  const vision = Array.isArray(modalities) ? modalities.includes('image') : null;
  const parameters = Array.isArray(entry.supported_parameters) ? new Set(list(entry.supported_parameters)) : null;
  return [
    {
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
    },
  ];
}

/** vLLM and SGLang say `max_model_len`, OpenRouter and LM Studio's kin `context_length`, llama.cpp behind a proxy `meta.n_ctx`. */
function contextOf(entry: Record<string, unknown>): number | null {
  return (
    tokens(entry.max_model_len) ??
    tokens(member(entry.meta, 'n_ctx')) ??
    tokens(entry.context_length) ??
    tokens(entry.context_window)
  );
}
