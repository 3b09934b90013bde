import type { UpstreamKindId } from '../../src-shared/settings.ts';
import type { UpstreamKind } from './kind.ts';
import { llamaCpp } from './llama-cpp.ts';
import { ollama } from './ollama.ts';
import { openaiCompatible } from './openai-compatible.ts';

const byId: Readonly<Record<UpstreamKindId, UpstreamKind>> = {
  'llama-cpp': llamaCpp,
  ollama,
  'openai-compatible': openaiCompatible,
};

/** Every kind there is, in the order in which an unknown server is asked: the sure signs first, the general one last. */
export const kinds: readonly UpstreamKind[] = Object.values(byId);

export function kindOf(id: UpstreamKindId): UpstreamKind {
  return byId[id];
}
