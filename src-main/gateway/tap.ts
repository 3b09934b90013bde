import type { Diagnostic } from '../../src-shared/diagnostic.ts';
import type { FinishReason } from '../../src-shared/finish-reason.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { Usage } from '../../src-shared/usage.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';

/**
 * The four borders of an exchange, where the activity log listens. Taps see what passes; they can't change it, and a tap that throws
 * must not disturb the request. Bodies are handed over as they are: whoever keeps them decides what to keep.
 */
export type Border = 'agent-to-gateway' | 'gateway-to-server' | 'server-to-gateway' | 'gateway-to-agent';

export interface ExchangeStart {
  readonly exchange: string;
  readonly protocol: Protocol;
  readonly path: string;
  readonly stream: boolean;
  readonly model: string;
  readonly userAgent: string | null;
  readonly keyId: string;
}

export interface ExchangeEnd {
  readonly exchange: string;
  readonly outcome: 'done' | 'failed' | 'aborted';
  readonly modelId: string | null;
  /** HTTP status the client got. */
  readonly status: number;
  readonly rounds: number;
  readonly usage: Usage | null;
  readonly finishReason: FinishReason | null;
  readonly error: ConversationError | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Milliseconds from the request to the first byte of content to the client, and to the end. */
  readonly firstByteMs: number | null;
  readonly totalMs: number;
}

/** A request that was turned away before there was an exchange: wrong host, no key, no such endpoint, paused. */
export interface Refusal {
  readonly request: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly error: ConversationError;
}

export interface ExchangeTap {
  start(event: ExchangeStart): void;
  /** `round` counts from 0; for the two agent borders it is the round that runs. */
  bytes(exchange: string, round: number, border: Border, chunk: string | Uint8Array): void;
  end(event: ExchangeEnd): void;
  refused(event: Refusal): void;
}
