import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { messagesGrammar } from '../../event-grammar.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { plainServer } from './plain-server.ts';
import { type Gateway, type StartOptions, startGateway, until } from './start-gateway.ts';

/** A llama-server that answers 503 until the test says that its model is loaded. */
let server: FakeUpstream;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  server = await startFakeUpstream({ personality: 'llama-cpp' });
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  server.setLoading(false);
  server.clear();
});
afterAll(() => server.close());

async function gatewayOver(options: Partial<StartOptions> = {}): Promise<Gateway> {
  const gateway = await startGateway({
    upstream: server.url,
    kind: 'llama-cpp',
    gateway: { holdStatusSeconds: 0.05 },
    options: { keepAliveMs: 20 },
    ...options,
  });
  open.push(gateway);
  return gateway;
}

const model = 'up/fake-model';
const bodies = {
  '/v1/messages': { model, max_tokens: 100, messages: [{ role: 'user', content: 'go [[hello]]' }] },
  '/v1/chat/completions': { model, messages: [{ role: 'user', content: 'go [[hello]]' }] },
  '/v1/responses': { model, input: 'go [[hello]]' },
} as const;
const paths = ['/v1/messages', '/v1/chat/completions', '/v1/responses'] as const;
const answered = /Hello .*from the fake .*upstream\./s;
const keepAlives = {
  '/v1/messages': /event: ping/,
  '/v1/chat/completions': /: keep-alive/,
  '/v1/responses': /response\.in_progress|: keep-alive/,
};
const loadedAfter = (ms: number) => setTimeout(() => server.setLoading(false), ms);

describe('a server that is loading its model', () => {
  test.each(paths)('%s: a streaming client is kept alive until the model is loaded', async (path) => {
    server.setLoading(true);
    const gateway = await gatewayOver();
    loadedAfter(400);
    const response = await gateway.post(path, { ...bodies[path], stream: true });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toMatch(keepAlives[path]);
    expect(text).toMatch(answered);
    if (path === '/v1/messages') expect(messagesGrammar(text)).toEqual([]);
    await until(() => gateway.ends.length === 1);
    expect(gateway.ends[0]).toMatchObject({ outcome: 'done', error: null, rounds: 1 });
    expect(gateway.ends[0]?.waits.loading).toBeGreaterThan(200);
  });

  test.each(paths)('%s: a client that wants JSON waits, too', async (path) => {
    server.setLoading(true);
    const gateway = await gatewayOver();
    loadedAfter(300);
    const response = await gateway.post(path, bodies[path]);
    expect([response.status, await response.text()]).toEqual([200, expect.stringMatching(answered)]);
  });

  test('embeddings wait, too', async () => {
    server.setLoading(true);
    const gateway = await gatewayOver();
    loadedAfter(300);
    expect((await gateway.post('/v1/embeddings', { model, input: 'x' })).status).toBe(200);
  });

  test('a status that is not held any longer is 200, and one that is stays the server’s', async () => {
    server.setLoading(true);
    const gateway = await gatewayOver({ timeouts: { firstByteMs: 300 }, gateway: { holdStatusSeconds: 10 } });
    const response = await gateway.post('/v1/messages', { ...bodies['/v1/messages'], stream: true });
    expect(response.status).toBe(503);
  });

  test.each([
    ['/v1/messages', { type: 'error', error: { type: 'overloaded_error' } }],
    ['/v1/chat/completions', { error: { code: 'model_loading' } }],
    ['/v1/responses', { error: { code: 'model_loading' } }],
  ] as const)('F08: %s: is given up after the limit, with when to come back', async (path, said) => {
    server.setLoading(true);
    const gateway = await gatewayOver({ timeouts: { firstByteMs: 300 } });
    const response = await gateway.post(path, bodies[path]);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const body: unknown = await response.json();
    expect(body).toMatchObject(said);
    expect(JSON.stringify(body)).toContain('up is loading its model. It was waited for 0.3 s.');
    await until(() => gateway.ends.length === 1);
    expect(gateway.ends[0]).toMatchObject({ outcome: 'failed', error: { kind: 'loading' } });
  });

  test('is asked no more once its client has left', async () => {
    server.setLoading(true);
    const gateway = await gatewayOver();
    const leaving = new AbortController();
    const asked = gateway.post('/v1/messages', bodies['/v1/messages'], { signal: leaving.signal });
    await until(() => server.requests().length > 1);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await until(() => gateway.ends.length === 1);
    expect(gateway.ends[0]).toMatchObject({ outcome: 'aborted' });
    const before = server.requests().length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(server.requests()).toHaveLength(before);
  });

  test.each(paths)('%s: that dies meanwhile is told at once as what it is', async (path) => {
    const dying = await startFakeUpstream({ personality: 'llama-cpp' });
    dying.setLoading(true);
    const gateway = await gatewayOver({ upstream: dying.url });
    const asked = gateway.post(path, bodies[path]);
    await until(() => dying.requests().length > 0);
    await dying.close();
    const response = await asked;
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(
      /up (is not running: connection refused|closed the connection)[^.]*\..*It ended while it was loading/,
    );
  });

  test.each(paths)(
    'F08: %s: that has a list all the same is not waited for, and its client told when to come back',
    async (path) => {
      const gateway = await gatewayOver({ gateway: { holdStatusSeconds: 10 } });
      const asked = JSON.stringify(bodies[path]).replace('[[hello]]', '[[loading]]');
      for (const stream of [true, false]) {
        const response = await gateway.post(path, { ...JSON.parse(asked), stream });
        expect(response.status).toBe(503);
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      }
    },
  );

  test('is one request on the wire, and its answer', async () => {
    server.setLoading(true);
    const gateway = await gatewayOver();
    loadedAfter(300);
    await (await gateway.post('/v1/messages', bodies['/v1/messages'])).text();
    expect(gateway.bytes.filter(({ border }) => border === 'gateway-to-server')).toHaveLength(1);
    const got = gateway.bytes.filter(({ border }) => border === 'server-to-gateway');
    expect(got.map(({ text }) => text).join('')).not.toContain('Loading');
  });
});

test('a server that is overloaded, or asks not to be asked again, is not waited for', async () => {
  for (const [headers, message] of [
    [{}, 'server busy, please try again.'],
    [{ 'x-should-retry': 'false' }, 'Loading model'],
  ] as const) {
    const busy = await plainServer(() => ({ status: 503, headers, body: { error: { message } } }));
    open.push(busy);
    const gateway = await gatewayOver({ upstream: busy.url, kind: 'openai-compatible' });
    const response = await gateway.post('/v1/messages', bodies['/v1/messages']);
    expect([response.status, busy.received.length]).toEqual([503, 1]);
    await response.text();
  }
});
