import { isTooSmallForAgents } from '../../../src-shared/agent-prompts.ts';
import type { ModelEntry, ServerEntry } from '../../../src-shared/catalogue.ts';
import { serverKind } from '../../../src-shared/server-kinds.ts';

/** Tokens in the short form people use for context windows: 4096 → "4k", 131072 → "128k", 200000 → "200k", 1048576 → "1M". */
export function shortTokens(tokens: number): string {
  const base = tokens % 1024 === 0 ? 1024 : 1000;
  const [amount, unit] = tokens >= base * base ? [tokens / (base * base), 'M'] : [tokens / base, 'k'];
  if (tokens < 1000) return String(tokens);
  return `${Number(amount.toFixed(amount < 10 && unit === 'M' ? 1 : 0))}${unit}`;
}

/** Whether the context in force is too small for a coding agent. */
export function isTooSmall(model: ModelEntry): boolean {
  const { inForce } = model.contextWindow;
  return inForce !== null && isTooSmallForAgents(inForce) && model.capabilities.embeddings !== true;
}

/** What to do about a context that is too small, by the kind of server; null where none of its models has one. */
export function contextRemedy(server: ServerEntry): string | null {
  if (!server.models.some(isTooSmall)) return null;
  return `The marked context is too small for coding agents. ${serverKind(server.kind).largerContext}`;
}
