import { contextAdvice } from '../../src-shared/context-advice.ts';
import { billionsInName } from '../../src-shared/model-size.ts';
import type { Subject } from './check.ts';
import { familyOf } from './model-families.ts';

/** What to do where a check fails, in the words of the server that serves the model; a kind that has no words of its own gets general ones. */

export const slowRemedy =
  'Take a smaller model or a smaller quantisation, and see that it is whole in the memory of the GPU.';

/** Models of fewer parameters seldom call tools reliably. Billions. */
const smallestBillions = 4;

/** What to say of a model that is known, by its name, to be too small for an agent; null where it is not. */
export function tooSmall({ upstreamModel }: Subject): string | null {
  const stated = billionsInName(upstreamModel);
  if (stated === null || stated >= smallestBillions) return null;
  return `A model of ${stated} billion parameters is too small for an agent’s tools. Take one of 7 billion or more, made for code.`;
}

export function toolRemedy(subject: Subject): string {
  const { kind, upstreamModel, tools } = subject;
  switch (kind) {
    case 'vllm': {
      const parser = familyOf(upstreamModel)?.toolParser ?? null;
      const flags = `--enable-auto-tool-choice --tool-call-parser ${parser ?? 'PARSER'}`;
      const which = parser === null ? ' `vllm serve --help=tool-call-parser` lists the parsers.' : '';
      return `Start the server with \`${flags}\`.${which}`;
    }
    case 'llama-cpp':
      if (tools === true)
        return 'Its chat template knows tools, so it is up to the model: take one that was made for tool use.';
      return 'Start it with `--jinja`, and with a chat template that knows tools: that of the model, or one by `--chat-template-file FILE`.';
    case 'sglang':
      return 'Start the server with `--tool-call-parser PARSER`; its documentation lists them by model, under “Tool Parser”.';
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
    case 'sglang':
      return 'Start the server with `--reasoning-parser PARSER`; its documentation lists them by model, under “Reasoning Parser”.';
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
    case 'sglang':
    case 'llama-cpp':
    case 'ollama':
    case 'lm-studio':
      return contextAdvice[kind];
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
