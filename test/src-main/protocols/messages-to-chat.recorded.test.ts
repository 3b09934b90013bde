import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChatCompletion } from 'openai/resources/chat/completions';
import { describe, expect, test } from 'vitest';
import { messagesUpstream } from '../../../src-main/protocols/messages/index.ts';
import { chatGrammar } from '../../chat-grammar.ts';
import { chatAnswer, chatStream, messagesParts, sdkCompletion } from '../../messages-to-chat.ts';

/**
 * G3: what Anthropic really sent, through our translation and OpenAI's SDK, against a plain aggregation of the recording that shares no
 * code with ours; streamed, whole, and cut into pieces at random.
 */
const fixtures = process.env.DRAGOMAN_FIXTURES ?? '';
const own = join(import.meta.dirname, '../../fixtures/recorded/anthropic-messages');
const list = (folder: string, ending: string): [string, string][] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(ending))
        .map((name) => [name, readFileSync(join(folder, name), 'utf8')])
    : [];
const shared = (kind: string) => join(fixtures, 'recorded/anthropic-messages', kind);
const streams = [...list(own, '.sse'), ...(fixtures === '' ? [] : list(shared('stream'), '.sse'))];
const answers = [...list(own, '.json'), ...(fixtures === '' ? [] : list(shared('json'), '.response.json'))];

interface Aggregate {
  text: string;
  thinking: string;
  calls: { id: string; name: string; input: unknown }[];
  stop: string;
  input: number;
  output: number;
}

describe('G3 recorded Messages streams', () => {
  test.each(streams)('%s', async (_, body) => {
    const expected = aggregate(body);
    const { text } = chatStream(body);
    expect(chatGrammar(text, { includeUsage: true })).toEqual([]);
    compare(await sdkCompletion(text), expected);
    compare(chatAnswer(messagesParts([new TextEncoder().encode(body)])), expected);
  });

  test.each(streams)('%s in pieces of 7 bytes', (_, body) => {
    const bytes = new TextEncoder().encode(body);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) => bytes.subarray(at * 7, at * 7 + 7));
    expect(chatStream(pieces).text).toBe(chatStream(body).text);
  });
});

describe('G3 recorded Messages answers', () => {
  test.each(answers)('%s', (_, body) => {
    const message = JSON.parse(body);
    const parts = messagesUpstream.decodeAnswer(message);
    if (message.type === 'error') {
      expect(parts.map(({ kind }) => kind)).toEqual(['error']);
      return;
    }
    const expected = newAggregate();
    for (const block of message.content) addBlock(expected, block);
    expected.stop = message.stop_reason;
    addUsage(expected, message.usage);
    compare(chatAnswer(parts), expected);
  });
});

function compare({ choices, usage }: ChatCompletion, expected: Aggregate): void {
  const [choice] = choices;
  const { content, tool_calls: calls, ...message } = choice?.message ?? {};
  expect(content ?? '').toBe(expected.text);
  const reasoning = 'reasoning_content' in message ? message.reasoning_content : '';
  expect(reasoning).toBe(expected.thinking);
  expect(
    (calls ?? []).map((call) =>
      call.type === 'function'
        ? { id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) }
        : call,
    ),
  ).toEqual(expected.calls);
  const reasons: Record<string, string> = { tool_use: 'tool_calls', max_tokens: 'length', refusal: 'content_filter' };
  expect(choice?.finish_reason).toBe(reasons[expected.stop] ?? 'stop');
  expect([usage?.prompt_tokens, usage?.completion_tokens]).toEqual([expected.input, expected.output]);
}

function newAggregate(): Aggregate {
  return { text: '', thinking: '', calls: [], stop: '', input: 0, output: 0 };
}

function aggregate(body: string): Aggregate {
  const result = newAggregate();
  const usage = { input_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 0 };
  const blocks: Record<string, unknown>[] = [];
  for (const line of body.split(/\r?\n/)) {
    if (!line.startsWith('data:')) continue;
    const data = JSON.parse(line.slice(5));
    if (data.type === 'message_start') Object.assign(usage, data.message.usage);
    if (data.type === 'content_block_start') blocks[data.index] = { ...data.content_block, json: '' };
    const block = blocks[data.index] ?? {};
    if (data.delta?.type === 'text_delta') block.text += data.delta.text;
    if (data.delta?.type === 'thinking_delta') block.thinking += data.delta.thinking;
    if (data.delta?.type === 'input_json_delta') block.json += data.delta.partial_json;
    if (data.type === 'message_delta') {
      result.stop = data.delta.stop_reason;
      Object.assign(usage, data.usage);
    }
  }
  for (const { json, ...block } of blocks)
    addBlock(result, { ...block, ...(json !== '' && { input: JSON.parse(String(json)) }) });
  addUsage(result, usage);
  return result;
}

// biome-ignore lint/suspicious/noExplicitAny: a recording, read without our code
function addBlock(result: Aggregate, block: any): void {
  if (block.type === 'text') result.text += block.text;
  if (block.type === 'thinking') result.thinking += block.thinking;
  if (block.type === 'tool_use') result.calls.push({ id: block.id, name: block.name, input: block.input });
}

function addUsage(result: Aggregate, usage: Record<string, unknown>): void {
  const figure = (key: string) => Number(usage[key] ?? 0);
  result.input = figure('input_tokens') + figure('cache_read_input_tokens') + figure('cache_creation_input_tokens');
  result.output = figure('output_tokens');
}
