import type { Route } from '../models/route.types.ts';
import type { Assembler } from '../protocols/conversation/assembler.ts';
import type { UpstreamCodec } from '../protocols/conversation/codec.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import type { Part, StreamEvent } from '../protocols/conversation/events.ts';
import { anUpstream, nameUpstream } from '../protocols/conversation/name-upstream.ts';
import { createSseReader } from '../protocols/sse.ts';
import type { UpstreamClient, UpstreamResponse } from '../upstreams/client.types.ts';
import { errorLimit, pageInstead, recogniseAnswer } from './answer-form.ts';
import type { AnswerOutput } from './answer-output.ts';
import { type Exchange, failureOf } from './exchange.ts';
import { sendWhenLoaded } from './loading-wait.ts';
import { responseHead } from './wire-head.ts';

export interface RoundParts {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly client: UpstreamClient;
  readonly codec: UpstreamCodec;
  readonly assembler: Assembler;
  readonly output: AnswerOutput;
  /** Milliseconds that late usage is waited for. */
  readonly usageWaitMs: number;
  /** The upstream takes the request: the client's status need not be held any longer. */
  readonly answering: () => void;
  /** Asked of a failure before anything of an answer came: true where the request goes elsewhere and the client need not know. */
  readonly elsewhere?: (error: ConversationError) => boolean;
}

/** What one round sends. */
export interface RoundRequest {
  readonly body: Uint8Array;
  /** The protocol's own headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Longest JSON answer that is read, bytes. */
const answerLimit = 64 * 1024 * 1024;
/** So long after the headers a first event is waited for: servers that fail say it there, and it can still be an HTTP error, milliseconds. */
const firstEventMs = 20;
/** After the answer's end the upstream may close its body this long, so that the connection can be used again, milliseconds. */
const drainMs = 250;

/**
 * Asks the upstream once and hands its answer, part by part, through the assembler to the output. Whatever happens ends in the assembler
 * as an error or an end; it throws nothing. A client that leaves ends the request at once.
 *
 * @returns the error of an HTTP error answer or of no answer at all, which has not been handed on: the caller may try once more; else null
 */
export async function runRound(parts: RoundParts, { body, headers }: RoundRequest): Promise<ConversationError | null> {
  const { exchange, route, codec, assembler, output } = parts;
  const upstream = new AbortController();
  const leave = (): void => upstream.abort(exchange.signal.reason);
  exchange.signal.addEventListener('abort', leave, { once: true });
  if (exchange.signal.aborted) leave();
  const push = (part: Part): Promise<void> | undefined => output.emit(assembler.push(part));
  let answered: UpstreamResponse | null = null;
  try {
    answered = await sendWhenLoaded(parts, {
      method: 'POST',
      path: codec.path,
      body,
      ...(headers !== undefined && { headers }),
      stream: true,
      timeouts: route.timeouts,
      signal: upstream.signal,
      sending: (make) => {
        exchange.headed('gateway-to-server', make);
        exchange.passed('gateway-to-server', body);
      },
    });
    const head = answered;
    exchange.headed('server-to-gateway', () => responseHead(head));
    if (answered.status < 200 || answered.status > 299) {
      const text = await answered.text(errorLimit);
      exchange.passed('server-to-gateway', text);
      return nameUpstream(codec.decodeError(answered.status, answered.headers, text), route.target.id);
    }
    const { form, response } = await recogniseAnswer(answered);
    if (form === 'json') await readJson(parts, response);
    else if (form === 'page') await push({ kind: 'error', error: pageInstead(route.target.id) });
    else await readStream(parts, response, upstream);
  } catch (thrown) {
    if (exchange.signal.aborted || isOver(assembler)) return null;
    const error = failureOf(thrown);
    if (answered === null) return error;
    if (parts.elsewhere?.(error) === true) return null;
    // What came before is whole when the finish reason is there; only the usage or the terminator is missing.
    await push(assembler.state === 'awaiting-usage' ? { kind: 'end' } : { kind: 'error', error });
  } finally {
    exchange.signal.removeEventListener('abort', leave);
    // Where the body has ended this does nothing; else the upstream must not go on generating.
    upstream.abort(new Error('the round is over'));
  }
  return null;
}

function isOver(assembler: Assembler): boolean {
  return assembler.state === 'ended' || assembler.state === 'own-tools';
}

async function readStream(
  { exchange, route, codec, assembler, output, usageWaitMs, answering, elsewhere }: RoundParts,
  response: UpstreamResponse,
  upstream: AbortController,
): Promise<void> {
  const opening = setTimeout(answering, firstEventMs);
  const reader = createSseReader();
  const decoder = codec.createStreamDecoder();
  let timer: NodeJS.Timeout | null = null;
  let left = false;
  /** The events of all that one chunk of the network held: they go to the client in one write. */
  const read = (items: ReturnType<typeof reader.push>): StreamEvent[] => {
    const events: StreamEvent[] = [];
    const assemble = (part: Part): void => {
      const said = named(part, route.target.id);
      if (!left && said.kind === 'error' && elsewhere?.(said.error) === true) left = true;
      if (!left) for (const event of assembler.push(said)) events.push(event);
    };
    for (const item of items) {
      if (item.kind === 'event') for (const part of decoder.push(item.event)) assemble(part);
      else assemble(item);
    }
    return events;
  };
  try {
    for await (const chunk of response.body) {
      exchange.passed('server-to-gateway', chunk);
      if (isOver(assembler)) continue;
      const ready = output.emit(read(reader.push(chunk)));
      if (left) return;
      if (assembler.state !== 'streaming' && timer === null) {
        // Usage comes after the finish reason, or never; a body that is over should end, or is cut.
        const waitMs = assembler.state === 'awaiting-usage' ? usageWaitMs : drainMs;
        timer = setTimeout(() => {
          if (!isOver(assembler)) void output.emit(assembler.push({ kind: 'waited-enough' }));
          upstream.abort(new Error('waited long enough'));
        }, waitMs);
      }
      if (ready !== undefined) await ready;
      if (exchange.error !== null) return;
    }
    if (isOver(assembler)) return;
    const last = read(reader.end());
    if (!left) await output.emit([...last, ...assembler.push({ kind: 'end' })]);
  } finally {
    clearTimeout(opening);
    if (timer !== null) clearTimeout(timer);
  }
}

/** Some servers answer a request for a stream with JSON. Nothing is sent before the body is read: it may be an error. */
async function readJson(
  { exchange, route, codec, assembler, output, elsewhere }: RoundParts,
  response: UpstreamResponse,
): Promise<void> {
  const text = await response.text(answerLimit);
  exchange.passed('server-to-gateway', text);
  const parts = decodeJson(codec, text);
  const error = parts.find((part) => part.kind === 'error');
  if (error !== undefined && elsewhere?.(error.error) === true) return;
  await output.emit(
    error === undefined
      ? [...parts, { kind: 'end' } as const].flatMap((part) => assembler.push(part))
      : assembler.push(named(error, route.target.id)),
  );
}

function named(part: Part, upstream: string): Part {
  return part.kind === 'error' ? { ...part, error: nameUpstream(part.error, upstream) } : part;
}

function decodeJson(codec: UpstreamCodec, text: string): readonly Part[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return [
      {
        kind: 'error',
        error: { kind: 'upstream-failure', message: `${anUpstream} answered with something that is not valid JSON.` },
      },
    ];
  }
  return codec.decodeAnswer(body);
}
