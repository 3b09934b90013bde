import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import type { ServerState } from '../../src-shared/catalogue.ts';
import { messagesGrammar } from '../event-grammar.ts';
import { startTestService, type TestService } from '../programs/service.ts';
import { httpServer, httpsServer, type LocalServer, tcpServer } from './upstreams/local-server.ts';

/**
 * A model server in trouble, behind a whole service: what agents of each protocol are told, what the window shows of the server right afterwards,
 * and that nothing of the requests is left: no turn, no socket, no row that runs.
 */
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function kept(server: Promise<LocalServer>): Promise<LocalServer> {
  const running = await server;
  cleanups.push(() => running.close());
  return running;
}

interface Box {
  readonly kind?: string;
  readonly timeouts?: Readonly<Record<string, number>>;
  readonly secret?: string;
}

/** A service over one server that takes one request at a time: a turn that is never given back stops all others. */
async function serviceOver(baseUrl: string, { kind = 'openai-compatible', timeouts = {}, secret }: Box = {}) {
  const limits = { connectMs: 2000, firstByteMs: 300, idleMs: 300, ...timeouts };
  const source = secret === undefined ? {} : { secret: { from: 'env', name: 'BOX_KEY' } };
  const upstream = { id: 'box', kind, baseUrl, concurrency: 1, timeouts: limits, proxy: 'none', ...source };
  const service = await startTestService(
    { upstreams: [upstream], gateway: { holdStatusSeconds: 5 } },
    secret === undefined ? {} : { BOX_KEY: secret },
  );
  cleanups.push(() => service.stop());
  return service;
}

const paths = ['/v1/messages', '/v1/chat/completions', '/v1/responses'] as const;
const bodyOf = (path: string, stream: boolean) => ({
  model: 'box/m',
  stream,
  ...(path === '/v1/responses' ? { input: 'hi' } : { max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] }),
});

interface Told {
  readonly path: string;
  readonly stream: boolean;
  readonly status: number;
  readonly text: string;
}

/** One request of each protocol, streamed and not, one after the other. */
async function askAll({ post }: TestService): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (const path of paths) {
    for (const stream of [true, false]) {
      const response = await post(path, bodyOf(path, stream));
      told.push({ path, stream, status: response.status, text: await response.text() });
    }
  }
  return told;
}

/** The message of an error in any of the protocols' shapes, of an HTTP answer or of the last event of a stream that tells one. */
function messageIn({ text: said }: Told): string {
  const events = said.split('\n').flatMap((line) => (line.startsWith('data: {') ? [line.slice('data: '.length)] : []));
  const messages = (events.length > 0 ? events : [said]).flatMap((json): unknown[] => {
    const { error, response, message } = JSON.parse(json);
    return [error?.message ?? response?.error?.message ?? message ?? null];
  });
  return String(messages.findLast((message) => typeof message === 'string') ?? '');
}

async function stateOf({ control }: TestService) {
  const { servers } = await control.models.report({ refresh: false });
  return servers[0];
}

/** Nothing of the requests is left, and the state of the server is told without waiting for the next round of the detection. */
async function settled(service: TestService, state: ServerState, server?: LocalServer): Promise<void> {
  await expect.poll(async () => (await stateOf(service))?.state, { timeout: 4000 }).toBe(state);
  await expect.poll(() => service.service.inFlight()).toBe(0);
  expect(service.service.parts.loader.loads()).toEqual([]);
  const { rows, overview } = await service.control.activity.snapshot({ limit: 100 });
  expect([overview.running, rows.filter((row) => row.state === 'running' || row.waitsFor !== undefined)]).toEqual([
    0,
    [],
  ]);
  // What the probes of the detection keep open to be used again.
  if (server !== undefined) await expect.poll(() => server.open(), { timeout: 4000 }).toBeLessThanOrEqual(3);
}

const chunk = (choice: object) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
const whole = `${chunk({ delta: { role: 'assistant', content: 'fine' } })}${chunk({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`;

function answerWell(request: IncomingMessage, response: ServerResponse, body: string): void {
  if (request.url?.endsWith('/models') === true) {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"object":"list","data":[{"id":"m"}]}');
  } else if (JSON.parse(body === '' ? '{}' : body).stream === true) {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(whole);
  } else {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'fine' }, finish_reason: 'stop' }];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices }));
  }
}

/** The beginning of an answer, and no more. */
function answerHalf(response: ServerResponse, body: string): void {
  const isStream = JSON.parse(body).stream === true;
  response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
  response.write(isStream ? chunk({ delta: { content: 'half' } }) : '{"choices":[{"message":{"content":"ha');
}

/** A good server as long as `broken` is false; requests for answers then meet `fault`, and its list, too, where `all` says so. */
async function breakable(fault: (response: ServerResponse, body: string) => void, { all = false } = {}) {
  let broken = true;
  const server = await kept(
    httpServer(async (request, response) => {
      const body = await text(request);
      const isAsked = all || request.url?.includes('/models') !== true;
      if (broken && isAsked) fault(response, body);
      else answerWell(request, response, body);
    }),
  );
  return {
    server,
    mend: () => {
      broken = false;
    },
    spoil: () => {
      broken = true;
    },
  };
}

async function answersAgain(service: TestService): Promise<void> {
  for (const told of await askAll(service))
    expect(told).toMatchObject({ status: 200, text: expect.stringContaining('fine') });
}

describe('a server', () => {
  test('that is killed in the middle of its answer: an error in the stream, 502 else, and it is shown as gone', async () => {
    const { server, mend } = await breakable((response, body) => {
      answerHalf(response, body);
      setTimeout(() => response.destroy(), 30);
    });
    const service = await serviceOver(server.url);
    for (const told of await askAll(service)) {
      const { path, stream } = told;
      expect([path, stream, told.status]).toEqual([path, stream, stream ? 200 : 502]);
      expect(told.text).not.toMatch(/message_stop|\[DONE\]|response\.completed/);
      expect(messageIn(told)).toContain('box');
      if (path === '/v1/messages' && stream) expect(messagesGrammar(told.text)).toEqual([]);
    }
    await settled(service, 'up', server);
    mend();
    await answersAgain(service);
    await server.close();
    expect((await askAll(service)).map(({ status }) => status)).toEqual([502, 502, 502, 502, 502, 502]);
    await settled(service, 'down');
  });

  test('that refuses connections: 502 at once, with how to start it; it comes back by itself', async () => {
    const before = await httpServer(answerSimply);
    const service = await serviceOver(before.url);
    await settled(service, 'up');
    await before.close();
    for (const told of await askAll(service)) {
      expect(told.status).toBe(502);
      expect(messageIn(told)).toMatch(/^box is not running: connection refused\./);
      expect(told.text).not.toContain(String(before.port));
    }
    await settled(service, 'down');
    expect((await stateOf(service))?.models).toMatchObject([{ id: 'box/m', loaded: null }]);
    await kept(httpServer(answerSimply, before.port));
    await answersAgain(service);
    await service.control.models.report({ refresh: true });
    await settled(service, 'up');
  });

  test('that says nothing: 504 after the limit, with its setting', async () => {
    const server = await kept(tcpServer((socket) => void socket.resume()));
    const service = await serviceOver(server.url);
    for (const told of await askAll(service)) {
      expect(told.status).toBe(504);
      expect(messageIn(told)).toBe('box sent no answer within 300 ms (the setting timeouts.firstByteMs).');
    }
    await settled(service, 'down', server);
  }, 20_000);

  test('that loads for longer than is waited for: 503 and when to come back; then it answers', async () => {
    const { server, mend } = await breakable(
      (response) =>
        void response
          .writeHead(503, { 'content-type': 'application/json', server: 'llama.cpp' })
          .end('{"error":{"message":"Loading model","type":"unavailable_error","code":503}}'),
      { all: true },
    );
    const service = await serviceOver(server.url, { kind: 'llama-cpp' });
    for (const told of await askAll(service)) {
      expect(told.status).toBe(503);
      expect(messageIn(told)).toContain('box is loading its model. It was waited for 0.3 s.');
    }
    await settled(service, 'loading', server);
    const asked = service.post('/v1/messages', bodyOf('/v1/messages', true));
    setTimeout(mend, 100);
    expect(await (await asked).text()).toContain('message_stop');
    await settled(service, 'up', server);
  }, 20_000);

  test('that dies while it loads: 502 at once', async () => {
    const fault = (response: ServerResponse) =>
      void response.writeHead(503).end('{"error":{"message":"Loading model","code":503}}');
    const { server } = await breakable(fault, { all: true });
    const service = await serviceOver(server.url, { timeouts: { firstByteMs: 10_000 } });
    const asked = paths.map((path) => service.post(path, bodyOf(path, false)));
    await expect.poll(() => service.service.parts.loader.loads()).toHaveLength(1);
    await server.close();
    for (const one of asked) {
      const response = await one;
      expect([response.status, await response.text()]).toEqual([502, expect.stringContaining('box is not running')]);
    }
    await settled(service, 'down');
  });

  test('that wants another key: 502 and not the agent’s own 401, and no word of the key', async () => {
    const { server, mend } = await breakable(
      (response) =>
        void response
          .writeHead(401, { 'content-type': 'application/json' })
          .end('{"error":{"message":"Incorrect API key provided: sk-secret","type":"invalid_request_error"}}'),
      { all: true },
    );
    const service = await serviceOver(server.url, { secret: 'sk-secret' });
    for (const told of await askAll(service)) {
      expect(told.status).toBe(502);
      expect(messageIn(told)).toMatch(/^box refused the secret that is stored for it/);
      expect(told.text).not.toContain('sk-secret');
    }
    await settled(service, 'unauthorized', server);
    mend();
    await answersAgain(service);
    await service.control.models.report({ refresh: true });
    await settled(service, 'up', server);
  });

  test('whose certificate is not trusted: 502, with the setting that mends it', async () => {
    const server = await kept(httpsServer(answerSimply));
    const service = await serviceOver(server.url);
    for (const told of await askAll(service)) {
      expect(told.status).toBe(502);
      expect(messageIn(told)).toMatch(/^box can't be reached: TLS failed, .*tls\.caFile/);
    }
    await settled(service, 'down', server);
  });

  test('whose name nobody knows: 502, and its base URL is to be looked at', async () => {
    const service = await serviceOver('http://nobody.invalid:8000');
    for (const told of await askAll(service)) {
      expect(told.status).toBe(502);
      expect(messageIn(told)).toMatch(/^box was not found: /);
      expect(told.text).not.toContain('invalid:');
    }
    await settled(service, 'down');
  });

  test('that drips: its answer is whole, however long it takes, as long as it never falls silent', async () => {
    const { server } = await breakable((response) => {
      const pieces: string[] = whole.match(/[\s\S]{1,12}/g) ?? [];
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const drip = setInterval(() => {
        const piece = pieces.shift();
        if (piece !== undefined) return void response.write(piece);
        clearInterval(drip);
        response.end();
      }, 100);
    });
    const service = await serviceOver(server.url, { timeouts: { idleMs: 1000 } });
    const began = performance.now();
    const response = await service.post('/v1/messages', bodyOf('/v1/messages', true));
    const said = await response.text();
    expect(performance.now() - began).toBeGreaterThan(1000);
    expect(messagesGrammar(said)).toEqual([]);
    expect(said).toContain('message_stop');
    await settled(service, 'up', server);
  }, 20_000);

  test('that falls silent in the middle: an error with the limit that ran out, in the stream or as 504', async () => {
    const { server } = await breakable(answerHalf);
    const service = await serviceOver(server.url);
    for (const told of await askAll(service)) {
      expect(told.status).toBe(told.stream ? 200 : 504);
      expect(messageIn(told)).toBe(
        'box fell silent in the middle of its answer for 300 ms (the setting timeouts.idleMs).',
      );
    }
    await settled(service, 'up', server);
  }, 20_000);

  test('that has no more the model it listed: 404 in words of the model, and it is listed no more', async () => {
    let removed = false;
    const server = await kept(
      httpServer(async (request, response) => {
        const body = await text(request);
        if (!removed) return answerWell(request, response, body);
        const isList = request.url?.endsWith('/models') === true;
        response.writeHead(isList ? 200 : 404, { 'content-type': 'application/json' });
        response.end(isList ? '{"data":[{"id":"other"}]}' : '{"error":{"message":"model \'m\' not found","code":404}}');
      }),
    );
    const service = await serviceOver(server.url);
    await answersAgain(service);
    removed = true;
    const [told] = await askAll(service);
    expect([told?.status, told === undefined ? '' : messageIn(told)]).toEqual([
      404,
      expect.stringContaining('not found'),
    ]);
    await expect.poll(async () => (await stateOf(service))?.models.map(({ id }) => id)).toEqual(['box/other']);
    for (const again of await askAll(service)) {
      expect(again.status).toBe(404);
      expect(messageIn(again)).toContain('box/other');
    }
    await settled(service, 'up', server);
  });
});

test('requests that nobody waits for any more leave nothing, whatever the server does', async () => {
  const { server, mend } = await breakable(answerHalf);
  const service = await serviceOver(server.url, { timeouts: { idleMs: 60_000 } });
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timers();
  const leaving = new AbortController();
  const asked = Array.from({ length: 20 }, () =>
    service.ask('box/m', 'x', {}, leaving.signal).then(
      (response) => response.text().catch(() => 'left'),
      () => 'left',
    ),
  );
  await expect.poll(() => service.service.inFlight()).toBe(20);
  leaving.abort();
  await Promise.all(asked);
  await settled(service, 'up', server);
  await expect.poll(timers, { timeout: 4000 }).toBeLessThanOrEqual(before + 1);
  mend();
  await answersAgain(service);
});

function answerSimply(request: IncomingMessage, response: ServerResponse): void {
  text(request).then(
    (body) => answerWell(request, response, body),
    () => response.destroy(),
  );
}
