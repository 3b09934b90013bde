import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type Address, type MovableListener, openMovableListener } from '../../../src-main/gateway/movable-listener.ts';
import { until } from './start-gateway.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const answerAfter =
  (ms: number): RequestListener =>
  (_request, response) =>
    void setTimeout(() => response.end('whole'), ms);

/** A port that nobody has, as far as anyone can tell. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function takenPort(): Promise<{ readonly port: number; free(): Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const free = async (): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  return { port: typeof address === 'object' && address !== null ? address.port : 0, free };
}

async function open(
  wanted: () => Address,
  handler = answerAfter(0),
  refusal: (wanted: Address) => string | null = () => null,
) {
  let changes = 0;
  const opened = await openMovableListener({
    handler,
    wanted,
    refusal,
    drainMs: 5_000,
    onChange: () => {
      changes += 1;
    },
  });
  if (!opened.ok) throw new Error(opened.trouble.message);
  const { listener } = opened;
  cleanups.push(() => listener.close(0));
  return { listener, changes: () => changes };
}

const ask = (listener: MovableListener) => fetch(listener.current().url).then((answer) => answer.text());

describe("the gateway's listener", () => {
  it('goes where it is wanted, and requests under way finish where they were', async () => {
    let wanted = { host: '127.0.0.1', port: 0 };
    const { listener, changes } = await open(() => wanted, answerAfter(400));
    const old = listener.current().url;
    const running = fetch(old).then((answer) => answer.text());
    await new Promise((resolve) => setTimeout(resolve, 100));
    wanted = { host: '127.0.0.1', port: await freePort() };
    await listener.follow();
    expect(listener.current().port).toBe(wanted.port);
    expect(listener.finishing()).toEqual([old]);
    await expect(fetch(old)).rejects.toThrow();
    expect(await running).toBe('whole');
    await until(() => listener.finishing().length === 0);
    expect(changes()).toBe(2);
    expect(await ask(listener)).toBe('whole');
  });

  it('stays where a port is taken, says so, and goes when it is asked again', async () => {
    let wanted = { host: '127.0.0.1', port: 0 };
    const { listener } = await open(() => wanted);
    const before = listener.current();
    const taken = await takenPort();
    wanted = { host: '127.0.0.1', port: taken.port };
    await listener.follow();
    expect(listener.trouble()).toMatchObject({ reason: 'port-taken', port: taken.port });
    expect(listener.current()).toBe(before);
    expect(await ask(listener)).toBe('whole');
    await taken.free();
    await listener.follow();
    expect(listener.trouble()).toBeNull();
    expect(listener.current().port).toBe(taken.port);
  });

  it('forgets the trouble when it is wanted where it is', async () => {
    let wanted = { host: '127.0.0.1', port: 0 };
    const { listener } = await open(() => wanted);
    const taken = await takenPort();
    cleanups.push(taken.free);
    wanted = { host: '127.0.0.1', port: taken.port };
    await listener.follow();
    wanted = { host: '127.0.0.1', port: 0 };
    await listener.follow();
    expect(listener.trouble()).toBeNull();
  });

  it('goes nowhere where it must not', async () => {
    let wanted = { host: '127.0.0.1', port: 0 };
    const { listener } = await open(
      () => wanted,
      answerAfter(0),
      ({ host }) => (host === '0.0.0.0' ? 'no key yet' : null),
    );
    wanted = { host: '0.0.0.0', port: 0 };
    await listener.follow();
    expect(listener.trouble()).toEqual({ ...wanted, reason: 'not-allowed', message: 'no key yet' });
    expect(listener.current().host).toBe('127.0.0.1');
  });

  it('comes back to its host where the other one is none of this machine', async () => {
    const port = await freePort();
    let wanted = { host: '127.0.0.1', port };
    const { listener } = await open(() => wanted);
    wanted = { host: '203.0.113.1', port };
    await listener.follow();
    expect(listener.trouble()?.reason).toBe('host-unknown');
    expect(await ask(listener)).toBe('whole');
  });
});
