import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ControlClient, localControl } from '../../../src-main/control/client.ts';
import { createServiceParts, type ServiceParts } from '../../../src-main/control/service-parts.ts';
import { httpServer, type LocalServer } from '../upstreams/local-server.ts';
import { ollamaServer, recordedServer, vllmServer } from '../upstreams/recorded-server.ts';
import { MemoryKeychain } from './memory-keychain.ts';

const written = `{
  // mine
  "detection": { "enabled": false },
  "upstreams": [
    { "id": "old", "kind": "openai-compatible", "baseUrl": "http://127.0.0.1:9/v1" } // keep me
  ],
  "models": [{ "id": "coder", "upstream": "box", "model": "m" }],
  "slots": { "haiku": "box/m", "opus": "old/m" }
}
`;
const box = { id: 'box', kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' } as const;
const fromKeychain = { from: 'keychain' } as const;
const fromEnvironment = { from: 'env', name: 'BOX_KEY' } as const;

let home: string;
let keychain: MemoryKeychain;
let parts: ServiceParts;
let control: ControlClient;
let environment: Record<string, string>;
const servers: LocalServer[] = [];
const file = () => readFile(join(home, 'settings.json'), 'utf8');
const stored = () => [...keychain.secrets].map(([account, secret]) => [account, JSON.parse(secret)]);

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dragoman-servers-'));
  await writeFile(join(home, 'settings.json'), written);
  keychain = new MemoryKeychain();
  environment = { BOX_KEY: 'from-environment' };
  parts = await createServiceParts({ home, defaultHome: home, version: '0', environment, secretStore: keychain });
  control = localControl(parts);
});
afterEach(async () => {
  await parts.close();
  for (const server of servers.splice(0)) await server.close();
  await rm(home, { recursive: true, force: true });
});

async function kept(server: Promise<LocalServer>): Promise<LocalServer> {
  const running = await server;
  servers.push(running);
  return running;
}

/** A server that lists its one model to whoever shows the secret; `shown` collects what was. */
function guarded(shown: (string | undefined)[], secret: string) {
  return httpServer((request, response) => {
    shown.push(request.headers.authorization);
    const known = request.headers.authorization === `Bearer ${secret}`;
    if (!known) return void response.writeHead(401).end('{}');
    response.writeHead(request.url === '/v1/models' ? 200 : 404).end('{"data":[{"id":"m"}]}');
  });
}

describe('adding a server', () => {
  it('writes what was said into the settings and keeps everything else, its secret goes into the keychain', async () => {
    const { message } = await control.servers.add({ server: { ...box, header: 'api-key' }, secret: 's3cret' });
    expect(message).toBeNull();
    const text = await file();
    expect(text).toContain('// mine');
    expect(text).toContain('// keep me');
    expect(text).not.toContain('s3cret');
    expect(parts.settings.current().upstreams[1]).toMatchObject({ ...box, header: 'api-key', secret: fromKeychain });
    expect(text).not.toContain('timeouts');
    expect(stored()).toEqual([['upstream/box', { origin: 'http://127.0.0.1:9', secret: 's3cret' }]]);
  });

  it('tells what is missing before its secret can be sent', async () => {
    const { message } = await control.servers.add({ server: { ...box, secret: { from: 'env', name: 'NOT_SET' } } });
    expect(message).toContain('NOT_SET is not set');
    const later = await control.servers.add({ server: { ...box, id: 'two', secret: fromKeychain } });
    expect(later.message).toContain('dragoman secret set two');
  });

  it('changes nothing where the keychain refuses, the name is taken, or the settings are broken', async () => {
    keychain.trouble = 'locked';
    const add = () => control.servers.add({ server: box, secret: 's3cret' });
    await expect(add()).rejects.toThrow('Nothing was changed: the keychain is shut. Open it.');
    keychain.trouble = null;
    await expect(control.servers.add({ server: { ...box, id: 'old' }, secret: 'x' })).rejects.toThrow('"old"');
    expect(await file()).toBe(written);
    await writeFile(join(home, 'settings.json'), '{ "nonsense": 1 }');
    await expect(add()).rejects.toThrow('is broken');
    expect(keychain.secrets.size).toBe(0);
  });

  it('refuses a secret for the keychain where it is to come from elsewhere', async () => {
    const elsewhere = control.servers.add({ server: { ...box, secret: fromEnvironment }, secret: 's3cret' });
    await expect(elsewhere).rejects.toThrow('takes its secret from the environment');
    expect(keychain.secrets.size).toBe(0);
  });

  it('refuses what the settings would', async () => {
    const bad = [
      { ...box, id: 'Box' },
      { ...box, baseUrl: 'ftp://box' },
      { ...box, headers: { Authorization: 'x' } },
    ];
    for (const server of bad)
      await expect(control.servers.add({ server })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await file()).toBe(written);
  });

  it('under a name that was used before sends its secret to the new address', async () => {
    const one = { ...box, secret: fromEnvironment };
    await control.servers.add({ server: one });
    await parts.secrets.resolve(parts.settings.current().upstreams[1] ?? expect.fail('it is not there'));
    await control.servers.remove({ id: 'box' });
    const again = await control.servers.add({ server: { ...one, baseUrl: 'http://127.0.0.1:10/v1' } });
    expect(again.message).toBeNull();
  });
});

describe('changing a server', () => {
  it('changes the keys that were said and no other', async () => {
    await control.servers.add({ server: { ...box, header: 'api-key' } });
    await control.servers.update({ id: 'box', changes: { kind: 'vllm', enabled: false } });
    expect(parts.settings.current().upstreams[1]).toMatchObject({ kind: 'vllm', header: 'api-key', enabled: false });
    expect(await file()).toContain('// keep me');
  });

  it('sets how much it is sent at once and how its models are loaded, and takes that back', async () => {
    await control.servers.add({ server: { ...box, concurrency: 2 } });
    await control.servers.update({ id: 'box', changes: { loadOnUse: false, keepLoadedMinutes: 30 } });
    expect(parts.settings.current().upstreams[1]).toMatchObject({
      concurrency: 2,
      loadOnUse: false,
      keepLoadedMinutes: 30,
    });
    const listed = await control.servers.list({ refresh: true });
    expect(listed[1]?.description).toEqual({ ...box, concurrency: 2, loadOnUse: false, keepLoadedMinutes: 30 });
    await control.servers.update({
      id: 'box',
      changes: { concurrency: null, loadOnUse: true, keepLoadedMinutes: null, secret: null },
    });
    expect(parts.settings.current().upstreams[1]).toMatchObject({
      concurrency: null,
      loadOnUse: true,
      keepLoadedMinutes: null,
    });
    expect(await file()).not.toMatch(/concurrency|keepLoadedMinutes|null/);
    await expect(control.servers.update({ id: 'box', changes: { concurrency: 0 } })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  it('replaces its secret, also where it had none', async () => {
    await control.servers.add({ server: box });
    for (const secret of ['one', 'two']) {
      await control.servers.update({ id: 'box', changes: {}, secret });
      const upstream = parts.settings.current().upstreams[1] ?? expect.fail('it is not there');
      expect(await parts.secrets.resolve(upstream)).toEqual({ kind: 'secret', value: secret });
    }
  });

  it('does not send its secret to another address before that is confirmed, unless it comes with it', async () => {
    await control.servers.add({ server: box, secret: 'one' });
    const moved = await control.servers.update({ id: 'box', changes: { baseUrl: 'http://127.0.0.1:10/v1' } });
    expect(moved.message).toContain('dragoman secret confirm box');
    const listed = async () => (await control.servers.list({ refresh: true })).find(({ id }) => id === 'box');
    expect((await listed())?.secretProblem).toEqual({ moved: true, message: moved.message });
    const renewed = await control.servers.update({
      id: 'box',
      changes: { baseUrl: 'http://127.0.0.1:11/v1' },
      secret: 'two',
    });
    expect(renewed.message).toBeNull();
    expect((await listed())?.secretProblem).toBeNull();
  });

  it('that takes its secret from elsewhere, or no secret any more, leaves none in the keychain', async () => {
    await control.servers.add({ server: box, secret: 'one' });
    await control.servers.update({ id: 'box', changes: { secret: fromEnvironment } });
    expect(keychain.secrets.size).toBe(0);
    expect(parts.settings.current().upstreams[1]?.secret).toEqual(fromEnvironment);
    await control.servers.update({ id: 'box', changes: { secret: null } });
    expect(parts.settings.current().upstreams[1]?.secret).toBeUndefined();
    await control.servers.update({ id: 'box', changes: { secret: null } });
  });

  it('needs a server that is in the settings', async () => {
    await expect(control.servers.update({ id: 'nobody', changes: {} })).rejects.toThrow('There is no server "nobody"');
  });
});

describe('removing a server', () => {
  it('takes its secret out of the keychain and says who still names it', async () => {
    await control.servers.add({ server: box, secret: 's3cret' });
    expect(await control.servers.remove({ id: 'box' })).toEqual({
      id: 'box',
      secretRemoved: true,
      message: null,
      stillNamedBy: ['alias coder', 'slot haiku'],
    });
    expect(keychain.secrets.size).toBe(0);
    expect(parts.settings.current().upstreams.map(({ id }) => id)).toEqual(['old']);
    expect(await file()).toContain('// keep me');
    await expect(control.servers.remove({ id: 'box' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('waits for a keychain that is locked or refuses, but not for one that is not there', async () => {
    await control.servers.add({ server: box, secret: 's3cret' });
    const before = await file();
    for (const trouble of ['locked', 'refused'] as const) {
      keychain.trouble = trouble;
      await expect(control.servers.remove({ id: 'box' })).rejects.toThrow('Nothing was changed');
    }
    expect(await file()).toBe(before);
    keychain.trouble = 'no-service';
    expect(await control.servers.remove({ id: 'box' })).toMatchObject({
      secretRemoved: false,
      message: expect.stringContaining('stays there'),
    });
  });

  it('without a secret asks nothing of a keychain that is shut', async () => {
    keychain.trouble = 'locked';
    expect(await control.servers.remove({ id: 'old' })).toMatchObject({ secretRemoved: false, message: null });
  });
});

describe('trying a server', () => {
  it('tells what is there and changes nothing', async () => {
    const shown: (string | undefined)[] = [];
    const { url } = await kept(guarded(shown, 'from-environment'));
    const server = { ...box, baseUrl: url, secret: fromEnvironment };
    expect(await control.servers.test({ server })).toEqual({
      state: 'up',
      version: null,
      message: null,
      recognised: 'openai-compatible',
      models: ['m'],
    });
    expect(await control.servers.test({ server: { ...box, baseUrl: url }, secret: 'wrong' })).toMatchObject({
      state: 'unauthorized',
      message: expect.stringContaining('wants a secret'),
    });
    expect(await file()).toBe(written);
    await expect(readFile(join(home, 'origins.json'))).rejects.toThrow('ENOENT');
    expect(keychain.secrets.size).toBe(0);
  });

  it('sends the secret that is kept for it only where that may go', async () => {
    await control.servers.add({ server: box, secret: 'kept' });
    const shown: (string | undefined)[] = [];
    const { url } = await kept(guarded(shown, 'kept'));
    const tried = await control.servers.test({ server: { ...box, baseUrl: url, secret: fromKeychain } });
    expect(tried).toMatchObject({ state: 'unauthorized', message: expect.stringContaining('dragoman secret confirm') });
    expect(shown).toEqual([]);
  });

  it('says which kind a server is where another was chosen', async () => {
    const ollama = await kept(recordedServer(ollamaServer, 'ollama/not-found'));
    expect(await control.servers.test({ server: { ...box, baseUrl: ollama.url, kind: 'llama-cpp' } })).toMatchObject({
      recognised: 'ollama',
      message: 'What answers there is Ollama: choose the kind ollama.',
    });
    const vllm = await kept(recordedServer(vllmServer, 'vllm/unknown-path'));
    expect(await control.servers.test({ server: { ...box, baseUrl: vllm.url } })).toMatchObject({
      state: 'up',
      recognised: 'vllm',
      message: 'What answers there is vLLM: choose the kind vllm.',
    });
  });

  it('says that nothing answers', async () => {
    const gone = await kept(httpServer(() => undefined));
    await gone.close();
    expect(await control.servers.test({ server: { ...box, baseUrl: gone.url } })).toMatchObject({
      state: 'down',
      recognised: null,
      message: expect.stringContaining('connection refused'),
    });
  });
});

describe('the list of servers', () => {
  it('has their state, where their secret is kept, and what a form needs to edit them', async () => {
    const { url } = await kept(recordedServer(vllmServer, 'vllm/unknown-path'));
    const server = { ...box, kind: 'vllm', baseUrl: url, secret: fromEnvironment } as const;
    await control.servers.add({ server });
    const [old, added] = await control.servers.list({ refresh: true });
    expect(old).toMatchObject({ id: 'old', state: 'down', secret: null, models: 0 });
    expect(added).toEqual({
      id: 'box',
      kind: 'vllm',
      baseUrl: url,
      found: 'configured',
      enabled: true,
      state: 'up',
      version: '0.11.2',
      message: null,
      models: 2,
      secret: fromEnvironment,
      secretProblem: null,
      description: server,
    });
  });
});
