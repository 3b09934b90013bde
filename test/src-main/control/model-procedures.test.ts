import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ControlClient, localControl } from '../../../src-main/control/client.ts';
import { createServiceParts } from '../../../src-main/control/service-parts.ts';
import type { ModelEntry } from '../../../src-shared/catalogue.ts';
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

interface Opened {
  readonly control: ControlClient;
  /** The settings file as it is. */
  file(): Promise<string>;
  write(text: string): Promise<void>;
}

async function open(settings: string): Promise<Opened> {
  const home = await mkdtemp(join(tmpdir(), 'dragoman-models-'));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
  const file = join(home, 'settings.json');
  await writeFile(file, settings);
  const parts = kept(await createServiceParts({ home, defaultHome: home, version: '0', environment: {} }));
  await parts.detection.refresh();
  return { control: localControl(parts), file: () => readFile(file, 'utf8'), write: (text) => writeFile(file, text) };
}

async function withServer(kind: string, baseUrl: string): Promise<ControlClient> {
  const settings = { detection: { enabled: false }, upstreams: [{ id: 'box', kind, baseUrl }] };
  return (await open(JSON.stringify(settings))).control;
}

async function modelOf(control: ControlClient, id: string): Promise<ModelEntry> {
  const { servers } = await control.models.report({ refresh: false });
  return servers.flatMap(({ models }) => models).find((model) => model.id === id) ?? expect.fail(`${id} is not listed`);
}

describe('loading a model', () => {
  it('takes it into memory and frees it, and tells meanwhile that it is at it', async () => {
    const ollama = kept(await startFakeUpstream({ personality: 'ollama', models: ['a', 'b'], modelLoadMs: 100 }));
    const control = await withServer('ollama', ollama.url);
    expect(await modelOf(control, 'box/b')).toMatchObject({ loaded: false, loading: 'idle' });

    const loading = control.models.load({ model: 'box/b' });
    await expect.poll(async () => (await modelOf(control, 'box/b')).loading).toBe('loading');
    await loading;
    expect(await modelOf(control, 'box/b')).toMatchObject({ loaded: true, loading: 'idle' });

    await control.models.unload({ model: 'box/b' });
    expect(await modelOf(control, 'box/b')).toMatchObject({ loaded: false, loading: 'idle' });
    expect(ollama.loaded()).toEqual(new Set(['a']));
  });

  it('is asked for once, however many ask, and is not undone meanwhile', async () => {
    const ollama = kept(await startFakeUpstream({ personality: 'ollama', models: ['a', 'b'], modelLoadMs: 100 }));
    const control = await withServer('ollama', ollama.url);
    const both = [control.models.load({ model: 'box/b' }), control.models.load({ model: 'box/b' })];
    await expect(control.models.unload({ model: 'box/b' })).rejects.toThrow('box/b is loading just now');
    await Promise.all(both);
    expect(ollama.requests().filter(({ path }) => path === '/api/generate')).toHaveLength(1);
  });

  it('works for an Ollama model that only embeds', async () => {
    const ollama = kept(await startFakeUpstream({ personality: 'ollama', models: ['a', 'nomic-embed'] }));
    const control = await withServer('ollama', ollama.url);
    await control.models.load({ model: 'box/nomic-embed' });
    expect(ollama.loaded()).toContain('nomic-embed');
  });

  it('makes no second instance in LM Studio, and unloading frees all of them', async () => {
    const studio = kept(await startLmStudio([]));
    const control = await withServer('lm-studio', studio.url);
    await control.models.load({ model: 'box/qwen3' });
    await control.models.load({ model: 'box/qwen3' });
    expect(studio.asked).toEqual(['POST /api/v1/models/load {"model":"qwen3"}']);
    expect(await modelOf(control, 'box/qwen3')).toMatchObject({ loaded: true, loading: 'idle' });

    const twice = kept(await startLmStudio(['qwen3', 'qwen3:2']));
    await (await withServer('lm-studio', twice.url)).models.unload({ model: 'box/qwen3' });
    expect(twice.asked).toEqual([
      'POST /api/v1/models/unload {"instance_id":"qwen3"}',
      'POST /api/v1/models/unload {"instance_id":"qwen3:2"}',
    ]);
  });

  it('waits for a llama-server router, which says yes before it is done', async () => {
    const control = await withServer('llama-cpp', kept(await startLlamaRouter(300)).url);
    await control.models.load({ model: 'box/tiny' });
    expect(await modelOf(control, 'box/tiny')).toMatchObject({ loaded: true, loading: 'idle' });
    await control.models.load({ model: 'box/tiny' });
    await control.models.unload({ model: 'box/tiny' });
    expect(await modelOf(control, 'box/tiny')).toMatchObject({ loaded: false });
    await control.models.unload({ model: 'box/tiny' });
  });

  it('that fails is told with the reason, and leaves nothing under way', async () => {
    const router = await withServer('llama-cpp', kept(await startLlamaRouter(50)).url);
    await expect(router.models.load({ model: 'box/broken' })).rejects.toThrow('broken could not be loaded');
    expect(await modelOf(router, 'box/broken')).toMatchObject({ loaded: false, loading: 'idle' });

    const ollama = await startFakeUpstream({ personality: 'ollama', models: ['a', 'b'] });
    const control = await withServer('ollama', ollama.url);
    await ollama.close();
    await expect(control.models.load({ model: 'box/b' })).rejects.toMatchObject({
      code: 'BAD_GATEWAY',
      message: expect.stringContaining('connection refused'),
    });
  });

  it('is refused for a model that nobody knows and for a server that loads by itself', async () => {
    const plain = kept(await startFakeUpstream({ models: ['a'] }));
    const control = await withServer('openai-compatible', plain.url);
    expect(await modelOf(control, 'box/a')).not.toHaveProperty('loading');
    await expect(control.models.load({ model: 'box/a' })).rejects.toThrow("box can't be told which models to load");
    await expect(control.models.load({ model: 'box/other' })).rejects.toThrow('has a model "box/other"');
  });
});

const written = `{
  // mine
  "detection": { "enabled": false },
  "models": [{ "id": "coder", "upstream": "box", "model": "m/x", "defaults": { "temperature": 0.1 } }],
  "slots": { "haiku": "coder" }, // small
  "keys": [{ "id": "k_1", "name": "phone", "hash": "sha256:${'0'.repeat(64)}", "hint": "abcd", "models": ["coder", "box/*"] }]
}
`;

describe('slots', () => {
  it('are set and emptied, and the rest of the file stays', async () => {
    const { control, file } = await open(written);
    await control.models.setSlot({ slot: 'default', model: 'box/m/x' });
    expect((await control.models.report({ refresh: false })).slots).toEqual({ haiku: 'coder', default: 'box/m/x' });
    await control.models.setSlot({ slot: 'default', model: null });
    await control.models.setSlot({ slot: 'opus', model: null });
    expect(await file()).toBe(written);
  });

  it('are not set in a file that is broken', async () => {
    const { control, write } = await open(written);
    await write('{ "slots": 5 }');
    await expect(control.models.setSlot({ slot: 'opus', model: 'a/b' })).rejects.toThrow('Nothing was changed');
  });
});

describe('aliases', () => {
  it('are added, renamed with what names them, and led elsewhere, keeping their own settings', async () => {
    const { control, file } = await open(written);
    await control.models.setAlias({ id: 'small', model: 'box/tiny' });
    await control.models.setAlias({ id: 'writer', model: 'box/other', was: 'coder' });
    const { aliases, slots } = await control.models.report({ refresh: false });
    expect(aliases).toEqual([
      { id: 'writer', target: 'box/other' },
      { id: 'small', target: 'box/tiny' },
    ]);
    expect(slots).toEqual({ haiku: 'writer' });
    expect((await control.keys.list())[0]?.models).toEqual(['writer', 'box/*']);
    expect(await file()).toContain('"temperature": 0.1');
    expect(await file()).toContain('// small');
  });

  it('that are renamed are still fallen back on, and shared with', async () => {
    const models = [
      { id: 'coder', upstream: 'box', model: 'a' },
      { id: 'big', upstream: 'box', model: 'b', sharedWith: ['coder'], fallback: ['box/c', 'coder'], localOnly: true },
    ];
    const { control } = await open(JSON.stringify({ detection: { enabled: false }, models }));
    await control.models.setAlias({ id: 'writer', model: 'box/a', was: 'coder' });
    expect((await control.models.report({ refresh: false })).aliases).toEqual([
      { id: 'writer', target: 'box/a' },
      { id: 'big', target: 'box/b', sharedWith: ['writer'], fallback: ['box/c', 'writer'], localOnly: true },
    ]);
  });

  it('get a temperature where that is wanted', async () => {
    const { control, file } = await open(written);
    await control.models.setAlias({ id: 'steady', model: 'box/tiny', temperature: 0.2 });
    expect(await file()).toMatch(/"id": "steady",[^}]*"temperature": 0.2/);
  });

  it('get rules, and of those that are changed the others stay to the byte', async () => {
    const models = `[
    {
      "id": "coder", "upstream": "box", "model": "a",
      "defaults": {
        "temperature": 0.1, // steady
        "seed": 7
      },
      "fallback": ["box/b"], // the small one
      "localOnly": true
    }
  ]`;
    const { control, file } = await open(`{ "detection": { "enabled": false },\n  "models": ${models} }`);
    const kept = { timeouts: {}, sharedWith: [], localOnly: true };
    expect(await control.models.aliasRules({ id: 'coder' })).toEqual({
      ...kept,
      defaults: { temperature: 0.1, seed: 7 },
      fallback: ['box/b'],
    });
    const rules = {
      defaults: { temperature: 0.1, chat_template_kwargs: { thinking: false } },
      timeouts: { firstByteMs: 5_000 },
      sharedWith: ['box/c'],
      fallback: ['box/b'],
      localOnly: false,
    };
    await control.models.setAlias({ id: 'coder', model: 'box/a', was: 'coder', rules });
    expect(await control.models.aliasRules({ id: 'coder' })).toEqual(rules);
    expect(await file()).toContain('"temperature": 0.1, // steady');
    expect(await file()).toContain('"fallback": ["box/b"], // the small one');
    expect(await file()).not.toMatch(/localOnly|seed/);

    await control.models.setAlias({ id: 'coder', model: 'box/a', was: 'coder' });
    expect(await control.models.aliasRules({ id: 'coder' })).toEqual(rules);
    const none = { defaults: {}, timeouts: {}, sharedWith: [], fallback: [], localOnly: false };
    await control.models.setAlias({ id: 'coder', model: 'box/a', was: 'coder', rules: none });
    expect(await control.models.aliasRules({ id: 'coder' })).toEqual(none);
    expect(await file()).not.toMatch(/defaults|timeouts|sharedWith|fallback/);
  });

  it('begin with rules where they are given, and hold nothing that says nothing', async () => {
    const { control, file } = await open('{ "detection": { "enabled": false } }');
    const rules = { defaults: {}, timeouts: {}, sharedWith: [], fallback: ['box/b', 'small'], localOnly: false };
    await control.models.setAlias({ id: 'coder', model: 'box/a', rules });
    expect(JSON.parse(await file()).models).toEqual([
      { id: 'coder', upstream: 'box', model: 'a', fallback: ['box/b', 'small'] },
    ]);
    await expect(control.models.aliasRules({ id: 'gone' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const wrong = { ...rules, defaults: { temperature: 3 } };
    await expect(control.models.setAlias({ id: 'x', model: 'box/a', rules: wrong })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  it('have names of their own', async () => {
    const { control, file } = await open(written);
    await expect(control.models.setAlias({ id: 'coder', model: 'box/a' })).rejects.toThrow('an alias "coder" already');
    await expect(control.models.setAlias({ id: 'opus', model: 'box/a' })).rejects.toThrow('the name of a slot');
    await expect(control.models.setAlias({ id: 'No', model: 'box/a' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(control.models.setAlias({ id: 'x', model: 'box/a', was: 'gone' })).rejects.toThrow('no alias "gone"');
    expect(await file()).toBe(written);
  });

  it('are removed, telling which slots still name them', async () => {
    const { control } = await open(written);
    expect(await control.models.removeAlias({ id: 'coder' })).toEqual({ id: 'coder', stillNamedBy: ['haiku'] });
    await expect(control.models.removeAlias({ id: 'coder' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
