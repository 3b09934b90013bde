import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PromptReuse, RequestWaits } from '../../src-shared/activity.ts';
import type { Diagnostic } from '../../src-shared/diagnostic.ts';
import type { FinishReason } from '../../src-shared/finish-reason.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { Usage } from '../../src-shared/usage.ts';
import { type ConversationError, ConversationFailure } from '../protocols/conversation/error.ts';
import type { AcceptedKey } from './parts.ts';
import type { Border, ExchangeTap, WireHead } from './tap.ts';
import { requestHead } from './wire-head.ts';

/** What clients get to see of a status that was never sent, as nginx writes it. */
const clientClosedRequest = 499;

/**
 * One client request and what became of it, over all its rounds: the four borders report here, and when the response is closed, whole
 * or not, the tap is told how it ended, once.
 */
export class Exchange {
  readonly id: string;
  readonly protocol: Protocol;
  readonly key: AcceptedKey;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Counts from 0. */
  round = 0;
  modelId: string | null = null;
  toolsCalled: string[] | null = null;
  usage: Usage | null = null;
  finishReason: FinishReason | null = null;
  error: ConversationError | null = null;
  /** The request as the server was sent it last: what the model read. */
  asked: Readonly<Record<string, unknown>> | null = null;
  /** How much of that the server had read before; asked once, after the response is closed. */
  promptReuse: ((asked: Readonly<Record<string, unknown>>) => PromptReuse | null) | null = null;
  readonly #tap: ExchangeTap;
  readonly #left = new AbortController();
  readonly #startedAt = performance.now();
  /** By what it says: a request that is tried at another server meets the same things again. */
  readonly #diagnostics = new Map<string, Diagnostic>();
  #waits: RequestWaits = {};
  /** What it waits for now, and since when. */
  #wait: { readonly waitsFor: keyof RequestWaits; readonly begunAt: number } | null = null;
  #firstByteMs: number | null = null;
  #started = false;

  constructor(id: string, protocol: Protocol, key: AcceptedKey, response: ServerResponse, tap: ExchangeTap) {
    this.id = id;
    this.protocol = protocol;
    this.key = key;
    this.request = response.req;
    this.response = response;
    this.#tap = tap;
    // Not the request's `close`: that comes as soon as its body is read.
    response.once('close', () => this.#closed());
  }

  /** Aborted when the client leaves before its answer is whole. */
  get signal(): AbortSignal {
    return this.#left.signal;
  }

  /** `path` as the client asked it, without the query; `bytes` what it sent, and `body` that as an object, {} where it is none. */
  start(path: string, body: Readonly<Record<string, unknown>>, bytes: Uint8Array): void {
    if (this.signal.aborted) return; // the client left with its last byte: there is no exchange to tell of
    this.#started = true;
    const userAgent = this.request.headers['user-agent'] ?? null;
    const model = typeof body.model === 'string' ? body.model : '';
    const stream = body.stream === true;
    const { id: exchange, protocol, key } = this;
    this.#tap.start({ exchange, protocol, path, stream, model, userAgent, keyId: key.id, body });
    this.headed('agent-to-gateway', () => requestHead(this.request));
    this.passed('agent-to-gateway', bytes);
  }

  /** It is known which model answers, and in which protocol. */
  routed(modelId: string, protocol: Protocol): void {
    this.modelId = modelId;
    this.#tap.routed?.({ exchange: this.id, modelId, protocol });
  }

  /** The model that was asked does not answer, and another is asked. */
  gaveUp(modelId: string, error: ConversationError): void {
    this.#tap.gaveUp?.({ exchange: this.id, modelId, error });
  }

  /** A message's first lines went over a border. */
  headed(border: Border, make: () => WireHead): void {
    this.#tap.head?.(this.id, this.round, border, make);
  }

  /** Something went over a border. */
  passed(border: Border, chunk: string | Uint8Array): void {
    this.#tap.bytes(this.id, this.round, border, chunk);
  }

  /** Waits for something that is not the answer itself; how long goes into the log. */
  async waiting<Value>(waitsFor: keyof RequestWaits, wait: () => Promise<Value>): Promise<Value> {
    this.#wait = { waitsFor, begunAt: performance.now() };
    this.#tap.waiting?.({ exchange: this.id, waitsFor, modelId: this.modelId });
    try {
      return await wait();
    } finally {
      this.#waits = this.#waited();
      this.#wait = null;
      this.#tap.waiting?.({ exchange: this.id, waitsFor: null, modelId: this.modelId });
    }
  }

  /** Whether anything of an answer went to the client. */
  get answered(): boolean {
    return this.#firstByteMs !== null;
  }

  /** The first content goes to the client now. */
  contentSent(): void {
    if (this.#firstByteMs !== null) return;
    this.#firstByteMs = performance.now() - this.#startedAt;
    this.#tap.contentStarted?.(this.id, this.#firstByteMs);
  }

  diagnose(diagnostics: readonly Diagnostic[]): void {
    for (const one of diagnostics) this.#diagnostics.set(`${one.kind} ${one.what} ${one.why}`, one);
  }

  /** All waits, and the one that goes on until now. */
  #waited(): RequestWaits {
    if (this.#wait === null) return this.#waits;
    const { waitsFor, begunAt } = this.#wait;
    return { ...this.#waits, [waitsFor]: (this.#waits[waitsFor] ?? 0) + performance.now() - begunAt };
  }

  #closed(): void {
    const aborted = !this.response.writableFinished;
    if (aborted) this.#left.abort(new Error('the client left'));
    const totalMs = performance.now() - this.#startedAt;
    // An abort reaches the server first, and only then prompts are compared.
    if (this.#started) setImmediate(() => this.#ended(aborted, totalMs));
  }

  #ended(aborted: boolean, totalMs: number): void {
    const { statusCode } = this.response;
    if (this.response.headersSent) {
      this.headed('gateway-to-agent', () => ({ line: `HTTP ${statusCode}`, headers: {}, conceal: null }));
    }
    const promptReuse = this.#promptReuse();
    this.#tap.end({
      exchange: this.id,
      outcome: aborted ? 'aborted' : this.error === null ? 'done' : 'failed',
      modelId: this.modelId,
      status: this.response.headersSent ? this.response.statusCode : clientClosedRequest,
      rounds: this.round + 1,
      usage: this.usage,
      ...(promptReuse !== null && { promptReuse }),
      finishReason: this.finishReason,
      error: this.error,
      diagnostics: [...this.#diagnostics.values()],
      toolsCalled: this.toolsCalled,
      waits: this.#waited(),
      firstByteMs: this.#firstByteMs,
      totalMs,
    });
  }

  /** A server that did not answer may not have read the prompt. */
  #promptReuse(): PromptReuse | null {
    return this.asked === null || !this.answered || this.promptReuse === null ? null : this.promptReuse(this.asked);
  }
}

/** A tap that can't disturb the request. What it throws is shown on stderr, the first time: it comes with every chunk. */
export function guardTap(tap: ExchangeTap): ExchangeTap {
  let reported = false;
  const guard = (call: () => void): void => {
    try {
      call();
    } catch (problem) {
      if (!reported) reportBug(problem);
      reported = true;
    }
  };
  return {
    start: (event) => guard(() => tap.start(event)),
    routed: (event) => guard(() => tap.routed?.(event)),
    waiting: (event) => guard(() => tap.waiting?.(event)),
    gaveUp: (event) => guard(() => tap.gaveUp?.(event)),
    head: (exchange, round, border, make) => guard(() => tap.head?.(exchange, round, border, make)),
    contentStarted: (exchange, firstByteMs) => guard(() => tap.contentStarted?.(exchange, firstByteMs)),
    bytes: (exchange, round, border, chunk) => guard(() => tap.bytes(exchange, round, border, chunk)),
    end: (event) => guard(() => tap.end(event)),
    refused: (event) => guard(() => tap.refused(event)),
  };
}

/** What was thrown, as a value for the client. Anything but a ConversationFailure is a bug of ours, shown on stderr only. */
export function failureOf(thrown: unknown): ConversationError {
  if (thrown instanceof ConversationFailure) return thrown.error;
  // The translators follow the nesting of what they are given; only a request made for it is too deep for them.
  if (thrown instanceof RangeError && thrown.message.includes('call stack')) {
    return { kind: 'invalid-request', message: 'The request is nested too deeply.' };
  }
  reportBug(thrown);
  return { kind: 'internal', message: 'Dragoman failed at this request. This is a bug; its log says more.' };
}

function reportBug(thrown: unknown): void {
  const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  process.emitWarning('a request could not be served as it should', { type: 'DragomanBug', detail });
}
