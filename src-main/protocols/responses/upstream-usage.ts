import { isObject } from '../../../src-shared/json.ts';
import type { Usage } from '../../../src-shared/usage.ts';

/**
 * The `usage` of a response as disjoint figures; `null` where it tells neither input nor output tokens. `input_tokens` hold the cached
 * ones, unless a server reports more cached than input tokens. `output_tokens` hold the reasoning, unless the total gives away that
 * they don't (xAI: reference protocol.md §4.6).
 */
export function readResponsesUsage(raw: unknown): Usage | null {
  if (!isObject(raw)) return null;
  const input = count(raw.input_tokens);
  const output = count(raw.output_tokens);
  if (input === undefined && output === undefined) return null;
  const inputTokens = input ?? 0;
  const outputTokens = output ?? 0;
  const inputDetails = isObject(raw.input_tokens_details) ? raw.input_tokens_details : {};
  const cached = count(inputDetails.cached_tokens);
  const cacheRead = cached ?? 0;
  const cacheWrite = count(inputDetails.cache_write_tokens) ?? 0;
  const outputDetails = isObject(raw.output_tokens_details) ? raw.output_tokens_details : {};
  const reasoning = count(outputDetails.reasoning_tokens);
  const isLeftOut = reasoning !== undefined && count(raw.total_tokens) === inputTokens + outputTokens + reasoning;
  return {
    inputTokens: cacheRead > inputTokens ? inputTokens : Math.max(0, inputTokens - cacheRead - cacheWrite),
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    ...(cached !== undefined && { cacheTold: true }),
    outputTokens: isLeftOut ? outputTokens + reasoning : outputTokens,
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}
