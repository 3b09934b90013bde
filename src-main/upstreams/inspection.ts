import type { Capabilities, ContextWindow, ServerState } from '../../src-shared/catalogue.ts';
import { isObject } from '../../src-shared/json.ts';
import type { Inspection, Probe, ProbeAnswer, StatedMemory } from './kind.ts';

/** What the kinds share when they read a server's answers. */

export const unknownCapabilities: Capabilities = {
  tools: null,
  parallelTools: null,
  vision: null,
  reasoning: null,
  embeddings: null,
};

export const unknownContext: ContextWindow = { inForce: null, maximum: null, source: null };

/** The member of an object, undefined where there is none. */
export function member(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A count of tokens: a positive whole number, null for anything else. */
export function tokens(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** A size in bytes or a count of parameters: a positive number, null for anything else. */
export function amount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
}

/** Parameters as servers abbreviate them: "30.5B", "494.03M"; null for anything else. */
export function parametersIn(value: unknown): number | null {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([KMBT])$/i.exec(text(value) ?? '') ?? [];
  const factors: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 };
  return count === undefined || unit === undefined ? null : amount(Number(count) * (factors[unit.toUpperCase()] ?? 0));
}

/** What is known of a model's memory; undefined where nothing is. */
export function statedMemory(
  parts: {
    readonly [Name in keyof StatedMemory]-?: StatedMemory[Name] | null;
  },
): StatedMemory | undefined {
  const { weights, parameters, cachePerToken, inUse } = parts;
  const known: StatedMemory = {
    ...(weights !== null && { weights }),
    ...(parameters !== null && { parameters }),
    ...(cachePerToken !== null && { cachePerToken }),
    ...(inUse !== null && { inUse }),
  };
  return Object.keys(known).length === 0 ? undefined : known;
}

export function boolean(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/**
 * OpenAI's list of models; `data` is null where the answer holds none. A base URL with a path of its own (…/api/paas/v4) has it right below
 * that; Together and a few others answer with the bare array.
 */
export async function modelList(
  probe: Probe,
): Promise<{ readonly answer: ProbeAnswer; readonly data: readonly unknown[] | null }> {
  const versioned = await probe.get('/v1/models');
  const answer = versioned.status === 404 ? await probe.get('/models') : versioned;
  const data = Array.isArray(answer.json) ? answer.json : member(answer.json, 'data');
  return { answer, data: answer.status === 200 && Array.isArray(data) ? data : null };
}

/** A server whose models could not be read, and why. */
export function unread(state: ServerState, message: string, version: string | null = null): Inspection {
  return { state, version, message, models: [], listKnown: false };
}

/** Reads the refusals that all servers share from the answer to a question for the list of models; null where it is none. */
export function refusal(answer: ProbeAnswer): Inspection | null {
  const { status } = answer;
  if (status === 401 || status === 403) {
    return unread(
      'unauthorized',
      `It refused the request (HTTP ${status}): it wants a secret, or another one than is stored.`,
    );
  }
  if (status >= 300 && status < 400)
    return unread('error', `It answers with a redirect (HTTP ${status}); redirects are not followed.`);
  if (status === 503) return unread('loading', 'It is not ready yet (HTTP 503).');
  if (status === 429 || status >= 500) return unread('error', `It answers with an error (HTTP ${status}).`);
  return null;
}
