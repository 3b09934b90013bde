import type { JsonObject } from '../../../src-shared/json.ts';
import type { Usage } from '../../../src-shared/usage.ts';

/** The `usage` object of a message: all four counters always, for clients add them up without asking (reference protocol.md §4.2). */
export function encodeUsage(usage: Usage, webSearches: number): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    output_tokens: usage.outputTokens,
    ...(usage.reasoningTokens !== undefined && { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
    ...(webSearches > 0 && { server_tool_use: { web_search_requests: webSearches } }),
  };
}
