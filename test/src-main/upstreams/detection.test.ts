import { afterEach, describe, expect, test } from 'vitest';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import { createDetection, type DetectionOptions } from '../../../src-main/upstreams/detection.ts';
import { kinds } from '../../../src-main/upstreams/kinds.ts';
import { type Settings, settingsSchema } from '../../../src-shared/settings.ts';
import { httpServer, type LocalServer, signal } from './local-server.ts';
import {
  llamaSingle,
  lmStudioServer,
  olderLmStudio,
  ollamaServer,
  recordedServer,
  sglangServer,
  vllmServer,
} from './recorded-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function kept(server: Promise<LocalServer>): Promise<LocalServer> {
  const running = await server;
  cleanups.push(() => running.close());
  return running;
}

const anOllama = (more: { readonly port?: number; readonly host?: string; readonly asked?: string[] } = {}) =>
  recordedServer(ollamaServer, 'ollama/not-found', more);
const aLlama = (more: { readonly port?: number; readonly asked?: string[] } = {}) =>
  recordedServer(llamaSingle, 'single/not-found', more);

/** A detection whose rounds are run by the test alone, over ports that only the test's servers have. */
function watch(settings: unknown, more: Partial<DetectionOptions> = {}) {
  const client = createUpstreamClient({ hopId: 'hop' });
  let now: Settings = settingsSchema.parse(settings);
  const detection = createDetection({
    client,
    settings: () => now,
    resolveSecret: () => Promise.resolve({ kind: 'none' }),
    ownPort: () => null,
    ...more,
  });
  cleanups.push(() => client.close());
  cleanups.push(() => detection.stop());
  const change = (next: unknown): void => {
    now = settingsSchema.parse(next);
    detection.settingsChanged();
  };
  /** Only the servers of this test: another program may listen on a default port of this machine. */
  const seen = (ports: readonly number[]) =>
    detection
      .snapshot()
      .servers.filter((server) => server.found === 'configured' || ports.includes(Number(new URL(server.baseUrl).port)))
      .map((server) => [server.target.id, server.found, server.inspection?.state]);
  return { detection, change, seen };
}

const ports = (...all: number[]) => ({ detection: { ports: all, intervalSeconds: 1 } });

describe('detection', () => {
  test('finds servers on the ports it is told, each by its kind', async () => {
    const [llama, ollama] = [await kept(aLlama()), await kept(anOllama())];
    const { detection, seen } = watch(ports(llama.port, ollama.port));
    await detection.refresh();
    expect(seen([llama.port, ollama.port])).toEqual([
      ['llama-cpp', 'detected', 'up'],
      ['ollama', 'detected', 'up'],
    ]);
  });

  test('tells all kinds apart that run at once, on any port, and everything else by what it has in common', async () => {
    const studio = await kept(recordedServer(lmStudioServer, 'lm-studio/unknown-path'));
    const served = await kept(recordedServer(vllmServer, 'vllm/unknown-path'));
    const imitator = await kept(recordedServer(sglangServer, 'vllm/unknown-path'));
    const ollama = await kept(anOllama());
    const llama = await kept(aLlama());
    const older = await kept(recordedServer(olderLmStudio, 'lm-studio/unknown-path'));
    const other = await kept(httpServer((_request, response) => response.end('{"data":[{"id":"m"}]}')));
    const all = [studio, served, imitator, ollama, llama, older, other].map(({ port }) => port);
    const { detection, seen } = watch(ports(...all));
    await detection.refresh();
    expect(seen(all)).toEqual([
      ['lm-studio', 'detected', 'up'],
      ['vllm', 'detected', 'up'],
      ['sglang', 'detected', 'up'],
      ['ollama', 'detected', 'up'],
      ['llama-cpp', 'detected', 'up'],
      [`lm-studio-${older.port}`, 'detected', 'up'],
      ['openai-compatible', 'detected', 'up'],
    ]);
  });

  test('looks at the port of every kind, and nowhere else', async () => {
    expect(new Set(kinds.flatMap(({ defaultPorts }) => defaultPorts))).toEqual(
      new Set([8080, 11_434, 1234, 8000, 30_000]),
    );
  });

  test('names a second server of a kind after its port, and keeps names as servers come and go', async () => {
    const [first, second] = [await kept(anOllama()), await kept(anOllama())];
    const { detection, seen } = watch(ports(first.port, second.port));
    await detection.refresh();
    const both = [first.port, second.port];
    expect(seen(both).map(([id]) => id)).toEqual(['ollama', `ollama-${second.port}`]);
    await first.close();
    await detection.refresh();
    expect(seen(both)).toEqual([
      ['ollama', 'detected', 'down'],
      [`ollama-${second.port}`, 'detected', 'up'],
    ]);
    await kept(anOllama({ port: first.port }));
    await detection.refresh();
    expect(seen(both)).toEqual([
      ['ollama', 'detected', 'up'],
      [`ollama-${second.port}`, 'detected', 'up'],
    ]);
  });

  test('a server that went away stays listed as down, with its models and how to start it', async () => {
    const server = await kept(anOllama());
    const { detection } = watch(ports(server.port));
    await detection.refresh();
    await server.close();
    await detection.refresh();
    const known = detection.snapshot().servers.find((one) => one.baseUrl === server.url);
    expect(known?.inspection).toMatchObject({
      state: 'down',
      message: 'ollama is not running: connection refused. Start it with `ollama serve`.',
      listKnown: false,
    });
    expect(known?.inspection?.models.map((model) => [model.name, model.loaded])).toContainEqual(['tiny:latest', null]);
  });

  test('another server at the port of one that went away takes its place under its own name', async () => {
    const server = await kept(anOllama());
    const { detection, seen } = watch(ports(server.port));
    await detection.refresh();
    await server.close();
    await detection.refresh();
    await kept(aLlama({ port: server.port }));
    await detection.refresh();
    expect(seen([server.port])).toEqual([['llama-cpp', 'detected', 'up']]);
  });

  test('a configured upstream with the same address wins, however that is written', async () => {
    const server = await kept(anOllama());
    for (const baseUrl of [`http://localhost:${server.port}/v1/`, `http://[::1]:${server.port}`, server.url]) {
      const upstreams = [{ id: 'mine', kind: 'ollama', baseUrl }];
      const { detection, seen } = watch({ ...ports(server.port), upstreams });
      await detection.refresh();
      expect(seen([server.port]).map(([id]) => id)).toEqual(['mine']);
      detection.stop();
    }
  });

  test('a configured upstream keeps its id; the server found takes the next one', async () => {
    const [local, remote] = [await kept(anOllama()), await kept(aLlama())];
    const upstreams = [{ id: 'ollama', kind: 'llama-cpp', baseUrl: remote.url }];
    const { detection, seen } = watch({ ...ports(local.port), upstreams });
    await detection.refresh();
    expect(seen([local.port])).toEqual([
      ['ollama', 'configured', 'up'],
      [`ollama-${local.port}`, 'detected', 'up'],
    ]);
  });

  test('the gateway itself is never asked', async () => {
    const asked: string[] = [];
    const server = await kept(anOllama({ asked }));
    const upstreams = [{ id: 'loop', kind: 'ollama', baseUrl: `http://localhost:${server.port}` }];
    const { detection } = watch({ ...ports(server.port), upstreams }, { ownPort: () => server.port });
    await detection.refresh();
    expect(asked).toEqual([]);
    expect(detection.snapshot().servers[0]?.inspection).toMatchObject({
      state: 'error',
      message: "This is the gateway's own address.",
    });
  });

  test('a disabled upstream is listed and not asked', async () => {
    const asked: string[] = [];
    const server = await kept(anOllama({ asked }));
    const { detection } = watch({
      detection: { enabled: false },
      upstreams: [{ id: 'off', kind: 'ollama', baseUrl: server.url, enabled: false }],
    });
    await detection.refresh();
    expect(asked).toEqual([]);
    expect(detection.snapshot().servers[0]).toMatchObject({ enabled: false, inspection: null });
  });

  test('rounds do not pile up: asking again joins the one under way', async () => {
    const asked: string[] = [];
    const server = await kept(anOllama({ asked }));
    const { detection } = watch({
      detection: { enabled: false },
      upstreams: [{ id: 'o', kind: 'ollama', baseUrl: server.url }],
    });
    await Promise.all([detection.refresh(), detection.refresh(), detection.refresh()]);
    expect(asked.filter((request) => request === 'GET /api/tags')).toHaveLength(1);
  });

  test('tells of changes only', async () => {
    const server = await kept(anOllama());
    const { detection } = watch({
      detection: { enabled: false },
      upstreams: [{ id: 'o', kind: 'ollama', baseUrl: server.url }],
    });
    const told: (string | undefined)[] = [];
    const end = detection.subscribe((snapshot) => told.push(snapshot.servers[0]?.inspection?.state));
    await detection.refresh();
    const first = detection.snapshot();
    await detection.refresh();
    expect(detection.snapshot()).toBe(first);
    await server.close();
    await detection.refresh();
    end();
    expect(told).toEqual(['up', 'down']);
  });

  test('looks again by itself, and at once when the settings change', async () => {
    const server = await kept(anOllama());
    const { detection, change } = watch({ detection: { enabled: false, intervalSeconds: 1 } });
    detection.start();
    await detection.firstScan;
    expect(detection.snapshot().servers).toEqual([]);
    change({
      detection: { enabled: false, intervalSeconds: 1 },
      upstreams: [{ id: 'o', kind: 'ollama', baseUrl: server.url }],
    });
    expect(detection.snapshot().servers[0]).toMatchObject({ target: { id: 'o' }, inspection: null });
    const state = () => detection.snapshot().servers[0]?.inspection?.state;
    await expect.poll(state, { timeout: 900, interval: 20 }).toBe('up');
    await server.close();
    await expect.poll(state, { timeout: 3000 }).toBe('down');
  });

  test('a server that is slow to answer stays what it was', async () => {
    let slow = false;
    const server = await kept(
      httpServer((_request, response) => {
        if (!slow) response.end('{"data":[{"id":"m"}]}');
      }),
    );
    const { detection } = watch({
      detection: { enabled: false },
      upstreams: [{ id: 'busy', kind: 'openai-compatible', baseUrl: server.url }],
    });
    await detection.refresh();
    slow = true;
    await detection.refresh();
    expect(detection.snapshot().servers[0]?.inspection).toMatchObject({ state: 'up', models: [{ name: 'm' }] });
  });

  test('a port that takes connections and says nothing delays nobody for long and is no server', async () => {
    const server = await kept(httpServer(() => undefined));
    const { detection, seen } = watch(ports(server.port));
    const from = performance.now();
    await detection.refresh();
    expect(performance.now() - from).toBeLessThan(5000);
    expect(seen([server.port])).toEqual([]);
  });

  test('a secret that is missing makes the upstream unauthorized, in the words that say what to do', async () => {
    const server = await kept(anOllama());
    const message = 'No secret is stored for o.';
    const { detection } = watch(
      {
        detection: { enabled: false },
        upstreams: [{ id: 'o', kind: 'ollama', baseUrl: server.url, secret: { from: 'keychain' } }],
      },
      { resolveSecret: () => Promise.resolve({ kind: 'unavailable', message }) },
    );
    await detection.refresh();
    expect(detection.snapshot().servers[0]?.inspection).toMatchObject({ state: 'unauthorized', message });
  });

  test('a server that takes its time holds up no round, and is listened to when it answers', async () => {
    const answer = signal();
    const slow = await kept(
      httpServer(async (_request, response) => {
        await answer.promise;
        response.end('{"data":[{"id":"m"}]}');
      }),
    );
    const quick = await kept(anOllama());
    const { detection } = watch({
      detection: { enabled: false, intervalSeconds: 1 },
      upstreams: [
        { id: 'slow', kind: 'openai-compatible', baseUrl: slow.url },
        { id: 'quick', kind: 'ollama', baseUrl: quick.url },
      ],
    });
    detection.start();
    await detection.firstScan;
    const states = () => detection.snapshot().servers.map(({ inspection }) => inspection?.state ?? null);
    expect(states()).toEqual([null, 'up']);
    answer.resolve();
    await expect.poll(states, { timeout: 900, interval: 20 }).toEqual(['up', 'up']);
  });

  test('OLLAMA_HOST is where an Ollama is looked for, too', async () => {
    const server = await kept(anOllama());
    const environment = { OLLAMA_HOST: `0.0.0.0:${server.port}` };
    const { detection, seen } = watch({}, { environment });
    await detection.refresh();
    expect(seen([server.port])).toEqual([['ollama', 'detected', 'up']]);
  });

  test('a server of the machine around this one is found at its address, and told from one that is here', async () => {
    const here = await kept(anOllama());
    const around = await kept(anOllama({ port: here.port, host: '::1' }));
    const { detection, seen } = watch(ports(here.port), { otherSide: () => Promise.resolve('[::1]') });
    await detection.refresh();
    expect(seen([here.port])).toEqual([
      ['ollama', 'detected', 'up'],
      [`ollama-host-${here.port}`, 'detected', 'up'],
    ]);
    await around.close();
    await detection.refresh();
    expect(seen([here.port])[1]).toEqual([`ollama-host-${here.port}`, 'detected', 'down']);
  });
});
