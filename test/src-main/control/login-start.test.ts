import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ControlClient, localControl } from '../../../src-main/control/client.ts';
import { createServiceParts } from '../../../src-main/control/service-parts.ts';
import { MemoryKeychain } from './memory-keychain.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dragoman-login-'));
  await mkdir(join(root, 'home'));
  vi.stubEnv('HOME', join(root, 'user'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

const file = () => join(root, 'home', 'settings.json');
const upstreams = `"detection": { "enabled": false },
  "upstreams": [{ "id": "box", "kind": "openai-compatible", "baseUrl": "http://127.0.0.1:9/v1", "models": { "coder": {} } }]`;

/** Asks the contract of a shell that starts with the login, or of one that does not; resolves with what the settings file says then. */
async function withShell(followsLogin: boolean, use: (control: ControlClient) => Promise<void>): Promise<string> {
  const home = join(root, 'home');
  const parts = await createServiceParts({
    home,
    defaultHome: home,
    version: '0.0.0',
    environment: { PATH: '/nowhere' },
    secretStore: new MemoryKeychain(),
    followsLogin,
  });
  try {
    await use(localControl(parts));
  } finally {
    await parts.close();
  }
  return readFile(file(), 'utf8');
}

const choice = { agent: 'claude-code', model: 'box/coder' } as const;
const conflicts = async (control: ControlClient) => (await control.agents.list())[0]?.conflicts;

describe('the first agent that is set up', () => {
  it('has Dragoman start at login, which is told before; the rest of the settings stays', async () => {
    await writeFile(file(), `{\n  // mine\n  ${upstreams}\n}\n`);
    const text = await withShell(true, async (control) => {
      const { warnings } = await control.agents.plan(choice);
      expect(warnings).toContainEqual(expect.stringContaining('starts when you log in'));
      expect(await readFile(file(), 'utf8')).not.toContain('openAtLogin');
      expect(await control.agents.apply(choice)).toMatchObject({ applied: true, refused: null });
      expect(await conflicts(control)).toEqual([]);
      expect((await control.agents.plan({ ...choice, agent: 'codex' })).warnings).toEqual([]);
    });
    expect(text).toContain('// mine');
    expect(JSON.parse(text.replace('// mine', ''))).toMatchObject({ desktop: { openAtLogin: true } });
  });

  it('leaves it where the user has said no, and tells what that means', async () => {
    await writeFile(file(), `{ ${upstreams}, "desktop": { "openAtLogin": false } }`);
    const text = await withShell(true, async (control) => {
      expect((await control.agents.apply(choice)).warnings).toEqual([]);
      expect(await conflicts(control)).toMatchObject([{ kind: 'gateway', what: expect.stringContaining('log in') }]);
    });
    expect(text).toContain('"openAtLogin": false');
  });

  it('does nothing of it where the shell does not start with the login', async () => {
    await writeFile(file(), `{ ${upstreams} }`);
    const text = await withShell(false, async (control) => {
      expect((await control.agents.apply(choice)).warnings).toEqual([]);
      expect(await conflicts(control)).toEqual([]);
    });
    expect(text).not.toContain('openAtLogin');
  });
});
