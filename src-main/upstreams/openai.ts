import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import { isObject } from '../../src-shared/json.ts';
import { modelList, refusal, text, unknownCapabilities, unknownContext, unread } from './inspection.ts';
import type { InspectedModel, Inspection, Probe, UpstreamKind } from './kind.ts';

/** OpenAI's own API. */
export const openai: UpstreamKind = {
  id: 'openai',
  defaultPorts: [],
  takesRoot: false,
  // Responses first: there reasoning comes with its state, and goes back with it.
  flags: {
    maxTokensField: 'max_completion_tokens',
    midSystem: true,
    pdf: true,
    thinkTags: 'never',
    strictTools: true,
    hostedTools: true,
    fullResponses: true,
    contentFilterIsRefusal: true,
  },
  modelFlags,
  recognise,
  inspect,
  startAdvice: 'Check the network, or correct its base URL in the settings.',
  tellsCacheReuse: true,
  closesAfterStream: false,
};

/**
 * What holds for a family of models (platform.openai.com/docs: models, reasoning). The first whose pattern fits the name counts; a
 * fine-tuned model's name holds its base model's.
 */
const families: readonly {
  readonly names: RegExp;
  readonly reasoning: boolean;
  readonly flags: Partial<CompatFlags>;
}[] = [
  // Reasoning models that are served as chat models do not take the parameter.
  { names: /^(?:ft:)?(?:gpt-[5-9][\w.-]*-chat|chatgpt-)/, reasoning: false, flags: {} },
  {
    names: /^(?:ft:)?(?:o[1-9]|gpt-[5-9]|codex-)/,
    reasoning: true,
    flags: { reasoningStyle: 'openai', sampling: false },
  },
];

function familyOf(name: string): (typeof families)[number] | undefined {
  return families.find(({ names }) => names.test(name));
}

function modelFlags(name: string): Partial<CompatFlags> {
  return familyOf(name)?.flags ?? {};
}

/** A header that all its answers have, and that nobody else sends. */
async function recognise(probe: Probe): Promise<boolean> {
  const { headers } = await probe.get('/v1/models');
  return headers['openai-version'] !== undefined;
}

async function inspect(probe: Probe): Promise<Inspection> {
  const { answer, data } = await modelList(probe);
  const refused = refusal(answer);
  if (refused !== null) return refused;
  if (data === null) return unread('error', 'What answers there is not OpenAI: it has no list of models.');
  const models = data.filter(isObject).flatMap(described);
  return { state: 'up', version: null, message: null, models, listKnown: true };
}

/** Models of other endpoints: speech, pictures, moderation, realtime, plain completions. */
const otherEndpoints =
  /^(?:dall-e|gpt-image|chatgpt-image|sora|whisper|tts-|(?:omni|text)-moderation|babbage|davinci)|-(?:transcribe|tts|realtime|instruct)\b/;

/** The list tells no more than names: no context window, no capability. */
function described(entry: Record<string, unknown>): readonly InspectedModel[] {
  const name = text(entry.id);
  if (name === null || otherEndpoints.test(name)) return [];
  const embeddings = name.startsWith('text-embedding-');
  return [
    {
      name,
      otherNames: [],
      loaded: null,
      contextWindow: unknownContext,
      capabilities: {
        ...unknownCapabilities,
        embeddings,
        reasoning: embeddings ? null : (familyOf(name)?.reasoning ?? null),
      },
      flags: {},
    },
  ];
}
