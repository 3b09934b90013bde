import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

async function open(settings: string) {
  const home = await mkdtemp(join(tmpdir(), 'dragoman-checkup-'));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
  const file = join(home, 'settings.json');
  await writeFile(file, settings);
  const parts = await createServiceParts({ home, defaultHome: home, version: '0', environment: {} });
  cleanups.push(() => parts.close());
  parts.detection.start();
  await parts.detection.refresh();
  return { control: localControl(parts), file: () => readFile(file, 'utf8') };
}

describe('flags that a check-up has learnt', () => {
  it('go to the entry that the model has, and the rest of the file stays', async () => {
    const upstream = await startFakeUpstream({ models: ['a/b'] });
    cleanups.push(() => upstream.close());
    const { control, file } = await open(`{
  "detection": { "enabled": false }, // mine
  "upstreams": [{ "id": "box", "kind": "openai-compatible", "baseUrl": "${upstream.url}", "models": { "a/b": { "contextWindow": 9000 } } }]
}`);
    const applied = await control.models.applyFlags({ model: 'box/a/b', flags: { leakedToolCalls: true } });
    expect(applied).toEqual({ model: 'box/a/b', serverAdded: false });
    const text = await file();
    expect(text).toContain('// mine');
    expect(JSON.parse(text.replace('// mine', '')).upstreams[0].models).toEqual({
      'a/b': { contextWindow: 9000, flags: { leakedToolCalls: true } },
    });
  });

  it('bring a server that was only detected into the settings', async () => {
    const ollama = await startFakeUpstream({ personality: 'ollama', models: ['qwen3:4b'] });
    cleanups.push(() => ollama.close());
    const { control, file } = await open(JSON.stringify({ detection: { ports: [ollama.port] } }));
    const { servers } = await control.models.report({ refresh: false });
    const id = servers.find(({ baseUrl }) => baseUrl.endsWith(`:${ollama.port}`))?.id ?? expect.fail('not detected');
    const applied = await control.models.applyFlags({ model: `${id}/qwen3:4b`, flags: { vision: false } });
    expect(applied).toEqual({ model: `${id}/qwen3:4b`, serverAdded: true });
    expect(JSON.parse(await file()).upstreams).toMatchObject([
      { id, kind: 'ollama', models: { 'qwen3:4b': { flags: { vision: false } } } },
    ]);
  });

  it('are refused for a model that nobody knows', async () => {
    const { control } = await open('{ "detection": { "enabled": false } }');
    await expect(control.models.applyFlags({ model: 'box/m', flags: { vision: true } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('the flags of a model', () => {
  it('are told with where they come from, and those of the settings are taken back, the rest of the file staying', async () => {
    const upstream = await startFakeUpstream({ models: ['a/b'] });
    cleanups.push(() => upstream.close());
    const { control, file } = await open(`{
  "detection": { "enabled": false },
  "upstreams": [{ "id": "box", "kind": "openai-compatible", "baseUrl": "${upstream.url}", "models": { "a/b": {
    "contextWindow": 9000, // mine
    "flags": { "leakedToolCalls": true, "vision": false, "topK": true }
  } } }]
}`);
    expect(await control.models.flags({ model: 'box/a/b' })).toEqual({
      server: {},
      settings: { leakedToolCalls: true, vision: false, topK: true },
    });
    await control.models.resetFlags({ model: 'box/a/b', flags: ['vision', 'prefill'] });
    expect((await control.models.flags({ model: 'box/a/b' })).settings).toEqual({ leakedToolCalls: true, topK: true });
    await control.models.resetFlags({ model: 'box/a/b', flags: ['leakedToolCalls', 'topK'] });
    expect((await control.models.flags({ model: 'box/a/b' })).settings).toEqual({});
    expect(await file()).toContain('"contextWindow": 9000 // mine');
    expect(await file()).not.toContain('flags');
    await control.models.resetFlags({ model: 'box/a/b', flags: ['vision'] });
    await expect(control.models.flags({ model: 'box/gone' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('are those that llama.cpp’s template tells, too', async () => {
    const llama = await startFakeUpstream({ personality: 'llama-cpp', models: ['m'] });
    cleanups.push(() => llama.close());
    const upstreams = [
      { id: 'box', kind: 'llama-cpp', baseUrl: llama.url, models: { m: { flags: { prefill: true } } } },
    ];
    const { control } = await open(JSON.stringify({ detection: { enabled: false }, upstreams }));
    const { server, settings } = await control.models.flags({ model: 'box/m' });
    expect(Object.keys(server).length).toBeGreaterThan(0);
    expect(settings).toEqual({ prefill: true });
  });
});

describe('the context that is wanted of a model', () => {
  it('is set, in force, and taken away again, and the rest of the file stays', async () => {
    const upstream = await startFakeUpstream({ models: ['a/b'] });
    cleanups.push(() => upstream.close());
    const written = `{
  "detection": { "enabled": false }, // mine
  "upstreams": [{ "id": "box", "kind": "openai-compatible", "baseUrl": "${upstream.url}", "models": { "a/b": { "flags": { "vision": true } } } }]
}`;
    const { control, file } = await open(written);
    await control.models.setContextWindow({ model: 'box/a/b', contextWindow: 65_536 });
    const { servers } = await control.models.report({ refresh: false });
    expect(servers[0]?.models[0]?.contextWindow).toMatchObject({ inForce: 65_536, source: 'settings' });
    expect(await file()).toContain('// mine');
    await control.models.setContextWindow({ model: 'box/a/b', contextWindow: null });
    expect(JSON.parse((await file()).replace('// mine', ''))).toEqual(JSON.parse(written.replace('// mine', '')));
  });

  it('brings a server that was only detected into the settings, unless there is nothing to be said', async () => {
    const ollama = await startFakeUpstream({ personality: 'ollama', models: ['qwen3:4b'] });
    cleanups.push(() => ollama.close());
    const { control, file } = await open(JSON.stringify({ detection: { ports: [ollama.port] } }));
    const { servers } = await control.models.report({ refresh: false });
    const id = servers.find(({ baseUrl }) => baseUrl.endsWith(`:${ollama.port}`))?.id ?? expect.fail('not detected');
    const nothing = await control.models.setContextWindow({ model: `${id}/qwen3:4b`, contextWindow: null });
    expect(nothing).toEqual({ model: `${id}/qwen3:4b`, serverAdded: false });
    await control.models.setContextWindow({ model: `${id}/qwen3:4b`, contextWindow: 32_768 });
    expect(JSON.parse(await file()).upstreams).toMatchObject([
      { id, kind: 'ollama', models: { 'qwen3:4b': { contextWindow: 32_768 } } },
    ]);
    // An Ollama is asked for a variant from now on; the settings go on to speak of the model.
    await control.models.report({ refresh: true });
    await control.models.setContextWindow({ model: `${id}/qwen3:4b`, contextWindow: 16_384 });
    expect(JSON.parse(await file()).upstreams[0].models).toEqual({ 'qwen3:4b': { contextWindow: 16_384 } });
  });

  it('is a number of tokens', async () => {
    const { control } = await open('{ "detection": { "enabled": false } }');
    await expect(control.models.setContextWindow({ model: 'box/m', contextWindow: 10 })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });
});
