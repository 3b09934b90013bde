import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createServiceParts, type ServiceParts } from '../../../src-main/control/service-parts.ts';
import { createReadiness } from '../../../src-main/models/readiness.ts';
import type { Route } from '../../../src-main/models/route.types.ts';
import { startLlamaRouter, startLmStudio } from '../../fakes/memory-servers.ts';
import { startFakeUpstream } from '../../fakes/upstream.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function kept<Closable extends { close(): Promise<void> }>(one: Closable): Closable {
  cleanups.push(() => one.close());
  return one;
}

/** The parts of a service whose one server, `box`, is that. */
async function partsOver(upstream: Record<string, unknown>): Promise<ServiceParts> {
  const home = await mkdtemp(join(tmpdir(), 'dragoman-ready-'));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
  const settings = { detection: { enabled: false }, upstreams: [{ id: 'box', ...upstream }] };
  await writeFile(join(home, 'settings.json'), JSON.stringify(settings));
  const parts = kept(await createServiceParts({ home, defaultHome: home, version: '0', environment: {} }));
  await parts.detection.refresh();
  return parts;
}

async function routeOf(parts: ServiceParts, name: string): Promise<Route> {
  const result = await parts.directory.route(name);
  if (!result.ok) throw new Error(result.error.message);
  return result.route;
}

const never = new AbortController().signal;

describe('a model that is not loaded', () => {
  it('is loaded by its first request where nothing else is said', async () => {
    const ollama = kept(await startFakeUpstream({ personality: 'ollama', models: ['a', 'b'] }));
    const parts = await partsOver({ kind: 'ollama', baseUrl: ollama.url });
    expect((await routeOf(parts, 'box/b')).loading).toBeUndefined();
  });

  it('is refused with `loadOnUse: false`, in words that nobody repeats, until it is loaded', async () => {
    const ollama = kept(await startFakeUpstream({ personality: 'ollama', models: ['a', 'b'] }));
    const parts = await partsOver({ kind: 'ollama', baseUrl: ollama.url, loadOnUse: false });
    const ready = createReadiness(parts.loader);
    await ready(await routeOf(parts, 'box/a'), never);
    await expect(ready(await routeOf(parts, 'box/b'), never)).rejects.toMatchObject({
      error: { kind: 'loading', shouldRetry: false, message: expect.stringContaining('box/b is not loaded') },
    });
    expect([...ollama.loaded()]).toEqual(['a']);
    await parts.loader.load('box/b');
    await ready(await routeOf(parts, 'box/b'), never);
  });

  it('stays in an Ollama as long as `keepLoadedMinutes` says, which is told when it is loaded', async () => {
    const ollama = kept(await startFakeUpstream({ personality: 'ollama', models: ['a', 'b'] }));
    const parts = await partsOver({ kind: 'ollama', baseUrl: ollama.url, keepLoadedMinutes: 45 });
    await createReadiness(parts.loader)(await routeOf(parts, 'box/b'), never);
    const told = ollama.requests().filter(({ path }) => path === '/api/generate');
    expect(told.map(({ body }) => JSON.parse(body))).toEqual([{ model: 'b', stream: false, keep_alive: '2700s' }]);
    expect((await routeOf(parts, 'box/b')).loading).toBeUndefined();
  });

  it('stays in LM Studio as long as each request says', async () => {
    const studio = kept(await startLmStudio([]));
    const parts = await partsOver({ kind: 'lm-studio', baseUrl: studio.url, keepLoadedMinutes: 45 });
    expect(await routeOf(parts, 'box/qwen3')).toMatchObject({ defaults: { ttl: 2700 } });
    expect((await routeOf(parts, 'box/qwen3')).loading).toBeUndefined();
    const left = await partsOver({ kind: 'lm-studio', baseUrl: studio.url });
    expect((await routeOf(left, 'box/qwen3')).defaults).toEqual({});
  });

  it('is loaded by us at a llama-server router that loads nothing for a request', async () => {
    const router = kept(await startLlamaRouter(50, { autoload: false }));
    const parts = await partsOver({ kind: 'llama-cpp', baseUrl: router.url });
    const ready = createReadiness(parts.loader);
    await ready(await routeOf(parts, 'box/tiny'), never);
    expect((await routeOf(parts, 'box/tiny')).loading).toBeUndefined();
    await expect(ready(await routeOf(parts, 'box/broken'), never)).rejects.toThrow('broken could not be loaded');
    const other = await partsOver({ kind: 'llama-cpp', baseUrl: kept(await startLlamaRouter(50)).url });
    expect((await routeOf(other, 'box/tiny')).loading).toBeUndefined();
  });

  it('is not waited for longer than for a first byte, nor by a client that has left', async () => {
    const router = kept(await startLlamaRouter(3000, { autoload: false }));
    const parts = await partsOver({ kind: 'llama-cpp', baseUrl: router.url, timeouts: { firstByteMs: 80 } });
    const ready = createReadiness({ load: () => new Promise(() => undefined) });
    const route = await routeOf(parts, 'box/tiny');
    await expect(ready(route, never)).rejects.toMatchObject({ error: { kind: 'timeout' } });
    const leaving = new AbortController();
    const waiting = ready({ ...route, timeouts: { ...route.timeouts, firstByteMs: 60_000 } }, leaving.signal);
    leaving.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
  });
});
