import { z } from 'zod';
import type { JsonValue } from '../../../src-shared/json.ts';

/**
 * The opaque state that a model wants back with its reasoning, bound to the upstream and model that made it. It travels through the
 * client in Anthropic's `signature` / `redacted_thinking.data` and in Responses' `encrypted_content` (reference protocol.md §5.4):
 * `dgm1.` + base64url(JSON). There is no MAC: a client could only forge its own conversation.
 */
export interface ReasoningState {
  /** Id of the upstream. */
  readonly upstream: string;
  /** The upstream's name of the model. */
  readonly model: string;
  /** The field in which the reasoning came: `reasoning_content`, `reasoning`, … */
  readonly field?: string;
  /** The reasoning text, where the block that carries this does not hold it. */
  readonly text?: string;
  readonly signature?: string;
  readonly redacted?: string;
  readonly encrypted?: string;
  readonly itemId?: string;
  /** OpenRouter's `reasoning_details`, to be echoed verbatim. */
  readonly details?: JsonValue[];
}

/** `foreign`: another maker's signature or blob; it may go to that maker only. */
export type CarriedReasoning =
  | { readonly kind: 'ours'; readonly state: ReasoningState }
  | { readonly kind: 'foreign'; readonly signature?: string; readonly redacted?: string; readonly encrypted?: string };

const prefix = 'dgm1.';
/** Longest blob that is read back, in characters. It is replayed on every turn. */
export const maxStateLength = 256 * 1024;

const wireSchema = z.object({
  v: z.literal(1),
  o: z.string(),
  m: z.string(),
  f: z.string().optional(),
  t: z.string().optional(),
  s: z.string().optional(),
  r: z.string().optional(),
  e: z.string().optional(),
  i: z.string().optional(),
  d: z.array(z.json()).optional(),
});

/** The blob for a state; `null` where it would be longer than `maxStateLength` (its reasoning is then shown but not given back). */
export function writeReasoningState(state: ReasoningState): string | null {
  const json = JSON.stringify({
    v: 1,
    o: state.upstream,
    m: state.model,
    f: state.field,
    t: state.text,
    s: state.signature,
    r: state.redacted,
    e: state.encrypted,
    i: state.itemId,
    d: state.details,
  });
  const bytes = new TextEncoder().encode(json);
  if (bytes.length * (4 / 3) + prefix.length > maxStateLength) return null;
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return prefix + btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The state in a blob that we wrote; `null` for anything else. */
export function readReasoningState(blob: string): ReasoningState | null {
  if (!blob.startsWith(prefix) || blob.length > maxStateLength) return null;
  let parsed: unknown;
  try {
    const binary = atob(blob.slice(prefix.length).replaceAll('-', '+').replaceAll('_', '/'));
    parsed = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))),
    );
  } catch {
    return null; // not a blob of ours, or one that was cut: the caller treats it as foreign
  }
  const result = wireSchema.safeParse(parsed);
  if (!result.success) return null;
  const { o, m, f, t, s, r, e, i, d } = result.data;
  return {
    upstream: o,
    model: m,
    ...(f !== undefined && { field: f }),
    ...(t !== undefined && { text: t }),
    ...(s !== undefined && { signature: s }),
    ...(r !== undefined && { redacted: r }),
    ...(e !== undefined && { encrypted: e }),
    ...(i !== undefined && { itemId: i }),
    ...(d !== undefined && { details: d as JsonValue[] }),
  };
}
