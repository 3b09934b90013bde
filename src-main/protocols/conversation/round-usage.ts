import type { Usage } from '../../../src-shared/usage.ts';
import type { AnswerBlock } from './events.ts';

const noUsage: Usage = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 };

/** Adds up the rounds of one answer: all output, but the input of the last round only, which is what a client's context holds. */
export function joinUsage(rounds: readonly Usage[]): Usage {
  const last = rounds.at(-1) ?? noUsage;
  const reasoning = rounds.flatMap(({ reasoningTokens }) => (reasoningTokens === undefined ? [] : [reasoningTokens]));
  return {
    inputTokens: last.inputTokens,
    cacheReadTokens: last.cacheReadTokens,
    cacheWriteTokens: last.cacheWriteTokens,
    ...(last.cacheTold === true && { cacheTold: true }),
    outputTokens: sum(rounds.map(({ outputTokens }) => outputTokens)),
    ...(reasoning.length > 0 && { reasoningTokens: sum(reasoning) }),
    ...(rounds.some(({ estimated }) => estimated === true) && { estimated: true }),
  };
}

/**
 * The usage of one round with what the server left out (or said to be 0) estimated: clients compact their history by these figures,
 * so zeros would let them run into the end of the context window (reference protocol.md §4.6).
 */
export function completeUsage(said: Usage | null, estimatedInputTokens: number, blocks: readonly AnswerBlock[]): Usage {
  const promptTokens = said === null ? 0 : said.inputTokens + said.cacheReadTokens + said.cacheWriteTokens;
  const written = said === null || said.outputTokens === 0 ? estimateOutput(blocks) : 0;
  if (said !== null && promptTokens > 0 && written === 0) return said;
  return {
    inputTokens: promptTokens > 0 && said !== null ? said.inputTokens : estimatedInputTokens,
    cacheReadTokens: said?.cacheReadTokens ?? 0,
    cacheWriteTokens: said?.cacheWriteTokens ?? 0,
    outputTokens: said !== null && said.outputTokens > 0 ? said.outputTokens : written,
    ...(said?.reasoningTokens !== undefined && { reasoningTokens: said.reasoningTokens }),
    estimated: true,
  };
}

/** Tokens, at four bytes each. */
function estimateOutput(blocks: readonly AnswerBlock[]): number {
  const encoder = new TextEncoder();
  const bytes = blocks.map((block) => {
    if (block.kind === 'web-search') return 0;
    return encoder.encode(block.kind === 'tool-call' ? block.name + block.input : block.text).length;
  });
  return Math.ceil(sum(bytes) / 4);
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}
