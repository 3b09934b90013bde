import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createModelDirectory } from '../../../src-main/models/route.ts';
import type { Inspection } from '../../../src-main/upstreams/kind.ts';
import { messagesGrammar } from '../../event-grammar.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { down, model, up, world } from '../models/servers.ts';
import { type Gateway, goodKey, startGateway, until } from './start-gateway.ts';

/** A gateway over two servers: the alias `coder` means the first and falls back on the second, which is up. */
let second: FakeUpstream;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  second = await startFakeUpstream({ models: ['spare'] });
});
afterEach(async () => {
  second.clear();
  for (const one of open.splice(0)) await one.close();
});
afterAll(() => second.close());

interface Setup {
  readonly first: string;
  readonly alias?: Record<string, unknown>;
  readonly upstream?: Record<string, unknown>;
  readonly second?: Record<string, unknown>;
  readonly localOnlyKey?: boolean;
  readonly slots?: Readonly<Record<string, string>>;
  readonly allows?: (id: string) => boolean;
  readonly holdStatusSeconds?: number;
  readonly inspections?: Readonly<Record<string, Inspection>>;
}

async function gatewayOver(setup: Setup): Promise<Gateway> {
  const known = { first: up(model('main')), second: up(model('spare')), ...setup.inspections };
  const { settings, snapshot } = world(
    {
      upstreams: [
        { id: 'first', kind: 'openai-compatible', baseUrl: `${setup.first}/v1`, ...setup.upstream },
        { id: 'second', kind: 'openai-compatible', baseUrl: `${second.url}/v1`, ...setup.second },
      ],
      models: [
        { id: 'coder', upstream: 'first', model: 'main', fallback: ['second/spare'], ...setup.alias },
        { id: 'away', upstream: 'gone', model: 'main', fallback: ['nowhere/x', 'second/spare'] },
        { id: 'spare', upstream: 'second', model: 'spare', defaults: { seed: 5 } },
      ],
      ...(setup.slots !== undefined && { slots: setup.slots }),
    },
    known,
  );
  const directory = createModelDirectory({
    settings: () => settings,
    snapshot: () => snapshot,
    firstScan: Promise.resolve(),
  });
  const allows = setup.allows ?? (() => true);
  const gateway = await startGateway({
    upstream: setup.first,
    gateway: { holdStatusSeconds: setup.holdStatusSeconds ?? 10 },
    options: { keepAliveMs: 20 },
    parts: {
      models: () => directory,
      keys: () => ({
        check: (presented) =>
          presented === goodKey
            ? {
                id: 'k_good',
                name: 'good',
                scopes: ['chat', 'embeddings'],
                allowsModel: (id, alias) => allows(id) || (alias !== null && allows(alias)),
                ...(setup.localOnlyKey === true && { localOnly: true }),
              }
            : null,
      }),
    },
  });
  open.push({ close: () => gateway.close() });
  return gateway;
}

/** A server that treats every request alike; `answer` may leave it unanswered. */
async function server(
  answer: (
    server: Server,
  ) => (request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void,
): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const made: Server = createServer((request, response) => {
    asked += 1;
    answer(made)(request, response);
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      made.closeAllConnections();
      made.close();
    },
  });
  const address = made.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, asked: () => asked };
}

const status = (code: number, body: unknown) =>
  server(
    () => (_request, response) =>
      void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
  );

/** A port on which nobody listens. */
async function nobody(): Promise<string> {
  const { url } = await status(200, {});
  await open.pop()?.close();
  return url;
}

const bodies = {
  '/v1/messages': { model: 'coder', max_tokens: 100, messages: [{ role: 'user', content: 'go [[hello]]' }] },
  '/v1/chat/completions': { model: 'coder', messages: [{ role: 'user', content: 'go [[hello]]' }] },
  '/v1/responses': { model: 'coder', input: 'go [[hello]]' },
} as const;
const paths = ['/v1/messages', '/v1/chat/completions', '/v1/responses'] as const;
const answered = /Hello .*from the fake .*upstream\./s;

describe('a fallback answers where the alias’s server does not', () => {
  test.each(paths.flatMap((path) => [true, false].map((stream) => [path, stream] as const)))(
    '%s with stream: %s, while the server is not reached',
    async (path, stream) => {
      const gateway = await gatewayOver({ first: await nobody() });
      const response = await gateway.post(path, { ...bodies[path], stream });
      expect(response.status).toBe(200);
      expect(await response.text()).toMatch(answered);
      await until(() => gateway.ends.length === 1);
      expect(gateway.ends[0]).toMatchObject({ outcome: 'done', modelId: 'second/spare', rounds: 2, error: null });
      expect(gateway.ends[0]?.diagnostics).toEqual([
        expect.objectContaining({
          kind: 'dropped',
          what: 'first/main',
          why: expect.stringContaining('second/spare was asked instead.'),
        }),
      ]);
      expect(JSON.parse(second.requests().at(-1)?.body ?? '')).toMatchObject({ model: 'spare' });
    },
  );

  test.each([
    ['it is overloaded', 503, { error: { message: 'no slot available' } }],
    [
      'it is overloaded, as Anthropic says it',
      529,
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    ],
    ['it loads its model', 503, { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }],
    ['it accepts no more requests', 429, { error: { message: 'Rate limit reached', type: 'rate_limit_error' } }],
  ])('%s', async (_name, code, body) => {
    const { url, asked } = await status(code, body);
    const gateway = await gatewayOver({ first: url, alias: { timeouts: { loadingMs: 0 } } });
    for (const path of paths) {
      const response = await gateway.post(path, { ...bodies[path], stream: true });
      expect([response.status, await response.text()]).toEqual([200, expect.stringMatching(answered)]);
    }
    expect(asked()).toBe(3);
  });

  test('a server that loads its model is waited for, as long as the alias says, before another is asked', async () => {
    const first = await startFakeUpstream({ models: ['main'] });
    open.push({ close: () => first.close() });
    first.setLoading(true);
    const gateway = await gatewayOver({ first: first.url, alias: { timeouts: { loadingMs: 400 } } });
    setTimeout(() => first.setLoading(false), 300);
    for (const path of paths) expect(await (await gateway.post(path, bodies[path])).text()).toMatch(answered);
    expect(second.requests()).toEqual([]);
    first.setLoading(true);
    expect(await (await gateway.post('/v1/messages', bodies['/v1/messages'])).text()).toMatch(answered);
    expect(second.requests()).toHaveLength(1);
    await until(() => gateway.ends.length === 4);
    expect(gateway.ends.at(-1)).toMatchObject({ modelId: 'second/spare', outcome: 'done', rounds: 2 });
    expect(gateway.ends.at(-1)?.waits.loading).toBeGreaterThan(300);
  });

  test('both servers’ rounds are told apart on the wire', async () => {
    const { url } = await status(503, { error: { message: 'Loading model' } });
    const gateway = await gatewayOver({ first: url, alias: { timeouts: { loadingMs: 0 } } });
    await (await gateway.post('/v1/messages', bodies['/v1/messages'])).text();
    const sent = gateway.bytes.filter(({ border }) => border === 'gateway-to-server');
    expect(sent.map(({ round, text }) => [round, JSON.parse(text).model])).toEqual([
      [0, 'main'],
      [1, 'spare'],
    ]);
    expect(gateway.bytes.find(({ border }) => border === 'server-to-gateway')).toMatchObject({
      round: 0,
      text: expect.stringContaining('Loading'),
    });
  });

  test.each(paths)(
    '%s: the client is kept alive while the first is too slow, and gets one whole answer',
    async (path) => {
      const { url } = await server(() => () => undefined);
      const gateway = await gatewayOver({
        first: url,
        alias: { timeouts: { firstByteMs: 150 } },
        holdStatusSeconds: 0.02,
      });
      const response = await gateway.post(path, { ...bodies[path], stream: true });
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).toMatch(/^: keep-alive\n\n/);
      expect(text).toMatch(answered);
      if (path === '/v1/messages') expect(messagesGrammar(text.replaceAll(': keep-alive\n\n', ''))).toEqual([]);
      await until(() => gateway.ends.length === 1);
      expect(gateway.ends[0]).toMatchObject({ outcome: 'done', modelId: 'second/spare', rounds: 2 });
    },
  );

  test('a server that dies before anything of an answer came', async () => {
    const { url } = await server(() => (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      setTimeout(() => response.destroy(), 60);
    });
    const gateway = await gatewayOver({ first: url });
    for (const path of paths)
      expect(await (await gateway.post(path, { ...bodies[path], stream: true })).text()).toMatch(answered);
  });

  test('an overload that stands in the stream, before anything of an answer', async () => {
    const { url } = await server(() => (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('data: {"error":{"message":"The server is overloaded","code":503}}\n\n');
    });
    const gateway = await gatewayOver({ first: url });
    expect(await (await gateway.post('/v1/messages', { ...bodies['/v1/messages'], stream: true })).text()).toMatch(
      answered,
    );
  });

  test('an alias whose server is not there at all', async () => {
    const gateway = await gatewayOver({ first: await nobody() });
    const response = await gateway.post('/v1/messages', { ...bodies['/v1/messages'], model: 'away' });
    expect(await response.text()).toMatch(answered);
    await until(() => gateway.ends.length === 1);
    expect(gateway.ends[0]?.diagnostics.map(({ why }) => why)).toEqual([
      'model: away stands for gone/main, but there is no upstream gone.',
      expect.stringContaining('nowhere/x is not known here'),
    ]);
  });

  test('the alias’s defaults go along, unless the fallback is an alias with its own', async () => {
    const first = await nobody();
    const plain = await gatewayOver({ first, alias: { defaults: { seed: 3 } } });
    await (await plain.post('/v1/messages', bodies['/v1/messages'])).text();
    const named = await gatewayOver({ first, alias: { defaults: { seed: 3 }, fallback: ['spare'] } });
    await (await named.post('/v1/messages', bodies['/v1/messages'])).text();
    expect(second.requests().map(({ body }) => JSON.parse(body).seed)).toEqual([3, 5]);
  });
});

describe('no fallback is asked', () => {
  test.each([
    [400, { error: { message: 'bad request', type: 'invalid_request_error' } }],
    [401, { error: { message: 'invalid api key' } }],
    [404, { error: { message: 'model not found' } }],
    [500, { error: { message: 'it broke' } }],
  ])('where the server answers %i: another would not help, or it is to be mended', async (code, body) => {
    const { url } = await status(code, body);
    const gateway = await gatewayOver({ first: url });
    for (const path of paths) {
      const response = await gateway.post(path, { ...bodies[path], stream: true });
      expect(response.status).toBeGreaterThanOrEqual(400);
      await response.text();
    }
    expect(second.requests()).toEqual([]);
  });

  test.each(paths)('%s: after the first byte of an answer', async (path) => {
    const first = await startFakeUpstream({ models: ['main'] });
    open.push({ close: () => first.close() });
    const gateway = await gatewayOver({ first: first.url });
    const cut = JSON.parse(JSON.stringify(bodies[path]).replace('hello', 'cut'));
    const text = await (await gateway.post(path, { ...cut, stream: true })).text();
    expect(text).toContain('This is cut ');
    expect(text).not.toMatch(/Hello/);
    expect(second.requests()).toEqual([]);
    await until(() => gateway.ends.length === 1);
    expect(gateway.ends[0]).toMatchObject({ outcome: 'failed', modelId: 'first/main' });
  });

  test('after the client has left', async () => {
    const { url, asked } = await server(() => () => undefined);
    const gateway = await gatewayOver({ first: url });
    const abort = new AbortController();
    const request = gateway.post('/v1/messages', bodies['/v1/messages'], { signal: abort.signal });
    await until(() => asked() === 1);
    abort.abort();
    await expect(request).rejects.toThrow();
    await until(() => gateway.ends.length === 1);
    expect(gateway.ends[0]).toMatchObject({ outcome: 'aborted', rounds: 1 });
    expect(second.requests()).toEqual([]);
  });

  test.each(['coder', 'away'])('for embeddings of %s: vectors of two models can’t be compared', async (name) => {
    const gateway = await gatewayOver({ first: await nobody() });
    const response = await gateway.post('/v1/embeddings', { model: name, input: 'x' });
    expect([response.status, second.requests()]).toEqual([name === 'coder' ? 502 : 404, []]);
  });

  test('where the model is named and not the alias', async () => {
    const gateway = await gatewayOver({ first: await nobody() });
    expect((await gateway.post('/v1/messages', { ...bodies['/v1/messages'], model: 'first/main' })).status).toBe(502);
  });

  test('when the last one fails, its failure is the answer', async () => {
    const gateway = await gatewayOver({ first: await nobody(), second: { timeouts: { firstByteMs: 100 } } });
    second.setLoading(true);
    const response = await gateway.post('/v1/messages', bodies['/v1/messages']);
    expect([response.status, await response.text()]).toEqual([expect.any(Number), expect.stringContaining('second')]);
    second.setLoading(false);
  });

  test('that the key may not call: neither the alias nor the model is its own', async () => {
    const gateway = await gatewayOver({ first: await nobody(), allows: (id) => id === 'first/main' });
    expect((await gateway.post('/v1/messages', bodies['/v1/messages'])).status).toBe(502);
    expect(second.requests()).toEqual([]);
  });
});

describe('localOnly', () => {
  const elsewhere = { baseUrl: 'http://192.0.2.1:8000/v1', timeouts: { connectMs: 100 } };

  test.each([
    ['of the key', { localOnlyKey: true }],
    ['of the alias', { alias: { localOnly: true } }],
  ])('%s: a server of another machine is refused, with every endpoint', async (_name, setup) => {
    const gateway = await gatewayOver({ first: second.url, upstream: elsewhere, ...setup });
    for (const path of [...paths, '/v1/embeddings', '/v1/messages/count_tokens'] as const) {
      const response = await gateway.post(
        path,
        path in bodies ? bodies['/v1/messages'] : { ...bodies['/v1/messages'], input: 'x' },
      );
      expect([path, response.status, await response.text()]).toEqual([
        path,
        403,
        expect.stringContaining('this computer only'),
      ]);
    }
    expect(second.requests()).toEqual([]);
  });

  test('no fallback leaves this machine, and the log says so', async () => {
    const gateway = await gatewayOver({ first: await nobody(), second: elsewhere, alias: { localOnly: true } });
    expect((await gateway.post('/v1/messages', bodies['/v1/messages'])).status).toBe(502);
    await until(() => gateway.ends.length === 1);
    expect(gateway.ends[0]).toMatchObject({ modelId: 'first/main', rounds: 1 });
  });

  test('servers of this machine answer, also as a fallback', async () => {
    const gateway = await gatewayOver({ first: await nobody(), localOnlyKey: true });
    expect(await (await gateway.post('/v1/messages', bodies['/v1/messages'])).text()).toMatch(answered);
  });

  test('of servers that share an alias only those of this machine are asked, whoever is free', async () => {
    const alias = { sharedWith: ['second/spare'], fallback: [], localOnly: true };
    const first = await startFakeUpstream({ models: ['main'] });
    open.push({ close: () => first.close() });
    const gateway = await gatewayOver({ first: first.url, second: elsewhere, alias });
    for (const said of ['a', 'b', 'c']) {
      const body = { ...bodies['/v1/messages'], messages: [{ role: 'user', content: `${said} [[hello]]` }] };
      expect(await (await gateway.post('/v1/messages', body)).text()).toMatch(answered);
    }
    expect(first.requests()).toHaveLength(3);
  });

  test('a slot that leads to another machine is refused', async () => {
    const slots = { sonnet: 'second/spare' };
    const gateway = await gatewayOver({ first: second.url, second: elsewhere, localOnlyKey: true, slots });
    const response = await gateway.post('/v1/messages', { ...bodies['/v1/messages'], model: 'claude-sonnet-4-5' });
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('this computer only')]);
  });

  test('a model that the server here runs elsewhere is refused', async () => {
    const gateway = await gatewayOver({
      first: second.url,
      localOnlyKey: true,
      inspections: { first: up(model('main', { runsElsewhere: true })), second: down },
    });
    expect((await gateway.post('/v1/messages', bodies['/v1/messages'])).status).toBe(403);
  });
});
