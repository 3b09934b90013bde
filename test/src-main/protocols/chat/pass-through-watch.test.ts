import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPassThroughWatch } from '../../../../src-main/protocols/chat/pass-through-watch.ts';
import type { PassedThrough } from '../../../../src-main/protocols/conversation/pass-through.ts';

const fixtures = process.env.DRAGOMAN_FIXTURES;

function watch(stream: string | Uint8Array, sizes: readonly number[] = [1 << 20]): PassedThrough {
  const bytes = typeof stream === 'string' ? new TextEncoder().encode(stream) : stream;
  const watching = createPassThroughWatch();
  for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
    const size = Math.max(1, sizes[piece % sizes.length] ?? 1);
    watching.push(bytes.subarray(at, at + size));
    at += size;
  }
  return watching.end();
}

const text = (content: string, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
const usage = 'data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}\n\n';

describe('whether a stream that went through untouched came to its end', () => {
  test('a finish reason is an end, and so is [DONE]', () => {
    expect(watch(text('hi') + text('', 'stop')).finished).toBe(true);
    expect(watch(`${text('hi')}data: [DONE]\n\n`).finished).toBe(true);
    expect(watch('data:{"choices":[{"finish_reason" : "length"}]}\r\n\r\n').finished).toBe(true);
    expect(watch('data:[DONE]').finished).toBe(true);
  });

  test('Ollama that dies silently has not come to an end', () => {
    expect(
      watch(`${text('hi')}data: {"model":"","choices":[{"index":0,"delta":{"content":""},"finish_reason":null}]}\n\n`),
    ).toEqual({
      finished: false,
      error: null,
      usage: null,
      insideEvent: false,
      missing: '',
    });
  });

  test('an answer that talks about finish reasons, errors and [DONE] proves nothing', () => {
    const said = text('"finish_reason":"stop", "error": {"message":"x"}, "usage":{"prompt_tokens":1}\ndata: [DONE]\n');
    expect(watch(said + text(' and more'))).toMatchObject({ finished: false, error: null, usage: null });
  });

  test('empty streams and comments prove nothing', () => {
    expect(watch('')).toEqual({ finished: false, error: null, usage: null, insideEvent: false, missing: '' });
    expect(watch(': keep-alive\n\n').finished).toBe(false);
  });

  test('the error a server sent is told', () => {
    const { finished, error } = watch(
      `${text('hi')}data: {"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}\n\n`,
    );
    expect(finished).toBe(false);
    expect(error).toMatchObject({ kind: 'loading' });
  });

  test('the last usage is told', () => {
    expect(watch(`${text('a', 'stop')}${usage}data: [DONE]\n\n`).usage).toMatchObject({
      inputTokens: 10,
      outputTokens: 5,
    });
    expect(watch(usage + usage.replace('15', '16').replace(':5,', ':6,') + text('a', 'stop')).usage).toMatchObject({
      outputTokens: 6,
    });
  });

  test('a stream that broke inside an event says so', () => {
    expect(watch(`${text('hi')}data: {"choices":[{"del`)).toMatchObject({ finished: false, insideEvent: true });
    expect(watch(text('hi').trimEnd()).insideEvent).toBe(true);
    expect(watch('data: {}\r\n\r\n').insideEvent).toBe(false);
  });

  test('chunk borders and length change nothing', () => {
    const body = new TextEncoder().encode(
      `${text('é😀'.repeat(20)).repeat(600)}${text('', 'tool_calls')}${usage}data: [DONE]\n\n`,
    );
    expect(body.length).toBeGreaterThan(100_000);
    const whole = watch(body);
    expect(whole).toMatchObject({ finished: true, usage: { inputTokens: 10 }, insideEvent: false });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        expect(watch(body, sizes)).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  test('a last event that is longer than what is kept still ends the stream', () => {
    expect(watch(text('x'.repeat(200_000), 'stop')).finished).toBe(true);
    expect(watch(text('x'.repeat(200_000))).finished).toBe(false);
  });

  test.skipIf(!fixtures)('every recorded stream of a real server has come to its end, and no half of one', () => {
    const streams = ['recorded/openai-chat/stream', 'model-servers/single', 'model-servers/ollama'].flatMap((group) =>
      readdirSync(join(fixtures ?? '', group))
        .filter((name) => /^(?:openai-)?chat.*\.sse$/.test(name))
        .map((name) => join(fixtures ?? '', group, name)),
    );
    expect(streams.length).toBeGreaterThan(20);
    for (const path of streams) {
      const body = readFileSync(path);
      const end = watch(body);
      expect(end.finished || end.error !== null || /killed|abort/.test(path), path).toBe(true);
      const firstEvent = body.indexOf('\n\n') + 2;
      if (body.subarray(0, firstEvent).includes('"finish_reason":null'))
        expect(watch(body.subarray(0, firstEvent)).finished, path).toBe(false);
    }
  });
});
