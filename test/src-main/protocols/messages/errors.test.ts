import { describe, expect, test } from 'vitest';
import type { ConversationError, ErrorKind } from '../../../../src-main/protocols/conversation/error.ts';
import { encodeMessagesError, messagesErrorBody } from '../../../../src-main/protocols/messages/errors.ts';

/** Claude Code 2.1.329's own expression for the numbers of an overflow. */
const claudeCode = /prompt is too long[^0-9]*(\d+)\s*tokens?\s*>\s*(\d+)/;

function overflow(numbers: ConversationError['overflow']): string {
  const body = messagesErrorBody({
    kind: 'context-overflow',
    message: 'own words',
    ...(numbers ? { overflow: numbers } : {}),
  });
  return JSON.stringify(body.error);
}

describe('a failure in the words of the Messages API', () => {
  test.each<[ErrorKind, number, string]>([
    ['invalid-request', 400, 'invalid_request_error'],
    ['unsupported', 400, 'invalid_request_error'],
    ['authentication', 401, 'authentication_error'],
    ['permission', 403, 'permission_error'],
    ['not-found', 404, 'not_found_error'],
    ['unknown-model', 404, 'not_found_error'],
    ['too-large', 413, 'request_too_large'],
    ['context-overflow', 400, 'invalid_request_error'],
    ['rate-limit', 429, 'rate_limit_error'],
    ['quota', 402, 'billing_error'],
    ['upstream-authentication', 502, 'api_error'],
    ['upstream-unreachable', 502, 'api_error'],
    ['upstream-failure', 502, 'api_error'],
    ['upstream-cut', 502, 'api_error'],
    ['overloaded', 503, 'overloaded_error'],
    ['loading', 503, 'overloaded_error'],
    ['timeout', 504, 'timeout_error'],
    ['unavailable', 503, 'overloaded_error'],
    ['internal', 500, 'api_error'],
  ])('%s is %i %s', (kind, status, type) => {
    const answer = encodeMessagesError({ kind, message: 'words' }, 'req_7');
    expect(answer.status).toBe(status);
    expect(answer.headers['request-id']).toBe('req_7');
    expect(answer.body).toMatchObject({ type: 'error', error: { type }, request_id: 'req_7' });
  });

  test('F05: our own key fails at once, and so does a secret the server refused', () => {
    expect(encodeMessagesError({ kind: 'authentication', message: 'no' }, 'r').headers['x-should-retry']).toBe('false');
    expect(encodeMessagesError({ kind: 'upstream-authentication', message: 'no' }, 'r').headers['x-should-retry']).toBe(
      'false',
    );
    expect(encodeMessagesError({ kind: 'unavailable', message: 'no' }, 'r').headers['x-should-retry']).toBe('false');
  });

  test('F10: a server that is not there may be asked again', () => {
    const answer = encodeMessagesError(
      { kind: 'upstream-unreachable', message: 'ollama is not running: connection refused.' },
      'r',
    );
    expect(answer.headers['x-should-retry']).toBeUndefined();
    expect(answer.body.error).toEqual({ type: 'api_error', message: 'ollama is not running: connection refused.' });
  });

  test('F07: retry-after is whole seconds, at least one', () => {
    const headers = (retryAfterMs: number) =>
      encodeMessagesError({ kind: 'rate-limit', message: 'slow', retryAfterMs }, 'r').headers;
    expect(headers(2500)).toMatchObject({ 'retry-after': '3', 'retry-after-ms': '2500' });
    expect(headers(20)).toMatchObject({ 'retry-after': '1', 'retry-after-ms': '20' });
    expect(headers(0)).toMatchObject({ 'retry-after': '1', 'retry-after-ms': '1' });
  });

  test('a 429 always says when to come back, since some agents give up without it', () => {
    expect(encodeMessagesError({ kind: 'rate-limit', message: 'slow' }, 'r').headers['retry-after']).toBe('2');
  });

  test('F08: a model that loads is worth waiting for', () => {
    expect(encodeMessagesError({ kind: 'loading', message: 'Loading model' }, 'r').headers['retry-after']).toBe('5');
  });

  test("the server's 529 stays one; a quota behind a 429 stays a 429 that is not repeated", () => {
    expect(encodeMessagesError({ kind: 'overloaded', message: 'x', upstreamStatus: 529 }, 'r').status).toBe(529);
    const quota = encodeMessagesError({ kind: 'quota', message: 'x', upstreamStatus: 429 }, 'r');
    expect([quota.status, quota.headers['x-should-retry']]).toEqual([429, 'false']);
    expect(quota.body.error).toMatchObject({ type: 'rate_limit_error' });
  });

  test('a stream event without a request id has none', () => {
    expect(messagesErrorBody({ kind: 'upstream-cut', message: 'cut' })).toEqual({
      type: 'error',
      error: { type: 'api_error', message: 'cut' },
    });
  });
});

describe('an overflow in the words Claude Code compacts on', () => {
  test('with both numbers', () => {
    expect(overflow({ promptTokens: 918, contextWindow: 768 })).toContain(
      'prompt is too long: 918 tokens > 768 maximum',
    );
    expect(claudeCode.exec(overflow({ promptTokens: 918, contextWindow: 768 }))?.slice(1)).toEqual(['918', '768']);
  });

  test.each([
    undefined,
    {},
    { promptTokens: 9 },
    { contextWindow: 9 },
    { promptTokens: 9, contextWindow: 9 },
    { promptTokens: 8, contextWindow: 9 },
  ])('no number is made up from %j', (numbers) => {
    expect(overflow(numbers)).toContain('"prompt is too long"');
  });

  test('a prompt that fits, but not with the answer it asks for, is told apart', () => {
    expect(overflow({ promptTokens: 3500, contextWindow: 4096, maxOutputTokens: 1000 })).toContain(
      'input length and `max_tokens` exceed context limit: 3500 + 1000 > 4096',
    );
  });
});
