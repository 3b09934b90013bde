import type { UpstreamKindId } from './settings.ts';

const anotherModel = 'Choose another model.';

/** How a server is given a larger context, in its own words; what is to be typed stands between backticks. */
export const contextAdvice: Readonly<Record<UpstreamKindId, string>> = {
  ollama:
    'Set the wanted context in the model’s panel under Models, and Ollama makes a variant that has it. Or start Ollama with `OLLAMA_CONTEXT_LENGTH=65536` in its environment.',
  'llama-cpp': 'Start llama-server with `-c 65536`; with several slots (`-np`) each gets its share.',
  'lm-studio': 'Load the model with `lms load MODEL --context-length 65536`, or set it in LM Studio.',
  vllm: 'Start vLLM with `--max-model-len 65536`.',
  sglang: 'Start SGLang with `--context-length 65536`.',
  'openai-compatible': 'Raise it where that server is started.',
  anthropic: anotherModel,
  openai: anotherModel,
  'azure-openai': anotherModel,
  openrouter: anotherModel,
  deepseek: anotherModel,
  glm: anotherModel,
  groq: anotherModel,
  mistral: anotherModel,
  moonshot: anotherModel,
  xai: anotherModel,
};
