import { createHash } from 'node:crypto';
import MessagesSdk from '@anthropic-ai/sdk';
import type { Message } from '@anthropic-ai/sdk/resources/messages';
import { decodeChatAnswer } from '../src-main/protocols/chat/decode-answer.ts';
import { createChatStreamDecoder } from '../src-main/protocols/chat/decode-stream.ts';
import {
  type Assembler,
  type AssemblerOptions,
  createAssembler,
} from '../src-main/protocols/conversation/assembler.ts';
import type { Supplies, ToolIdentity } from '../src-main/protocols/conversation/codec.ts';
import type { Part, StreamEvent } from '../src-main/protocols/conversation/events.ts';
import { foldEvents } from '../src-main/protocols/conversation/fold.ts';
import { createMessagesStreamEncoder } from '../src-main/protocols/messages/encode-stream.ts';
import { encodeMessagesAnswer } from '../src-main/protocols/messages/response.ts';
import { createSseReader } from '../src-main/protocols/sse.ts';
import { defaultFlags } from '../src-shared/compat-flags.ts';
import type { JsonObject } from '../src-shared/json.ts';

/** Runs a Chat answer through everything between the upstream's bytes and the client's: the way of an answer, without the gateway. */

/** Ids that count up, so that answers can be compared. */
export function countingSupplies(): Supplies {
  let count = 0;
  return {
    newId: (prefix) => `${prefix}${String(++count).padStart(4, '0')}`,
    hash: (text) => createHash('sha256').update(text).digest('hex').slice(0, 16),
    now: () => 0,
  };
}

export function toolNames(...tools: readonly (string | ToolIdentity)[]): ReadonlyMap<string, ToolIdentity> {
  return new Map(
    tools.map((tool) =>
      typeof tool === 'string' ? [tool, { name: tool, toolKind: 'function', own: false }] : [tool.name, tool],
    ),
  );
}

export type Overrides = Partial<Omit<AssemblerOptions, 'flags'>> & {
  readonly flags?: Partial<AssemblerOptions['flags']>;
};

export function testAssembler({ flags, ...options }: Overrides = {}): Assembler {
  return createAssembler({
    supplies: countingSupplies(),
    answerId: 'msg_1',
    model: 'local/tiny',
    origin: { upstream: 'tiny-server', model: 'tiny' },
    toolNames: toolNames('get_weather', 'get_time'),
    usedCallIds: new Set(),
    estimatedInputTokens: 100,
    flags: { ...defaultFlags, ...flags },
    ...options,
  });
}

/** The parts of a body of server-sent events that comes in the given pieces. */
export function partsOf(pieces: readonly Uint8Array[]): Part[] {
  const reader = createSseReader();
  const decoder = createChatStreamDecoder();
  const items = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  return [
    ...items.flatMap((item): readonly Part[] => (item.kind === 'event' ? decoder.push(item.event) : [item])),
    { kind: 'end' },
  ];
}

export interface Translated {
  readonly assembler: Assembler;
  readonly events: readonly StreamEvent[];
  /** The Messages stream. */
  readonly text: string;
  /** Its blocks, put together from deltas as a client does. */
  readonly blocks: readonly JsonObject[];
  /** The data of the message_delta, or of the error. */
  readonly end: JsonObject;
}

export function translateParts(parts: readonly Part[], assembler: Assembler = testAssembler()): Translated {
  const encoder = createMessagesStreamEncoder();
  const events: StreamEvent[] = [];
  for (const part of parts) events.push(...assembler.push(part));
  const text = events.map((event) => encoder.encode(event)).join('');
  return { assembler, events, text, ...clientView(text) };
}

/** Translates a raw Chat stream, whole or in pieces. */
export function translateStream(body: string | readonly Uint8Array[], overrides: Overrides = {}): Translated {
  const pieces = typeof body === 'string' ? [new TextEncoder().encode(body)] : body;
  return translateParts(partsOf(pieces), testAssembler(overrides));
}

/** Translates chunks, given as objects; `[DONE]` is added unless `done` is false. */
export function translateChunks(
  chunks: readonly unknown[],
  overrides: Overrides & { readonly done?: boolean } = {},
): Translated {
  const { done = true, ...options } = overrides;
  return translateStream(sse(chunks, done), options);
}

export function sse(chunks: readonly unknown[], done = true): string {
  const lines = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
  return lines.join('') + (done ? 'data: [DONE]\n\n' : '');
}

/** A Chat chunk with one choice. */
export function chunk(delta: unknown, finish: string | null = null, more: object = {}): JsonObject {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    model: 'tiny',
    choices: [{ index: 0, delta: delta as JsonObject, finish_reason: finish }],
    ...more,
  };
}

/** The chunk of a tool call's fragment. */
export function callChunk(...calls: readonly JsonObject[]): JsonObject {
  return chunk({ tool_calls: [...calls] });
}

/** The Messages body for a client that asked for JSON. */
export function translateAnswer(body: unknown, overrides: Overrides = {}): JsonObject {
  const assembler = testAssembler(overrides);
  return encodeMessagesAnswer(foldEvents(decodeChatAnswer(body).flatMap((part) => assembler.push(part))));
}

/** What Anthropic's own SDK makes of a Messages stream. */
export async function sdkMessage(text: string): Promise<Message> {
  const client = new MessagesSdk({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } }),
  });
  return client.messages.stream({ model: 'tiny', max_tokens: 1, messages: [] }).finalMessage();
}

function clientView(text: string): { blocks: JsonObject[]; end: JsonObject } {
  const blocks: JsonObject[] = [];
  let end: JsonObject = {};
  for (const line of text.split('\n')) {
    if (!line.startsWith('data: ')) continue;
    const data: JsonObject = JSON.parse(line.slice(6));
    if (data.type === 'content_block_start') blocks.push({ ...(data.content_block as JsonObject) });
    if (data.type === 'content_block_delta') addDelta(blocks.at(-1) ?? {}, data.delta as JsonObject);
    if (data.type === 'message_delta' || data.type === 'error') end = data;
  }
  return { blocks, end };
}

function addDelta(block: JsonObject, delta: JsonObject): void {
  if (delta.type === 'text_delta') block.text = `${block.text}${delta.text}`;
  if (delta.type === 'thinking_delta') block.thinking = `${block.thinking}${delta.thinking}`;
  if (delta.type === 'signature_delta') block.signature = delta.signature;
  if (delta.type === 'input_json_delta') {
    block.input = `${typeof block.input === 'string' ? block.input : ''}${delta.partial_json}`;
  }
}
