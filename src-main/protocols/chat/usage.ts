import { isObject } from '../../../src-shared/json.ts';
import type { Usage } from '../../../src-shared/usage.ts';

/**
 * The `usage` object of a Chat answer as disjoint figures; `null` where it tells neither prompt nor completion tokens.
 * Servers differ (reference protocol.md §4.6): OpenAI's prompt_tokens hold the cached ones; DeepSeek counts cache hits under
 * `prompt_cache_hit_tokens`, Moonshot under `cached_tokens`; xAI may report more cached than prompt tokens (the prompt is then the
 * uncached part) and leaves reasoning out of completion_tokens, which its total gives away.
 */
export function readUsage(raw: unknown): Usage | null {
  if (!isObject(raw)) return null;
  const prompt = count(raw.prompt_tokens);
  const completion = count(raw.completion_tokens);
  if (prompt === undefined && completion === undefined) return null;
  const promptTokens = prompt ?? 0;
  const completionTokens = completion ?? 0;

  const promptDetails = isObject(raw.prompt_tokens_details) ? raw.prompt_tokens_details : {};
  const cacheFigures = [promptDetails.cached_tokens, raw.prompt_cache_hit_tokens, raw.cached_tokens].map(count);
  const cacheRead = cacheFigures.find((figure) => figure) ?? 0;
  const cacheWrite = count(promptDetails.cache_write_tokens) || count(promptDetails.cache_creation_tokens) || 0;
  const inputTokens = cacheRead > promptTokens ? promptTokens : Math.max(0, promptTokens - cacheRead - cacheWrite);

  const completionDetails = isObject(raw.completion_tokens_details) ? raw.completion_tokens_details : {};
  const reasoning = count(completionDetails.reasoning_tokens);
  const total = count(raw.total_tokens);
  const reasoningLeftOut = reasoning !== undefined && total === promptTokens + completionTokens + reasoning;
  return {
    inputTokens,
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    ...(cacheFigures.some((figure) => figure !== undefined) && { cacheTold: true }),
    outputTokens: reasoningLeftOut ? completionTokens + reasoning : completionTokens,
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}

/** The usage of a chunk or whole answer, wherever the server put it; later places are read only where earlier ones are empty. */
export function findUsage(body: Record<string, unknown>, choice: Record<string, unknown> | null): Usage | null {
  if (body.usage !== undefined && body.usage !== null) {
    const usage = readUsage(body.usage);
    if (usage !== null) return usage;
  }
  if (choice !== null && choice.usage !== undefined) {
    const usage = readUsage(choice.usage); // Moonshot
    if (usage !== null) return usage;
  }
  return isObject(body.x_groq) ? readUsage(body.x_groq.usage) : null;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}
