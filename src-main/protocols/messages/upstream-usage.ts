import { isObject } from '../../../src-shared/json.ts';
import type { Usage } from '../../../src-shared/usage.ts';

/** The `usage` of a message as figures, which are disjoint on this wire already; null where it tells none. Anything else counts as 0. */
export function readMessagesUsage(raw: unknown): Usage | null {
  if (!isObject(raw)) return null;
  const input = count(raw.input_tokens);
  const output = count(raw.output_tokens);
  if (input === undefined && output === undefined) return null;
  const details = isObject(raw.output_tokens_details) ? raw.output_tokens_details : {};
  const reasoning = count(details.thinking_tokens);
  return {
    inputTokens: input ?? 0,
    cacheReadTokens: count(raw.cache_read_input_tokens) ?? 0,
    cacheWriteTokens: count(raw.cache_creation_input_tokens) ?? 0,
    outputTokens: output ?? 0,
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}
