import { readFileSync } from 'node:fs';
import type { Message } from '@anthropic-ai/sdk/resources/messages';
import { describe, expect, test } from 'vitest';
import { sdkMessage, translateAnswer, translateStream } from '../../chat-to-messages.ts';
import { messagesGrammar } from '../../event-grammar.ts';
import {
  type Aggregate,
  aggregateAnswer,
  aggregateStream,
  recordedAnswers,
  recordedStreams,
  shortName,
} from '../../recorded-chat.ts';

/**
 * G1, B38: what real servers sent (some of it in DRAGOMAN_FIXTURES), through our translation and Anthropic's SDK, against a plain
 * aggregation of the recording.
 */

describe('G1 recorded streams', () => {
  test.each(recordedStreams.map((path) => [shortName(path), path]))('%s', async (_, path) => {
    const body = readFileSync(path, 'utf8');
    const expected = aggregateStream(body);
    const { text } = translateStream(body, { flags: { contentFilterIsRefusal: true } });
    expect(messagesGrammar(text)).toEqual([]);
    if (expected.failed) await expect(sdkMessage(text)).rejects.toThrow();
    else compare(await sdkMessage(text), expected);
  });
});

describe('G1 recorded JSON answers', () => {
  test.each(recordedAnswers.map((path) => [shortName(path), path]))('%s', (_, path) => {
    const { body, expected } = aggregateAnswer(path);
    compare(translateAnswer(body, { flags: { contentFilterIsRefusal: true } }) as unknown as Message, expected);
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
  if (expected.finish !== 'length') expect(calls).toEqual(expected.calls);
  const reasons: Record<string, string> = { length: 'max_tokens', content_filter: 'refusal' };
  const usual = expected.calls.length > 0 ? 'tool_use' : 'end_turn';
  expect(message.stop_reason).toBe(reasons[expected.finish ?? ''] ?? usual);
  if (expected.usage === null) return;
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } = message.usage;
  const prompt = input_tokens + (cache_creation_input_tokens ?? 0) + (cache_read_input_tokens ?? 0);
  expect(prompt).toBeGreaterThanOrEqual(expected.usage.input);
  if (input_tokens !== expected.usage.input) expect(prompt).toBe(expected.usage.input);
  expect(output_tokens).toBe(expected.usage.output);
}
