import type { JsonObject } from '../../src-shared/json.ts';
import { createSseReader } from '../protocols/sse.ts';

/** A protocol that a server may speak beside the one that its kind is spoken to in. */
export type NativeProtocol = 'messages' | 'responses';

/** A model server's own endpoints, asked without the gateway between: what it makes of an agent's request is to be seen. */
export interface NativeEndpoints {
  /**
   * Asks `POST /v1/messages` or `/v1/responses` with the upstream's own secret; `body` lacks `model`. Rejects only with the
   * signal's reason, when that is aborted.
   */
  ask(protocol: NativeProtocol, body: JsonObject, signal: AbortSignal): Promise<NativeAnswer>;
}

export interface NativeAnswer {
  /** 0: no answer came, and the text says why. */
  readonly status: number;
  readonly text: string;
}

/** What a stream held, as far as an agent would have understood it. */
export interface NativeStream {
  /** The rules of the protocol that it breaks, in words. */
  readonly faults: readonly string[];
  readonly text: string;
  /** Calls with their arguments as JSON text. */
  readonly calls: readonly { readonly name: unknown; readonly arguments: string }[];
  /** What the prompt took by the first and by the last that was said of it, tokens; 0 where nothing was. */
  readonly prompt: { readonly first: number; readonly last: number };
  /** Why it ended: Messages' `stop_reason`, Responses' `status`. */
  readonly end: unknown;
}

/** The JSON events of a stream; what is none is left out. */
export function eventsOf(text: string): readonly Record<string, unknown>[] {
  const reader = createSseReader();
  const items = [...reader.push(new TextEncoder().encode(text)), ...reader.end()];
  return items.flatMap((item) => {
    if (item.kind !== 'event') return [];
    const value = jsonIn(item.event.data);
    return typeof value === 'object' && value !== null ? [{ ...value }] : [];
  });
}

export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
