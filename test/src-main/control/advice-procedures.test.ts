import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { localControl } from '../../../src-main/control/client.ts';
import { createServiceParts } from '../../../src-main/control/service-parts.ts';
import { startFakeUpstream } from '../../fakes/upstream.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const gib = 1024 ** 3;
const machine = { memory: 16 * gib, gpus: [{ name: 'GPU', memory: 8 * gib }], unified: false };

/** A service whose machine has this memory, before these servers. */
async function open(upstreams: readonly object[], memory = machine) {
  const home = await mkdtemp(join(tmpdir(), 'dragoman-advice-'));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
  await writeFile(join(home, 'settings.json'), JSON.stringify({ detection: { enabled: false }, upstreams }));
  const parts = await createServiceParts({ home, defaultHome: home, version: '0', environment: {} });
  cleanups.push(() => parts.close());
  parts.detection.start();
  await parts.detection.refresh();
  return localControl({ ...parts, machine: async () => memory });
}

describe('advice on a model', () => {
  it('tells what it takes, where it fits on this machine, and how its server is kept fast', async () => {
    const ollama = await startFakeUpstream({ personality: 'ollama', models: ['qwen3:4b', 'other'] });
    cleanups.push(() => ollama.close());
    const control = await open([{ id: 'ollama', kind: 'ollama', baseUrl: ollama.url }]);
    const { memory, notes, ...rest } = await control.models.advice({ model: 'ollama/qwen3:4b' });
    expect(rest.machine).toEqual(machine);
    expect(memory).toMatchObject({ weights: 9_899_306, weightsFrom: 'server', place: 'gpu', inUse: { gpu: 0 } });
    expect(notes.map(({ id }) => id)).toEqual(['ollama-keep-alive']);
  });

  it('tells by the name alone of a server elsewhere, and nothing of this machine', async () => {
    const control = await open([
      {
        id: 'box',
        kind: 'vllm',
        baseUrl: 'http://gpu-box.invalid/v1',
        models: { 'Qwen3-8B': { contextWindow: 40_960 } },
      },
    ]);
    const advice = await control.models.advice({ model: 'box/Qwen3-8B' });
    expect(advice).toMatchObject({ machine: null, memory: { weights: 16e9, weightsFrom: 'name', place: null } });
    expect(advice.notes.map(({ id }) => id)).toContain('vllm-tensor-parallel');
  });

  it('has nothing to say of memory at a vendor’s', async () => {
    const models = { 'llama-3.3-70b': { contextWindow: 131_072 } };
    const control = await open([{ id: 'groq', kind: 'groq', baseUrl: 'http://groq.invalid/v1', models }]);
    expect(await control.models.advice({ model: 'groq/llama-3.3-70b' })).toEqual({
      machine: null,
      memory: null,
      notes: [],
    });
  });

  it('is refused for a model that nobody knows', async () => {
    const control = await open([]);
    await expect(control.models.advice({ model: 'box/m' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('names models to start with', async () => {
    const { starters, ...rest } = await (await open([])).models.starters();
    expect(rest.machine).toEqual(machine);
    expect(starters[0]).toMatchObject({ name: 'qwen2.5-coder:7b', place: 'gpu' });
  });
});
