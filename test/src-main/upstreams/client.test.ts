import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { ConversationFailure } from '../../../src-main/protocols/conversation/error.ts';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import type { UpstreamRequest } from '../../../src-main/upstreams/client.types.ts';
import { httpServer, type LocalServer, plainKind, shortTimeouts, signal, targetAt, tcpServer } from './local-server.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function newClient() {
  const client = createUpstreamClient({ hopId: 'hop-1' });
  cleanups.push(() => client.close());
  return client;
}

async function kept(server: Promise<LocalServer>): Promise<LocalServer> {
  const running = await server;
  cleanups.push(() => running.close());
  return running;
}

function post(more: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    method: 'POST',
    path: '/chat/completions',
    body: '{"model":"m"}',
    stream: false,
    signal: new AbortController().signal,
    ...more,
  };
}

async function failureOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConversationFailure)) throw new Error(`no ConversationFailure: ${String(error)}`);
  return error.error;
}

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of body) text += new TextDecoder().decode(chunk);
  return text;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const answer = (response: ServerResponse, text = '{}'): void => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  response.end(text);
};

const chunkedHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

describe('what a request carries', () => {
  test('path, query, body, secret as Bearer, hop id and identity encoding', async () => {
    const seen: { url?: string | undefined; headers?: IncomingMessage['headers']; body?: string } = {};
    const server = await kept(
      httpServer(async (request, response) => {
        Object.assign(seen, { url: request.url, headers: request.headers, body: await bodyOf(request) });
        answer(response, '{"ok":true}');
      }),
    );
    const target = targetAt(server.url, {
      secretValue: 'sk-secret',
      query: { 'api-version': '1' },
      headers: { 'X-Team': 'red', 'Content-Length': '3', 'X-Dragoman-Hop': 'forged' },
    });
    const response = await newClient().send(target, post());
    expect(await response.text(1000)).toBe('{"ok":true}');
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toBe('application/json');
    expect(seen.url).toBe('/v1/chat/completions?api-version=1');
    expect(seen.body).toBe('{"model":"m"}');
    expect(seen.headers).toMatchObject({
      authorization: 'Bearer sk-secret',
      'x-dragoman-hop': 'hop-1',
      'accept-encoding': 'identity',
      'x-team': 'red',
      'content-length': '13',
      host: `127.0.0.1:${server.port}`,
    });
  });

  test('a secret in a header of its own goes as it is', async () => {
    let header: unknown;
    const server = await kept(
      httpServer((request, response) => {
        header = request.headers['api-key'];
        answer(response);
      }),
    );
    await newClient().send(targetAt(server.url, { secretValue: 's', secretHeader: 'api-key' }), post());
    expect(header).toBe('s');
  });

  test('a body of bytes arrives unchanged', async () => {
    const server = await kept(httpServer(async (request, response) => answer(response, await bodyOf(request))));
    const response = await newClient().send(targetAt(server.url), post({ body: new TextEncoder().encode('{"a":1}') }));
    expect(await response.text(1000)).toBe('{"a":1}');
  });

  test('nothing is sent where the secret is unavailable, and the reason is told', async () => {
    const server = await kept(httpServer((_request, response) => answer(response)));
    const secret = () =>
      Promise.resolve({ kind: 'unavailable', message: 'Store it with `dragoman secret set box`.' } as const);
    const error = await failureOf(newClient().send(targetAt(server.url, { secret }), post()));
    expect(error).toEqual({ kind: 'upstream-authentication', message: 'Store it with `dragoman secret set box`.' });
    expect(server.connections()).toBe(0);
  });

  test('a secret that no header can carry is refused without showing it', async () => {
    const error = await failureOf(newClient().send(targetAt('http://127.0.0.1:9', { secretValue: 'sk-a\nb' }), post()));
    expect(error.kind).toBe('upstream-authentication');
    expect(JSON.stringify(error)).not.toContain('sk-a');
  });

  test('a redirect is answered as it is and never followed', async () => {
    const other = await kept(httpServer((_request, response) => answer(response)));
    const server = await kept(
      httpServer((_request, response) => {
        response.writeHead(307, { location: `${other.url}/steal` });
        response.end();
      }),
    );
    const response = await newClient().send(targetAt(server.url, { secretValue: 'sk-secret' }), post());
    expect(response.status).toBe(307);
    expect(other.connections()).toBe(0);
  });

  test('no proxy of the environment is used', async () => {
    const before = process.env.HTTP_PROXY;
    process.env.HTTP_PROXY = 'http://127.0.0.1:9';
    cleanups.push(async () => {
      if (before === undefined) delete process.env.HTTP_PROXY;
      else process.env.HTTP_PROXY = before;
    });
    const server = await kept(httpServer((_request, response) => answer(response)));
    expect((await newClient().send(targetAt(server.url), post())).status).toBe(200);
  });

  test('localhost reaches a server that listens on 127.0.0.1 only', async () => {
    const server = await kept(httpServer((_request, response) => answer(response)));
    expect((await newClient().send(targetAt(`http://localhost:${server.port}`), post())).status).toBe(200);
  });
});

describe('connections', () => {
  test('are used again for answers in JSON', async () => {
    const server = await kept(httpServer((_request, response) => answer(response)));
    const client = newClient();
    for (let round = 0; round < 5; round += 1) await (await client.send(targetAt(server.url), post())).text(100);
    expect(server.connections()).toBe(1);
  });

  test('are not used again after a stream where the kind closes them', async () => {
    const seen: (string | undefined)[] = [];
    const server = await kept(
      httpServer((request, response) => {
        seen.push(request.headers.connection);
        answer(response);
      }),
    );
    const client = newClient();
    const target = targetAt(server.url, { kind: { ...plainKind, closesAfterStream: true } });
    for (let round = 0; round < 3; round += 1) await read((await client.send(target, post({ stream: true }))).body);
    expect(server.connections()).toBe(3);
    expect(seen).toEqual(['close', 'close', 'close']);
  });

  test('a server that promises keep-alive and closes after each stream never makes a request fail', async () => {
    const server = await kept(
      tcpServer((socket) => {
        socket.on('data', () => {
          socket.write(`${chunkedHead}${chunk('data: 1\n\n')}0\r\n\r\n`);
          setTimeout(() => socket.end(), 0);
        });
      }),
    );
    const client = newClient();
    for (let round = 0; round < 60; round += 1) {
      const response = await client.send(targetAt(server.url), post({ stream: true }));
      expect(await read(response.body)).toBe('data: 1\n\n');
    }
  });

  test('a reused socket that dies before a byte of the answer is repeated once, on a new socket', async () => {
    let requests = 0;
    const server = await kept(
      tcpServer((socket) => {
        let onThis = 0;
        socket.on('data', () => {
          requests += 1;
          onThis += 1;
          if (onThis === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
          else socket.destroy();
        });
      }),
    );
    const client = newClient();
    await (await client.send(targetAt(server.url), post())).text(100);
    expect(await (await client.send(targetAt(server.url), post())).text(100)).toBe('{}');
    expect(requests).toBe(3);
  });

  test('a new socket that dies is not repeated', async () => {
    const server = await kept(tcpServer((socket) => socket.on('data', () => socket.destroy())));
    const error = await failureOf(newClient().send(targetAt(server.url), post()));
    expect(error).toEqual({ kind: 'upstream-unreachable', message: 'box closed the connection before it answered.' });
    expect(server.connections()).toBe(1);
  });

  test('a reused socket that dies after the first byte is not repeated', async () => {
    let requests = 0;
    const server = await kept(
      tcpServer((socket) => {
        let onThis = 0;
        socket.on('data', () => {
          requests += 1;
          onThis += 1;
          if (onThis === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
          else socket.write('HTTP/1.1 20', () => socket.destroy());
        });
      }),
    );
    const client = newClient();
    await (await client.send(targetAt(server.url), post())).text(100);
    expect((await failureOf(client.send(targetAt(server.url), post()))).kind).toBe('upstream-unreachable');
    expect(requests).toBe(2);
  });

  test('many at a time each get their own answer', async () => {
    const server = await kept(
      httpServer(async (request, response) => {
        const text = await bodyOf(request);
        setTimeout(() => answer(response, text), 5);
      }),
    );
    const client = newClient();
    const numbers = Array.from({ length: 64 }, (_, index) => index);
    const answers = await Promise.all(
      numbers.map(async (number) =>
        (await client.send(targetAt(server.url), post({ body: `{"n":${number}}` }))).text(100),
      ),
    );
    expect(answers).toEqual(numbers.map((number) => `{"n":${number}}`));
  });
});

describe('an abort', () => {
  async function closedAfterAbort(
    server: LocalServer,
    closed: Promise<unknown>,
    started: Promise<unknown>,
    stream: boolean,
  ) {
    const controller = new AbortController();
    const pending = newClient().send(targetAt(server.url), post({ stream, signal: controller.signal }));
    const outcome = pending.then(
      async (response) => read(response.body).catch((error: unknown) => error),
      (error: unknown) => error,
    );
    await started;
    const reason = new Error('client left');
    const from = performance.now();
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    await closed;
    expect(performance.now() - from).toBeLessThan(100);
  }

  test('before the first byte closes the connection', async () => {
    const { promise: closed, resolve } = signal();
    const { promise: started, resolve: start } = signal();
    const server = await kept(
      httpServer((request) => {
        request.socket.on('close', () => resolve());
        start();
      }),
    );
    await closedAfterAbort(server, closed, started, false);
  });

  test('in the middle of a stream closes the connection', async () => {
    const { promise: closed, resolve } = signal();
    const { promise: started, resolve: start } = signal();
    const server = await kept(
      httpServer((request, response) => {
        request.socket.on('close', () => resolve());
        response.writeHead(200);
        response.write('data: 1\n\n');
        setTimeout(start, 20);
      }),
    );
    await closedAfterAbort(server, closed, started, true);
  });

  test('while TLS is still being agreed closes the connection', async () => {
    const { promise: closed, resolve } = signal();
    const server = await kept(tcpServer((socket) => socket.on('close', () => resolve()).resume()));
    const controller = new AbortController();
    const target = targetAt(`https://127.0.0.1:${server.port}`);
    const pending = newClient().send(target, post({ signal: controller.signal }));
    await expect.poll(() => server.connections()).toBe(1);
    controller.abort();
    await expect(pending).rejects.toBe(controller.signal.reason);
    await closed;
  });

  test('before anything was sent sends nothing', async () => {
    const server = await kept(httpServer((_request, response) => answer(response)));
    const pending = newClient().send(targetAt(server.url), post({ signal: AbortSignal.abort() }));
    await expect(pending).rejects.toThrow();
    expect(server.connections()).toBe(0);
  });

  test('is not needed where the reader leaves the loop: that closes the connection too', async () => {
    const { promise: closed, resolve } = signal();
    const server = await kept(
      httpServer((request, response) => {
        request.socket.on('close', () => resolve());
        response.writeHead(200);
        response.write('data: 1\n\n');
      }),
    );
    const response = await newClient().send(targetAt(server.url), post({ stream: true }));
    for await (const part of response.body) {
      expect(part.byteLength).toBeGreaterThan(0);
      break;
    }
    await closed;
  });
});

describe('limits of time', () => {
  test('the connect timeout names its setting', async () => {
    const server = await kept(tcpServer((socket) => socket.resume()));
    const timeouts = { ...shortTimeouts, connectMs: 60 };
    const error = await failureOf(newClient().send(targetAt(`https://127.0.0.1:${server.port}`), post({ timeouts })));
    expect(error).toEqual({
      kind: 'timeout',
      message: 'box took no connection within 60 ms (the setting timeouts.connectMs).',
    });
  });

  test('the first-byte timeout names its setting', async () => {
    const server = await kept(httpServer(() => undefined));
    const timeouts = { ...shortTimeouts, firstByteMs: 60 };
    const error = await failureOf(newClient().send(targetAt(server.url, { timeouts }), post()));
    expect(error).toEqual({
      kind: 'timeout',
      message: 'box sent no answer within 60 ms (the setting timeouts.firstByteMs).',
    });
  });

  test('the idle timeout ends a silent stream, after what had come', async () => {
    const server = await kept(
      httpServer((_request, response) => {
        response.writeHead(200);
        response.write('data: 1\n\n');
      }),
    );
    const timeouts = { ...shortTimeouts, idleMs: 60 };
    const response = await newClient().send(targetAt(server.url, { timeouts }), post({ stream: true }));
    let text = '';
    const reading = (async () => {
      for await (const part of response.body) text += new TextDecoder().decode(part);
    })();
    const error = await failureOf(reading);
    expect(text).toBe('data: 1\n\n');
    expect(error.kind).toBe('timeout');
    expect(error.message).toContain('timeouts.idleMs');
  });

  test('there is no total timeout: a stream that keeps talking runs on', async () => {
    const server = await kept(
      httpServer((_request, response) => {
        response.writeHead(200);
        let count = 0;
        const timer = setInterval(() => {
          response.write(': still here\n\n');
          count += 1;
          if (count < 10) return;
          clearInterval(timer);
          response.end('done');
        }, 30);
      }),
    );
    const timeouts = { connectMs: 150, firstByteMs: 150, idleMs: 150 };
    const response = await newClient().send(targetAt(server.url, { timeouts }), post({ stream: true }));
    expect((await read(response.body)).endsWith('done')).toBe(true);
  });

  test('a reader that is slow is not taken for a silent server', async () => {
    const size = 8 * 1024 * 1024;
    const server = await kept(httpServer((_request, response) => response.end(Buffer.alloc(size))));
    const timeouts = { ...shortTimeouts, idleMs: 50 };
    const response = await newClient().send(targetAt(server.url, { timeouts }), post({ stream: true }));
    let bytes = 0;
    let waited = false;
    for await (const part of response.body) {
      if (!waited) await new Promise((resolve) => setTimeout(resolve, 200));
      waited = true;
      bytes += part.byteLength;
    }
    expect(bytes).toBe(size);
  });
});

describe('failures', () => {
  test('connection refused says what is not running and how to start it, and no address', async () => {
    const server = await httpServer(() => undefined);
    await server.close();
    const kind = { ...plainKind, startAdvice: 'Start it with `ollama serve`.' };
    const error = await failureOf(newClient().send(targetAt(server.url, { id: 'ollama', kind }), post()));
    expect(error).toEqual({
      kind: 'upstream-unreachable',
      message: 'ollama is not running: connection refused. Start it with `ollama serve`.',
    });
  });

  test('refused on every address of localhost is refused too', async () => {
    const server = await httpServer(() => undefined);
    await server.close();
    const error = await failureOf(newClient().send(targetAt(`http://localhost:${server.port}`), post()));
    expect(error.message).toBe('box is not running: connection refused. Start it.');
  });

  test('a host name that does not resolve is told without the name', async () => {
    const error = await failureOf(newClient().send(targetAt('http://no-such-host.invalid'), post()));
    expect(error.kind).toBe('upstream-unreachable');
    expect(error.message).toMatch(/^box was not found: /);
    expect(error.message).not.toContain('no-such-host');
  });

  test('https to a server that speaks plain HTTP says so', async () => {
    const server = await kept(httpServer((_request, response) => answer(response)));
    const error = await failureOf(newClient().send(targetAt(`https://127.0.0.1:${server.port}`), post()));
    expect(error.kind).toBe('upstream-unreachable');
    expect(error.message).toMatch(/TLS failed, it does not speak TLS.*\?$/);
    expect(error.message).not.toContain('127.0.0.1');
  });

  test('an answer that is not HTTP is a failure of the upstream', async () => {
    const server = await kept(tcpServer((socket) => socket.on('data', () => socket.end('220 smtp ready\r\n'))));
    const error = await failureOf(newClient().send(targetAt(server.url), post()));
    expect(error).toEqual({
      kind: 'upstream-failure',
      message: 'box answered with something that is not HTTP. Check its base URL.',
    });
  });

  test('a body that breaks off is a cut, never an end', async () => {
    const server = await kept(
      tcpServer((socket) =>
        socket.on('data', () =>
          socket.write(chunkedHead + chunk('data: 1\n\n'), () => setTimeout(() => socket.end(), 20)),
        ),
      ),
    );
    const response = await newClient().send(targetAt(server.url), post({ stream: true }));
    const error = await failureOf(read(response.body));
    expect(error.kind).toBe('upstream-cut');
  });

  test('text() stops at its limit', async () => {
    const server = await kept(httpServer((_request, response) => response.end('x'.repeat(5_000_000))));
    const response = await newClient().send(targetAt(server.url), post());
    expect((await response.text(1000)).length).toBe(1000);
  });

  test('error statuses are answers', async () => {
    const server = await kept(
      httpServer((_request, response) => {
        response.writeHead(503);
        response.end('busy');
      }),
    );
    const response = await newClient().send(targetAt(server.url), post());
    expect(response.status).toBe(503);
    expect(await response.text(100)).toBe('busy');
  });

  test('close() ends idle connections, and the client can still be used', async () => {
    const { promise: closed, resolve } = signal();
    const server = await kept(
      httpServer((request, response) => {
        request.socket.on('close', () => resolve());
        answer(response);
      }),
    );
    const client = newClient();
    await (await client.send(targetAt(server.url), post())).text(100);
    await client.close();
    await closed;
    expect(await (await client.send(targetAt(server.url), post())).text(100)).toBe('{}');
  });
});

describe('an answer that was compressed though nobody asked', () => {
  const words = '{"choices":[]}';
  test.each([
    ['gzip', gzipSync(words)],
    ['br', brotliCompressSync(words)],
    ['deflate', deflateSync(words)],
  ])('%s is read, and its header is gone', async (coding, bytes) => {
    const server = await kept(
      httpServer((_request, response) => response.writeHead(200, { 'content-encoding': coding }).end(bytes)),
    );
    const client = newClient();
    const answer = await client.send(targetAt(server.url), post());
    expect(answer.headers).not.toHaveProperty('content-encoding');
    expect(await answer.text(1000)).toBe(words);
    expect(await read((await client.send(targetAt(server.url), post())).body)).toBe(words);
    expect(server.connections()).toBe(1);
  });

  test('a compressed stream is read piece by piece', async () => {
    const goOn = signal();
    const server = await kept(
      httpServer(async (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
        const gzip = createGzip();
        gzip.pipe(response);
        gzip.write('data: 1\n\n');
        gzip.flush();
        await goOn.promise;
        gzip.end('data: 2\n\n');
      }),
    );
    const answer = await newClient().send(targetAt(server.url), post({ stream: true }));
    const pieces: string[] = [];
    for await (const piece of answer.body) {
      pieces.push(Buffer.from(piece).toString());
      goOn.resolve();
    }
    expect(pieces).toEqual(['data: 1\n\n', 'data: 2\n\n']);
  });

  test.each([
    ['gzip', 'no gzip'],
    ['gzip', gzipSync(words).subarray(0, 12)],
    ['sdch', words],
  ])('%s that can not be read is a failure of the upstream', async (coding, bytes) => {
    const server = await kept(
      httpServer((_request, response) => response.writeHead(200, { 'content-encoding': coding }).end(bytes)),
    );
    const answer = await newClient().send(targetAt(server.url), post());
    const error = await failureOf(answer.text(1000));
    expect(error).toMatchObject({ kind: 'upstream-failure', message: expect.stringContaining('box') });
  });

  test('a cut stays a cut, and leaving the loop closes the connection', async () => {
    const closed = signal();
    const server = await kept(
      httpServer((request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        const gzip = createGzip();
        gzip.pipe(response);
        gzip.write('x'.repeat(1000));
        gzip.flush();
        response.on('close', closed.resolve);
        if (request.url?.includes('cut')) setTimeout(() => response.destroy(), 30);
      }),
    );
    const client = newClient();
    const cut = await client.send(targetAt(server.url), post({ path: '/cut' }));
    expect((await failureOf(cut.text(10_000))).kind).toBe('upstream-cut');
    for await (const _piece of (await client.send(targetAt(server.url), post())).body) break;
    await closed.promise;
  });
});
