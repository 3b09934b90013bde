import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeChatError } from '../../../../src-main/protocols/chat/errors.ts';
import { decodeChatError, decodeChatErrorObject } from '../../../../src-main/protocols/chat/upstream-error.ts';
import { encodeMessagesError } from '../../../../src-main/protocols/messages/errors.ts';
import { isObject } from '../../../../src-shared/json.ts';

const fixtures = process.env.DRAGOMAN_FIXTURES;

function decode(status: number, body: unknown, headers: Record<string, string> = {}) {
  return decodeChatError(status, headers, typeof body === 'string' ? body : JSON.stringify(body));
}

/** Status, Messages error type and message, as a client of the Messages API gets them. */
function asMessages(status: number, body: unknown): readonly unknown[] {
  const { status: answered, body: written } = encodeMessagesError(decode(status, body), 'req_1');
  const inner = isObject(written.error) ? written.error : {};
  return [answered, inner.type, inner.message];
}

function asChat(status: number, body: unknown): readonly unknown[] {
  const { status: answered, body: written } = encodeChatError(decode(status, body), 'req_1');
  const inner = isObject(written.error) ? written.error : {};
  return [answered, inner.type, inner.code];
}

const refused = /refused the secret/;

describe.skipIf(!fixtures)('F01: every recorded error of a provider', () => {
  const expected: Readonly<Record<string, readonly [number, string, string | RegExp, number, string, string | null]>> =
    {
      'anthropic-messages.api-anthropic-com.400': [
        400,
        'invalid_request_error',
        'prompt is too long: 3333404 tokens > 200000 maximum',
        400,
        'invalid_request_error',
        'context_length_exceeded',
      ],
      'anthropic-messages.api-anthropic-com.401': [
        502,
        'api_error',
        refused,
        502,
        'server_error',
        'upstream_authentication',
      ],
      'openai-chat.api-deepseek-com.400': [
        400,
        'invalid_request_error',
        'prompt is too long: 1250025 tokens > 1048565 maximum',
        400,
        'invalid_request_error',
        'context_length_exceeded',
      ],
      'openai-chat.api-deepseek-com.401': [502, 'api_error', refused, 502, 'server_error', 'upstream_authentication'],
      'openai-chat.api-mistral-ai.401': [502, 'api_error', refused, 502, 'server_error', 'upstream_authentication'],
      'openai-chat.api-perplexity-ai.400': [
        400,
        'invalid_request_error',
        'prompt is too long',
        400,
        'invalid_request_error',
        'context_length_exceeded',
      ],
      'openai-chat.api-perplexity-ai.401': [502, 'api_error', refused, 502, 'server_error', 'upstream_authentication'],
      'openai-chat.ollama-com.400': [
        400,
        'invalid_request_error',
        'prompt is too long',
        400,
        'invalid_request_error',
        'context_length_exceeded',
      ],
      'openai-chat.ollama-com.401': [502, 'api_error', refused, 502, 'server_error', 'upstream_authentication'],
      'openai-chat.openrouter-ai.400': [
        400,
        'invalid_request_error',
        'prompt is too long: 2500021 tokens > 200000 maximum',
        400,
        'invalid_request_error',
        'context_length_exceeded',
      ],
      'openai-chat.openrouter-ai.401': [502, 'api_error', refused, 502, 'server_error', 'upstream_authentication'],
      'openai-chat.rubyllm-services-ai-azure-com.401': [
        502,
        'api_error',
        refused,
        502,
        'server_error',
        'upstream_authentication',
      ],
      'openai-chat.rubyllm-services-ai-azure-com.429': [
        429,
        'rate_limit_error',
        /have exceeded rate limit/,
        429,
        'rate_limit_error',
        'rate_limit_exceeded',
      ],
      'openai-chat.traceloop-stg-openai-azure-com.404': [
        404,
        'not_found_error',
        /^The API deployment for this resource does not exist/,
        404,
        'invalid_request_error',
        'model_not_found',
      ],
      'openai-responses.api-openai-com.400': [
        400,
        'invalid_request_error',
        'prompt is too long',
        400,
        'invalid_request_error',
        'context_length_exceeded',
      ],
      'openai-responses.api-openai-com.401': [
        502,
        'api_error',
        refused,
        502,
        'server_error',
        'upstream_authentication',
      ],
      'openai-responses.api-x-ai.400': [502, 'api_error', refused, 502, 'server_error', 'upstream_authentication'],
    };

  for (const wire of ['anthropic-messages', 'openai-chat', 'openai-responses']) {
    const folder = join(fixtures ?? '', 'recorded', wire, 'error');
    for (const file of fixtures ? readdirSync(folder).filter((name) => name.includes('.response.')) : []) {
      const name = file.split('.').slice(0, 3).join('.');
      test(name, () => {
        const row = expected[name];
        expect(row, 'a row of the table').toBeDefined();
        if (row === undefined) return;
        const [status, type, message, chatStatus, chatType, code] = row;
        const body = readFileSync(join(folder, file), 'utf8');
        const recorded = Number(name.slice(-3));
        expect(asMessages(recorded, body)).toEqual([
          status,
          type,
          typeof message === 'string' ? message : expect.stringMatching(message),
        ]);
        expect(asChat(recorded, body)).toEqual([chatStatus, chatType, code]);
      });
    }
  }
});

describe.skipIf(!fixtures)('the recorded errors of real model servers', () => {
  const recordings = fixtures ? recordedErrors(join(fixtures, 'model-servers')) : [];

  test('none is read as a success, none loses its words, none asks the agent to log in', () => {
    expect(recordings.length).toBeGreaterThan(40);
    for (const { name, status, body } of recordings) {
      const error = decode(status, body);
      expect(error.message, name).not.toBe('');
      expect([401, 403], name).not.toContain(encodeMessagesError(error, 'req_1').status);
      expect(error.message, name).not.toMatch(/[{}]"error"|\\"/);
    }
  });

  test.each([
    ['loading/chat-loading.json', 'loading'],
    ['errmid/queued-overflow-chat-stream.json', 'context-overflow'],
    ['ctxshift/overflow.json', 'context-overflow'],
    ['embeddings/embeddings-overflow.json', 'context-overflow'],
    ['ollama/overflow-one-message.json', 'context-overflow'],
    ['ollama/native-truncate-false.json', 'context-overflow'],
    ['ollama/chat-missing-model.json', 'unknown-model'],
    ['ollama/chat-image-novision.json', 'unsupported'],
    ['ollama/embeddings-on-chat-model.json', 'unsupported'],
    ['ollama/chat-args-empty-string.json', 'invalid-request'],
    ['ollama/chat-length-in-tool.json', 'upstream-failure'],
    ['ollama/not-found.json', 'upstream-failure'],
    ['router/chat-unknown-model.json', 'unknown-model'],
    ['router/chat-broken.json', 'upstream-failure'],
    ['single/chat-image.json', 'unsupported'],
    ['single/chat-args-not-json.json', 'invalid-request'],
    ['single/not-found.json', 'upstream-failure'],
    ['nojinja/tools.json', 'unsupported'],
    ['slow/slots-fail_on_no_slot.json', 'overloaded'],
    ['apikey/chat-badkey.json', 'upstream-authentication'],
  ])('%s means %s', (name, kind) => {
    const recording = recordings.find((candidate) => candidate.name === name);
    expect(recording && decode(recording.status, recording.body).kind).toBe(kind);
  });
});

describe('the shapes servers write errors in', () => {
  test.each<[string, number, unknown, string, string]>([
    ['a numeric code', 400, { error: { message: 'bad tools', code: 400 } }, 'invalid-request', 'bad tools'],
    ['FastAPI, a text', 400, { detail: 'bad tools' }, 'invalid-request', 'bad tools'],
    [
      'FastAPI, a list',
      422,
      { detail: [{ loc: ['body', 'messages', 0], msg: 'field required', type: 'missing' }] },
      'invalid-request',
      'messages.0: field required',
    ],
    ['a string', 400, { error: 'bad tools' }, 'invalid-request', 'bad tools'],
    [
      'older vLLM',
      400,
      { object: 'error', message: 'bad tools', type: 'BadRequestError', code: 400 },
      'invalid-request',
      'bad tools',
    ],
    ['a bare message', 400, { message: 'bad tools' }, 'invalid-request', 'bad tools'],
    [
      'a list of one',
      400,
      [{ error: { message: 'bad tools', code: 400, status: 'INVALID_ARGUMENT' } }],
      'invalid-request',
      'bad tools',
    ],
    [
      'Anthropic',
      529,
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      'overloaded',
      'Overloaded',
    ],
    [
      'JSON inside the message',
      500,
      { error: { message: '{"error":{"message":"CUDA error","type":"server_error"}}' } },
      'upstream-failure',
      'CUDA error',
    ],
    [
      'OpenRouter, the provider told apart',
      429,
      {
        error: {
          message: 'Provider returned error',
          code: 429,
          metadata: { raw: '{"error":{"message":"slow down please"}}', provider_name: 'X' },
        },
      },
      'rate-limit',
      'slow down please',
    ],
    [
      'OpenRouter, the provider in plain text',
      502,
      { error: { message: 'Provider returned error', code: 502, metadata: { raw: 'upstream exploded' } } },
      'upstream-failure',
      'upstream exploded',
    ],
    ['plain text', 500, 'Internal Server Error', 'upstream-failure', 'Internal Server Error'],
    [
      'F09: a web page',
      502,
      '<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>',
      'upstream-failure',
      '502 Bad Gateway',
    ],
    ['nothing', 500, '', 'upstream-failure', 'The model server failed without saying why (status 500).'],
    [
      'an empty object',
      400,
      {},
      'invalid-request',
      'The model server refused the request without saying why (status 400).',
    ],
    ['JSON that is no object', 400, '42', 'invalid-request', '42'],
    ['null', 500, 'null', 'upstream-failure', 'null'],
  ])('%s', (_, status, body, kind, message) => {
    expect(decode(status, body)).toMatchObject({ kind, message, upstreamStatus: status });
  });

  test('native words of a 400 stay verbatim, since agents act on them', () => {
    const words =
      "messages.3: role 'system' is not supported; Input should be 'user' or 'assistant' (anthropic-beta context-management-2025-06-27)";
    expect(decode(400, { error: { message: words } }).message).toBe(words);
  });

  test('a web page of any length and unclosed tags never shows markup', () => {
    const page = `<!DOCTYPE html><html><script>var a="<b>"</script><h1>Gateway <b>time-out</b></h1>${'<div>'.repeat(20_000)}<p`;
    expect(decode(504, page)).toMatchObject({ kind: 'timeout', message: 'Gateway time-out' });
  });

  test('a text of any length is cut', () => {
    expect(decode(400, { error: { message: 'x y '.repeat(100_000) } }).message.length).toBeLessThanOrEqual(2000);
  });

  test('a body of any nesting and any bytes is read without a throw', () => {
    for (const body of [
      '[',
      '{"error":',
      `${'{"error":'.repeat(2000)}1${'}'.repeat(2000)}`,
      `${'['.repeat(3000)}${']'.repeat(3000)}`,
      '\u0000\ud800',
      '"\\ud800"',
    ]) {
      expect(decode(500, body).kind).toBe('upstream-failure');
    }
  });
});

describe('what a status means', () => {
  test.each<[number, unknown, string]>([
    [401, { error: 'Unauthorized' }, 'upstream-authentication'],
    [403, '', 'upstream-authentication'],
    [400, { error: { message: 'Invalid API key', code: 'invalid_api_key' } }, 'upstream-authentication'],
    [402, { error: { message: 'Insufficient Balance' } }, 'quota'],
    [
      429,
      { error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' } },
      'quota',
    ],
    [
      429,
      {
        error: {
          message:
            'Rate limit reached. Please try again in 2s. Add a payment method at https://a.example/account/billing.',
        },
      },
      'rate-limit',
    ],
    [
      429,
      {
        error: {
          message:
            'You exceeded your current quota, please check your plan and billing details. Please retry in 17.5s.',
        },
      },
      'rate-limit',
    ],
    [400, { error: { message: 'the model could not read image 3: file not found' } }, 'invalid-request'],
    [400, { error: { message: 'Model Not Exist' } }, 'unknown-model'],
    [429, '', 'rate-limit'],
    [429, { error: { message: 'The engine is currently overloaded', type: 'engine_overloaded_error' } }, 'overloaded'],
    [400, { error: { message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 } }, 'unknown-model'],
    [
      404,
      { error: { message: 'The model `x` does not exist or you do not have access to it.', code: 'model_not_found' } },
      'unknown-model',
    ],
    [404, { error: { message: 'No endpoints found for a/b.', code: 404 } }, 'unknown-model'],
    [404, { error: { message: 'No endpoints found that support tool use.', code: 404 } }, 'unsupported'],
    [404, { detail: 'Not Found' }, 'upstream-failure'],
    [408, '', 'timeout'],
    [413, '', 'too-large'],
    [413, { error: { message: "This model's maximum context length is 10 tokens" } }, 'context-overflow'],
    [
      429,
      {
        error: {
          message:
            'Request too large for gpt-x on tokens per min (TPM): Limit 30000, Requested 40000. Reduce the length of the messages.',
        },
      },
      'rate-limit',
    ],
    [500, { error: { message: 'tools param requires --jinja flag', code: 500 } }, 'unsupported'],
    [503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } }, 'loading'],
    [503, { error: { message: 'server busy, please try again.  maximum pending requests exceeded' } }, 'overloaded'],
    [504, '', 'timeout'],
    [301, '', 'upstream-failure'],
    [500, '', 'upstream-failure'],
    [520, '', 'upstream-failure'],
    [529, '', 'overloaded'],
  ])('%i %j is %s', (status, body, kind) => {
    expect(decode(status, body).kind).toBe(kind);
  });

  test('F05: the words of a refused secret are not repeated, and no repetition is asked for', () => {
    const error = decode(401, { error: { message: 'Incorrect key provided: hunter2-is-my-key' } });
    expect(error.message).not.toContain('hunter2');
    const answer = encodeMessagesError(error, 'req_1');
    expect(answer.status).toBe(502);
    expect(answer.headers['x-should-retry']).toBe('false');
  });
});

describe('when to try again (F07, F08)', () => {
  test.each<[string, Record<string, string>, string, number | undefined]>([
    ['seconds', { 'retry-after': '7' }, '', 7000],
    ['fractions of seconds', { 'retry-after': '0.25' }, '', 250],
    ['milliseconds before seconds', { 'retry-after': '7', 'retry-after-ms': '1500' }, '', 1500],
    [
      'a date against the date of the answer',
      { 'retry-after': 'Sat, 21 Nov 2026 01:00:30 GMT', date: 'Sat, 21 Nov 2026 01:00:00 GMT' },
      '',
      30_000,
    ],
    [
      'a date that has passed',
      { 'retry-after': 'Sat, 21 Nov 2026 00:59:00 GMT', date: 'Sat, 21 Nov 2026 01:00:00 GMT' },
      '',
      0,
    ],
    ['a date without the date of the answer', { 'retry-after': 'Sat, 21 Nov 2026 01:00:30 GMT' }, '', undefined],
    ['words', {}, 'Rate limit reached. Please try again in 2.5s. Visit the docs.', 2500],
    ['words with minutes', {}, 'Please try again in 6m0.5s', 360_500],
    ['words with milliseconds', {}, 'Please try again in 20ms.', 20],
    ['words, spelled out', {}, 'Please retry after 24 seconds.', 24_000],
    ['rubbish', { 'retry-after': 'soon' }, 'try again in a while', undefined],
  ])('%s', (_, headers, message, expected) => {
    expect(decode(429, { error: { message } }, headers).retryAfterMs).toBe(expected);
  });

  test('the estimate of a server that loads a model', () => {
    const error = decode(503, { error: 'Model a/b is currently loading', estimated_time: 20.4 });
    expect(error).toMatchObject({ kind: 'loading', retryAfterMs: 20_400 });
  });

  test('the server says itself whether to repeat', () => {
    expect(decode(500, '', { 'x-should-retry': 'false' }).shouldRetry).toBe(false);
    expect(decode(429, '', { 'x-should-retry': 'true' }).shouldRetry).toBe(true);
  });
});

describe('F19: nothing of the server leaves in an error', () => {
  const planted = {
    url: 'http://gpu-box.corp.internal:8000/v1/chat/completions?key=abc',
    address: '10.1.2.3:8000',
    'IPv6 address': '[fd00::1]:8000',
    host: 'registry.ollama.ai',
    'host and port': 'connect ECONNREFUSED gpu-box:8000',
    file: '/srv/models/secret/tiny.gguf',
    'Windows file': 'C:\\models\\secret\\tiny.gguf',
    key: 'sk-proj-abcdef0123456789abcdef',
    'bearer token': 'Bearer abcdef0123456789',
    'header dump': '{"authorization": "Bearer zzz9zzz9zzz9"}',
    'stack frame': '\n    at handler (/app/server/index.js:10:5)\n',
    'Python frame': '\nTraceback (most recent call last):\n  File "/usr/lib/python3/serve.py", line 10, in run\n',
  } as const;

  test.each(Object.entries(planted))('%s', (_, what) => {
    for (const body of [
      { error: { message: `it broke: ${what} and more` } },
      `it broke: ${what} and more`,
      `<html><title>it broke: ${what.replaceAll('\n', ' ')} and more</title>`,
    ]) {
      for (const status of [400, 404, 429, 500, 503]) {
        const text = JSON.stringify(
          decodeChatError(status, {}, typeof body === 'string' ? body : JSON.stringify(body)),
        );
        expect(text).not.toMatch(
          /gpu-box|8000|10\.1\.2\.3|fd00|registry|srv|models|\bC:|abcdef|zzz9|index\.js|python3/,
        );
        if (status !== 404) expect(text).toContain('it broke');
      }
    }
  });
});

describe('what LM Studio and vLLM say with status 400 means more than a bad request', () => {
  test.each<[string, unknown, string]>([
    [
      'a model that does not load',
      { error: { message: 'Failed to load model "q". Error: Operation canceled.' } },
      'upstream-failure',
    ],
    [
      'a model that crashed',
      { error: 'The model has crashed without additional information. (Exit code: 6)' },
      'upstream-failure',
    ],
    ['a model that was unloaded meanwhile', { error: 'Model unloaded.' }, 'upstream-failure'],
    [
      'tools that the server was not started for',
      {
        error: {
          message: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
          type: 'BadRequestError',
          code: 400,
        },
      },
      'unsupported',
    ],
    [
      'a picture for a model without eyes',
      { error: { message: 'coder is not a multimodal model', code: 400 } },
      'unsupported',
    ],
    [
      'a picture where none is allowed',
      { error: { message: 'At most 0 image(s) may be provided in one prompt.' } },
      'unsupported',
    ],
    ['a choice of tools in another form', { error: "Invalid tool_choice type: 'object'." }, 'invalid-request'],
  ])('%s', (_, body, kind) => {
    expect(decode(400, body).kind).toBe(kind);
  });
});

describe('errors inside a 200', () => {
  test.each<[string, unknown, string]>([
    ['llama-server', { error: { code: 500, message: 'Compute error.', type: 'server_error' } }, 'upstream-failure'],
    ['the error member alone', { message: 'Compute error.', type: 'server_error', code: 500 }, 'upstream-failure'],
    ['OpenRouter 429', { id: 'x', error: { code: 429, message: 'Rate limited' }, choices: [] }, 'rate-limit'],
    ['a type only', { error: { type: 'overloaded_error', message: 'Overloaded' } }, 'overloaded'],
    ['LM Studio, a string', { error: 'Unexpected endpoint or method. (GET /x)' }, 'upstream-failure'],
    ['Groq', { x_groq: { error: 'over capacity, model is overloaded' } }, 'overloaded'],
    [
      'overflow',
      { error: { message: 'Reached context length of 4096 tokens with model (arch: qwen2)' } },
      'context-overflow',
    ],
    ['invalid request', { error: { message: 'bad', type: 'invalid_request_error' } }, 'invalid-request'],
    ['nothing at all', { error: {} }, 'upstream-failure'],
  ])('%s', (_, value, kind) => {
    expect(decodeChatErrorObject(value).kind).toBe(kind);
  });
});

function recordedErrors(root: string): readonly { name: string; status: number; body: string }[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    if (!name.endsWith('.json') || name.startsWith('schemas')) return [];
    const recording: unknown = JSON.parse(readFileSync(join(root, name), 'utf8'));
    const response = isObject(recording) && isObject(recording.response) ? recording.response : {};
    if (typeof response.status !== 'number' || response.status < 400) return [];
    return [
      {
        name,
        status: response.status,
        body: typeof response.body === 'string' ? response.body : JSON.stringify(response.body),
      },
    ];
  });
}
