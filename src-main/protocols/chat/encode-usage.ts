import type { JsonObject } from '../../../src-shared/json.ts';
import type { Usage } from '../../../src-shared/usage.ts';

/** The `usage` object of a Chat answer: `prompt_tokens` hold what was read from and written to the cache (reference protocol.md §7.2). */
export function encodeUsage(usage: Usage): JsonObject {
  const prompt = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.outputTokens,
    total_tokens: prompt + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cacheReadTokens,
      ...(usage.cacheWriteTokens > 0 && { cache_write_tokens: usage.cacheWriteTokens }),
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
  };
}
