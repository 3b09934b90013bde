import type { Subject } from './check.ts';
import { familyOf } from './model-families.ts';

/** What to do where a check fails, in the words of the server that serves the model; a kind that has no words of its own gets general ones. */

export const slowRemedy =
  'Take a smaller model or a smaller quantisation, and see that it is whole in the memory of the GPU.';

/** Models of fewer parameters seldom call tools reliably. Billions. */
const smallestBillions = 4;

/** What to say of a model that is known, by its name, to be too small for an agent; null where it is not. */
export function tooSmall({ upstreamModel }: Subject): string | null {
  // 7B, 0.6b, 30B-A3B: the first figure is the whole model's.
  const stated = /(?:^|[^a-z0-9.])(\d+(?:\.\d+)?)b(?![a-z0-9])/i.exec(upstreamModel)?.[1];
  if (stated === undefined || Number(stated) >= smallestBillions) return null;
  return `A model of ${stated} billion parameters is too small for an agent’s tools. Take one of 7 billion or more, made for code.`;
}

export function toolRemedy(subject: Subject): string {
  const { kind, upstreamModel } = subject;
  switch (kind) {
    case 'vllm': {
      const parser = familyOf(upstreamModel)?.toolParser ?? null;
      const flags = `--enable-auto-tool-choice --tool-call-parser ${parser ?? 'PARSER'}`;
      const which = parser === null ? ' `vllm serve --help=tool-call-parser` lists the parsers.' : '';
      return `Start the server with \`${flags}\`.${which}`;
    }
    case 'llama-cpp':
      return 'Start it with `--jinja`, and with a chat template that knows tools: that of the model, or one by `--chat-template-file FILE`.';
    case 'ollama':
      return 'Take a model whose page in the library is tagged “tools”; a GGUF of your own needs a `TEMPLATE` with tools in its Modelfile.';
    case 'lm-studio':
      return 'Take a model that LM Studio marks with a hammer: trained for tool use.';
    default:
      return 'Look into the server’s documentation for tool calls: many need them switched on, with a parser for this model.';
  }
}

export function reasoningRemedy({ kind, upstreamModel }: Subject): string {
  switch (kind) {
    case 'vllm': {
      const parser = familyOf(upstreamModel)?.reasoningParser ?? null;
      const which = parser === null ? ' `vllm serve --help=reasoning-parser` lists them.' : '';
      return `Start the server with \`--reasoning-parser ${parser ?? 'PARSER'}\`.${which}`;
    }
    case 'llama-cpp':
      return 'Start it with `--jinja --reasoning-format deepseek`.';
    case 'ollama':
      return 'Take a model whose page in the library is tagged “thinking”.';
    case 'lm-studio':
      return 'Switch on the setting that tells reasoning apart from content for developers, in LM Studio’s settings.';
    default:
      return 'Look into the server’s documentation for reasoning: some need a parser for this model.';
  }
}

export function contextRemedy({ kind }: Subject): string {
  switch (kind) {
    case 'vllm':
      return 'Start the server with a larger `--max-model-len`, as far as the model was trained for it.';
    case 'llama-cpp':
      return 'Start it with a larger `--ctx-size`; `--parallel` slots share it.';
    case 'ollama':
      return 'Start Ollama with `OLLAMA_CONTEXT_LENGTH=65536`, or set `num_ctx` in a Modelfile.';
    case 'lm-studio':
      return 'Load the model with a larger context length.';
    default:
      return 'Set `contextWindow` of this model in the settings to what it really keeps.';
  }
}

export function visionRemedy({ kind }: Subject): string {
  const plain = 'Nothing is to be done where you don’t show it images.';
  switch (kind) {
    case 'llama-cpp':
      return `${plain} A model that can see needs its projector: \`--mmproj FILE\`.`;
    case 'ollama':
      return `${plain} Models that can see are tagged “vision” in the library.`;
    default:
      return `${plain} Else take a model that can see.`;
  }
}

export function cacheRemedy({ kind }: Subject): string | null {
  switch (kind) {
    case 'vllm':
      return 'Start the server with `--enable-prefix-caching`, and with `--enable-prompt-tokens-details` so that it tells.';
    case 'llama-cpp':
      return 'Other requests may have taken its slot meanwhile: start it with a larger `--parallel` and `--ctx-size`, or try again while it is idle.';
    default:
      return null;
  }
}

/** True for servers that say what of a prompt they reused, where it was nothing, too. */
export function tellsCacheReuse({ kind }: Subject): boolean {
  return kind === 'llama-cpp' || kind === 'anthropic' || kind === 'openai';
}
