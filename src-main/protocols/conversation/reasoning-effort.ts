import type { ReasoningEffort } from './request.ts';

export const reasoningEfforts: readonly ReasoningEffort[] = [
  'none',
  'minimal',
  'low',
  'medium',
  'high',
  'xhigh',
  'max',
];

/** The effort that a thinking budget (tokens) stands for (reference protocol.md §3.6; the thresholds of CLIProxyAPI). */
export function effortForBudget(budget: number): ReasoningEffort {
  if (budget <= 512) return 'minimal';
  if (budget <= 1024) return 'low';
  if (budget <= 8192) return 'medium';
  if (budget <= 24576) return 'high';
  return 'xhigh';
}

/**
 * The accepted effort nearest to the wished one: itself, else the next higher one, else the highest. `none` is never chosen for a
 * wish to think unless nothing else is accepted. `undefined` where the server accepts none at all.
 */
export function clampEffort(wish: ReasoningEffort, accepted: readonly ReasoningEffort[]): ReasoningEffort | undefined {
  const rank = (effort: ReasoningEffort) => reasoningEfforts.indexOf(effort);
  const sorted = [...accepted].sort((a, b) => rank(a) - rank(b));
  return sorted.find((effort) => rank(effort) >= rank(wish)) ?? sorted.at(-1);
}
