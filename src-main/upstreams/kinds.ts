import type { UpstreamKindId } from '../../src-shared/settings.ts';
import { anthropic } from './anthropic.ts';
import { anthropicCompatible } from './anthropic-compatible.ts';
import { azureOpenai } from './azure-openai.ts';
import { deepseek } from './deepseek.ts';
import { glm } from './glm.ts';
import { groq } from './groq.ts';
import type { UpstreamKind } from './kind.ts';
import { llamaCpp } from './llama-cpp.ts';
import { lmStudio } from './lm-studio.ts';
import { mistral } from './mistral.ts';
import { moonshot } from './moonshot.ts';
import { ollama } from './ollama.ts';
import { openai } from './openai.ts';
import { openaiCompatible } from './openai-compatible.ts';
import { openrouter } from './openrouter.ts';
import { sglang } from './sglang.ts';
import { vllm } from './vllm.ts';
import { xai } from './xai.ts';

const byId: Readonly<Record<UpstreamKindId, UpstreamKind>> = {
  'llama-cpp': llamaCpp,
  ollama,
  'lm-studio': lmStudio,
  vllm,
  sglang,
  anthropic,
  openai,
  'azure-openai': azureOpenai,
  openrouter,
  deepseek,
  glm,
  groq,
  mistral,
  moonshot,
  xai,
  'anthropic-compatible': anthropicCompatible,
  'openai-compatible': openaiCompatible,
};

/** Every kind there is, in the order in which an unknown server is asked: the sure signs first, the general one last. */
export const kinds: readonly UpstreamKind[] = Object.values(byId);

export function kindOf(id: UpstreamKindId): UpstreamKind {
  return byId[id];
}
