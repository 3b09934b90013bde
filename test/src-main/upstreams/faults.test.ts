import { afterEach, describe, expect, test } from 'vitest';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import { inspectServer } from '../../../src-main/upstreams/inspect-server.ts';
import type { Inspection } from '../../../src-main/upstreams/kind.ts';
import { llamaCpp } from '../../../src-main/upstreams/llama-cpp.ts';
import { openaiCompatible } from '../../../src-main/upstreams/openai-compatible.ts';
import { createProbe } from '../../../src-main/upstreams/probe.ts';
import { httpServer, httpsServer, type LocalServer, targetAt, tcpServer } from './local-server.ts';
import { recordedServer } from './recorded-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function kept(server: Promise<LocalServer>): Promise<LocalServer> {
  const running = await server;
  cleanups.push(() => running.close());
  return running;
}

/** For servers that answer at once, on a machine that may be busy. */
const patience = 5000;
/** For servers that never do. */
const soon = 150;

/** What the window shows of a server at `url`; `before` is what it said last, `limit` how long it may be silent, in milliseconds. */
function shown(
  url: string,
  kind = openaiCompatible,
  before: Inspection | null = null,
  limit = patience,
): Promise<Inspection> {
  const timeouts = { connectMs: patience, firstByteMs: limit, idleMs: limit };
  const client = createUpstreamClient({ hopId: 'hop', systemCertificates: () => [] });
  cleanups.push(() => client.close());
  return inspectServer(kind, createProbe(client, targetAt(url, { kind }), { timeouts }), before);
}

const usual = (): Promise<LocalServer> =>
  kept(httpServer((_request, response) => response.end('{"data":[{"id":"m"}]}')));
const loadingUntil = (ready: () => boolean) =>
  httpServer((_request, response) => {
    response.setHeader('server', 'llama.cpp');
    if (ready()) response.end('{"data":[{"id":"m","meta":{"n_ctx":4096}}]}');
    else response.writeHead(503).end('{"error":{"message":"Loading model","type":"unavailable_error","code":503}}');
  });

describe('what a server in trouble is shown as', () => {
  test('one that is gone: down, with its models and how to start it', async () => {
    const server = await usual();
    const before = await shown(server.url);
    await server.close();
    const inspection = await shown(server.url, openaiCompatible, before);
    expect(inspection).toMatchObject({ state: 'down', models: [{ name: 'm', loaded: null }] });
    expect(inspection.message).toMatch(/^box is not running: connection refused\. Start it/);
  });

  test('one that takes the connection and says nothing: down, with the limit that ran out', async () => {
    const server = await kept(tcpServer(() => undefined));
    const inspection = await shown(server.url, openaiCompatible, null, soon);
    expect(inspection).toMatchObject({ state: 'down' });
    expect(inspection.message).toBe('box sent no answer within 150 ms (the setting timeouts.firstByteMs).');
  });

  test('one that drips slower than its limit: down, but up where it was up before and may only be busy', async () => {
    const drip = await kept(
      httpServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"data":[');
      }),
    );
    expect((await shown(drip.url, openaiCompatible, null, soon)).message).toContain(
      'fell silent in the middle of its answer',
    );
    const before = await shown((await usual()).url);
    expect(await shown(drip.url, openaiCompatible, before, soon)).toBe(before);
  });

  test('one that loads its model: loading for as long as that lasts, then up', async () => {
    let ready = false;
    const server = await kept(loadingUntil(() => ready));
    const loading = await shown(server.url, llamaCpp);
    expect(loading).toMatchObject({ state: 'loading', message: 'It is loading its model.' });
    ready = true;
    expect(await shown(server.url, llamaCpp, loading)).toMatchObject({ state: 'up', models: [{ name: 'm' }] });
  });

  test('one that dies while it loads: down', async () => {
    const server = await kept(loadingUntil(() => false));
    const loading = await shown(server.url, llamaCpp);
    await server.close();
    expect(await shown(server.url, llamaCpp, loading)).toMatchObject({ state: 'down', models: [] });
  });

  test('one that wants another key: unauthorized, with the status and what it wants', async () => {
    const server = await kept(recordedServer([], 'apikey/models-nokey'));
    const inspection = await shown(server.url, llamaCpp);
    expect(inspection.state).toBe('unauthorized');
    expect(inspection.message).toContain('it wants a secret, or another one than is stored');
  });

  test('one whose certificate is not trusted: down, with the setting that mends it', async () => {
    const server = await kept(httpsServer((_request, response) => response.end('{}')));
    const inspection = await shown(server.url);
    expect(inspection.state).toBe('down');
    expect(inspection.message).toContain('tls.caFile');
  });

  test('one whose name nobody knows: down, and its base URL is to be looked at', async () => {
    const inspection = await shown('http://nobody.invalid:8000');
    expect(inspection.state).toBe('down');
    expect(inspection.message).toMatch(/^box was not found: /);
  });

  test('one that answers with errors: in trouble, with the status', async () => {
    const server = await kept(httpServer((_request, response) => response.writeHead(500).end('oops')));
    expect(await shown(server.url)).toMatchObject({ state: 'error', message: 'It answers with an error (HTTP 500).' });
  });

  test('one that is no HTTP server: in trouble', async () => {
    const server = await kept(tcpServer((socket) => void socket.end('220 mail ready\r\n')));
    expect(await shown(server.url)).toMatchObject({ state: 'error', message: expect.stringContaining('not HTTP') });
  });

  test('no message tells an address or a port', async () => {
    const server = await usual();
    await server.close();
    for (const url of [server.url, 'http://nobody.invalid:8000'])
      expect((await shown(url)).message).not.toMatch(/\d{4,}|127\.0\.0\.1|invalid/);
  });
});
