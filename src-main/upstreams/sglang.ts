import { isObject } from '../../src-shared/json.ts';
import { member, modelList, refusal, text, tokens, unknownCapabilities, unread } from './inspection.ts';
import type { InspectedModel, Inspection, Probe, UpstreamKind } from './kind.ts';

/** SGLang's server (docs.sglang.io: native APIs, server arguments, OpenAI APIs; its entrypoints/http_server, read, not run). */
export const sglang: UpstreamKind = {
  id: 'sglang',
  defaultPorts: [30_000],
  takesRoot: false,
  flags: { reasoningReplay: 'reasoning_content', reasoningStyle: 'chat-template', topK: true },
  // It answers as Ollama does on several paths; this one is its own.
  recognise: async (probe) => {
    const info = await probe.get('/get_model_info');
    return info.status === 200 && text(member(info.json, 'model_path')) !== null;
  },
  inspect,
  startAdvice: 'Start it with `python3 -m sglang.launch_server --model-path MODEL`.',
  isSelfHosted: true,
  usualBits: 16,
  remedies: {
    tools: () =>
      'Start the server with `--tool-call-parser PARSER`; its documentation lists them by model, under “Tool Parser”.',
    reasoning: () =>
      'Start the server with `--reasoning-parser PARSER`; its documentation lists them by model, under “Reasoning Parser”.',
  },
  secretAdvice: 'It wants the key that it was started with (`--api-key`).',
  closesAfterStream: false,
};

async function inspect(probe: Probe): Promise<Inspection> {
  const [{ answer, data }, info, server] = await Promise.all([
    modelList(probe),
    probe.get('/get_model_info'),
    serverInfo(probe),
  ]);
  const refused = refusal(answer);
  if (refused !== null) return refused;
  if (data === null) return unread('error', 'What answers there is not an SGLang: it has no list of models.');
  const embeddings = member(info.json, 'is_generation') === false;
  const models = data.filter(isObject).flatMap((entry) => described(entry, embeddings, server) ?? []);
  return { state: 'up', version: text(member(server, 'version')), message: null, models, listKnown: true };
}

/** Its arguments and its version; newer ones have it under the shorter path. */
async function serverInfo(probe: Probe): Promise<unknown> {
  const older = await probe.get('/get_server_info');
  const answer = older.status === 404 ? await probe.get('/server_info') : older;
  return answer.status === 200 ? answer.json : undefined;
}

/** What it lists is in memory. Without a parser for them tool calls come as text, and reasoning within the answer. */
function described(entry: Record<string, unknown>, embeddings: boolean, server: unknown): InspectedModel | null {
  const name = text(entry.id);
  if (name === null) return null;
  const inForce = tokens(entry.max_model_len) ?? tokens(member(server, 'context_length'));
  const parses = (parser: string): boolean | null => {
    if (embeddings) return false;
    return isObject(server) && parser in server ? text(server[parser]) !== null : null;
  };
  return {
    name,
    otherNames: [],
    loaded: true,
    contextWindow: {
      inForce,
      maximum: null,
      source: inForce === null ? null : tokens(entry.max_model_len) === null ? 'get_server_info' : 'v1/models',
    },
    capabilities: {
      ...unknownCapabilities,
      tools: parses('tool_call_parser'),
      reasoning: parses('reasoning_parser') === true ? true : embeddings ? false : null,
      embeddings,
    },
    flags: {},
  };
}
