import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ControlClient, localControl } from '../../../src-main/control/client.ts';
import { createServiceParts, type ServiceParts } from '../../../src-main/control/service-parts.ts';
import { hashKey } from '../../../src-main/keys/mint.ts';
import { MemoryKeychain } from './memory-keychain.ts';

const own = '# mine\nmodel = "gpt-5.5" # the best\n';
const variable = 'DRAGOMAN_CODEX_KEY';
const settings = `{ "detection": { "enabled": false },
  "upstreams": [{ "id": "box", "kind": "openai-compatible", "baseUrl": "http://127.0.0.1:9/v1", "models": { "coder": {} } }] }`;

let root: string;
let keychain: MemoryKeychain;
let parts: ServiceParts;
let control: ControlClient;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dragoman-key-source-'));
  const [home, user] = [join(root, 'home'), join(root, 'user')];
  for (const folder of [home, join(user, '.codex')]) await mkdir(folder, { recursive: true });
  vi.stubEnv('HOME', user);
  await writeFile(join(home, 'settings.json'), settings);
  await writeFile(file(), own);
  keychain = new MemoryKeychain();
  const environment = { PATH: '/usr/bin:/bin', HOME: user, SHELL: '/bin/sh' };
  parts = await createServiceParts({ home, defaultHome: home, version: '0', environment, secretStore: keychain });
  control = localControl(parts);
});
afterEach(async () => {
  await parts.close();
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

const file = () => join(root, 'user', '.codex', 'config.toml');
const written = () => readFile(file(), 'utf8');
const codex = { agent: 'codex', model: 'box/coder' } as const;
const byEnvironment = { ...codex, keyFrom: 'environment' } as const;
const listed = async () => {
  const entry = (await control.agents.list({ refresh: true })).find(({ id }) => id === 'codex');
  if (entry === undefined) throw new Error('Codex is not listed');
  return entry;
};
const shownKey = async () => (await control.keys.reveal({ key: 'codex' })).key;
const login = (line: string) => writeFile(join(root, 'user', '.profile'), `${line}\n`);

describe('Codex, set up to find its key in the environment', () => {
  it('has no key in its file, and the keychain has it; undo gives the same bytes', async () => {
    const plan = await control.agents.plan(byEnvironment);
    expect(plan.warnings).toEqual([expect.stringContaining('`dragoman key show codex`')]);
    expect(plan.files[0]?.diff).toContain(`env_key = "${variable}"`);
    expect(await control.agents.apply({ ...byEnvironment, seen: plan.seen })).toMatchObject({ applied: true });
    expect(await written()).not.toMatch(/dgm_|experimental_bearer_token/);
    const key = await shownKey();
    expect(parts.settings.current().keys).toMatchObject([{ agent: 'codex', hash: hashKey(key) }]);
    expect(await listed()).toMatchObject({ state: 'set-up', keyChoice: { variable, from: 'environment' } });

    await control.agents.undo({ agent: 'codex' });
    expect(await written()).toBe(own);
    expect(keychain.secrets.size).toBe(0);
    expect(await listed()).toMatchObject({ keyChoice: { variable, from: 'file' } });
  });

  it('goes over to the file and back with the same key, and undo still gives the same bytes', async () => {
    await control.agents.apply(codex);
    expect(await written()).toContain(`experimental_bearer_token = "${await shownKey()}"`);
    const key = await shownKey();
    await control.agents.apply(byEnvironment);
    expect(await written()).not.toContain(key);
    expect(await shownKey()).toBe(key);
    await control.agents.apply({ ...codex, keyFrom: 'file' });
    expect(await written()).toContain(`experimental_bearer_token = "${key}"`);
    expect(await written()).not.toContain('env_key');
    expect(await listed()).toMatchObject({ state: 'set-up', drift: [] });
    await control.agents.undo({ agent: 'codex' });
    expect(await written()).toBe(own);
  });

  it('stays so where nothing is said, also after it was switched off and on again', async () => {
    await control.agents.apply({ ...byEnvironment, quiet: false });
    await control.agents.apply(codex);
    const before = await written();
    expect(before).toContain('env_key');
    await control.agents.undo({ agent: 'codex', keep: true });
    expect(await written()).toBe(own);
    expect(await listed()).toMatchObject({ keyChoice: { from: 'environment' }, quiet: false });
    await control.agents.apply({ agent: 'codex' });
    expect(await written()).toBe(before);
  });

  it('is told as changed outside Dragoman where somebody has written a key into its file', async () => {
    await control.agents.apply(byEnvironment);
    await writeFile(file(), (await written()).replace(/env_key = .*/, 'experimental_bearer_token = "mine"'));
    expect(await listed()).toMatchObject({
      state: 'drifted',
      drift: [{ path: file(), values: [expect.stringContaining('env_key')] }],
    });
  });

  it('gets a new key in the keychain, where it is rotated, and that is said', async () => {
    await control.agents.apply(byEnvironment);
    const [old, text] = [await shownKey(), await written()];
    expect(await control.agents.planRotateKey({ agent: 'codex' })).toMatchObject({
      files: [],
      warnings: [expect.stringContaining(variable)],
    });
    const rotated = await control.agents.rotateKey({ agent: 'codex' });
    expect(rotated).toMatchObject({ refused: null, warnings: [expect.stringContaining(variable)] });
    expect(await shownKey()).not.toBe(old);
    expect(await written()).toBe(text);
    expect(parts.settings.current().keys).toHaveLength(1);
  });

  it('is refused where no keychain keeps the key, and nothing is written or made', async () => {
    keychain.trouble = 'no-service';
    expect(await control.agents.plan(byEnvironment)).toMatchObject({ files: [], refused: { path: null } });
    expect(await control.agents.apply(byEnvironment)).toMatchObject({
      applied: false,
      refused: { why: expect.stringContaining('keychain') },
    });
    expect(await written()).toBe(own);
    expect(parts.settings.current().keys).toEqual([]);
    // A key that only its file holds would be lost there, too.
    await control.agents.apply(codex);
    expect(await control.agents.apply(byEnvironment)).toMatchObject({ applied: false });
    expect(await written()).toContain('experimental_bearer_token');
  });

  it('is told what is in the way while the variable is missing where the user logs in, or holds another key', async () => {
    await control.agents.apply(byEnvironment);
    expect((await listed()).conflicts).toMatchObject([
      {
        kind: 'environment',
        what: `${variable} is not set where you log in`,
        remedy: expect.stringContaining(`export ${variable}="$(dragoman key show codex)"`),
      },
    ]);
    await login(`export ${variable}=dgm_of-somebody-else`);
    expect((await listed()).conflicts).toMatchObject([{ what: `${variable} holds another key than Codex’s` }]);
    await login(`echo welcome; export ${variable}='${await shownKey()}'`);
    expect((await listed()).conflicts).toEqual([]);
  });
});

describe('an agent that finds its key in its file alone', () => {
  it('gives no choice, and refuses one', async () => {
    const entries = await control.agents.list();
    expect(entries.flatMap(({ id, keyChoice }) => (keyChoice === undefined ? [] : [id]))).toEqual(['codex']);
    expect(
      await control.agents.apply({ agent: 'claude-code', model: 'box/coder', keyFrom: 'environment' }),
    ).toMatchObject({
      applied: false,
      refused: { why: 'Claude Code finds its key in its file alone' },
    });
    expect(existsSync(join(root, 'user', '.claude'))).toBe(false);
  });
});
