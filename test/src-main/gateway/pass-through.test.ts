import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { busy, chatBody, type Gateway, messagesBody, startGateway, until } from './start-gateway.ts';

let fake: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  fake = await startFakeUpstream();
  gateway = await startGateway({
    upstream: fake.url,
    gateway: { holdStatusSeconds: 0.15 },
    options: { keepAliveMs: 60 },
    defaults: { temperature: 0.1, seed: 7 },
  });
});
afterEach(() => fake.clear());
afterAll(async () => {
  await gateway.close();
  await fake.close();
});

const chat = (scenario: string, more = {}) => gateway.post('/v1/chat/completions', chatBody(scenario, more));

/** A server that gives one answer, byte for byte, and keeps what it was sent. */
async function serveOnce(
  status: number,
  headers: Record<string, string>,
  body: Uint8Array | string,
): Promise<{ url: string; received: { body: Buffer; headers: IncomingHttpHeaders; url: string }[]; server: Server }> {
  const received: { body: Buffer; headers: IncomingHttpHeaders; url: string }[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    received.push({ body: Buffer.concat(pieces), headers: request.headers, url: request.url ?? '' });
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, received, server };
}

describe('F14: Chat to Chat goes through byte for byte', () => {
  test('the request but for its model and absent defaults', async () => {
    const { received, url, server } = await serveOnce(200, { 'content-type': 'application/json' }, '{}');
    const own = await startGateway({ upstream: url, defaults: { temperature: 0.1, seed: 7 } });
    const body = `{\n "messages" : [{"role":"user","content":"gr\\u00fc\\u00dfe é 1e3","n":1.50e+2}],\t"model":"coder" , "temperature": 0.70, "unknown":{"model":"coder"}\n}`;
    await (await own.post('/v1/chat/completions', body)).text();
    expect(received[0]?.body.toString()).toBe(
      `{\n "messages" : [{"role":"user","content":"gr\\u00fc\\u00dfe é 1e3","n":1.50e+2}],\t"model":"fake-model" , "temperature": 0.70, "unknown":{"model":"coder"},"seed":7\n}`,
    );
    await own.close();
    server.close();
  });

  test('a stream, with comments and odd frames', async () => {
    const body = Buffer.from(
      ': hi\r\n\r\ndata:{"choices":[{"delta":{"content":"\u00e9"}}]}\r\n\r\nevent: x\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
    );
    const { url, server } = await serveOnce(200, { 'content-type': 'text/event-stream' }, body);
    const own = await startGateway({ upstream: url });
    const answer = await own.post('/v1/chat/completions', chatBody('x'));
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    await own.close();
    server.close();
  });

  test('a web page is no answer, with status 200 neither', async () => {
    const { url, server } = await serveOnce(200, { 'content-type': 'text/html' }, '<html>secret</html>');
    const own = await startGateway({ upstream: url });
    for (const stream of [true, false]) {
      const answer = await own.post('/v1/chat/completions', chatBody('x', { stream }));
      expect(answer.status).toBe(502);
      expect(await answer.text()).not.toContain('secret');
    }
    await own.close();
    server.close();
  });

  test('a JSON answer, and embeddings, which take no defaults of a chat', async () => {
    const body = '{"object":"list" , "data":[{"embedding":[1.0,2e0]}],"usage":{"prompt_tokens":1}}\n';
    const { url, received, server } = await serveOnce(200, { 'content-type': 'application/json' }, body);
    const own = await startGateway({ upstream: url, defaults: { temperature: 1 } });
    const answer = await own.post('/v1/embeddings', '{"input":["a"],"model":"up/fake-model"}');
    expect(await answer.text()).toBe(body);
    expect(received[0]?.url).toBe('/v1/embeddings');
    expect(received[0]?.body.toString()).toBe('{"input":["a"],"model":"fake-model"}');
    await own.close();
    server.close();
  });

  test('F19: only headers that clients act on pass, and neither the key nor the Host goes upstream', async () => {
    const { url, received, server } = await serveOnce(
      200,
      {
        'content-type': 'application/json',
        'set-cookie': 'a=b',
        server: 'secret-box',
        'x-ratelimit-remaining-tokens': '5',
        'x-request-id': 'upstream-1',
        'www-authenticate': 'x',
      },
      '{}',
    );
    const own = await startGateway({ upstream: url });
    const answer = await own.post('/v1/chat/completions', chatBody('x'), {
      headers: { 'x-custom': 'mine', cookie: 'c=d' },
    });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-ratelimit-remaining-tokens': '5',
      'x-upstream-request-id': 'upstream-1',
      'x-request-id': expect.stringMatching(/^req_/),
    });
    for (const name of ['set-cookie', 'server', 'www-authenticate']) expect(answer.headers.has(name), name).toBe(false);
    expect(received[0]?.headers).toMatchObject({
      host: url.slice('http://'.length),
      'x-dragoman-hop': own.hopId,
      'accept-encoding': 'identity',
    });
    for (const name of ['authorization', 'cookie', 'x-custom', 'x-api-key'])
      expect(received[0]?.headers[name], name).toBeUndefined();
    await own.close();
    server.close();
  });
});

describe('a stream that does not end as it should', () => {
  test('a silent death gets one error chunk', async () => {
    const text = await (await chat('silent-death')).text();
    const frames = text.trim().split('\n\n');
    expect(JSON.parse(frames.at(-1)?.slice('data: '.length) ?? '')).toMatchObject({ error: { type: 'server_error' } });
    expect(text).not.toContain('[DONE]');
    expect(text.match(/"error"/g)).toHaveLength(1);
    await until(() => gateway.ends.at(-1)?.error?.kind === 'upstream-cut');
  });

  test('a cut connection gets one error chunk, in a frame of its own', async () => {
    fake.enqueue({ steps: [{ text: 'one' }, { raw: 'data: {"choices":[{"del' }, { wait: 20 }], end: 'cut' });
    const frames = (await (await chat('x')).text()).trim().split('\n\n');
    expect(JSON.parse(frames.at(-1)?.slice('data: '.length) ?? '')).toHaveProperty('error');
  });

  test("a finish reason without [DONE], [DONE] without a finish reason, and the server's own error chunk are left alone", async () => {
    for (const name of ['no-done', 'error-mid-stream']) {
      const text = await (await chat(name)).text();
      expect(text.match(/"error"/g)?.length ?? 0).toBe(name === 'no-done' ? 0 : 1);
    }
    fake.enqueue({ steps: [{ text: 'x' }, { raw: 'data: [DONE]\n\n' }], end: 'eof' });
    expect(await (await chat('x')).text()).not.toContain('"error"');
  });
});

describe('errors of the server', () => {
  test('F10: a server that is not there', async () => {
    const own = await startGateway({ upstream: 'http://127.0.0.1:9' });
    for (const stream of [true, false]) {
      const answer = await own.post('/v1/chat/completions', chatBody('x', { stream }));
      expect(answer.status).toBe(502);
      const text = await answer.text();
      expect(text).toContain('up is not running');
      expect(text).not.toContain('127.0.0.1');
    }
    await own.close();
  });

  test("its 401 and 403 are not the client's", async () => {
    for (const name of ['unauthorized', 'forbidden']) {
      const answer = await chat(name);
      expect(answer.status).toBe(502);
      expect(answer.headers.get('x-should-retry')).toBe('false');
    }
  });

  test('native errors keep their bytes and their status', async () => {
    for (const [name, status] of [
      ['bad-request', 400],
      ['not-found', 404],
      ['rate-limit', 429],
    ] as const) {
      const answer = await chat(name);
      expect(answer.status).toBe(status);
      const direct = await fetch(`${fake.url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify(chatBody(name)),
      });
      expect(await answer.text()).toBe(await direct.text());
    }
  });

  test('F07: retry-after is forwarded', async () => {
    const answer = await chat('rate-limit');
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(answer.headers.get('x-ratelimit-remaining-requests')).toBe('0');
  });

  test("an overflow has OpenAI's code", async () => {
    const answer = await chat('overflow');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { code: 'context_length_exceeded', message: expect.stringContaining('8192') },
    });
  });

  test('F09: a web page or nothing is 502, none of it leaks', async () => {
    for (const name of ['html', 'empty-error', 'redirect']) {
      const answer = await chat(name);
      expect(answer.status).toBe(502);
      const text = await answer.text();
      expect(JSON.parse(text).error.message).not.toBe('');
      expect(text).not.toMatch(/<html|10\.1\.2\.3|example\.invalid/);
    }
  });

  test('a large JSON answer to a slow reader leaves no listeners behind', async () => {
    const body = JSON.stringify({ choices: [{ message: { content: 'x'.repeat(24_000_000) } }] });
    const { url, server } = await serveOnce(200, { 'content-type': 'application/json' }, body);
    const own = await startGateway({ upstream: url });
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', onWarning);
    const answer = await own.post('/v1/chat/completions', chatBody('x', { stream: false }));
    let length = 0;
    for await (const piece of answer.body ?? []) {
      length += piece.length;
      if (length % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    process.off('warning', onWarning);
    expect(length).toBe(body.length);
    expect(warnings).toEqual([]);
    await own.close();
    server.close();
  });

  test('a cut JSON answer is 502, not half an answer', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"choices":[');
      setTimeout(() => response.destroy(), 20);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const own = await startGateway({ upstream: `http://127.0.0.1:${port}` });
    const answer = await own.post('/v1/chat/completions', chatBody('x', { stream: false }));
    expect(answer.status).toBe(502);
    expect(await answer.json()).toHaveProperty('error');
    await own.close();
    server.close();
  });
});

describe('status and silence', () => {
  test('an error that comes within the hold has its status', async () => {
    fake.enqueue({
      headersAfterMs: 60,
      http: { status: 400, body: { error: { message: 'no', type: 'invalid_request_error', param: null, code: null } } },
    });
    expect((await chat('x')).status).toBe(400);
  });

  test('after the hold comes 200 with comments, and a late error is a chunk', async () => {
    fake.enqueue({
      headersAfterMs: 400,
      http: { status: 500, body: { error: { message: 'no', type: 'server_error' } } },
    });
    const startedAt = performance.now();
    const answer = await chat('x');
    expect(performance.now() - startedAt).toBeLessThan(380);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toMatch(/^: keep-alive\n\n/);
    expect(text.trim().split('\n\n').at(-1)).toMatch(/^data: \{"error"/);
    await until(() => gateway.ends.at(-1)?.outcome === 'failed');
  });

  test('a JSON answer after the hold is said as a stream', async () => {
    fake.enqueue({ headersAfterMs: 300, steps: [{ text: 'all at once' }], alwaysJson: true });
    const text = await (await chat('x')).text();
    expect(text).toMatch(/"delta":\{[^}]*"content":"all at once"/);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('so is one whose headers came at once and whose body is late', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":"x",');
      setTimeout(() => response.end('"choices":[{"message":{"content":"late"},"finish_reason":"stop"}]}'), 300);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const own = await startGateway({
      upstream: `http://127.0.0.1:${port}`,
      gateway: { holdStatusSeconds: 0.1 },
      options: { keepAliveMs: 50 },
    });
    const text = await (await own.post('/v1/chat/completions', chatBody('x'))).text();
    expect(text).toMatch(/^(: keep-alive\n\n)+data: .*"delta":\{"content":"late"\}.*\n\ndata: \[DONE\]\n\n$/);
    await own.close();
    server.close();
  });

  test('a keep-alive never comes inside an event', async () => {
    const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: 'whole' }, finish_reason: 'stop' }] });
    fake.enqueue({
      steps: [{ raw: `data: ${chunk.slice(0, 20)}` }, { wait: 200 }, { raw: `${chunk.slice(20)}\n\n` }, { wait: 150 }],
    });
    const text = await (await chat('x')).text();
    expect(text).toContain(`data: ${chunk}\n\n`);
    expect(text).toContain(': keep-alive\n\n');
  });

  test('F18: a client that leaves ends the request upstream within 100 ms, in every phase', busy, async () => {
    for (const [scenario, stream] of [
      ['slow-headers ms=3000', true],
      ['slow-headers ms=3000', false],
      ['stall', true],
      ['flood count=100000 rate=500', true],
    ] as const) {
      fake.clear();
      const ends = gateway.ends.length;
      const controller = new AbortController();
      const pending = gateway
        .post('/v1/chat/completions', chatBody(scenario, { stream }), { signal: controller.signal })
        .then((answer) => answer.text());
      await until(() => fake.requests().length === 1);
      await new Promise((resolve) => setTimeout(resolve, 40));
      const leftAt = Date.now();
      controller.abort();
      await expect(pending).rejects.toThrow();
      await until(() => fake.aborts().length === 1, 500);
      expect((fake.aborts()[0]?.at ?? Infinity) - leftAt).toBeLessThan(100);
      await until(() => gateway.ends.length > ends);
      expect(gateway.ends.at(-1)).toMatchObject({ outcome: 'aborted' });
      expect(fake.requests()).toHaveLength(1);
    }
  });

  test('the tap sees the four borders, the usage and the end', async () => {
    const text = await (await chat('tool', { stream_options: { include_usage: true } })).text();
    await until(() => gateway.ends.at(-1)?.outcome === 'done');
    expect(gateway.ends.at(-1)).toMatchObject({
      status: 200,
      modelId: 'up/fake-model',
      rounds: 1,
      usage: { outputTokens: expect.any(Number) },
      error: null,
    });
    expect(gateway.starts.at(-1)).toMatchObject({
      protocol: 'chat',
      path: '/v1/chat/completions',
      stream: true,
      model: 'up/fake-model',
      keyId: 'k_good',
    });
    const sent = gateway.bytes
      .filter(({ border }) => border === 'gateway-to-agent')
      .map((entry) => entry.text)
      .join('');
    expect(sent.endsWith(text)).toBe(true);
  });
});

describe('an answer is known by what comes', () => {
  const json = '{"choices":[{"message":{"role":"assistant","content":"J"},"finish_reason":"stop"}]}';
  const sse = 'data: {"choices":[{"index":0,"delta":{"content":"S"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
  const both = async (headers: Record<string, string>, body: string, stream: boolean) => {
    const { url, server } = await serveOnce(200, headers, body);
    const own = await startGateway({ upstream: url });
    const passed = await own.post('/v1/chat/completions', chatBody('x', { stream }));
    const translated = await own.post('/v1/messages', messagesBody('x', { stream }));
    const result = {
      chat: { status: passed.status, type: passed.headers.get('content-type'), text: await passed.text() },
      messages: { status: translated.status, text: await translated.text() },
    };
    await own.close();
    server.close();
    return result;
  };

  test.each([{}, { 'content-type': 'text/plain' }, { 'content-type': 'application/octet-stream' }])(
    'JSON with %j',
    async (headers) => {
      for (const stream of [true, false]) {
        const { chat: passed, messages } = await both(headers, json, stream);
        if (stream) {
          expect(passed).toMatchObject({ status: 200, type: 'text/event-stream' });
          expect(passed.text).toContain('"content":"J"');
        } else expect(passed).toEqual({ status: 200, type: 'application/json', text: json });
        expect(messages.status).toBe(200);
        expect(messages.text).toContain('"text":"J"');
      }
    },
  );

  test.each([{}, { 'content-type': 'text/plain' }, { 'content-type': 'application/json' }])(
    'a stream with %j',
    async (headers) => {
      for (const stream of [true, false]) {
        const { chat: passed, messages } = await both(headers, sse, stream);
        expect(passed).toEqual({ status: 200, type: 'text/event-stream', text: sse });
        expect(messages.text).toContain('"text":"S"');
      }
    },
  );

  test.each([
    ['an error', '{"error":{"message":"no key at http://10.1.2.3:99/v1","code":503}}', 503],
    ['an error in a string', '{"error":"CUDA error at 10.1.2.3:99"}', 502],
    ['nothing', '', 502],
    ['null', 'null', 502],
    ['a web page', '<html>10.1.2.3:99</html>', 502],
  ])('%s with status 200 is an error that names the upstream and leaks nothing', async (_, body, status) => {
    for (const stream of [true, false]) {
      for (const answer of Object.values(await both({ 'content-type': 'application/json' }, body, stream))) {
        expect(answer.status).toBe(status);
        expect(answer.text).not.toContain('10.1.2.3');
        expect(JSON.parse(answer.text)).toMatchObject({ error: { message: expect.stringMatching(/^up\b/) } });
      }
    }
  });
});
