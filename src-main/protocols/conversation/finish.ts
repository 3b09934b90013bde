import type { FinishReason } from '../../../src-shared/finish-reason.ts';
import type { Usage } from '../../../src-shared/usage.ts';

/** Whether a server says this also of answers that ended otherwise: a later, more telling reason replaces it. */
export function isPlain(reason: FinishReason): boolean {
  return reason === 'stop' || reason === 'tool-calls';
}

/**
 * Why an answer is not whole; `null` where it is. Servers say "length" also when the context window was full.
 *
 * @param contextWindow tokens in force, where known
 */
export function cutBy(
  said: FinishReason,
  usage: Usage | null,
  contextWindow: number | undefined,
): 'length' | 'context-window' | null {
  if (said !== 'length' && said !== 'context-window') return null;
  if (usage === null || contextWindow === undefined) return said;
  const total = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
  return total >= contextWindow ? 'context-window' : said;
}

export interface AnswerContent {
  /** Calls that the client was shown. */
  readonly clientCalls: number;
  /** Calls of tools that the gateway runs. */
  readonly ownCalls: number;
  /** The model refused in words. */
  readonly refused: boolean;
  readonly contentFilterIsRefusal: boolean;
}

/** The finish reason of an answer that was not cut, by what was really sent: servers say "stop" with calls and "tool_calls" without (finding 8). */
export function finishReason(said: FinishReason, content: AnswerContent): FinishReason {
  const isSafetyStop = said === 'content-filter' && content.contentFilterIsRefusal;
  if (isSafetyStop || said === 'refusal' || said === 'pause') return said;
  if (content.clientCalls > 0) return 'tool-calls';
  if (content.ownCalls > 0) return 'stop';
  if (content.refused && content.contentFilterIsRefusal) return 'refusal';
  return said === 'stop-sequence' ? said : 'stop';
}
