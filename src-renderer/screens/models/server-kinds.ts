import { type UpstreamKindId, vendorUrls } from '../../../src-shared/settings.ts';

/** What the window says of a kind of model server. */
export interface KindWords {
  /** As its makers write it. */
  readonly name: string;
  /** Where it usually is. */
  readonly exampleUrl: string;
  /** About its base URL. */
  readonly urlHint: string;
  /** About its secret. */
  readonly secretHint: string;
  /** How it gets its first model. */
  readonly firstModel: string;
}

const words: Readonly<Record<UpstreamKindId, KindWords>> = {
  ollama: {
    name: 'Ollama',
    exampleUrl: 'http://127.0.0.1:11434',
    urlHint: 'The address of the server, without a path.',
    secretHint: 'Ollama itself wants none; a proxy before it may.',
    firstModel: 'Get one here, or with `ollama pull NAME`.',
  },
  'lm-studio': {
    name: 'LM Studio',
    exampleUrl: 'http://127.0.0.1:1234',
    urlHint: 'The address of the server, without a path.',
    secretHint: 'Wanted where the server settings of LM Studio require an API token.',
    firstModel: 'Get one here, in LM Studio, or with `lms get`.',
  },
  'llama-cpp': {
    name: 'llama.cpp',
    exampleUrl: 'http://127.0.0.1:8080',
    urlHint: 'The address of llama-server, without a path.',
    secretHint: 'Wanted where llama-server was started with `--api-key`.',
    firstModel: 'Start it with `-hf` and the name of a model, or `-m` and a file.',
  },
  vllm: {
    name: 'vLLM',
    exampleUrl: 'http://gpu-box:8000/v1',
    urlHint: 'The address of its OpenAI API; `/v1` is added where there is no path.',
    secretHint: 'Wanted where vLLM was started with `--api-key`.',
    firstModel: 'Start it with `vllm serve` and the name of a model.',
  },
  sglang: {
    name: 'SGLang',
    exampleUrl: 'http://gpu-box:30000/v1',
    urlHint: 'The address of its OpenAI API; `/v1` is added where there is no path.',
    secretHint: 'Wanted where SGLang was started with `--api-key`.',
    firstModel: 'Start it with `--model-path` and the name of a model.',
  },
  anthropic: { ...vendor('Anthropic', 'anthropic'), urlHint: 'The address of its API, with or without `/v1`.' },
  openai: vendor('OpenAI', 'openai'),
  'azure-openai': {
    name: 'Azure OpenAI',
    exampleUrl: 'https://RESOURCE.openai.azure.com/openai/v1',
    urlHint: 'The endpoint of the resource, or a target URI as the portal shows it, with its `api-version`.',
    secretHint: 'A key of the resource, from “Keys and Endpoint” in the Azure portal.',
    firstModel: 'Make a deployment in the portal.',
  },
  openrouter: vendor('OpenRouter', 'openrouter'),
  deepseek: vendor('DeepSeek', 'deepseek'),
  glm: {
    ...vendor('GLM (Z.ai)', 'glm'),
    urlHint:
      'The address of its API; with the coding plan https://api.z.ai/api/coding/paas/v4, in China below https://open.bigmodel.cn.',
  },
  groq: vendor('Groq', 'groq'),
  mistral: vendor('Mistral', 'mistral'),
  moonshot: {
    ...vendor('Moonshot (Kimi)', 'moonshot'),
    urlHint: 'The address of its API; in China https://api.moonshot.cn/v1. A key is good for one of the two.',
  },
  xai: vendor('xAI', 'xai'),
  'openai-compatible': {
    name: 'OpenAI-compatible',
    exampleUrl: 'https://api.example.com/v1',
    urlHint: 'The address below which its `/chat/completions` stands; `/v1` is added where there is no path.',
    secretHint: 'Servers on the net want the API key that you got from them.',
    firstModel: 'Add it there, or name its models in the settings.',
  },
};

/** A service that one vendor runs, at one address. */
function vendor(name: string, kind: UpstreamKindId): KindWords {
  return {
    name,
    exampleUrl: vendorUrls[kind] ?? '',
    urlHint: 'The address of its API; `/v1` is added where there is no path.',
    secretHint: `The API key that you got from ${name}.`,
    firstModel: 'Look at what its key may use, or name its models in the settings.',
  };
}

export function kindWords(kind: UpstreamKindId): KindWords {
  return words[kind];
}
