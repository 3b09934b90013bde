import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PassedThrough } from '../../../../src-main/protocols/conversation/pass-through.ts';
import { createResponsesWatch } from '../../../../src-main/protocols/responses/pass-through-watch.ts';
import type { JsonObject } from '../../../../src-shared/json.ts';

function watched(stream: string, sizes: readonly number[] = [1 << 20]) {
  const bytes = new TextEncoder().encode(stream);
  const watch = createResponsesWatch();
  for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
    const size = sizes[piece % sizes.length] ?? 1;
    watch.push(bytes.subarray(at, at + size));
    at += size;
  }
  return watch;
}
const seen = (stream: string, sizes?: readonly number[]): PassedThrough => watched(stream, sizes).end();

const event = (type: string, more: JsonObject): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const usage = { input_tokens: 10, input_tokens_details: { cached_tokens: 4 }, output_tokens: 5, total_tokens: 15 };
const response = { id: 'resp_1', object: 'response', status: 'completed', output: [], usage };
const created = event('response.created', { sequence_number: 0, response: { ...response, usage: null } });
const text = event('response.output_text.delta', {
  sequence_number: 1,
  delta: 'event: response.completed\n"type":"response.completed","usage":{"input_tokens":1}',
});

describe('the end of a Responses stream', () => {
  test('is response.completed or response.incomplete, with its figures; text that looks like one is none', () => {
    expect(seen(created + text)).toMatchObject({ finished: false, error: null, usage: null });
    for (const type of ['response.completed', 'response.incomplete']) {
      expect(seen(created + text + event(type, { sequence_number: 2, response }))).toMatchObject({
        finished: true,
        usage: { inputTokens: 6, cacheReadTokens: 4, outputTokens: 5 },
      });
    }
    expect(seen(`data: {"sequence_number":3,"type":"response.completed"}\n\n`).finished).toBe(true);
  });

  test('is found however long the response is that it repeats, and however the bytes are cut', () => {
    const { usage: figures, ...rest } = response;
    const long = { ...rest, instructions: 'x'.repeat(200_000), usage: figures, metadata: { note: 'y' } };
    const stream = created + text + event('response.completed', { sequence_number: 2, response: long });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        expect(seen(stream, sizes)).toEqual(seen(stream));
      }),
      { numRuns: 20 },
    );
    expect(seen(stream)).toMatchObject({ finished: true, usage: { inputTokens: 6 } });
  });

  test('a failed one tells its error, and so does an error event', () => {
    const error = { code: 'rate_limit_exceeded', message: 'Rate limit reached' };
    expect(seen(created + event('response.failed', { response: { ...response, error } }))).toMatchObject({
      finished: false,
      error: { kind: 'rate-limit', message: 'Rate limit reached' },
    });
    expect(seen(created + event('error', { code: 'x', message: 'It broke' })).error?.message).toBe('It broke');
  });
});

describe('a failure that is added', () => {
  const failure = (stream: string): JsonObject[] =>
    watched(stream)
      .failure({ kind: 'upstream-cut', message: 'cut' })
      .trim()
      .split('\n\n')
      .map((frame) => JSON.parse(frame.split('\ndata: ')[1] ?? ''));

  test('carries the response’s id and the next number, also where the response was too long to be kept', () => {
    for (const instructions of ['short', 'x'.repeat(200_000)]) {
      const opening = event('response.created', { sequence_number: 0, response: { ...response, instructions } });
      expect(failure(opening + text)).toMatchObject([
        { type: 'response.failed', sequence_number: 2, response: { id: 'resp_1', error: { message: 'cut' } } },
      ]);
    }
  });

  test('creates a response first where there was none', () => {
    expect(failure('').map(({ type, sequence_number }) => [type, sequence_number])).toEqual([
      ['response.created', 0],
      ['response.failed', 1],
    ]);
  });
});
