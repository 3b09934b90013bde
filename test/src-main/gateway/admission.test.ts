import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import {
  chatBody,
  chatOnlyKey,
  foreignModelKey,
  type Gateway,
  goodKey,
  messagesBody,
  startGateway,
  until,
} from './start-gateway.ts';

let fake: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  fake = await startFakeUpstream();
  gateway = await startGateway({ upstream: fake.url, gateway: { maxBodyMiB: 1 } });
});
afterEach(() => {
  fake.clear();
  gateway.setUnavailable(null);
});
afterAll(async () => {
  await gateway.close();
  await fake.close();
});

interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A request with exactly these headers, which fetch would not let through. */
function raw(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Uint8Array,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: gateway.port, method, path, headers }, (response) => {
      const pieces: Buffer[] = [];
      response
        .on('data', (piece) => pieces.push(piece))
        .on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(pieces).toString('utf8'),
          }),
        );
    });
    request.on('error', reject).end(body);
  });
}

const bearer = { authorization: `Bearer ${goodKey}` };

describe('who is answered', () => {
  test('a name that was rebound to this machine is refused before anything else', async () => {
    const answer = await raw('GET', '/v1/models', { host: 'evil.example', ...bearer });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { type: 'permission_denied' } });
    expect((await raw('GET', '/health', { host: `evil.example:${gateway.port}` })).status).toBe(403);
  });

  test('a page of another origin is refused, and no CORS header is ever sent', async () => {
    for (const [method, origin] of [
      ['POST', 'https://evil.example'],
      ['OPTIONS', 'https://evil.example'],
      ['OPTIONS', `http://127.0.0.1:${gateway.port}`],
    ] as const) {
      const answer = await raw(method, '/v1/messages', { ...bearer, origin, 'access-control-request-method': 'POST' });
      expect(answer.status).toBe(origin.includes('evil') ? 403 : 404);
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  test('the own origin is answered', async () => {
    expect((await raw('GET', '/v1/models', { ...bearer, origin: `http://localhost:${gateway.port}` })).status).toBe(
      200,
    );
  });

  test('a request that comes back to ourselves is refused as a loop', async () => {
    const answer = await raw('POST', '/v1/messages', { ...bearer, 'x-dragoman-hop': gateway.hopId }, '{}');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('loop');
    expect((await raw('GET', '/v1/models', { ...bearer, 'x-dragoman-hop': 'another-gateway' })).status).toBe(200);
  });

  test('F05: without a key it is 401 that is not to be repeated, in both shapes', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { 'x-api-key': 'wrong' },
      { authorization: `Basic ${goodKey}` },
      { authorization: 'Bearer ' },
    ]) {
      const messages = await raw('POST', '/v1/messages', headers, '{}');
      expect(messages.status).toBe(401);
      expect(messages.headers['x-should-retry']).toBe('false');
      expect(messages.headers['request-id']).toMatch(/^req_/);
      expect(JSON.parse(messages.text)).toMatchObject({ type: 'error', error: { type: 'authentication_error' } });
      const chat = await raw('POST', '/v1/chat/completions', headers, '{}');
      expect(chat.status).toBe(401);
      expect(chat.headers['x-should-retry']).toBe('false');
      expect(chat.headers['x-request-id']).toMatch(/^req_/);
      expect(JSON.parse(chat.text)).toMatchObject({ error: { code: 'invalid_api_key' } });
    }
  });

  test.each([
    { authorization: `bearer ${goodKey}` },
    { authorization: `BEARER   ${goodKey}` },
    { 'x-api-key': goodKey },
    { authorization: 'Bearer placeholder', 'x-api-key': goodKey },
  ])('the key is taken from %j', async (headers) => {
    expect((await raw('GET', '/v1/models', headers)).status).toBe(200);
  });

  test('a key is held to its scopes and to its models', async () => {
    const embeddings = await raw(
      'POST',
      '/v1/embeddings',
      { 'x-api-key': chatOnlyKey },
      '{"model":"up/fake-model","input":"x"}',
    );
    expect(embeddings.status).toBe(403);
    const chat = await raw(
      'POST',
      '/v1/chat/completions',
      { 'x-api-key': foreignModelKey },
      JSON.stringify(chatBody('hello')),
    );
    expect(chat.status).toBe(403);
    const messages = await raw(
      'POST',
      '/v1/messages',
      { 'x-api-key': foreignModelKey },
      JSON.stringify(messagesBody('hello')),
    );
    expect(messages.status).toBe(403);
    expect(JSON.parse(messages.text)).toMatchObject({ error: { type: 'permission_error' } });
    expect(fake.requests()).toEqual([]);
  });

  test('while the gateway is paused it says so and is not to be asked again', async () => {
    gateway.setUnavailable({ kind: 'unavailable', message: 'Dragoman is paused.' });
    const answer = await gateway.post('/v1/messages', messagesBody('hello'));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(await answer.json()).toMatchObject({ error: { type: 'overloaded_error', message: 'Dragoman is paused.' } });
    expect((await raw('GET', '/v1/models', bearer)).status).toBe(200);
  });
});

test('a mount gets its path and all below it, without a key but after the Host check', async () => {
  const seen: string[] = [];
  const own = await startGateway({
    upstream: fake.url,
    parts: {
      mounts: [
        {
          prefix: '/control',
          handle: (request, response) => {
            seen.push(request.url ?? '');
            response.end('mounted');
          },
        },
      ],
    },
  });
  expect(await (await fetch(`${own.url}/control/rpc?x=1`)).text()).toBe('mounted');
  expect((await fetch(`${own.url}/controls`)).status).toBe(404);
  expect((await fetch(`${own.url}/control`, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
  expect(seen).toEqual(['/control/rpc?x=1']);
  await own.close();
});

describe('F13: paths', () => {
  test('health, HEAD / and hello need no key', async () => {
    const health = await raw('GET', '/health');
    expect([health.status, health.text]).toEqual([200, '{"status":"ok"}']);
    expect((await raw('HEAD', '/')).status).toBe(200);
    expect((await raw('HEAD', '/api/hello')).status).toBe(200);
    expect((await raw('GET', '/api/hello')).status).toBe(200);
  });

  test.each(['/nope', '/v1/completions', '/v1/responses/resp_1/nope', '/', '/v1', '/health/x'])(
    '%s is 404 in OpenAI shape',
    async (path) => {
      const answer = await raw('POST', path, bearer, '{}');
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { type: 'invalid_request_error' } });
      expect(answer.headers['x-powered-by']).toBeUndefined();
    },
  );

  test('404 has the Messages shape below its paths, and for any request with anthropic-version', async () => {
    for (const [method, path, headers] of [
      ['POST', '/v1/messages/batches', {}],
      ['GET', '/v1/messages', {}],
      ['GET', '/api/other', {}],
      ['GET', '/nope', { 'anthropic-version': '2023-06-01' }],
    ] as const) {
      const answer = await raw(method, path, { ...bearer, ...headers });
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.text)).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
    }
  });

  test('a doubled /v1 and a beta query are taken', async () => {
    expect((await gateway.post('/v1/v1/messages?beta=true', messagesBody('hello', { stream: false }))).status).toBe(
      200,
    );
    expect((await gateway.post('/v1/v1/chat/completions', chatBody('hello', { stream: false }))).status).toBe(200);
    expect((await raw('GET', '/v1/v1/models', bearer)).status).toBe(200);
  });

  test('F12: models, for OpenAI clients and for Claude Code', async () => {
    const plain = JSON.parse((await raw('GET', '/v1/models', bearer)).text);
    expect(plain.data.map(({ id }: { id: string }) => id)).toEqual(['up/fake-model']);
    const claude = JSON.parse(
      (await raw('GET', '/v1/models?limit=1000', { ...bearer, 'user-agent': 'claude-code/2.1.329' })).text,
    );
    expect(claude.data.map(({ id }: { id: string }) => id)).toContain('claude-local/up/fake-model');
    for (const id of ['up/fake-model', 'up%2Ffake-model', 'claude-local%2fup%2ffake-model']) {
      const one = await raw('GET', `/v1/models/${id}`, bearer);
      expect(one.status).toBe(200);
      expect(JSON.parse(one.text).object).toBe('model');
    }
    const unknown = await raw('GET', '/v1/models/unknown', bearer);
    expect([unknown.status, unknown.text]).toEqual([404, expect.stringContaining('Did you mean up/fake-model?')]);
    const foreign = { authorization: `Bearer ${foreignModelKey}` };
    expect((await raw('GET', '/v1/models/up/fake-model', foreign)).status).toBe(403);
    expect(JSON.parse((await raw('GET', '/v1/models', foreign)).text).data).toEqual([]);
    expect((await raw('GET', '/v1/models/%zz', bearer)).status).toBe(400);
    expect((await raw('GET', '/v1/models')).status).toBe(401);
  });

  test('an unknown model is 404 in the words of each protocol', async () => {
    const messages = await gateway.post('/v1/messages', messagesBody('hello', { model: 'nope' }));
    expect(messages.status).toBe(404);
    expect(await messages.json()).toMatchObject({
      type: 'error',
      error: { type: 'not_found_error', message: expect.stringContaining('nope') },
    });
    const chat = await gateway.post('/v1/chat/completions', chatBody('hello', { model: 'nope' }));
    expect(chat.status).toBe(404);
    expect(await chat.json()).toMatchObject({ error: { code: 'model_not_found' } });
    expect(gateway.ends.at(-1)).toMatchObject({ outcome: 'failed', status: 404, modelId: null });
  });

  test('F16: an upgrade is answered at once, not left hanging', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(gateway.port, '127.0.0.1', () =>
        socket.write(
          'GET /v1/responses HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
        ),
      );
      let text = '';
      socket.on('data', (piece) => {
        text += piece.toString();
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 426 /);
    expect(answer).toMatch(/^upgrade: HTTP\/1\.1\r$/m);
  });
});

describe('bodies', () => {
  test.each([
    ['/v1/messages', 'request-id'],
    ['/v1/chat/completions', 'x-request-id'],
  ])('%s: what is no JSON object is 400 with the position and without a quote of it', async (path, header) => {
    const broken = await gateway.post(path, '{"model": "up/fake-model",\n  "secret-word": tru}');
    expect(broken.status).toBe(400);
    expect(broken.headers.get(header)).toMatch(/^req_/);
    const text = await broken.text();
    expect(text).toContain('line 2, column 18');
    expect(text).not.toContain('secret-word');
    expect(JSON.parse(text).error.type).toBe('invalid_request_error');
    for (const body of ['', '[]', '"text"', 'null', '{', '{"a":1}}'])
      expect((await gateway.post(path, body)).status, body).toBe(400);
    expect((await gateway.post(path, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).status).toBe(400);
  });

  test('a Chat request without a model is 400', async () => {
    const answer = await gateway.post('/v1/chat/completions', { messages: [] });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param: 'model' } });
  });

  test('a wrong shape is 400 with the path', async () => {
    const answer = await gateway.post('/v1/messages', {
      model: 'up/fake-model',
      max_tokens: 1,
      messages: [{ role: 'user', content: 7 }],
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('messages.0.content');
  });

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('F17: %s is taken', async (coding, compress) => {
    for (const [path, body] of [
      ['/v1/messages', messagesBody('hello', { stream: false })],
      ['/v1/chat/completions', chatBody('hello', { stream: false })],
    ] as const) {
      const answer = await gateway.post(path, compress(Buffer.from(JSON.stringify(body))), {
        headers: { 'content-encoding': coding },
      });
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain('Hello from the fake upstream.');
    }
  });

  test('an unknown coding and broken compressed data are 400', async () => {
    expect((await gateway.post('/v1/messages', 'x', { headers: { 'content-encoding': 'compress' } })).status).toBe(400);
    expect((await gateway.post('/v1/messages', 'not gzip', { headers: { 'content-encoding': 'gzip' } })).status).toBe(
      400,
    );
  });

  test.each([
    ['/v1/messages', 'request_too_large'],
    ['/v1/chat/completions', 'invalid_request_error'],
  ])('F06: %s over the limit is 413, plain or as a bomb', async (path, type) => {
    const long = JSON.stringify({ model: 'up/fake-model', pad: 'x'.repeat(3 * 1024 * 1024) });
    for (const [body, headers] of [
      [long, {}],
      [zstdCompressSync(Buffer.from(long)), { 'content-encoding': 'zstd' }],
      [gzipSync(long), { 'content-encoding': 'gzip' }],
    ] as const) {
      const answer = await gateway.post(path, body, { headers });
      expect(answer.status).toBe(413);
      expect(await answer.json()).toMatchObject({ error: { type } });
    }
  });

  test('a refusal reaches a client that is still sending a large body', async () => {
    const long = JSON.stringify({ pad: 'x'.repeat(8 * 1024 * 1024) });
    expect((await raw('POST', '/v1/messages', { authorization: 'Bearer wrong' }, long)).status).toBe(401);
    expect((await raw('POST', '/v1/nope', bearer, long)).status).toBe(404);
  });

  test('a body that nests too deeply is 400', async () => {
    const schema = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const body = `{"model":"up/fake-model","max_tokens":5,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"a","input_schema":${schema}}]}`;
    expect((await gateway.post('/v1/messages', body)).status).toBe(400);
  });

  test('413 also reaches a client that does not say how long its body is', async () => {
    const answer = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        { host: '127.0.0.1', port: gateway.port, method: 'POST', path: '/v1/messages', headers: bearer },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      request.on('error', reject);
      for (let piece = 0; piece < 40; piece += 1) request.write('x'.repeat(65_536));
      request.end();
    });
    expect(answer).toBe(413);
  });
});

describe('what the log is told', () => {
  test('of a request that is turned away at the door', async () => {
    await raw('POST', '/v1/messages?beta=true', {}, '{}');
    await raw('GET', '/nothing', bearer);
    gateway.setUnavailable({ kind: 'unavailable', message: 'Dragoman is paused.' });
    await raw('POST', '/v1/chat/completions', bearer, '{}');
    expect(gateway.refusals.slice(-3)).toMatchObject([
      { method: 'POST', path: '/v1/messages', status: 401, error: { kind: 'authentication' } },
      { method: 'GET', path: '/nothing', status: 404, error: { kind: 'not-found' } },
      { method: 'POST', path: '/v1/chat/completions', status: 503, error: { kind: 'unavailable' } },
    ]);
    expect(gateway.refusals.at(-1)?.request).toMatch(/^req_/);
  });

  test('a request that the translators can not follow has failed, and is not done', async () => {
    const schema = `${'{"type":"object","properties":{"a":'.repeat(20_000)}{}${'}}'.repeat(20_000)}`;
    const body = `{"model":"up/fake-model","max_tokens":5,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"x","input_schema":${schema}}]}`;
    const answer = await raw('POST', '/v1/messages', bearer, body);
    expect(answer.status).toBe(400);
    await until(() => gateway.ends.at(-1)?.status === 400);
    expect(gateway.ends.at(-1)).toMatchObject({ outcome: 'failed', error: { kind: 'invalid-request' } });
  });
});

test('a path in other letters is no endpoint', async () => {
  expect((await raw('POST', '/V1/Messages', bearer, '{}')).status).toBe(404);
});
