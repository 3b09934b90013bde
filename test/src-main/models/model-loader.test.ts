import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createServiceParts, type ServiceParts } from '../../../src-main/control/service-parts.ts';
import type { ModelLoad } from '../../../src-shared/model-loads.ts';
import { startLlamaRouter } from '../../fakes/memory-servers.ts';
import { startFakeUpstream } from '../../fakes/upstream.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function kept<Closable extends { close(): Promise<void> }>(one: Closable): Closable {
  cleanups.push(() => one.close());
  return one;
}

/** The parts of a service whose one server is `box`. */
async function partsOver(kind: string, baseUrl: string): Promise<ServiceParts> {
  const home = await mkdtemp(join(tmpdir(), 'dragoman-loads-'));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
  const settings = { detection: { enabled: false }, upstreams: [{ id: 'box', kind, baseUrl }] };
  await writeFile(join(home, 'settings.json'), JSON.stringify(settings));
  const parts = kept(await createServiceParts({ home, defaultHome: home, version: '0', environment: {} }));
  await parts.detection.refresh();
  return parts;
}

/** Everything that is told from now on. */
function told({ loader }: ServiceParts): (readonly ModelLoad[])[] {
  const all: (readonly ModelLoad[])[] = [];
  cleanups.push(loader.subscribe(() => void all.push(loader.loads())));
  return all;
}

describe('what is being loaded', () => {
  it('is told with how far it is, where the server tells, and is over with the load', async () => {
    const router = kept(await startLlamaRouter(400));
    const parts = await partsOver('llama-cpp', router.url);
    const all = told(parts);
    const before = Date.now();
    await parts.loader.load('box/tiny');
    const shares = all.flatMap((loads) => loads.map(({ progress }) => progress));
    expect(shares[0]).toBeNull();
    expect(shares.filter((share) => share !== null)).toEqual(expect.arrayContaining([0.25, 0.5]));
    expect(all[0]).toMatchObject([{ model: 'box/tiny', doing: 'loading' }]);
    expect(all[0]?.[0]?.since).toBeGreaterThanOrEqual(before);
    expect(parts.loader.loads()).toEqual([]);
  });

  it('is told without that where it does not', async () => {
    const ollama = kept(await startFakeUpstream({ personality: 'ollama', models: ['a', 'b'], modelLoadMs: 100 }));
    const parts = await partsOver('ollama', ollama.url);
    const all = told(parts);
    await parts.loader.load('box/b');
    expect(all[0]).toMatchObject([{ model: 'box/b', progress: null }]);
    expect(parts.loader.loads()).toEqual([]);
  });

  it('is what a server loads for a request, too, until the last request that waits for it has what it wants', async () => {
    const router = kept(await startLlamaRouter(10_000));
    const parts = await partsOver('llama-cpp', router.url);
    const all = told(parts);
    const first = parts.loader.loadedForRequest('box/tiny');
    const second = parts.loader.loadedForRequest('box/tiny');
    expect([...parts.loader.underWay()]).toEqual([['box/tiny', 'loading']]);
    first();
    expect(parts.loader.loads()).toHaveLength(1);
    second();
    expect(parts.loader.loads()).toEqual([]);
    expect(all.at(-1)).toEqual([]);
  });

  it('is also a model that no server lists', async () => {
    const router = kept(await startLlamaRouter(10));
    const { loader } = await partsOver('llama-cpp', router.url);
    const over = loader.loadedForRequest('gone/model');
    expect(loader.loads()).toMatchObject([{ model: 'gone/model', progress: null }]);
    over();
    expect(loader.loads()).toEqual([]);
  });
});
