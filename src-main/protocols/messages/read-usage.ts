import { isObject } from '../../../src-shared/json.ts';
import type { Usage } from '../../../src-shared/usage.ts';

/**
 * Adds up what `message_start` and `message_delta` say of usage: each may leave out figures, the later ones are totals and count, but a
 * later 0 does not take back a prompt (SDK and Claude Code read it so). The three input figures of Messages are disjoint, like ours.
 */
export class UsageReader {
  #usage: Usage | null = null;

  /** Takes a `usage` object; returns all that is known by now, null for nothing. */
  read(raw: unknown): Usage | null {
    if (!isObject(raw)) return this.#usage;
    const known = this.#usage;
    const input = count(raw.input_tokens);
    const cacheRead = count(raw.cache_read_input_tokens);
    const cacheWrite = count(raw.cache_creation_input_tokens);
    const output = count(raw.output_tokens);
    const details = isObject(raw.output_tokens_details) ? raw.output_tokens_details : {};
    const reasoning = count(details.thinking_tokens) ?? known?.reasoningTokens;
    if (known === null && input === undefined && output === undefined) return null;
    const prompt = (said: number | undefined, before: number | undefined) => said || before || 0;
    this.#usage = {
      inputTokens: prompt(input, known?.inputTokens),
      cacheReadTokens: prompt(cacheRead, known?.cacheReadTokens),
      cacheWriteTokens: prompt(cacheWrite, known?.cacheWriteTokens),
      outputTokens: output ?? known?.outputTokens ?? 0,
      ...((cacheRead !== undefined || known?.cacheTold === true) && { cacheTold: true }),
      ...(reasoning !== undefined && { reasoningTokens: reasoning }),
    };
    return this.#usage;
  }
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}
