import { mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountsOf } from '../../../src-main/secrets/accounts.ts';
import { createOrigins } from '../../../src-main/secrets/origins.ts';
import { createSecretFiles } from '../../../src-main/secrets/secret-file.ts';
import { type SecretStore, SecretStoreFailure } from '../../../src-main/secrets/secret-store.ts';
import { createUpstreamSecrets, type UpstreamSecrets } from '../../../src-main/secrets/upstream-secrets.ts';
import { type UpstreamSettings, upstreamSchema } from '../../../src-shared/settings.ts';

/** A keychain in memory that counts how often it is asked. */
class MemoryStore implements SecretStore {
  readonly secrets = new Map<string, string>();
  asked = 0;
  state = async () => ({ state: 'ready' }) as const;
  async get(account: string) {
    this.asked += 1;
    return this.secrets.get(account) ?? null;
  }
  async set(account: string, secret: string) {
    this.secrets.set(account, secret);
  }
  delete = async (account: string) => this.secrets.delete(account);
}
const locked: SecretStore = {
  state: async () => ({ state: 'locked', message: 'it is locked', remedy: 'Unlock it.' }),
  get: () => Promise.reject(new SecretStoreFailure('locked', 'it is locked', 'Unlock it.')),
  set: () => Promise.reject(new SecretStoreFailure('locked', 'it is locked', 'Unlock it.')),
  delete: () => Promise.reject(new SecretStoreFailure('locked', 'it is locked', 'Unlock it.')),
};

let home: string;
let store: MemoryStore;
let environment: Record<string, string>;
let time: number;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dragoman-secrets-'));
  store = new MemoryStore();
  environment = { BOX_KEY: 'from-environment' };
  time = 0;
});
afterEach(() => rm(home, { recursive: true, force: true }));

function secrets(over: SecretStore = store): UpstreamSecrets {
  const origins = createOrigins(join(home, 'origins.json'));
  return createUpstreamSecrets({
    store: over,
    account: (id) => `upstream/${id}`,
    origins,
    environment,
    files: createSecretFiles(),
    now: () => time,
  });
}
function box(baseUrl: string, secret: unknown = { from: 'keychain' }): UpstreamSettings {
  return upstreamSchema.parse({ id: 'box', kind: 'openai-compatible', baseUrl, secret });
}
const env = { from: 'env', name: 'BOX_KEY' };

describe('a secret in the keychain', () => {
  it('is sent to the scheme, host and port it was given for, whatever the path', async () => {
    const all = secrets();
    await all.set(box('https://box/v1'), 's3cret');
    expect(await all.resolve(box('https://box:443/other'))).toEqual({ kind: 'secret', value: 's3cret' });
    expect(JSON.parse(store.secrets.get('upstream/box') ?? '')).toEqual({ origin: 'https://box', secret: 's3cret' });
  });

  it.each(['http://box/v1', 'https://evil/v1', 'https://box:8443/v1', 'https://box.evil/v1'])(
    'is not sent to %s until that is confirmed',
    async (moved) => {
      const all = secrets();
      await all.set(box('https://box/v1'), 's3cret');
      expect(await all.resolve(box(moved))).toMatchObject({
        kind: 'unavailable',
        message: expect.stringContaining('dragoman secret confirm box'),
      });
      expect(await all.confirm(box(moved))).toBe(true);
      expect(await all.resolve(box(moved))).toEqual({ kind: 'secret', value: 's3cret' });
      expect(await all.resolve(box('https://box/v1'))).toMatchObject({ kind: 'unavailable' });
    },
  );

  it('is asked for once a run, and again after it was set or removed', async () => {
    const all = secrets();
    await all.set(box('https://box'), 'one');
    await Promise.all([all.resolve(box('https://box')), all.resolve(box('https://box'))]);
    expect(store.asked).toBe(1);
    await all.set(box('https://box'), 'two');
    expect(await all.resolve(box('https://box'))).toEqual({ kind: 'secret', value: 'two' });
    expect(await all.remove('box')).toBe(true);
    expect(await all.resolve(box('https://box'))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('dragoman secret set box'),
    });
    expect(await all.remove('box')).toBe(false);
  });

  it('that came from elsewhere is found a moment later', async () => {
    const all = secrets();
    expect(await all.resolve(box('https://box'))).toMatchObject({ kind: 'unavailable' });
    await store.set('upstream/box', JSON.stringify({ origin: 'https://box', secret: 'late' }));
    expect(await all.resolve(box('https://box'))).toMatchObject({ kind: 'unavailable' });
    time += 3_001;
    expect(await all.resolve(box('https://box'))).toEqual({ kind: 'secret', value: 'late' });
  });

  it('is unavailable, in words, where the keychain is locked or the entry is not ours', async () => {
    expect(await secrets(locked).resolve(box('https://box'))).toEqual({
      kind: 'unavailable',
      message: 'The secret of box is not available: it is locked. Unlock it.',
    });
    await expect(secrets(locked).set(box('https://box'), 'x')).rejects.toThrow('it is locked');
    await store.set('upstream/box', 'not ours');
    expect(await secrets().resolve(box('https://box'))).toMatchObject({ kind: 'unavailable' });
  });
});

describe('a secret in the environment', () => {
  it('is bound to the server it was first used for, over restarts, until another is confirmed', async () => {
    expect(await secrets().resolve(box('http://box:8000/v1', env))).toEqual({
      kind: 'secret',
      value: 'from-environment',
    });
    expect(await secrets().resolve(box('http://evil:8000/v1', env))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('dragoman secret confirm box'),
    });
    const later = secrets();
    expect(await later.confirm(box('http://new:8000/v1', env))).toBe(true);
    expect(await later.resolve(box('http://new:8000/v1', env))).toEqual({ kind: 'secret', value: 'from-environment' });
  });

  it('leaves its origin and not itself in a file for its user only', async () => {
    await secrets().resolve(box('http://box:8000/v1', env));
    expect(JSON.parse(await readFile(join(home, 'origins.json'), 'utf8'))).toEqual({ box: 'http://box:8000' });
    if (process.platform !== 'win32') expect((await stat(join(home, 'origins.json'))).mode & 0o777).toBe(0o600);
  });

  it('is missing by name where the variable is not set, and nothing is bound then', async () => {
    environment = {};
    expect(await secrets().resolve(box('http://box', env))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('BOX_KEY'),
    });
    expect(await secrets().confirm(box('http://box', env))).toBe(false);
    await expect(stat(join(home, 'origins.json'))).rejects.toThrow('ENOENT');
  });

  it('is not sent where the record of origins is broken', async () => {
    await writeFile(join(home, 'origins.json'), '{');
    expect(await secrets().resolve(box('http://box', env))).toMatchObject({ kind: 'unavailable' });
  });
});

describe('a secret in a file', () => {
  const file = () => join(home, 'token');
  const fromFile = () => ({ from: 'file', path: file() });

  it('is read without the line end behind it, and again once the file changes', async () => {
    const all = secrets();
    await writeFile(file(), 'first\n');
    expect(await all.resolve(box('http://box', fromFile()))).toEqual({ kind: 'secret', value: 'first' });
    await writeFile(file(), 'second one\r\n');
    expect(await all.resolve(box('http://box', fromFile()))).toEqual({ kind: 'secret', value: 'second one' });
    // The way in which orchestrators replace a secret: another file under the same name.
    await writeFile(join(home, 'next'), 'third one\n');
    await rename(join(home, 'next'), file());
    expect(await all.resolve(box('http://box', fromFile()))).toEqual({ kind: 'secret', value: 'third one' });
  });

  it('is bound to the server it was first used for, as one from the environment is', async () => {
    await writeFile(file(), 's3cret');
    expect(await secrets().resolve(box('http://box:8000/v1', fromFile()))).toMatchObject({ kind: 'secret' });
    expect(await secrets().resolve(box('http://evil:8000/v1', fromFile()))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('dragoman secret confirm box'),
    });
    expect(await secrets().confirm(box('http://new:8000/v1', fromFile()))).toBe(true);
    expect(await secrets().resolve(box('http://new:8000/v1', fromFile()))).toEqual({ kind: 'secret', value: 's3cret' });
  });

  it.each<[string, string | Uint8Array, string]>([
    ['is empty', '\n', 'is empty'],
    ['is too long', 'x'.repeat(65_537), 'is longer than 64 KiB'],
    ['has more lines', 'user\npassword\n', 'holds more than one line'],
    ['is no text', Uint8Array.of(0xff, 0xfe, 0x00), 'is not text'],
  ])('is missing, in words, where the file %s', async (_, content, words) => {
    await writeFile(file(), content);
    const found = await secrets().resolve(box('http://box', fromFile()));
    expect(found).toEqual({ kind: 'unavailable', message: expect.stringContaining(`${file()} ${words}`) });
    await expect(stat(join(home, 'origins.json'))).rejects.toThrow('ENOENT');
  });

  it('is missing, in words, where there is no such file or no file at all', async () => {
    const missing = await secrets().resolve(box('http://box', fromFile()));
    expect(missing).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(`there is no file ${file()}`),
    });
    const directory = await secrets().resolve(box('http://box', { from: 'file', path: home }));
    expect(directory).toMatchObject({ kind: 'unavailable', message: expect.stringContaining(`${home} is not a file`) });
    expect(await secrets().confirm(box('http://box', fromFile()))).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('is missing, in words, where the file cannot be read', async () => {
    await symlink(file(), file());
    expect(await secrets().resolve(box('http://box', fromFile()))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(`${file()} cannot be read (ELOOP)`),
    });
  });

  it('must be named by a whole path', () => {
    for (const path of ['token', './token', '~/token', '']) {
      expect(() => box('http://box', { from: 'file', path })).toThrow('must be an absolute path');
    }
    expect(box('http://box', { from: 'file', path: 'C:\\secrets\\token' }).secret).toMatchObject({ from: 'file' });
  });
});

describe('a server that is only tried', () => {
  it('gets the secret without being bound to it, and none that is bound elsewhere', async () => {
    const all = secrets();
    expect(await all.preview(box('http://one', env))).toEqual({ kind: 'secret', value: 'from-environment' });
    await expect(stat(join(home, 'origins.json'))).rejects.toThrow('ENOENT');
    await all.resolve(box('http://one', env));
    expect(await all.preview(box('http://other', env))).toMatchObject({ kind: 'unavailable' });
    await all.forgetOrigin('box');
    expect(await all.resolve(box('http://other', env))).toEqual({ kind: 'secret', value: 'from-environment' });
  });
});

describe('an upstream without a secret', () => {
  it('gets none', async () =>
    expect(
      await secrets(locked).resolve(upstreamSchema.parse({ id: 'box', kind: 'ollama', baseUrl: 'http://box' })),
    ).toEqual({ kind: 'none' }));
});

describe('the keychain accounts', () => {
  it('of another home than the default one have a suffix of their own', () => {
    expect(accountsOf('/a', '/a').upstream('box')).toBe('upstream/box');
    expect(accountsOf('/b', '/a').upstream('box')).toMatch(/^upstream\/box@[0-9a-f]{8}$/);
    expect(accountsOf('/b', '/a').key('k_1')).toMatch(/^key\/k_1@[0-9a-f]{8}$/);
    expect(accountsOf('/b', '/a').upstream('box')).not.toBe(accountsOf('/c', '/a').upstream('box'));
  });
});
