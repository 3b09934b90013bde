import OpenAI from 'openai';
import type { ParsedResponse } from 'openai/resources/responses/responses';
import type { Assembler } from '../src-main/protocols/conversation/assembler.ts';
import type { AnswerContext } from '../src-main/protocols/conversation/codec.ts';
import type { Part, StreamEvent } from '../src-main/protocols/conversation/events.ts';
import { foldEvents } from '../src-main/protocols/conversation/fold.ts';
import type { ConversationRequest, Tool } from '../src-main/protocols/conversation/request.ts';
import { encodeResponsesAnswer } from '../src-main/protocols/responses/encode-answer.ts';
import { createResponsesStreamEncoder } from '../src-main/protocols/responses/encode-stream.ts';
import type { JsonObject } from '../src-shared/json.ts';
import { countingSupplies, type Overrides, partsOf, sse, testAssembler } from './chat-to-messages.ts';

/** Runs a Chat answer through everything between the upstream's bytes and a Responses client's. */

export const codexAgent = 'codex_exec/0.169.0 (Debian 12.0.0; x86_64) dumb (codex_exec; 0.169.0)';

export interface ContextOptions {
  readonly body?: JsonObject;
  readonly tools?: readonly Tool[];
  readonly codex?: boolean;
}

export function testContext({ body = {}, tools = [], codex = false }: ContextOptions = {}): AnswerContext {
  const request: ConversationRequest = {
    model: 'local/tiny',
    system: [],
    turns: [],
    tools,
    toolChoice: { mode: 'auto' },
    stopSequences: [],
    output: { kind: 'text' },
    stream: true,
    extras: { responses: body },
  };
  return { request, userAgent: codex ? codexAgent : null, receivedAt: 1_700_000_000_000 };
}

export interface TranslatedResponse {
  readonly assembler: Assembler;
  /** The Responses stream. */
  readonly text: string;
  readonly frames: readonly JsonObject[];
  /** The types of its events, in order. */
  readonly types: readonly string[];
  /** The response of the last event. */
  readonly response: JsonObject;
  /** The body for a client that asked for JSON; null for an answer that failed. */
  readonly json: JsonObject | null;
  /** What the encoder gives to be kept. */
  readonly kept: JsonObject | null;
}

/** @param pings whether a keep-alive is due after each event, once the stream has begun */
export function translateToResponses(
  parts: readonly Part[],
  context: AnswerContext = testContext(),
  assembler: Assembler = testAssembler({ answerId: 'resp_1' }),
  pings = false,
): TranslatedResponse {
  const encoder = createResponsesStreamEncoder(countingSupplies(), context);
  const events: StreamEvent[] = [];
  for (const part of parts) events.push(...assembler.push(part));
  const texts = events.map((event, at) => {
    const text = encoder.encode(event);
    return pings && at < events.length - 1 ? text + encoder.encode({ kind: 'ping' }) : text;
  });
  const text = texts.join('');
  const frames = framesOf(text);
  const failed = events.some(({ kind }) => kind === 'error');
  return {
    assembler,
    text,
    frames,
    types: frames.map(({ type }) => String(type)),
    response: (frames.at(-1)?.response ?? {}) as JsonObject,
    json: failed ? null : encodeResponsesAnswer(foldEvents(events), countingSupplies(), context),
    kept: encoder.answer?.() ?? null,
  };
}

/** Translates a raw Chat stream, whole or in pieces. */
export function streamToResponses(
  body: string | readonly Uint8Array[],
  options: ContextOptions & Overrides = {},
): TranslatedResponse {
  const pieces = typeof body === 'string' ? [new TextEncoder().encode(body)] : body;
  return translateToResponses(partsOf(pieces), testContext(options), testAssembler({ answerId: 'resp_1', ...options }));
}

/** Translates chunks, given as objects; `[DONE]` is added unless `done` is false. */
export function chunksToResponses(
  chunks: readonly unknown[],
  { done = true, ...options }: ContextOptions & Overrides & { readonly done?: boolean } = {},
): TranslatedResponse {
  return streamToResponses(sse(chunks, done), options);
}

/** What OpenAI's own SDK makes of a Responses stream. */
export async function sdkResponse(text: string): Promise<ParsedResponse<null>> {
  const client = new OpenAI({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } }),
  });
  return client.responses.stream({ model: 'tiny', input: '' }).finalResponse();
}

export function framesOf(text: string): JsonObject[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)) as JsonObject);
}
