import type { JsonObject } from '../../src-shared/json.ts';
import type { AnswerContext, ClientCodec, Supplies } from '../protocols/conversation/codec.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import type { StreamEvent } from '../protocols/conversation/events.ts';
import { foldEvents } from '../protocols/conversation/fold.ts';
import { requestIdHeader, sendError, sendJson } from './client-shape.ts';
import { ClientStream } from './client-stream.ts';
import { type Exchange, failureOf } from './exchange.ts';

/** Where an answer's events go. The first `finish` or `error` ends the response. */
export interface AnswerOutput {
  /** The promise, where there is one, resolves when the client can take more. */
  emit(events: readonly StreamEvent[]): Promise<void> | undefined;
  /** Lets the client of a stream wait with its status and keep-alives, while it is not known who answers. */
  wait(): void;
  /** Nothing of an answer came: another output goes on. */
  leave(): void;
}

export interface OutputOptions {
  readonly exchange: Exchange;
  readonly codec: ClientCodec;
  readonly context: AnswerContext;
  readonly supplies: Supplies;
  /** Handed the whole answer of a protocol in which it can be asked for again. */
  readonly keep?: (answer: JsonObject) => void;
}

export interface StreamOutputOptions extends OutputOptions {
  readonly keepAliveMs: number;
}

/**
 * A streamed answer. What is emitted opens the response; an error before anything was opened is an HTTP error with its real status,
 * later one it is an event in the stream.
 */
export function streamOutput(options: StreamOutputOptions): AnswerOutput {
  const { exchange, codec, context, supplies, keepAliveMs } = options;
  const encoder = codec.createStreamEncoder(supplies, context);
  let started = false;
  const stream = new ClientStream(exchange.response, {
    headers: { [requestIdHeader(codec.protocol)]: exchange.id },
    keepAliveMs,
    keepAlive: () => (started ? encoder.encode({ kind: 'ping' }) : ': keep-alive\n\n'),
    sent: (chunk) => exchange.passed('gateway-to-agent', chunk),
  });
  return {
    wait: () => stream.open(),
    leave: () => stream.leave(),
    emit(events) {
      let text = '';
      let ended = false;
      for (const event of events) {
        const isHttpError = event.kind === 'error' && !stream.opened;
        if (isHttpError && codec.failsInStream?.(event.error, context) !== true) {
          refuse(exchange, event.error);
          return undefined;
        }
        if (noteEnd(exchange, event)) ended = true;
        if (event.kind === 'start') started = true;
        if (event.kind === 'block-start') exchange.contentSent();
        text += encoder.encode(event);
      }
      const answer = ended ? encoder.answer?.() : null;
      if (answer) options.keep?.(answer);
      const ready = stream.write(text);
      if (ended) stream.end();
      return ready;
    },
  };
}

/** The answer as one JSON body, sent when it is whole; an error is an HTTP error. */
export function jsonOutput({ exchange, codec, context, supplies, keep }: OutputOptions): AnswerOutput {
  const collected: StreamEvent[] = [];
  return {
    wait: () => undefined,
    leave: () => undefined,
    emit(events) {
      for (const event of events) {
        if (exchange.response.writableEnded || exchange.response.destroyed) return undefined;
        collected.push(event);
        if (!noteEnd(exchange, event)) continue;
        if (event.kind === 'error') {
          refuse(exchange, event.error);
          continue;
        }
        exchange.contentSent();
        let body: JsonObject;
        try {
          body = codec.encodeAnswer(foldEvents(collected), supplies, context);
        } catch (thrown) {
          refuse(exchange, failureOf(thrown)); // an answer that can't be what was asked for: a summary without words
          continue;
        }
        keep?.(body);
        exchange.passed(
          'gateway-to-agent',
          sendJson(exchange.response, 200, { [requestIdHeader(codec.protocol)]: exchange.id }, body),
        );
      }
      return undefined;
    },
  };
}

/** Answers with an HTTP error in the exchange's protocol and remembers it. Nothing may have been sent before. */
export function refuse(exchange: Exchange, error: ConversationError): void {
  exchange.error = error;
  if (exchange.response.destroyed || exchange.response.headersSent) return;
  exchange.passed('gateway-to-agent', sendError(exchange.response, exchange.protocol, error, exchange.id));
}

/** Keeps what the activity log wants to know; true for the event that ends the answer. */
function noteEnd(exchange: Exchange, event: StreamEvent): boolean {
  if (event.kind === 'start') exchange.toolsCalled ??= [];
  else if (event.kind === 'block-start' && event.block.kind === 'tool-call')
    exchange.toolsCalled?.push(event.block.name);
  if (event.kind === 'finish') {
    exchange.finishReason = event.reason;
    exchange.usage = event.usage;
  } else if (event.kind === 'error') exchange.error = event.error;
  else return false;
  return true;
}
