import type { PromptReuse, RequestWaits } from '../../src-shared/activity.ts';
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
  /** As the client sent it; {} where it was no JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Where an exchange goes, known once the model's name was understood. */
export interface ExchangeRoute {
  readonly exchange: string;
  readonly modelId: string;
  /** What the upstream is spoken to in. */
  readonly protocol: Protocol;
}

/** What an exchange waits for from now on; null: for nothing of the kind. */
export interface ExchangeWait {
  readonly exchange: string;
  readonly waitsFor: keyof RequestWaits | null;
  readonly modelId: string | null;
}

/** A model that did not answer; another is asked instead. */
export interface ExchangeGivenUp {
  readonly exchange: string;
  readonly modelId: string;
  readonly error: ConversationError;
}

/** The first lines of an HTTP message, without the secrets in its headers. */
export interface WireHead {
  /** `POST /v1/messages`, `POST http://127.0.0.1:11434/v1/chat/completions`, or `HTTP 200`. */
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The secrets that the message carries, masked in any text; null where it carries none. */
  readonly conceal: ((text: string) => string) | null;
}

export interface ExchangeEnd {
  readonly exchange: string;
  readonly outcome: 'done' | 'failed' | 'aborted';
  readonly modelId: string | null;
  /** HTTP status the client got. */
  readonly status: number;
  readonly rounds: number;
  readonly usage: Usage | null;
  /** Absent where nothing is known of it. */
  readonly promptReuse?: PromptReuse;
  readonly finishReason: FinishReason | null;
  readonly error: ConversationError | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Names of the tools that the model called; null for an answer that went through unread. */
  readonly toolsCalled: readonly string[] | null;
  readonly waits: RequestWaits;
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
  readonly userAgent: string | null;
  readonly status: number;
  readonly error: ConversationError;
}

export interface ExchangeTap {
  start(event: ExchangeStart): void;
  routed?(event: ExchangeRoute): void;
  waiting?(event: ExchangeWait): void;
  gaveUp?(event: ExchangeGivenUp): void;
  /** `make` costs something: it is called by whoever keeps the head. */
  head?(exchange: string, round: number, border: Border, make: () => WireHead): void;
  /** `round` counts from 0; for the two agent borders it is the round that runs. */
  bytes(exchange: string, round: number, border: Border, chunk: string | Uint8Array): void;
  /** The first content went to the client, `firstByteMs` after its request. */
  contentStarted?(exchange: string, firstByteMs: number): void;
  end(event: ExchangeEnd): void;
  refused(event: Refusal): void;
}
