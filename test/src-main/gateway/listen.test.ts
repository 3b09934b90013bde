import { Agent, get } from 'node:http';
import { expect, test } from 'vitest';
import { listen } from '../../../src-main/gateway/listen.ts';

test('a taken port is an error that names it, never another port', async () => {
  const first = await listen((_request, response) => response.end(), '127.0.0.1', 0);
  if (!first.ok) throw new Error(first.message);
  const second = await listen((_request, response) => response.end(), '127.0.0.1', first.listener.port);
  expect(second).toMatchObject({
    ok: false,
    reason: 'port-taken',
    message: expect.stringContaining(String(first.listener.port)),
  });
  await first.listener.close(0);
});

test('a foreign address is an error', async () => {
  expect(await listen((_request, response) => response.end(), '203.0.113.9', 0)).toMatchObject({
    ok: false,
    reason: 'host-unknown',
  });
});

test('closing lets what is in flight end, drops idle connections and takes nothing new', async () => {
  let release = (): void => {};
  const opened = await listen(
    (request, response) => {
      if (request.url === '/idle') response.end('idle');
      else release = () => response.end('done');
    },
    '127.0.0.1',
    0,
  );
  if (!opened.ok) throw new Error(opened.message);
  const { listener } = opened;
  const agent = new Agent({ keepAlive: true });
  const ask = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      get({ agent, host: '127.0.0.1', port: listener.port, path }, (response) => {
        let text = '';
        response.on('data', (piece) => {
          text += String(piece);
        });
        response.on('end', () => resolve(text));
      }).on('error', reject);
    });
  await ask('/idle');
  const slow = ask('/slow');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closing = listener.close(5_000);
  await expect(fetch(`${listener.url}/new`)).rejects.toThrow();
  const releasedAt = performance.now();
  release();
  expect(await slow).toBe('done');
  await closing;
  expect(performance.now() - releasedAt).toBeLessThan(1_000);
  agent.destroy();
});

test('closing cuts what outlives the grace', async () => {
  const opened = await listen(() => {}, '127.0.0.1', 0);
  if (!opened.ok) throw new Error(opened.message);
  const hanging = fetch(opened.listener.url).catch(() => 'cut');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const startedAt = performance.now();
  await opened.listener.close(100);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(await hanging).toBe('cut');
});
