import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import { isObject, type JsonObject } from '../../src-shared/json.ts';
import { member, modelList, refusal, text, tokens, unknownCapabilities, unread } from './inspection.ts';
import type { InspectedModel, Inspection, Probe, UpstreamKind } from './kind.ts';
import { parsersOf } from './vllm-parsers.ts';

/** vLLM's OpenAI server (reference backends.md §1–§4; its entrypoints/openai and entrypoints/serve/tokenize, read, not run). */
export const vllm: UpstreamKind = {
  id: 'vllm',
  defaultPorts: [8000],
  takesRoot: false,
  flags: {
    // In and out; the older name is only taken, and deprecated.
    reasoningReplay: 'reasoning',
    reasoningStyle: 'chat-template',
    topK: true,
  },
  recognise,
  inspect,
  countTokens,
  startAdvice: 'Start it with `vllm serve MODEL`.',
  isSelfHosted: true,
  usualBits: 16,
  remedies: {
    tools: ({ name }) => {
      const parser = parsersOf(name)?.toolParser ?? null;
      const which = parser === null ? ' `vllm serve --help=tool-call-parser` lists the parsers.' : '';
      return `Start the server with \`--enable-auto-tool-choice --tool-call-parser ${parser ?? 'PARSER'}\`.${which}`;
    },
    reasoning: ({ name }) => {
      const parser = parsersOf(name)?.reasoningParser ?? null;
      const which = parser === null ? ' `vllm serve --help=reasoning-parser` lists them.' : '';
      return `Start the server with \`--reasoning-parser ${parser ?? 'PARSER'}\`.${which}`;
    },
    cache:
      'Start the server with `--enable-prefix-caching`, and with `--enable-prompt-tokens-details` so that it tells.',
  },
  closesAfterStream: false,
};

/** `/version` is open even where `/v1` wants a key; what owns the models is then not to be seen, but the refusal is vLLM's own. */
async function recognise(probe: Probe): Promise<boolean> {
  const version = await probe.get('/version');
  if (version.status !== 200 || text(member(version.json, 'version')) === null) return false;
  const models = await probe.get('/v1/models');
  if (models.status === 401) return member(models.json, 'error') === 'Unauthorized';
  const data = member(models.json, 'data');
  return models.status === 200 && Array.isArray(data) && data.some((entry) => member(entry, 'owned_by') === 'vllm');
}

async function inspect(probe: Probe): Promise<Inspection> {
  const [{ answer, data }, version] = await Promise.all([modelList(probe), probe.get('/version')]);
  const refused = refusal(answer);
  if (refused !== null) return refused;
  if (data === null) return unread('error', 'What answers there is not a vLLM: it has no list of models.');
  const entries = data.filter(isObject);
  const models = entries.flatMap((entry) => described(entry, entries));
  const stated = version.status === 200 ? text(member(version.json, 'version')) : null;
  return { state: 'up', version: stated, message: null, models, listKnown: true };
}

/** Everything it lists is in memory. An adapter (LoRA) has no limit of its own: its parent's holds. */
function described(entry: Record<string, unknown>, all: readonly Record<string, unknown>[]): readonly InspectedModel[] {
  const name = text(entry.id);
  if (name === null) return [];
  const parent = all.find((other) => other.id === entry.parent || (other !== entry && other.root === entry.parent));
  const inForce = tokens(entry.max_model_len) ?? tokens(parent?.max_model_len);
  const harmony = /gpt-oss/i.test(`${name} ${text(entry.root) ?? ''} ${text(parent?.root) ?? ''}`);
  return [
    {
      name,
      otherNames: [],
      loaded: true,
      contextWindow: { inForce, maximum: null, source: inForce === null ? null : 'v1/models' },
      capabilities: harmony ? { ...unknownCapabilities, reasoning: true } : unknownCapabilities,
      flags: harmony ? harmonyFlags : {},
    },
  ];
}

/** gpt-oss is not prompted by a chat template: vLLM renders its format itself and reads the effort from the request's own key. */
const harmonyFlags: Partial<CompatFlags> = { reasoningStyle: 'openai', reasoningEfforts: ['low', 'medium', 'high'] };

/** Exact, templated, tools included. The answer lists every token behind the count, and a long one is not read to its end. */
async function countTokens(probe: Probe, body: JsonObject): Promise<number | null> {
  const { model, messages, tools, chat_template_kwargs } = body;
  const answer = await probe.post('/tokenize', {
    ...(model !== undefined && { model }),
    ...(messages !== undefined && { messages }),
    ...(tools !== undefined && { tools }),
    ...(chat_template_kwargs !== undefined && { chat_template_kwargs }),
  });
  if (answer.status !== 200) return null;
  const stated = tokens(member(answer.json, 'count'));
  if (stated !== null || answer.json !== undefined) return stated;
  const cut = /^\{\s*"count"\s*:\s*(\d+)\s*,/.exec(answer.text)?.[1];
  return cut === undefined ? null : tokens(Number(cut));
}
