import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Message } from '@anthropic-ai/sdk/resources/messages';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isObject } from '../../../../src-shared/json.ts';
import { sdkMessage } from '../../../chat-to-messages.ts';
import { messagesGrammar } from '../../../event-grammar.ts';
import { translateResponses, translateResponsesAnswer } from '../../../responses-to-messages.ts';

/**
 * What real servers sent over the Responses API, through our translation and Anthropic's SDK, against a plain aggregation of the
 * recording that shares no code with ours.
 */
interface Aggregate {
  text: string;
  reasoning: string;
  calls: { name: string; input: unknown }[];
  searches: number;
  finish: string | null;
  usage: { input: number; output: number } | null;
}

const own = join(import.meta.dirname, '../../../fixtures/recorded/openai-responses');
const fixtures = process.env.DRAGOMAN_FIXTURES ?? '';
const list = (folder: string, pattern: RegExp): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => pattern.test(name))
        .map((name) => join(folder, name))
    : [];
const servers = fixtures === '' ? [] : ['single', 'ollama'].map((group) => join(fixtures, 'model-servers', group));
const streams = [
  ...list(own, /\.sse$/),
  ...(fixtures === '' ? [] : list(join(fixtures, 'recorded/openai-responses/stream'), /\.sse$/)),
  ...servers.flatMap((folder) => list(folder, /responses.*\.sse$/)),
];
const answers = [
  ...(fixtures === '' ? [] : list(join(fixtures, 'recorded/openai-responses/json'), /\.response\.json$/)),
  ...servers.flatMap((folder) => list(folder, /^responses-(?!.*stream).*\.json$/)),
];
const short = (path: string) => path.split('/').slice(-2).join('/');

describe('recorded Responses streams', () => {
  test.each(streams.map((path) => [short(path), path]))('%s', async (_, path) => {
    const body = readFileSync(path, 'utf8');
    const expected = aggregateStream(body);
    const { text } = translateResponses(body);
    expect(messagesGrammar(text)).toEqual([]);
    if (expected.finish === null) await expect(sdkMessage(text)).rejects.toThrow();
    else compare(await sdkMessage(text), expected);
  });

  test('bytes cut anywhere give the same stream', () => {
    const bodies = streams.map((path) => readFileSync(path)).filter(({ length }) => length < 60_000);
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 30 }),
        (body, sizes) => {
          const cut: Uint8Array[] = [];
          for (let at = 0, turn = 0; at < body.length; turn++) {
            const size = (sizes[turn % sizes.length] ?? 0) + 1;
            cut.push(body.subarray(at, at + size));
            at += size;
          }
          expect(translateResponses(cut).text).toBe(translateResponses([body]).text);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('bytes changed, lost and cut off still give one terminator', () => {
    const bodies = streams.map((path) => readFileSync(path)).filter(({ length }) => length < 60_000);
    const change = fc.record({ at: fc.nat(), length: fc.nat({ max: 40 }), put: fc.uint8Array({ maxLength: 8 }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.array(change, { maxLength: 4 }),
        fc.option(fc.nat()),
        (body, changes, cut) => {
          let bytes = Buffer.from(body);
          for (const { at, length, put } of changes) {
            const place = at % (bytes.length || 1);
            bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + length)]);
          }
          const { text } = translateResponses([cut === null ? bytes : bytes.subarray(0, cut % (bytes.length || 1))]);
          expect(messagesGrammar(text, { unreadableArguments: true })).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe.skipIf(fixtures === '')('recorded Responses JSON answers', () => {
  test.each(answers.map((path) => [short(path), path]))('%s', (_, path) => {
    const parsed = JSON.parse(readFileSync(path, 'utf8'));
    const { status, body } = parsed.response ?? { status: 200, body: parsed };
    if (status !== 200 || typeof body === 'string') return; // a refusal, or a stream that is tested above
    const expected = newAggregate();
    addOutput(expected, body.output);
    expected.finish = body.incomplete_details?.reason ?? 'completed';
    addUsage(expected, body.usage);
    compare(translateResponsesAnswer(body) as unknown as Message, expected);
  });
});

function compare(message: Message, expected: Aggregate): void {
  const texts = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
  const thoughts = message.content.flatMap((block) => (block.type === 'thinking' ? [block.thinking] : []));
  const calls = message.content.flatMap((block) =>
    block.type === 'tool_use' ? [{ name: block.name, input: block.input }] : [],
  );
  expect(texts.join('').trim()).toBe(expected.text.trim());
  expect(thoughts.join('').trim()).toBe(expected.reasoning.trim());
  expect(calls).toEqual(expected.calls);
  expect(message.content.filter(({ type }) => type === 'server_tool_use')).toHaveLength(expected.searches);
  const usual = expected.calls.length > 0 ? 'tool_use' : 'end_turn';
  expect(message.stop_reason).toBe(expected.finish === 'max_output_tokens' ? 'max_tokens' : usual);
  if (expected.usage === null) return;
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } = message.usage;
  expect(input_tokens + (cache_creation_input_tokens ?? 0) + (cache_read_input_tokens ?? 0)).toBe(expected.usage.input);
  expect(output_tokens).toBe(expected.usage.output);
}

function newAggregate(): Aggregate {
  return { text: '', reasoning: '', calls: [], searches: 0, finish: null, usage: null };
}

/** From the deltas: the last event's output lacks what some servers streamed. */
function aggregateStream(body: string): Aggregate {
  const aggregate = newAggregate();
  const calls = new Map<string, { name: string; text: string }>();
  for (const line of body.split(/\r?\n/)) {
    if (!line.startsWith('data:') || line.slice(5).trim() === '[DONE]') continue;
    const event = JSON.parse(line.slice(5));
    if (event.type === 'response.output_text.delta') aggregate.text += event.delta;
    if (/reasoning.*delta$/.test(event.type)) aggregate.reasoning += event.delta;
    if (event.type === 'response.reasoning_summary_part.added' && event.summary_index > 0)
      aggregate.reasoning += '\n\n';
    if (event.item?.type === 'function_call' && event.type === 'response.output_item.added')
      calls.set(event.item.id, { name: event.item.name, text: '' });
    const call = calls.get(event.item_id);
    if (call !== undefined && event.type === 'response.function_call_arguments.delta') call.text += event.delta;
    if (event.type === 'response.completed' || event.type === 'response.incomplete') {
      aggregate.finish = event.response.incomplete_details?.reason ?? 'completed';
      addUsage(aggregate, event.response.usage);
    }
  }
  for (const { name, text } of calls.values()) aggregate.calls.push({ name, input: JSON.parse(text) });
  return aggregate;
}

interface RecordedItem {
  readonly type: string;
  readonly name: string;
  readonly arguments: string;
  readonly content?: readonly { readonly text: string }[];
  readonly summary?: readonly { readonly text: string }[];
}

function addOutput(aggregate: Aggregate, output: readonly RecordedItem[]): void {
  const joined = (parts: RecordedItem['content']) => (parts ?? []).map(({ text }) => text).join('');
  for (const item of output) {
    if (item.type === 'message') aggregate.text += joined(item.content);
    if (item.type === 'reasoning') aggregate.reasoning += joined(item.content) || joined(item.summary);
    if (item.type === 'function_call')
      aggregate.calls.push({ name: item.name, input: JSON.parse(item.arguments || '{}') });
    if (item.type === 'web_search_call') aggregate.searches++;
  }
}

function addUsage(aggregate: Aggregate, usage: unknown): void {
  if (!isObject(usage) || Number(usage.input_tokens) === 0) return;
  aggregate.usage = { input: Number(usage.input_tokens), output: Number(usage.output_tokens) };
}
