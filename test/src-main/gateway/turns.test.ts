import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createReadiness } from '../../../src-main/models/readiness.ts';
import { createModelDirectory } from '../../../src-main/models/route.ts';
import type { InspectedModel } from '../../../src-main/upstreams/kind.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import { model, up, world } from '../models/servers.ts';
import { type Gateway, startGateway, until } from './start-gateway.ts';

/** A server that leaves every request open until the test answers it. */
interface Patient {
  readonly url: string;
  /** The requests that it has got, in order. */
  readonly got: { readonly body: Record<string, unknown>; answer(): void }[];
  close(): void;
}

async function startPatient(): Promise<Patient> {
  const got: Patient['got'] = [];
  const server: Server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.parse(await text(request));
    const chunk = (choice: JsonObject) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
    const answer = () => {
      response.setHeader('content-type', 'text/event-stream');
      response.end(
        `${chunk({ delta: { content: 'ok' } })}${chunk({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`,
      );
    };
    got.push({ body, answer });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was bound');
  return {
    url: `http://127.0.0.1:${address.port}`,
    got,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

let server: Patient;
let gateway: Gateway;

beforeEach(async () => {
  server = await startPatient();
});
afterEach(async () => {
  await gateway?.close();
  server.close();
});

async function gatewayTo(
  upstream: JsonObject,
  of: Partial<InspectedModel> = {},
  load: () => Promise<void> = () => Promise.resolve(),
): Promise<Gateway> {
  const { settings, snapshot } = world(
    { upstreams: [{ id: 'box', kind: 'llama-cpp', baseUrl: server.url, ...upstream }] },
    { box: up(model('m', of)) },
  );
  const directory = createModelDirectory({
    settings: () => settings,
    snapshot: () => snapshot,
    firstScan: Promise.resolve(),
  });
  gateway = await startGateway({
    upstream: server.url,
    gateway: { holdStatusSeconds: 0.02 },
    options: { keepAliveMs: 20 },
    parts: {
      ready: createReadiness({ load }),
      models: () => directory,
      keys: () => ({ check: (id) => ({ id, name: id, scopes: ['chat', 'embeddings'], allowsModel: () => true }) }),
    },
  });
  return gateway;
}

const leavings: AbortController[] = [];

/** A request of a key; `said` is its first message, and so its conversation. */
function ask(said: string, key = 'a', path = '/v1/messages', more: readonly unknown[] = []): Promise<Response> {
  const leaving = new AbortController();
  leavings.push(leaving);
  const messages = [{ role: 'user', content: said }, ...more];
  const body = { model: 'box/m', max_tokens: 100, stream: true, messages };
  const headers = { authorization: `Bearer ${key}` };
  return gateway.post(path, body, { headers, signal: leaving.signal });
}

const said = () => server.got.map(({ body }) => JSON.stringify(body.messages));
const askedAll = (...words: readonly string[]) => words.map((word) => expect.stringContaining(word));
/** Long enough for a request that is let through to arrive. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 60));

describe('an upstream with `concurrency`', () => {
  test('is sent no more at once, and the keys take turns', async () => {
    await gatewayTo({ concurrency: 1 });
    const answers = [ask('first')];
    await until(() => server.got.length === 1);
    for (const [word, key] of [
      ['second', 'a'],
      ['third', 'a'],
      ['fourth', 'a'],
      ['other', 'b'],
    ] as const) {
      answers.push(ask(word, key));
      await aMoment();
    }
    expect(server.got).toHaveLength(1);
    for (let at = 0; at < 5; at += 1) {
      await until(() => server.got.length === at + 1);
      await aMoment();
      expect(server.got).toHaveLength(at + 1);
      server.got[at]?.answer();
    }
    expect(said()).toEqual(askedAll('first', 'second', 'other', 'third', 'fourth'));
    for (const answer of answers) expect(await (await answer).text()).toContain('message_stop');
  });

  test('keeps a client that waits alive, in its own protocol and by pass-through', async () => {
    await gatewayTo({ concurrency: 1 });
    const first = ask('first');
    await until(() => server.got.length === 1);
    for (const path of ['/v1/messages', '/v1/chat/completions']) {
      const response = await ask('waits', 'a', path);
      expect(response.status).toBe(200);
      const reader = response.body?.getReader();
      let seen = '';
      while (!/event: ping|: keep-alive/.test(seen))
        seen += Buffer.from((await reader?.read())?.value ?? []).toString();
      expect(server.got).toHaveLength(1);
      leavings.at(-1)?.abort();
    }
    server.got[0]?.answer();
    await (await first).text();
  });

  test('tells how long a request waited for its turn, whole or not, and nothing of one that did not', async () => {
    const { ends, waits: begun } = await gatewayTo({ concurrency: 1 });
    const first = ask('first');
    await until(() => server.got.length === 1);
    const second = ask('second');
    await until(() => begun.length === 1);
    const left = ask('left').catch(() => null);
    await until(() => begun.length === 2);
    await aMoment();
    leavings.at(-1)?.abort();
    server.got[0]?.answer();
    await until(() => server.got.length === 2);
    server.got[1]?.answer();
    for (const one of [first, second, left]) await (await one)?.text().catch(() => null);
    await until(() => ends.length === 3);
    const waits = (at: number) => ends.find(({ exchange }) => exchange === gateway.starts[at]?.exchange)?.waits;
    expect([waits(0), waits(1), waits(2)]).toEqual([{}, { turn: expect.any(Number) }, { turn: expect.any(Number) }]);
    expect(waits(1)?.turn).toBeGreaterThan(50);
  });

  test('never hears of a request whose client left the queue, and the next one goes', async () => {
    const { ends } = await gatewayTo({ concurrency: 1 });
    const first = ask('first');
    await until(() => server.got.length === 1);
    const second = ask('second').catch(() => null);
    await aMoment();
    const leaving = leavings.at(-1);
    const third = ask('third');
    await aMoment();
    leaving?.abort();
    await until(() => ends.some(({ outcome }) => outcome === 'aborted'));
    server.got[0]?.answer();
    await until(() => server.got.length === 2);
    server.got[1]?.answer();
    await Promise.all([first, second, third].map(async (one) => (await one)?.text().catch(() => null)));
    expect(said()).toEqual(askedAll('first', 'third'));
  });

  test('lets the next go when a client leaves in the middle of its answer', async () => {
    await gatewayTo({ concurrency: 1 });
    const first = ask('first').catch(() => null);
    await until(() => server.got.length === 1);
    const leaving = leavings.at(-1);
    void ask('second').catch(() => null);
    await aMoment();
    leaving?.abort();
    await until(() => server.got.length === 2);
    await first;
  });
});

describe('a llama-server that tells its slots', () => {
  test('is sent as many requests as it has, each conversation to a slot of its own', async () => {
    await gatewayTo({}, { slots: 2 });
    void ask('main').catch(() => null);
    await until(() => server.got.length === 1);
    void ask('title', 'a', '/v1/chat/completions').catch(() => null);
    await until(() => server.got.length === 2);
    void ask('third').catch(() => null);
    await aMoment();
    expect(server.got.map(({ body }) => body.id_slot)).toEqual([0, 1]);
    server.got[0]?.answer();
    await until(() => server.got.length === 3);
    expect(server.got[2]?.body.id_slot).toBe(0);
  });

  test('gets the next turn of a conversation where the one before it was', async () => {
    await gatewayTo({}, { slots: 4 });
    for (const [at, [word, path]] of (
      [
        ['title', '/v1/chat/completions'],
        ['main', '/v1/messages'],
        ['sub', '/v1/messages'],
        ['main', '/v1/messages'],
        ['title', '/v1/chat/completions'],
      ] as const
    ).entries()) {
      const answer = ask(word, 'a', path, [
        { role: 'assistant', content: `${at}` },
        { role: 'user', content: 'more' },
      ]);
      await until(() => server.got.length === at + 1);
      server.got[at]?.answer();
      await (await answer).text();
    }
    expect(server.got.map(({ body }) => body.id_slot)).toEqual([0, 1, 2, 1, 0]);
  });

  test('is left to choose where a request only names what it goes on from', async () => {
    await gatewayTo({}, { slots: 2 });
    const post = (more: JsonObject) =>
      gateway.post('/v1/responses', { model: 'box/m', input: 'hi', stream: true, ...more });
    const first = post({});
    await until(() => server.got.length === 1);
    server.got[0]?.answer();
    const [, id] = /"id":"(resp_[^"]+)"/.exec(await (await first).text()) ?? [];
    const second = post({ previous_response_id: id, input: 'more' });
    await until(() => server.got.length === 2);
    server.got[1]?.answer();
    await (await second).text();
    expect(server.got.map(({ body }) => body.id_slot)).toEqual([0, undefined]);
  });

  test('with one slot, and another server, is not told of slots', async () => {
    await gatewayTo({}, { slots: 1 });
    void ask('main').catch(() => null);
    await until(() => server.got.length === 1);
    expect(server.got[0]?.body).not.toHaveProperty('id_slot');
  });
});

describe('a model that is not loaded', () => {
  const unloaded = { loaded: false, loading: 'idle', loadsOnRequest: false } as const;

  test.each(['/v1/messages', '/v1/chat/completions'])(
    '%s: is loaded first, while the client is kept alive',
    async (path) => {
      let loaded: () => void = () => undefined;
      await gatewayTo(
        {},
        unloaded,
        () =>
          new Promise((resolve) => {
            loaded = resolve;
          }),
      );
      const response = await ask('main', 'a', path);
      expect(response.status).toBe(200);
      const reader = response.body?.getReader();
      let seen = '';
      while (!/event: ping|: keep-alive/.test(seen))
        seen += Buffer.from((await reader?.read())?.value ?? []).toString();
      expect(server.got).toHaveLength(0);
      loaded();
      await until(() => server.got.length === 1);
      server.got[0]?.answer();
      while (!/message_stop|\[DONE\]/.test(seen)) seen += Buffer.from((await reader?.read())?.value ?? []).toString();
      await reader?.cancel();
    },
  );

  test.each(['/v1/messages', '/v1/chat/completions', '/v1/responses'])(
    '%s: is refused where the settings say so, without asking the server',
    async (path) => {
      await gatewayTo({ loadOnUse: false }, unloaded);
      const body = { model: 'box/m', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], input: 'hi' };
      const response = await gateway.post(path, body);
      expect([response.status, response.headers.get('x-should-retry')]).toEqual([503, 'false']);
      expect(JSON.stringify(await response.json())).toContain('box/m is not loaded');
      expect(server.got).toHaveLength(0);
      expect(gateway.ends.at(-1)?.error?.kind ?? 'loading').toBe('loading');
    },
  );

  test('is no longer waited for by a client that left, and that is no failure', async () => {
    const { ends } = await gatewayTo({ concurrency: 1 }, unloaded, () => new Promise(() => undefined));
    for (const path of ['/v1/messages', '/v1/chat/completions']) {
      const ended = ends.length;
      const asked = ask('main', 'a', path).catch(() => null);
      await aMoment();
      leavings.at(-1)?.abort();
      await (await asked)?.text().catch(() => null);
      await until(() => ends.length > ended);
      expect(ends.at(-1)).toMatchObject({ outcome: 'aborted', error: null });
    }
  });
});
