import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ConversationFailure } from '../../../src-main/protocols/conversation/error.ts';
import { createUpstreamClient, type UpstreamClientOptions } from '../../../src-main/upstreams/client.ts';
import type { UpstreamRequest } from '../../../src-main/upstreams/client.types.ts';
import type { UpstreamTarget } from '../../../src-main/upstreams/target.ts';
import {
  httpServer,
  httpsServer,
  type LocalServer,
  proxyServer,
  shortTimeouts,
  targetAt,
  tcpServer,
  testAuthorityFile,
} from './local-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function kept(server: Promise<LocalServer>): Promise<LocalServer> {
  const running = await server;
  cleanups.push(() => running.close());
  return running;
}

function clientWith(options: Partial<UpstreamClientOptions> = {}) {
  const client = createUpstreamClient({ hopId: 'hop', systemCertificates: () => [], ...options });
  cleanups.push(() => client.close());
  return client;
}

const request: UpstreamRequest = {
  method: 'POST',
  path: '/chat/completions',
  body: '{"model":"m"}',
  stream: false,
  signal: new AbortController().signal,
};

type Client = ReturnType<typeof createUpstreamClient>;
const said = async (client: Client, target: UpstreamTarget): Promise<string> =>
  (await client.send(target, request)).text(1000);

async function failure(client: Client, target: UpstreamTarget) {
  try {
    await client.send(target, request);
  } catch (error) {
    if (error instanceof ConversationFailure) return error.error;
    throw error;
  }
  throw new Error('it answered');
}

const echo = () =>
  httpsServer((incoming, response) => response.end(`${incoming.method} ${incoming.url} ${incoming.headers.host}`));
const trusting = { caFile: testAuthorityFile, insecure: false };

describe('TLS', () => {
  test('a certificate of an unknown authority is refused, in words that name the setting', async () => {
    const server = await kept(echo());
    const error = await failure(clientWith(), targetAt(server.url));
    expect(error.kind).toBe('upstream-unreachable');
    expect(error.message).toMatch(/^box can't be reached: TLS failed, its certificate .* \(tls\.caFile\)\.$/);
  });

  test('the file of the settings is trusted beside what is trusted anyway', async () => {
    const server = await kept(echo());
    expect(await said(clientWith(), targetAt(server.url, { tls: trusting }))).toBe(
      `POST /v1/chat/completions 127.0.0.1:${server.port}`,
    );
  });

  test('what the system trusts is trusted without any setting', async () => {
    const server = await kept(echo());
    const authority = await readFile(testAuthorityFile, 'utf8');
    const byName = targetAt(`https://localhost:${server.port}`);
    expect(await said(clientWith({ systemCertificates: () => [authority] }), byName)).toContain('POST /v1');
  });

  test('a certificate is not checked where the user said so, and only there', async () => {
    const server = await kept(echo());
    const client = clientWith();
    const careless = targetAt(server.url, { tls: { caFile: null, insecure: true } });
    expect(await said(client, careless)).toContain('POST /v1');
    // Also while an unchecked connection to the same place is idle.
    expect((await failure(client, targetAt(server.url))).kind).toBe('upstream-unreachable');
  });

  test('connections are used again', async () => {
    const server = await kept(echo());
    const client = clientWith();
    const target = targetAt(server.url, { tls: trusting });
    await said(client, target);
    await said(client, target);
    expect(server.connections()).toBe(1);
  });

  test('a file that is not there or holds no certificate is told, without its path', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dragoman-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const caFile = join(folder, 'secret-name.pem');
    const server = await kept(echo());
    const client = clientWith();
    const target = targetAt(server.url, { tls: { caFile, insecure: false } });
    expect((await failure(client, target)).message).toBe(
      'box was not asked: the file that its settings name as tls.caFile is not there.',
    );
    await writeFile(caFile, 'hello');
    expect((await failure(client, target)).message).toMatch(/tls\.caFile could not be read as certificates \(PEM\)\.$/);
    await writeFile(caFile, await readFile(testAuthorityFile, 'utf8'));
    expect(await said(client, target)).toContain('POST /v1');
  });

  test('a server that speaks no TLS is told apart', async () => {
    const server = await kept(httpServer((_request, response) => response.end('plain')));
    const error = await failure(clientWith(), targetAt(`https://127.0.0.1:${server.port}`));
    expect(error.message).toContain('it does not speak TLS; is its base URL meant to start with http://?');
  });
});

describe('a proxy', () => {
  test('is asked for the whole URL of a plain server', async () => {
    const asked: string[] = [];
    const server = await kept(
      httpServer((incoming, response) =>
        response.end(`${incoming.url} ${incoming.headers.host} ${incoming.headers.authorization}`),
      ),
    );
    const proxy = await kept(proxyServer(server.port, asked));
    const target = targetAt('http://models.test:8000', { proxy: proxy.url, secretValue: 's' });
    expect(await said(clientWith(), target)).toBe('/v1/chat/completions models.test:8000 Bearer s');
    expect(asked).toEqual(['POST http://models.test:8000/v1/chat/completions']);
  });

  test('tunnels to a secure server, whose own certificate is checked; the tunnel is used again', async () => {
    const asked: string[] = [];
    const server = await kept(echo());
    const proxy = await kept(proxyServer(server.port, asked));
    const client = clientWith();
    const target = targetAt('https://models.test', { proxy: proxy.url, tls: trusting });
    expect(await said(client, target)).toBe('POST /v1/chat/completions models.test');
    await said(client, target);
    expect(asked).toEqual(['CONNECT models.test:443']);
    const other = targetAt('https://elsewhere.test', { proxy: proxy.url, tls: trusting });
    expect((await failure(client, other)).message).toContain('its certificate is for another host name');
  });

  test('may itself be secure', async () => {
    const asked: string[] = [];
    const server = await kept(echo());
    const proxy = await kept(proxyServer(server.port, asked, { secure: true }));
    const target = targetAt('https://models.test', { proxy: proxy.url, tls: trusting });
    expect(await said(clientWith(), target)).toContain('models.test');
    expect(asked).toEqual(['CONNECT models.test:443']);
  });

  test('is that of the environment, with its user, but never for this machine', async () => {
    const asked: string[] = [];
    const server = await kept(httpServer((_request, response) => response.end('ok')));
    const proxy = await kept(proxyServer(server.port, asked));
    const url = proxy.url.replace('//', '//me:pass@');
    const client = clientWith({ environment: { HTTP_PROXY: url, HTTPS_PROXY: url } });
    expect(await said(client, targetAt('http://models.test'))).toBe('ok');
    expect(asked).toEqual([
      `POST http://models.test/v1/chat/completions Basic ${Buffer.from('me:pass').toString('base64')}`,
    ]);
    expect(await said(client, targetAt(server.url))).toBe('ok');
    expect(await said(client, targetAt(server.url, { proxy: proxy.url }))).toBe('ok');
    expect(asked).toHaveLength(1);
  });

  test.each([
    [407, /the proxy wants a user name and a password \(HTTP 407\)/],
    [403, /the proxy would not connect to it \(HTTP 403\)/],
  ])('that refuses a tunnel with %i is told from the server', async (status, words) => {
    const proxy = await kept(proxyServer(1, [], { answer: status }));
    const error = await failure(clientWith(), targetAt('https://models.test', { proxy: proxy.url }));
    expect(error.kind).toBe('upstream-unreachable');
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain(String(proxy.port));
  });

  test('that says nothing is given up after the limit for connecting', async () => {
    const proxy = await kept(tcpServer(() => undefined));
    const timeouts = { ...shortTimeouts, connectMs: 100 };
    const error = await failure(clientWith(), targetAt('https://models.test', { proxy: proxy.url, timeouts }));
    expect(error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('timeouts.connectMs') });
  });

  test('that is none is told', async () => {
    const proxy = await kept(tcpServer((socket) => void socket.end('220 mail ready\r\n\r\n')));
    const error = await failure(clientWith(), targetAt('https://models.test', { proxy: proxy.url }));
    expect(error.message).toContain('what was taken for a proxy answered with something that is not HTTP');
  });
});

describe('IPv6', () => {
  test('a server at [::1] is reached by its address and as localhost, plain and secure', async () => {
    const plain = await kept(httpServer((incoming, response) => response.end(incoming.headers.host), 0, '::1'));
    const secure = await kept(httpsServer((incoming, response) => response.end(incoming.headers.host), '::1'));
    const client = clientWith();
    expect(await said(client, targetAt(plain.url))).toBe(`[::1]:${plain.port}`);
    expect(await said(client, targetAt(`http://localhost:${plain.port}`))).toBe(`localhost:${plain.port}`);
    expect(await said(client, targetAt(secure.url, { tls: trusting }))).toBe(`[::1]:${secure.port}`);
    expect(await said(client, targetAt(`https://localhost:${secure.port}`, { tls: trusting }))).toBe(
      `localhost:${secure.port}`,
    );
  });

  test('localhost means 127.0.0.1, too', async () => {
    const server = await kept(httpServer((_request, response) => response.end('four')));
    expect(await said(clientWith(), targetAt(`http://localhost:${server.port}`))).toBe('four');
  });
});
