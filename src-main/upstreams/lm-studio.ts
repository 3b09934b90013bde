import { setTimeout as sleep } from 'node:timers/promises';
import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import { isObject } from '../../src-shared/json.ts';
import {
  amount,
  boolean,
  list,
  member,
  parametersIn,
  refusal,
  statedMemory,
  text,
  tokens,
  unknownCapabilities,
  unread,
} from './inspection.ts';
import type {
  InspectedModel,
  Inspection,
  ModelLoading,
  ModelPulling,
  Probe,
  ProbeAnswer,
  UpstreamKind,
} from './kind.ts';
import { loadingFailure, refusedLoading } from './loading-failure.ts';

/**
 * By its REST API from 0.4.0 on (its documentation, pages rest/load and rest/unload). Loading what is loaded would make a second instance of it, and
 * what is to be unloaded is an instance, so the list is asked first.
 */
const loading: ModelLoading = {
  // For a model that the request itself loads (its documentation, "Idle TTL and Auto-Evict").
  keeps: 'request',
  async load(probe, model) {
    if ((await instancesOf(probe, model)).length > 0) return;
    const answer = await probe.post('/api/v1/models/load', { model });
    if (!isDone(answer)) throw refusedLoading(model, answer);
  },
  async unload(probe, model) {
    for (const instance of await instancesOf(probe, model)) {
      const answer = await probe.post('/api/v1/models/unload', { instance_id: instance });
      if (!isDone(answer)) throw refusedLoading(model, answer);
    }
  },
};

const pollMs = 1_000;

/**
 * It fetches models from its catalogue or Hugging Face by itself (its documentation, pages rest/download and rest/download-status), from 0.4.0 on, and
 * can't be told to stop: it has no endpoint for that.
 */
const pulling: ModelPulling = {
  stopAdvice: 'LM Studio goes on with it, and can only be stopped in its own window.',
  async *pull(probe, model, signal) {
    let answer = await probe.post('/api/v1/models/download', { model });
    for (;;) {
      if (!isDone(answer)) throw refusedLoading(model, answer);
      const status = text(member(answer.json, 'status')) ?? '';
      if (status === 'completed' || status === 'already_downloaded') return;
      const job = text(member(answer.json, 'job_id'));
      if (status === 'failed' || job === null)
        throw loadingFailure(`LM Studio did not fetch ${model}. Its window says why.`);
      yield {
        doing: status,
        fetched: amount(member(answer.json, 'downloaded_bytes')),
        all: amount(member(answer.json, 'total_size_bytes')),
      };
      await sleep(pollMs, undefined, { signal });
      answer = await probe.get(`/api/v1/models/download/status/${encodeURIComponent(job)}`);
    }
  },
};

/** LM Studio answers 200 also where it does not know what is asked. */
function isDone({ status, json }: ProbeAnswer): boolean {
  return status === 200 && isObject(json) && json.error === undefined;
}

async function instancesOf(probe: Probe, model: string): Promise<readonly string[]> {
  const entry = modelsOf(await probe.get('/api/v1/models'))?.find(({ key }) => key === model);
  if (entry === undefined) throw loadingFailure(`${model} is not in the list of LM Studio any more.`);
  return list(entry.loaded_instances).flatMap((instance) => text(member(instance, 'id')) ?? []);
}

/**
 * LM Studio through its OpenAI endpoints. What it has, what is loaded and with which context stands in its own REST API: `/api/v1`
 * from 0.4.0 on, `/api/v0` from 0.3.6 on (reference backends.md §1–§4; LM Studio's documentation, pages rest/list and rest/endpoints).
 */
export const lmStudio: UpstreamKind = {
  id: 'lm-studio',
  defaultPorts: [1234],
  takesRoot: true,
  flags: {
    // An object is refused with 400: "Supported string values: none, auto, required".
    namedToolChoice: false,
    // Among the documented parameters of its Chat Completions; parallel_tool_calls is not.
    topK: true,
    parallelToolCallsParameter: false,
  },
  recognise,
  inspect,
  loading,
  pulling,
  startAdvice: "Start its server in LM Studio's developer page or with `lms server start`.",
  isSelfHosted: true,
  remedies: {
    tools: () => 'Take a model that LM Studio marks with a hammer: trained for tool use.',
    reasoning: () =>
      'Switch on the setting that tells reasoning apart from content for developers, in LM Studio’s settings.',
  },
  closesAfterStream: false,
};

/** It answers 200 on paths that it does not know: only the shape of its lists tells, or the words with which it wants a token. */
async function recognise(probe: Probe): Promise<boolean> {
  const newer = await probe.get('/api/v1/models');
  if (modelsOf(newer) !== null) return true;
  if (newer.status === 401) return /\bLM Studio\b/.test(text(member(member(newer.json, 'error'), 'message')) ?? '');
  return olderModelsOf(await probe.get('/api/v0/models')) !== null;
}

async function inspect(probe: Probe): Promise<Inspection> {
  const newer = await probe.get('/api/v1/models');
  const refused = refusal(newer);
  if (refused !== null) return refused;
  const models =
    modelsOf(newer)?.flatMap(described) ?? olderModelsOf(await probe.get('/api/v0/models'))?.flatMap(older);
  if (models === undefined) {
    return unread('error', 'What answers there is not an LM Studio, or one older than 0.3.6.');
  }
  return { state: 'up', version: null, message: null, models, listKnown: true };
}

/** The entries of `/api/v1/models`; null where the answer is something else. An empty list alone could be anybody's. */
function modelsOf(answer: ProbeAnswer): readonly Record<string, unknown>[] | null {
  const models = member(answer.json, 'models');
  if (answer.status !== 200 || !Array.isArray(models)) return null;
  if (models.length === 0) return isExpress(answer) ? [] : null;
  const entries = models.filter(isObject);
  const all = entries.every((entry) => text(entry.key) !== null && Array.isArray(entry.loaded_instances));
  return all && entries.length === models.length ? entries : null;
}

/** The entries of `/api/v0/models`: OpenAI's list, where each model also has a state. */
function olderModelsOf(answer: ProbeAnswer): readonly Record<string, unknown>[] | null {
  const data = member(answer.json, 'data');
  if (answer.status !== 200 || !Array.isArray(data)) return null;
  if (data.length === 0) return isExpress(answer) ? [] : null;
  const entries = data.filter(isObject);
  const all = entries.every((entry) => text(entry.id) !== null && text(entry.state) !== null);
  return all && entries.length === data.length ? entries : null;
}

function isExpress(answer: ProbeAnswer): boolean {
  return answer.headers['x-powered-by'] === 'Express';
}

function described(entry: Record<string, unknown>): readonly InspectedModel[] {
  const name = text(entry.key);
  if (name === null) return [];
  const instances = list(entry.loaded_instances).filter(isObject);
  const contexts = instances.flatMap((instance) => tokens(member(instance.config, 'context_length')) ?? []);
  const named = instances.find((instance) => instance.id === name);
  // A request by the model's name may reach any of its instances where none is called like it: the smallest is sure.
  const inForce =
    tokens(member(named?.config, 'context_length')) ?? (contexts.length > 0 ? Math.min(...contexts) : null);
  const embeddings = entry.type === 'embedding';
  const vision = embeddings ? false : boolean(member(entry.capabilities, 'vision'));
  const reasoning = member(entry.capabilities, 'reasoning');
  const memory = statedMemory({
    weights: amount(entry.size_bytes),
    parameters: parametersIn(entry.params_string),
    cachePerToken: null,
    inUse: null,
  });
  return [
    {
      name,
      otherNames: instances.flatMap(({ id }) => (typeof id === 'string' && id !== '' && id !== name ? [id] : [])),
      loaded: instances.length > 0,
      loading: 'idle',
      contextWindow: {
        inForce,
        maximum: tokens(entry.max_context_length),
        source: inForce === null ? null : 'api/v1/models',
      },
      capabilities: {
        ...unknownCapabilities,
        tools: embeddings ? false : boolean(member(entry.capabilities, 'trained_for_tool_use')),
        vision,
        // 0.4.6 and older say nothing of it: only a yes counts.
        reasoning: isObject(reasoning) ? true : embeddings ? false : null,
        embeddings,
      },
      ...(memory !== undefined && { memory }),
      flags: { ...(vision === null ? {} : { vision }), ...reasoningFlags(reasoning) },
    },
  ];
}

/**
 * What the native API calls off, on, low … is `reasoning_effort` none, low … on the OpenAI endpoints; a model that only knows on and off
 * takes every effort for on. A model that can't be told is not told.
 */
function reasoningFlags(reasoning: unknown): Partial<CompatFlags> {
  if (!isObject(reasoning)) return {};
  const options = new Set(list(reasoning.allowed_options));
  const levels = (['low', 'medium', 'high'] as const).filter((level) => options.has(level));
  if (levels.length === 0 && !options.has('off')) return {};
  return {
    reasoningStyle: 'openai',
    reasoningEfforts: [
      ...(options.has('off') ? (['none'] as const) : []),
      ...(levels.length > 0 ? levels : (['low', 'medium', 'high'] as const)),
    ],
  };
}

function older(entry: Record<string, unknown>): readonly InspectedModel[] {
  const name = text(entry.id);
  if (name === null) return [];
  const loaded = entry.state === 'loaded';
  const inForce = loaded ? tokens(entry.loaded_context_length) : null;
  const embeddings = entry.type === 'embeddings';
  const vision = text(entry.type) === null ? null : entry.type === 'vlm';
  return [
    {
      name,
      otherNames: [],
      loaded,
      contextWindow: {
        inForce,
        maximum: tokens(entry.max_context_length),
        source: inForce === null ? null : 'api/v0/models',
      },
      capabilities: {
        ...unknownCapabilities,
        tools: embeddings ? false : list(entry.capabilities).includes('tool_use') ? true : null,
        vision,
        embeddings,
      },
      flags: vision === null ? {} : { vision },
    },
  ];
}
