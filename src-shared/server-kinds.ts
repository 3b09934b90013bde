import type { Protocol } from './protocol.ts';

/** What settings, window and commands know of a kind of model server; what it does with the server stands in `src-main/upstreams/<kind>.ts`. */
interface ServerKindFacts {
  readonly id: string;
  /** As its makers write it. */
  readonly name: string;
  /** The header in which it wants its secret, where the user names none; lower-case. `authorization` sends it as Bearer. */
  readonly secretHeader: string;
  /** The address of its vendor's own service, where there mostly is one: what a base URL is where the user gives none. */
  readonly vendorUrl?: string;
  /** What it speaks as the protocol's inventor does, the one that is preferred first. Absent: Chat Completions alone. */
  readonly protocols?: readonly [Protocol, ...Protocol[]];
  /** It loads and unloads models when it is told to; `keeps`: it is told, too, how long a model stays loaded. */
  readonly loads?: { readonly keeps: boolean };
  /** Where it usually is. */
  readonly exampleUrl: string;
  /** About its base URL. */
  readonly urlHint: string;
  /** About its secret. */
  readonly secretHint: string;
  /** How it gets its first model. */
  readonly firstModel: string;
  /** How it is given a larger context; what is to be typed stands between backticks. */
  readonly largerContext: string;
}

const anotherModel = 'Choose another model.';
const withV1 = '`/v1` is added where there is no path.';

/** A service that one vendor runs, at one address. */
function vendor<const Id extends string>(id: Id, name: string, vendorUrl: string) {
  return {
    id,
    name,
    secretHeader: 'authorization',
    vendorUrl,
    exampleUrl: vendorUrl,
    urlHint: `The address of its API; ${withV1}`,
    secretHint: `The API key that you got from ${name}.`,
    firstModel: 'Look at what its key may use, or name its models in the settings.',
    largerContext: anotherModel,
  };
}

const all = [
  {
    id: 'llama-cpp',
    name: 'llama.cpp',
    secretHeader: 'authorization',
    loads: { keeps: false },
    exampleUrl: 'http://127.0.0.1:8080',
    urlHint: 'The address of llama-server, without a path.',
    secretHint: 'Wanted where llama-server was started with `--api-key`.',
    firstModel: 'Start it with `-hf` and the name of a model, or `-m` and a file.',
    largerContext: 'Start llama-server with `-c 65536`; with several slots (`-np`) each gets its share.',
  },
  {
    id: 'ollama',
    name: 'Ollama',
    secretHeader: 'authorization',
    loads: { keeps: true },
    exampleUrl: 'http://127.0.0.1:11434',
    urlHint: 'The address of the server, without a path.',
    secretHint: 'Ollama itself wants none; a proxy before it may.',
    firstModel: 'Get one here, or with `ollama pull NAME`.',
    largerContext:
      'Set the wanted context in the model’s panel under Models, and Ollama makes a variant that has it. Or start Ollama with `OLLAMA_CONTEXT_LENGTH=65536` in its environment.',
  },
  {
    id: 'lm-studio',
    name: 'LM Studio',
    secretHeader: 'authorization',
    loads: { keeps: true },
    exampleUrl: 'http://127.0.0.1:1234',
    urlHint: 'The address of the server, without a path.',
    secretHint: 'Wanted where the server settings of LM Studio require an API token.',
    firstModel: 'Get one here, in LM Studio, or with `lms get`.',
    largerContext: 'Load the model with `lms load MODEL --context-length 65536`, or set it in LM Studio.',
  },
  {
    id: 'vllm',
    name: 'vLLM',
    secretHeader: 'authorization',
    exampleUrl: 'http://gpu-box:8000/v1',
    urlHint: `The address of its OpenAI API; ${withV1}`,
    secretHint: 'Wanted where vLLM was started with `--api-key`.',
    firstModel: 'Start it with `vllm serve` and the name of a model.',
    largerContext: 'Start vLLM with `--max-model-len 65536`.',
  },
  {
    id: 'sglang',
    name: 'SGLang',
    secretHeader: 'authorization',
    exampleUrl: 'http://gpu-box:30000/v1',
    urlHint: `The address of its OpenAI API; ${withV1}`,
    secretHint: 'Wanted where SGLang was started with `--api-key`.',
    firstModel: 'Start it with `--model-path` and the name of a model.',
    largerContext: 'Start SGLang with `--context-length 65536`.',
  },
  {
    ...vendor('anthropic', 'Anthropic', 'https://api.anthropic.com'),
    secretHeader: 'x-api-key',
    protocols: ['messages'],
    urlHint: 'The address of its API, with or without `/v1`.',
  },
  { ...vendor('openai', 'OpenAI', 'https://api.openai.com/v1'), protocols: ['responses', 'chat'] },
  {
    id: 'azure-openai',
    name: 'Azure OpenAI',
    secretHeader: 'api-key',
    protocols: ['responses', 'chat'],
    exampleUrl: 'https://RESOURCE.openai.azure.com/openai/v1',
    urlHint: 'The endpoint of the resource, or a target URI as the portal shows it, with its `api-version`.',
    secretHint: 'A key of the resource, from “Keys and Endpoint” in the Azure portal.',
    firstModel: 'Make a deployment in the portal.',
    largerContext: anotherModel,
  },
  vendor('openrouter', 'OpenRouter', 'https://openrouter.ai/api/v1'),
  vendor('deepseek', 'DeepSeek', 'https://api.deepseek.com'),
  {
    ...vendor('glm', 'GLM (Z.ai)', 'https://api.z.ai/api/paas/v4'),
    urlHint:
      'The address of its API; with the coding plan https://api.z.ai/api/coding/paas/v4, in China below https://open.bigmodel.cn.',
  },
  vendor('groq', 'Groq', 'https://api.groq.com/openai/v1'),
  vendor('mistral', 'Mistral', 'https://api.mistral.ai/v1'),
  {
    ...vendor('moonshot', 'Moonshot (Kimi)', 'https://api.moonshot.ai/v1'),
    urlHint: 'The address of its API; in China https://api.moonshot.cn/v1. A key is good for one of the two.',
  },
  vendor('xai', 'xAI', 'https://api.x.ai/v1'),
  {
    id: 'anthropic-compatible',
    name: 'Anthropic-compatible',
    secretHeader: 'x-api-key',
    protocols: ['messages'],
    exampleUrl: 'https://api.example.com/anthropic',
    urlHint: 'The address below which its `/v1/messages` stands, with or without `/v1`.',
    secretHint: 'Servers on the net want the API key that you got from them.',
    firstModel: 'Add it there, or name its models in the settings.',
    largerContext: 'Raise it where that server is started.',
  },
  {
    id: 'openai-compatible',
    name: 'OpenAI-compatible',
    secretHeader: 'authorization',
    exampleUrl: 'https://api.example.com/v1',
    urlHint: `The address below which its \`/chat/completions\` stands; ${withV1}`,
    secretHint: 'Servers on the net want the API key that you got from them.',
    firstModel: 'Add it there, or name its models in the settings.',
    largerContext: 'Raise it where that server is started.',
  },
] as const satisfies readonly ServerKindFacts[];

export type UpstreamKindId = (typeof all)[number]['id'];

export type ServerKind = ServerKindFacts & { readonly id: UpstreamKindId };

/** Every kind there is, in the order of detection: those with sure signs first, the general one last. */
export const serverKinds: readonly ServerKind[] = all;

export const upstreamKindIds: readonly UpstreamKindId[] = all.map(({ id }) => id);

const byId: ReadonlyMap<UpstreamKindId, ServerKind> = new Map(serverKinds.map((kind) => [kind.id, kind]));

export function serverKind(id: UpstreamKindId): ServerKind {
  const kind = byId.get(id);
  if (kind === undefined) throw new Error(`no kind of server is called ${id}`);
  return kind;
}

/** The header in which a kind of server wants its secret, where the user names none. */
export function secretHeaderOf(id: UpstreamKindId): string {
  return serverKind(id).secretHeader;
}

/** The addresses of vendors' own services, of kinds that mostly have one. */
export const vendorUrls: Readonly<Partial<Record<UpstreamKindId, string>>> = Object.fromEntries(
  serverKinds.flatMap(({ id, vendorUrl }) => (vendorUrl === undefined ? [] : [[id, vendorUrl]])),
);
