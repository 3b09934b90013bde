import { isObject } from '../../src-shared/json.ts';
import { cachePerToken } from './gguf-cache.ts';
import { amount, list, member, parametersIn, refusal, statedMemory, text, tokens, unread } from './inspection.ts';
import type {
  ContextVariants,
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
 * A request without a prompt loads the model for as long as it, or OLLAMA_KEEP_ALIVE, says (measured on 0.33; docs/api.md, "Load a model"). One that only embeds can
 * do nothing with a prompt and is loaded by its own endpoint, in the same way.
 */
const loading: ModelLoading = {
  keeps: 'load',
  async load(probe, model, keepMinutes) {
    // Its OpenAI endpoints don't take it, and leave it as it was said (server/sched.go, useLoadedRunner).
    const keep = keepMinutes === null ? {} : { keep_alive: `${Math.round(keepMinutes * 60)}s` };
    let answer = await probe.post('/api/generate', { model, stream: false, ...keep });
    if (answer.status === 400 && /does not support generate/.test(answer.text)) {
      answer = await probe.post('/api/embed', { model, ...keep });
    }
    if (!isDone(answer)) throw refusedLoading(model, answer);
  },
  async unload(probe, model) {
    const answer = await probe.post('/api/generate', { model, keep_alive: 0, stream: false });
    if (!isDone(answer)) throw refusedLoading(model, answer);
  },
};

/** Its OpenAI endpoints know no `num_ctx`; a model made from another with one of its own has it everywhere (reference backends.md §0.4; docs/api.md). */
const contextVariants: ContextVariants = {
  nameOf: (model, contextWindow) => `${model.includes(':') ? model : `${model}:latest`}-ctx${contextWindow}`,
  async make(probe, model, contextWindow) {
    const name = contextVariants.nameOf(model, contextWindow);
    const parameters = { num_ctx: contextWindow };
    const answer = await probe.post('/api/create', { model: name, from: model, parameters, stream: false });
    if (!isDone(answer)) throw refusedLoading(name, answer);
  },
};

/**
 * Its layers come one behind the other, each with its size (docs/api.md, "Pull a Model"). Leaving calls it off; the next time it goes on from there.
 */
const pulling: ModelPulling = {
  async *pull(probe, model) {
    const layers = new Map<string, { readonly fetched: number; readonly all: number }>();
    for await (const { status, json } of probe.follow('/api/pull', { model, stream: true })) {
      const said = text(member(json, 'error'));
      if (said !== null || status !== 200)
        throw loadingFailure(
          said === null
            ? `Ollama did not fetch ${model}: it answered HTTP ${status}.`
            : `Ollama did not fetch ${model}: it said “${said.slice(0, 500)}”.`,
        );
      const doing = text(member(json, 'status')) ?? '';
      if (doing === 'success') return;
      const digest = text(member(json, 'digest'));
      const all = amount(member(json, 'total'));
      if (digest !== null && all !== null) layers.set(digest, { fetched: amount(member(json, 'completed')) ?? 0, all });
      const sum = (part: 'fetched' | 'all'): number | null =>
        layers.size === 0 ? null : [...layers.values()].reduce((whole, layer) => whole + layer[part], 0);
      yield { doing: digest === null ? doing : 'downloading', fetched: sum('fetched'), all: sum('all') };
    }
    throw loadingFailure(`Ollama broke off before it had fetched ${model}. Try again: it goes on from there.`);
  },
};

/** Also an answer with status 200 may say that it failed. */
function isDone({ status, json }: ProbeAnswer): boolean {
  return status === 200 && member(json, 'error') === undefined;
}

/** Ollama through its OpenAI endpoints (reference backends.md §0–§4, measured on 0.33; protocol.md §10). */
export const ollama: UpstreamKind = {
  id: 'ollama',
  defaultPorts: [11434],
  takesRoot: true,
  flags: {
    // max_completion_tokens is ignored.
    maxTokensField: 'max_tokens',
    reasoningReplay: 'reasoning',
    reasoningStyle: 'ollama',
    reasoningEfforts: ['none', 'low', 'medium', 'high', 'max'],
    namedToolChoice: false,
    topK: false,
    parallelToolCallsParameter: false,
    truncatesSilently: true,
  },
  recognise,
  inspect,
  loading,
  contextVariants,
  pulling,
  startAdvice: 'Start it with `ollama serve`.',
  isSelfHosted: true,
  remedies: {
    tools: () =>
      'Take a model whose page in the library is tagged “tools”; a GGUF of your own needs a `TEMPLATE` with tools in its Modelfile.',
    reasoning: () => 'Take a model whose page in the library is tagged “thinking”.',
    vision: 'Models that can see are tagged “vision” in the library.',
  },
  closesAfterStream: false,
};

/** SGLang answers as Ollama does on `/`, `/api/tags` and `/api/show`, but has endpoints of its own that Ollama does not know. */
async function recognise(probe: Probe): Promise<boolean> {
  const version = await probe.get('/api/version');
  if (version.status !== 200 || text(member(version.json, 'version')) === null) return false;
  const root = await probe.get('/');
  if (root.status !== 200 || root.text.trim() !== 'Ollama is running') return false;
  return (await probe.get('/get_model_info')).status === 404;
}

interface Shown {
  readonly capabilities: ReadonlySet<string> | null;
  readonly maximum: number | null;
  /** The model's own `num_ctx`, which is in force once it is loaded. */
  readonly ownContext: number | null;
  /** What a token takes in its KV cache, bytes. */
  readonly cachePerToken: number | null;
}

const unshown: Shown = { capabilities: null, maximum: null, ownContext: null, cachePerToken: null };
/** By digest: a model's description changes only with it. */
const shownBefore = new WeakMap<Probe, ReadonlyMap<string, Shown>>();

async function inspect(probe: Probe): Promise<Inspection> {
  const [tags, running, version] = await Promise.all([
    probe.get('/api/tags'),
    probe.get('/api/ps'),
    probe.get('/api/version'),
  ]);
  const refused = refusal(tags);
  if (refused !== null) return refused;
  const installed = member(tags.json, 'models');
  if (tags.status !== 200 || !Array.isArray(installed)) return unread('error', 'What answers there is not an Ollama.');
  const runningModels = list(member(running.json, 'models')).filter(isObject);
  const entries = installed.filter(isObject);
  const shown = await showAll(probe, entries);
  const usual = usualContext(runningModels, entries, shown);
  const models = entries.flatMap((entry) => {
    const name = text(entry.name) ?? text(entry.model);
    if (name === null) return [];
    const now = runningModels.find((model) => model.name === name || model.model === name) ?? null;
    return [described(name, entry, shown.get(keyOf(entry)) ?? unshown, { now, known: running.status === 200, usual })];
  });
  return { state: 'up', version: text(member(version.json, 'version')), message: null, models, listKnown: true };
}

interface Running {
  /** As /api/ps has it; null: it is not loaded. */
  readonly now: Record<string, unknown> | null;
  /** /api/ps has answered. */
  readonly known: boolean;
  /** What models get that say nothing themselves; null where none of them is loaded. */
  readonly usual: number | null;
}

/**
 * The window that this Ollama gives to models without one of their own, by its memory or OLLAMA_CONTEXT_LENGTH (its server/routes.go, backends.md §0.4): that of
 * a loaded one which was trained for more.
 */
function usualContext(
  running: readonly Record<string, unknown>[],
  entries: readonly Record<string, unknown>[],
  shown: ReadonlyMap<string, Shown>,
): number | null {
  for (const model of running) {
    const entry = entries.find(({ name, digest }) => name === model.name && digest === model.digest);
    const { ownContext, maximum } = (entry && shown.get(keyOf(entry))) ?? unshown;
    const context = tokens(model.context_length);
    if (context !== null && ownContext === null && maximum !== null && context < maximum) return context;
  }
  return null;
}

function described(
  name: string,
  entry: Record<string, unknown>,
  shown: Shown,
  { now: running, known: runningKnown, usual }: Running,
): InspectedModel {
  const maximum = shown.maximum ?? tokens(member(entry.details, 'context_length'));
  const inUse = tokens(running?.context_length);
  const declared =
    shown.ownContext === null || maximum === null ? shown.ownContext : Math.min(shown.ownContext, maximum);
  const estimated = usual === null || maximum === null ? null : Math.min(usual, maximum);
  // What /api/tags says is incomplete for models whose template is in the GGUF file: there only a yes counts.
  const tagged = new Set(list(entry.capabilities));
  const can = (capability: string): boolean | null =>
    shown.capabilities?.has(capability) ?? (tagged.has(capability) ? true : null);
  const vision = can('vision');
  const reasoning = can('thinking');
  const memory = statedMemory({
    weights: amount(entry.size),
    parameters: parametersIn(member(entry.details, 'parameter_size')),
    cachePerToken: shown.cachePerToken,
    inUse: inUseOf(running),
  });
  return {
    name,
    otherNames: name.endsWith(':latest') ? [name.slice(0, -':latest'.length)] : [],
    loaded: runningKnown ? running !== null : null,
    // A model of Ollama's cloud runs elsewhere.
    ...(text(entry.remote_host) === null ? { loading: 'idle' as const } : { runsElsewhere: true as const }),
    contextWindow: {
      inForce: inUse ?? declared ?? estimated,
      maximum,
      source: inUse !== null ? 'api/ps' : declared !== null ? 'api/show' : estimated !== null ? 'estimate' : null,
    },
    capabilities: { tools: can('tools'), parallelTools: null, vision, reasoning, embeddings: can('embedding') },
    // What runs in Ollama's cloud takes no memory here.
    ...(memory !== undefined && text(entry.remote_host) === null && { memory }),
    flags: {
      ...(vision === null ? {} : { vision }),
      // A model that can't think answers reasoning_effort with 400.
      ...(reasoning === false ? { reasoningStyle: 'none' } : {}),
    },
  };
}

/** `size_vram` is 0 where it runs on the processor. */
function inUseOf(running: Record<string, unknown> | null): { readonly all: number; readonly gpu: number } | null {
  const all = amount(running?.size);
  const gpu = running?.size_vram;
  return all === null || typeof gpu !== 'number' ? null : { all, gpu: Math.max(0, gpu) };
}

function keyOf(entry: Record<string, unknown>): string {
  return `${text(entry.digest) ?? ''} ${text(entry.name) ?? ''}`;
}

async function showAll(probe: Probe, entries: readonly Record<string, unknown>[]): Promise<ReadonlyMap<string, Shown>> {
  const before = shownBefore.get(probe);
  const shown = new Map<string, Shown>();
  const toAsk: Record<string, unknown>[] = [];
  for (const entry of entries) {
    const known = before?.get(keyOf(entry));
    if (known === undefined) toAsk.push(entry);
    else shown.set(keyOf(entry), known);
  }
  const askNext = async (): Promise<void> => {
    for (let entry = toAsk.shift(); entry !== undefined; entry = toAsk.shift()) {
      const answer = await show(probe, text(entry.name) ?? '');
      if (answer !== null) shown.set(keyOf(entry), answer);
    }
  };
  await Promise.all([askNext(), askNext(), askNext(), askNext()]);
  shownBefore.set(probe, shown);
  return shown;
}

async function show(probe: Probe, model: string): Promise<Shown | null> {
  const answer = await probe.post('/api/show', { model });
  if (answer.status !== 200 || !isObject(answer.json)) return null;
  const { capabilities, model_info: info, parameters } = answer.json;
  const architecture = text(member(info, 'general.architecture'));
  const ownContext = /^num_ctx\s+(\d+)\s*$/m.exec(text(parameters) ?? '')?.[1];
  return {
    capabilities: Array.isArray(capabilities) ? new Set(capabilities.map(String)) : null,
    maximum: architecture === null ? null : tokens(member(info, `${architecture}.context_length`)),
    ownContext: ownContext === undefined ? null : tokens(Number(ownContext)),
    cachePerToken: cachePerToken(info),
  };
}
