import type { AnswerContext } from '../conversation/codec.ts';

/**
 * Whether the client is OpenAI's Codex (`codex_exec/0.169.0 (…)`, `codex_cli_rs/…`), which reads some answers otherwise than OpenAI's
 * API describes them (reference protocol.md §6.3, §6.4; measured with 0.169.0).
 */
export function isCodex({ userAgent }: Pick<AnswerContext, 'userAgent'>): boolean {
  return userAgent !== null && /codex/i.test(userAgent);
}
