import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeChatAnswer } from '../../../src-main/protocols/chat/decode-answer.ts';
import { isObject } from '../../../src-shared/json.ts';
import { testAssembler } from '../../chat-to-messages.ts';
import { sdkResponse, streamToResponses, testContext, translateToResponses } from '../../chat-to-responses.ts';
import {
  type Aggregate,
  aggregateAnswer,
  aggregateStream,
  recordedAnswers,
  recordedStreams,
  shortName,
} from '../../recorded-chat.ts';
import { responsesGrammar } from '../../responses-grammar.ts';

/**
 * G2: what real servers sent (some of it in DRAGOMAN_FIXTURES), through our translation and OpenAI's SDK, against a plain aggregation of
 * the recording.
 */
describe('G2 recorded streams', () => {
  test.each(recordedStreams.map((path) => [shortName(path), path]))('%s', async (_, path) => {
    const body = readFileSync(path, 'utf8');
    const expected = aggregateStream(body);
    const { text, response, json } = streamToResponses(body, { flags: { contentFilterIsRefusal: true } });
    expect(responsesGrammar(text)).toEqual([]);
    expect(responsesGrammar(streamToResponses(body, { codex: true }).text, { codex: true })).toEqual([]);
    if (expected.failed) {
      expect(response.status).toBe('failed');
      return;
    }
    compare(await sdkResponse(text), expected);
    compare(json, expected);
  });
});

describe('G2 recorded JSON answers', () => {
  test.each(recordedAnswers.map((path) => [shortName(path), path]))('%s', async (_, path) => {
    const { body, expected } = aggregateAnswer(path);
    const assembler = testAssembler({ answerId: 'resp_1', flags: { contentFilterIsRefusal: true } });
    const { text, json } = translateToResponses(decodeChatAnswer(body), testContext(), assembler);
    expect(responsesGrammar(text)).toEqual([]);
    compare(await sdkResponse(text), expected);
    compare(json, expected);
  });
});

function compare(response: object | null, expected: Aggregate): void {
  const { output, usage, status, incomplete_details } = fields(response);
  const items = Array.isArray(output) ? output.map(fields) : [];
  const texts = (type: string, key: string): string =>
    items
      .filter((item) => item.type === type)
      .flatMap((item) => (Array.isArray(item[key]) ? item[key].map((part) => String(fields(part).text)) : []))
      .join('');
  expect(texts('message', 'content').trim()).toBe(expected.text.trim());
  expect(texts('reasoning', 'content').trim()).toBe(expected.reasoning.trim());
  const calls = items.filter(({ type }) => type === 'function_call');
  if (expected.finish !== 'length') {
    expect(calls.map(({ name, arguments: text }) => ({ name, input: JSON.parse(String(text)) }))).toEqual(
      expected.calls,
    );
  }
  const reasons: Record<string, string> = { length: 'max_output_tokens', content_filter: 'content_filter' };
  const reason = reasons[expected.finish ?? ''];
  expect([status, incomplete_details]).toEqual(reason === undefined ? ['completed', null] : ['incomplete', { reason }]);
  if (expected.usage === null) return;
  const { input_tokens, output_tokens, total_tokens } = fields(usage);
  expect(Number(input_tokens)).toBeGreaterThanOrEqual(expected.usage.input);
  expect(output_tokens).toBe(expected.usage.output);
  expect(total_tokens).toBe(Number(input_tokens) + Number(output_tokens));
}

function fields(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}
