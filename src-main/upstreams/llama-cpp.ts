import { isObject, type JsonObject } from '../../src-shared/json.ts';
import {
  amount,
  boolean,
  list,
  member,
  refusal,
  statedMemory,
  text,
  tokens,
  unknownCapabilities,
  unread,
} from './inspection.ts';
import type { InspectedModel, Inspection, Probe, ProbeAnswer, UpstreamKind } from './kind.ts';
import { routerPulling } from './llama-cpp-pulling.ts';
import { routerLoading } from './llama-cpp-router.ts';
import { type TemplateFacts, templateFacts, triedTemplateFacts } from './llama-cpp-template.ts';
import type { RenderPrompt } from './llama-cpp-template-trial.ts';

/** llama-server of llama.cpp, single and router (reference backends.md §0–§6, measured on b11669). */
export const llamaCpp: UpstreamKind = {
  id: 'llama-cpp',
  defaultPorts: [8080],
  takesRoot: true,
  flags: {
    toolImages: true,
    reasoningReplay: 'reasoning_content',
    reasoningStyle: 'llama-cpp',
    // They reach the chat template, and templates know these (gpt-oss, Qwen, GLM).
    reasoningEfforts: ['low', 'medium', 'high'],
    schemaSubset: true,
    // Names of 136 characters were taken.
    toolNameMax: 128,
    // An object is taken and ignored; "required" is enforced.
    namedToolChoice: false,
    topK: true,
    prefill: true,
  },
  // It says who it is on every answer, errors too.
  recognise: async (probe) => isLlamaServer(await probe.get('/props')),
  inspect,
  countTokens,
  loading: routerLoading,
  pulling: routerPulling,
  startAdvice: 'Start it with `llama-server -m MODEL.gguf`.',
  isSelfHosted: true,
  tellsCacheReuse: true,
  remedies: {
    tools: ({ tools }) =>
      tools === true
        ? 'Its chat template knows tools, so it is up to the model: take one that was made for tool use.'
        : 'Start it with `--jinja`, and with a chat template that knows tools: that of the model, or one by `--chat-template-file FILE`.',
    reasoning: () => 'Start it with `--jinja --reasoning-format deepseek`.',
    vision: 'A model that can see needs its projector: `--mmproj FILE`.',
    cache:
      'Other requests may have taken its slot meanwhile: start it with a larger `--parallel` and `--ctx-size`, or try again while it is idle.',
  },
  closesAfterStream: true,
};

function isLlamaServer(answer: ProbeAnswer): boolean {
  return /^llama\.cpp/.test(answer.headers.server ?? '');
}

async function inspect(probe: Probe): Promise<Inspection> {
  const [props, models] = await Promise.all([probe.get('/props'), probe.get('/v1/models')]);
  if (models.status === 503 || props.status === 503) return unread('loading', 'It is loading its model.');
  const refused = refusal(models);
  if (refused !== null) return refused;
  const data = member(models.json, 'data');
  if (models.status !== 200 || !Array.isArray(data)) {
    return unread(
      'error',
      isLlamaServer(models) ? 'Its list of models makes no sense.' : 'What answers there is not a llama-server.',
    );
  }
  const version = text(member(props.json, 'build_info'));
  const router = member(props.json, 'role') === 'router';
  const entries = data.filter(isObject);
  const inspected = await Promise.all(
    entries.map((entry) => (router ? routed(probe, entry, props.json) : single(probe, entry, props.json))),
  );
  const known = inspected.filter((model) => model !== null);
  return { state: 'up', version, message: null, models: known, listKnown: true, ...(!router && { pulls: false }) };
}

async function single(probe: Probe, entry: Record<string, unknown>, props: unknown): Promise<InspectedModel | null> {
  const id = text(entry.id);
  if (id === null) return null;
  return described(id, shortName(id), entry, {
    props,
    template: await triedTemplateFacts(props, rendering(probe, id)),
  });
}

/** Only a loaded model is asked further: a question to another one would load it. A router knows its models by their whole ids. */
async function routed(probe: Probe, entry: Record<string, unknown>, own: unknown): Promise<InspectedModel | null> {
  const id = text(entry.id);
  if (id === null) return null;
  const value = member(entry.status, 'value');
  const ways = {
    loading: value === 'loading' ? ('loading' as const) : ('idle' as const),
    ...(member(own, 'models_autoload') === false && { loadsOnRequest: false as const }),
  };
  if (value !== 'loaded') return { ...described(id, id, entry, null), ...ways };
  const answer = await probe.get(`/props?model=${encodeURIComponent(id)}&autoload=false`);
  const props = answer.status === 200 ? answer.json : null;
  const template = await triedTemplateFacts(props, rendering(probe, id));
  return { ...described(id, id, entry, { props, template }), ...ways };
}

/** `autoload=false`: a router must not load a model for a question. */
function rendering(probe: Probe, model: string): RenderPrompt {
  return async (request) => {
    const answer = await probe.post('/apply-template?autoload=false', { model, ...request });
    const prompt = answer.status === 200 ? text(member(answer.json, 'prompt')) : null;
    if (prompt !== null) return { kind: 'prompt', text: prompt };
    const message = text(member(member(answer.json, 'error'), 'message')) ?? '';
    return [400, 500].includes(answer.status) && /jinja|template/i.test(message) ? { kind: 'refused', message } : null;
  };
}

/** @param live what it says of itself, where it is loaded */
function described(
  id: string,
  name: string,
  entry: Record<string, unknown>,
  live: { readonly props: unknown; readonly template: TemplateFacts } | null,
): InspectedModel {
  const loaded = live !== null;
  const props = live?.props ?? null;
  const aliases = list(entry.aliases).filter((alias) => typeof alias === 'string' && alias !== '' && alias !== name);
  const perSlot = tokens(member(member(props, 'default_generation_settings'), 'n_ctx'));
  const stated = tokens(member(entry.meta, 'n_ctx'));
  const inForce = loaded ? (perSlot ?? stated) : null;
  const slots = loaded ? tokens(member(props, 'total_slots')) : null;
  const facts = live?.template ?? templateFacts(null);
  const vision = boolean(member(member(props, 'modalities'), 'vision')) ?? visionOf(entry);
  const memory = statedMemory({
    weights: amount(member(entry.meta, 'size')),
    parameters: amount(member(entry.meta, 'n_params')),
    cachePerToken: null,
    inUse: null,
  });
  return {
    name,
    otherNames: [...new Set([...(name === id ? [] : [id]), ...aliases.map(String)])],
    loaded,
    contextWindow: {
      inForce,
      maximum: tokens(member(entry.meta, 'n_ctx_train')) ?? tokens(entry.context_length),
      source: inForce === null ? null : perSlot === null ? 'v1/models' : 'props',
    },
    ...(slots !== null && { slots }),
    capabilities: {
      ...unknownCapabilities,
      tools: facts.tools,
      parallelTools: facts.parallelTools,
      vision,
      reasoning: facts.reasoning,
    },
    ...(memory !== undefined && { memory }),
    flags: { ...facts.flags, ...(vision === null ? {} : { vision }) },
  };
}

function visionOf(entry: Record<string, unknown>): boolean | null {
  const modalities = member(entry.architecture, 'input_modalities');
  return Array.isArray(modalities) ? modalities.includes('image') : null;
}

/** Started without an alias, a llama-server calls its model by the file's path; it takes any name, and nobody wants to type a path. */
function shortName(id: string): string {
  if (!/\.gguf$/i.test(id)) return id;
  const name = id.split(/[/\\]/).at(-1);
  return name === undefined || name === '' ? id : name;
}

/**
 * Exact, templated, tools included. Older builds have no endpoint for it: there the template is applied and its text counted.
 * `autoload=false`: a router must not load a model for a count.
 */
async function countTokens(probe: Probe, body: JsonObject): Promise<number | null> {
  const direct = await probe.post('/v1/chat/completions/input_tokens?autoload=false', body);
  const count = direct.status === 200 ? tokens(member(direct.json, 'input_tokens')) : null;
  if (count !== null) return count;
  if (direct.status !== 404) return null;
  const applied = await probe.post('/apply-template?autoload=false', body);
  const prompt = applied.status === 200 ? text(member(applied.json, 'prompt')) : null;
  if (prompt === null) return null;
  const model = text(body.model);
  const counted = await probe.post('/tokenize?autoload=false', {
    ...(model === null ? {} : { model }),
    content: prompt,
    add_special: true,
    parse_special: true,
  });
  const pieces = counted.status === 200 ? member(counted.json, 'tokens') : null;
  return Array.isArray(pieces) ? pieces.length : null;
}
