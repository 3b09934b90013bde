import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ControlClient, localControl } from '../../../src-main/control/client.ts';
import { makeFirstKey } from '../../../src-main/control/keys.ts';
import { createServiceParts, type ServiceParts } from '../../../src-main/control/service-parts.ts';
import { createKeyRing } from '../../../src-main/keys/key-ring.ts';
import { MemoryKeychain } from './memory-keychain.ts';

let home: string;
let keychain: MemoryKeychain;
let parts: ServiceParts;
let control: ControlClient;
const file = () => readFile(join(home, 'settings.json'), 'utf8');

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dragoman-keys-'));
  await writeFile(join(home, 'settings.json'), '{\n  // mine\n  "detection": { "enabled": false }\n}\n');
  keychain = new MemoryKeychain();
  parts = await createServiceParts({ home, defaultHome: home, version: '0', environment: {}, secretStore: keychain });
  control = localControl(parts);
});
afterEach(async () => {
  await parts.close();
  await rm(home, { recursive: true, force: true });
});

describe('a local key', () => {
  it('can be copied again by its owner as long as the keychain has it', async () => {
    const made = await control.keys.create({ name: 'mine' });
    expect(made.inKeychain).toBe(true);
    expect(await control.keys.reveal({ key: made.id })).toEqual({ key: made.key });
    keychain.secrets.clear();
    await expect(control.keys.reveal({ key: made.id })).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('does not hold the key "mine"'),
    });
  });

  it('that can not be read says why and what to do', async () => {
    const { id } = await control.keys.create({ name: 'mine' });
    keychain.trouble = 'locked';
    await expect(control.keys.reveal({ key: id })).rejects.toMatchObject({
      status: 412,
      message: "The key can't be read: the keychain is shut. Open it.",
    });
    await expect(control.keys.reveal({ key: 'k_none' })).rejects.toMatchObject({ status: 404 });
  });

  it('keeps opening what it opened when it is renamed', async () => {
    const made = await control.keys.create({ name: 'mine', scopes: ['chat'] });
    expect(await control.keys.rename({ key: 'mine', name: 'Codex' })).toMatchObject({ id: made.id, name: 'Codex' });
    expect(createKeyRing(parts.settings.current().keys, Date.now).check(made.key)).toMatchObject({ name: 'Codex' });
    expect(await file()).toContain('// mine');
    await expect(control.keys.rename({ key: made.id, name: '' })).rejects.toMatchObject({ status: 400 });
    await expect(control.keys.rename({ key: 'mine', name: 'x' })).rejects.toMatchObject({ status: 404 });
  });

  it('may call other models from then on, by its id or name', async () => {
    const made = await control.keys.create({ name: 'mine' });
    const may = (model: string) =>
      createKeyRing(parts.settings.current().keys, Date.now).check(made.key)?.allowsModel(model, null);
    expect(await control.keys.allowModels({ key: 'mine', models: ['ollama/*', 'coder'] })).toMatchObject({
      id: made.id,
      models: ['ollama/*', 'coder'],
    });
    expect([may('ollama/qwen3:4b'), may('gpu-box/x')]).toEqual([true, false]);
    await expect(control.keys.allowModels({ key: 'mine', models: [] })).rejects.toMatchObject({ status: 400 });
  });

  it('keeps its requests on this machine, or no longer', async () => {
    const made = await control.keys.create({ name: 'mine' });
    const isLocal = () => createKeyRing(parts.settings.current().keys, Date.now).check(made.key)?.localOnly;
    expect(await control.keys.keepLocal({ key: 'mine', localOnly: true })).toMatchObject({ localOnly: true });
    expect(isLocal()).toBe(true);
    await control.keys.keepLocal({ key: made.id, localOnly: false });
    expect(isLocal()).toBe(false);
  });

  it('that is rotated opens nothing any more, and the new one all that it did', async () => {
    const made = await control.keys.create({ name: 'mine', scopes: ['chat'], models: ['ollama/*'] });
    const rotated = await control.keys.rotate({ key: 'mine' });
    expect(rotated).toMatchObject({
      id: made.id,
      name: 'mine',
      scopes: ['chat'],
      models: ['ollama/*'],
      inKeychain: true,
    });
    const ring = createKeyRing(parts.settings.current().keys, Date.now);
    expect(ring.check(made.key)).toBeNull();
    expect(ring.check(rotated.key)).toMatchObject({ id: made.id, scopes: ['chat'] });
    expect(await control.keys.reveal({ key: made.id })).toEqual({ key: rotated.key });
    expect(await control.keys.list()).toHaveLength(1);
    expect(await file()).not.toContain(rotated.key);
  });

  it('that was rotated while the keychain was shut is not given out by it in its old form', async () => {
    const made = await control.keys.create({ name: 'mine' });
    keychain.trouble = 'locked';
    expect(await control.keys.rotate({ key: 'mine' })).toMatchObject({ inKeychain: false });
    keychain.trouble = null;
    await expect(control.keys.reveal({ key: made.id })).rejects.toMatchObject({ status: 404 });
  });

  it('is gone from settings and keychain when it is revoked, also where the keychain is shut', async () => {
    const [first, second] = [await control.keys.create({ name: 'a' }), await control.keys.create({ name: 'b' })];
    await control.keys.revoke({ key: first.id });
    expect(keychain.secrets.size).toBe(1);
    keychain.trouble = 'locked';
    await control.keys.revoke({ key: second.id });
    expect(await control.keys.list()).toEqual([]);
  });
});

describe('the first key', () => {
  it('is made where there is none, kept, and in no file', async () => {
    const key = await makeFirstKey(parts, { keptOnly: true });
    const [entry] = await control.keys.list();
    expect(await control.keys.reveal({ key: entry?.id ?? '' })).toEqual({ key });
    expect(await file()).not.toContain(String(key));
    expect(await makeFirstKey(parts, { keptOnly: true })).toBeNull();
    expect(await control.keys.list()).toHaveLength(1);
  });

  it('is not made where nobody could ever see it', async () => {
    keychain.trouble = 'no-service';
    expect(await makeFirstKey(parts, { keptOnly: true })).toBeNull();
    expect(await control.keys.list()).toEqual([]);
  });

  it('is made to be shown where no keychain takes it', async () => {
    keychain.trouble = 'no-service';
    const key = await makeFirstKey(parts, { keptOnly: false });
    expect(createKeyRing(parts.settings.current().keys, Date.now).check(String(key))).not.toBeNull();
  });

  it('is not made into settings that are broken', async () => {
    await writeFile(join(home, 'settings.json'), '{');
    await parts.settings.reload();
    expect(await makeFirstKey(parts, { keptOnly: true })).toBeNull();
    expect(keychain.secrets.size).toBe(0);
  });
});
