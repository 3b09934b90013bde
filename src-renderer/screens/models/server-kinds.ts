import type { UpstreamKindId } from '../../../src-shared/settings.ts';

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
    firstModel: 'Get one with `ollama pull qwen3-coder:30b`.',
  },
  'lm-studio': {
    name: 'LM Studio',
    exampleUrl: 'http://127.0.0.1:1234',
    urlHint: 'The address of the server, without a path.',
    secretHint: 'Wanted where the server settings of LM Studio require an API token.',
    firstModel: 'Get one in LM Studio, or with `lms get`.',
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
  anthropic: {
    name: 'Anthropic',
    exampleUrl: 'https://api.anthropic.com',
    urlHint: 'The address of its API, with or without `/v1`.',
    secretHint: 'The API key that you got from Anthropic.',
    firstModel: 'Look at what its key may use, or name its models in the settings.',
  },
  openai: {
    name: 'OpenAI',
    exampleUrl: 'https://api.openai.com/v1',
    urlHint: 'The address of its API; `/v1` is added where there is no path.',
    secretHint: 'The API key that you got from OpenAI.',
    firstModel: 'Look at what its key may use, or name its models in the settings.',
  },
  'openai-compatible': {
    name: 'OpenAI-compatible',
    exampleUrl: 'https://openrouter.ai/api/v1',
    urlHint: 'The address below which its `/chat/completions` stands; `/v1` is added where there is no path.',
    secretHint: 'Servers on the net want the API key that you got from them.',
    firstModel: 'Add it there, or name its models in the settings.',
  },
};

export function kindWords(kind: UpstreamKindId): KindWords {
  return words[kind];
}
