import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { chatErrorBody, encodeChatError, encodeChatErrorChunk } from '../../../../src-main/protocols/chat/errors.ts';
import type { ConversationError, ErrorKind } from '../../../../src-main/protocols/conversation/error.ts';

function overflow(numbers: NonNullable<ConversationError['overflow']>): unknown {
  return chatErrorBody({ kind: 'context-overflow', message: 'own words', overflow: numbers }).error;
}

describe('a failure in the words of the Chat Completions API', () => {
  test.each<[ErrorKind, number, string, string | null]>([
    ['invalid-request', 400, 'invalid_request_error', null],
    ['unsupported', 400, 'invalid_request_error', 'unsupported_value'],
    ['authentication', 401, 'invalid_request_error', 'invalid_api_key'],
    ['permission', 403, 'permission_denied', 'permission_denied'],
    ['not-found', 404, 'invalid_request_error', 'not_found'],
    ['unknown-model', 404, 'invalid_request_error', 'model_not_found'],
    ['too-large', 413, 'invalid_request_error', 'request_too_large'],
    ['context-overflow', 400, 'invalid_request_error', 'context_length_exceeded'],
    ['rate-limit', 429, 'rate_limit_error', 'rate_limit_exceeded'],
    ['quota', 402, 'insufficient_quota', 'insufficient_quota'],
    ['upstream-authentication', 502, 'server_error', 'upstream_authentication'],
    ['upstream-unreachable', 502, 'server_error', 'upstream_unreachable'],
    ['upstream-failure', 502, 'server_error', null],
    ['upstream-cut', 502, 'server_error', 'upstream_cut'],
    ['overloaded', 503, 'server_error', null],
    ['loading', 503, 'server_error', 'model_loading'],
    ['timeout', 504, 'server_error', 'timeout'],
    ['unavailable', 503, 'server_error', null],
    ['internal', 500, 'server_error', null],
  ])('%s is %i %s %s', (kind, status, type, code) => {
    const answer = encodeChatError({ kind, message: 'words' }, 'req_7');
    expect(answer.status).toBe(status);
    expect(answer.headers['x-request-id']).toBe('req_7');
    expect(answer.body.error).toMatchObject({ type, code });
  });

  test('which parameter is wrong, and the code the server gave for it, are told', () => {
    expect(chatErrorBody({ kind: 'unsupported', message: 'no', param: 'logprobs' })).toEqual({
      error: { message: 'no', type: 'invalid_request_error', param: 'logprobs', code: 'unsupported_parameter' },
    });
    expect(
      chatErrorBody({ kind: 'invalid-request', message: 'no', upstreamCode: 'invalid_value' }).error,
    ).toMatchObject({ code: 'invalid_value' });
  });

  test("an overflow has OpenAI's own words, with the numbers that are known", () => {
    expect(overflow({ promptTokens: 918, contextWindow: 768 })).toEqual({
      message:
        "This model's maximum context length is 768 tokens. However, your messages resulted in 918 tokens. Please reduce the length of the messages.",
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    });
    expect(overflow({ promptTokens: 700, contextWindow: 768, maxOutputTokens: 100 })).toMatchObject({
      message: expect.stringContaining('you requested 800 tokens (700 in the messages, 100 in the completion)'),
    });
    expect(overflow({})).toMatchObject({
      message: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
    });
    expect(overflow({ contextWindow: 768 })).toMatchObject({
      message: expect.stringContaining('maximum context length is 768 tokens'),
    });
  });

  test('an SDK that reads the chunk of a failed stream throws its message', async () => {
    const chunk = encodeChatErrorChunk({ kind: 'upstream-cut', message: 'the answer broke off' });
    const client = new OpenAI({
      apiKey: 'none',
      maxRetries: 0,
      fetch: async () => new Response(chunk, { headers: { 'content-type': 'text/event-stream' } }),
    });
    const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true });
    await expect(async () => {
      for await (const part of stream) expect(part).toBeUndefined();
    }).rejects.toThrow('the answer broke off');
  });
});
