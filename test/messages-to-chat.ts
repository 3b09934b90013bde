import OpenAI from 'openai';
import type { ChatCompletion } from 'openai/resources/chat/completions';
import { createChatStreamEncoder } from '../src-main/protocols/chat/encode-stream.ts';
import { chatClient } from '../src-main/protocols/chat/index.ts';
import type { AnswerContext } from '../src-main/protocols/conversation/codec.ts';
import type { Part, StreamEvent } from '../src-main/protocols/conversation/events.ts';
import { foldEvents } from '../src-main/protocols/conversation/fold.ts';
import { messagesUpstream } from '../src-main/protocols/messages/index.ts';
import { createSseReader } from '../src-main/protocols/sse.ts';
import type { JsonObject } from '../src-shared/json.ts';
import { countingSupplies, type Overrides, testAssembler } from './chat-to-messages.ts';

/** Runs a Messages answer through everything between the upstream's bytes and a Chat client's: the way back, without the gateway. */

/** What a Chat client's request tells its answer's encoder. */
export function chatContext(more: JsonObject = {}): AnswerContext {
  const body: JsonObject = { model: 'm', messages: [{ role: 'user', content: 'hi' }], ...more };
  const decoded = chatClient.decodeRequest(body, countingSupplies());
  if (!decoded.ok) throw new Error(decoded.error.message);
  return { request: decoded.request, userAgent: null, receivedAt: 0 };
}

/** The parts of a Messages stream that comes in the given pieces. */
export function messagesParts(pieces: readonly Uint8Array[]): Part[] {
  const reader = createSseReader();
  const decoder = messagesUpstream.createStreamDecoder();
  const items = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  return [
    ...items.flatMap((item): readonly Part[] => (item.kind === 'event' ? decoder.push(item.event) : [item])),
    { kind: 'end' },
  ];
}

export interface ChatTranslated {
  readonly events: readonly StreamEvent[];
  /** The Chat stream. */
  readonly text: string;
  readonly diagnostics: readonly string[];
}

/** Writes parts as the Chat stream of a client that wants usage. */
export function chatStreamOf(parts: readonly Part[], overrides: Overrides = {}, usage = true): ChatTranslated {
  const assembler = testAssembler(overrides);
  const context = chatContext(usage ? { stream_options: { include_usage: true } } : {});
  const encoder = createChatStreamEncoder(countingSupplies(), context);
  const events = parts.flatMap((part) => assembler.push(part));
  return {
    events,
    text: events.map((event) => encoder.encode(event)).join(''),
    diagnostics: assembler.diagnostics.map(({ what }) => what),
  };
}

export function chatStream(body: string | readonly Uint8Array[], overrides: Overrides = {}): ChatTranslated {
  return chatStreamOf(messagesParts(typeof body === 'string' ? [new TextEncoder().encode(body)] : body), overrides);
}

/** The Chat body for a client that asked for JSON. */
export function chatAnswer(parts: readonly Part[], overrides: Overrides = {}): ChatCompletion {
  const assembler = testAssembler(overrides);
  const answer = foldEvents(parts.flatMap((part) => assembler.push(part)));
  return chatClient.encodeAnswer(answer, countingSupplies(), chatContext()) as unknown as ChatCompletion;
}

/** A Messages stream of these events. */
export function messagesSse(events: readonly JsonObject[]): string {
  return events.map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

/** What OpenAI's own SDK makes of a Chat stream. */
export async function sdkCompletion(text: string): Promise<ChatCompletion> {
  const client = new OpenAI({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } }),
  });
  const completion = await client.chat.completions
    .stream({ model: 'm', messages: [], stream_options: { include_usage: true } })
    .finalChatCompletion();
  return withReasoning(completion, text);
}

/** The SDK keeps the last piece only of keys that it does not know. */
function withReasoning(completion: ChatCompletion, text: string): ChatCompletion {
  const pieces = text.split('\n').flatMap((line) => {
    if (!line.startsWith('data: {')) return [];
    const { reasoning_content: piece } = JSON.parse(line.slice(6)).choices[0]?.delta ?? {};
    return piece === undefined ? [] : [piece];
  });
  const [choice] = completion.choices;
  if (choice !== undefined && pieces.length > 0) Object.assign(choice.message, { reasoning_content: pieces.join('') });
  return completion;
}
