/** Tokens of one answer. The three input figures are disjoint: the whole prompt is their sum. */
export interface Usage {
  /** Prompt tokens that were read from no cache and written to none. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** True where the server said how much it read from its cache, be it nothing. */
  readonly cacheTold?: boolean;
  /** All generated tokens, reasoning included. */
  readonly outputTokens: number;
  /** The part of outputTokens that was reasoning, where the server says it. */
  readonly reasoningTokens?: number;
  /** True where the server said nothing and the figures are ours. */
  readonly estimated?: boolean;
}
