import type { JsonObject } from '../../../src-shared/json.ts';
import type { Usage } from '../../../src-shared/usage.ts';

/** The `usage` object of a response: all figures always, for Codex reads no response without them. `input_tokens` includes the cached ones. */
export function encodeUsage(usage: Usage): JsonObject {
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: usage.cacheWriteTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + usage.outputTokens,
  };
}
