import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ControlClient, localControl } from '../../../src-main/control/client.ts';
import { createServiceParts, type ServiceParts } from '../../../src-main/control/service-parts.ts';
import { changeableSettings, type SettingsView } from '../../../src-shared/settings-contract.ts';
import { MemoryKeychain } from './memory-keychain.ts';

const written = `{
  // mine
  "gateway": { "port": 4800 }, // why 4800
  "detection": { "enabled": false }
}
`;
let home: string;
let parts: ServiceParts;
let control: ControlClient;
const file = () => readFile(join(home, 'settings.json'), 'utf8');

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dragoman-settings-'));
  await writeFile(join(home, 'settings.json'), written);
  parts = await createServiceParts({
    home,
    defaultHome: home,
    version: '0',
    environment: {},
    secretStore: new MemoryKeychain(),
  });
  control = localControl(parts);
});
afterEach(async () => {
  await parts.close();
  await rm(home, { recursive: true, force: true });
});

describe('changing a setting', () => {
  it('writes that value, keeps the rest to the byte, and is in force', async () => {
    await control.settings.set({ setting: 'gateway.port', value: 4900 });
    expect(await file()).toBe(written.replace('"port": 4800', '"port": 4900'));
    expect(parts.settings.current().gateway.port).toBe(4900);
    await control.settings.set({ setting: 'desktop.theme', value: 'dark' });
    expect(await file()).toContain('// why 4800');
    expect(parts.settings.current().desktop.theme).toBe('dark');
  });

  it('writes nothing where the value is in force already', async () => {
    await control.settings.set({ setting: 'detection.ports', value: [] });
    expect(await file()).toBe(written);
  });

  it.each([
    ['gateway.port', 70_000, 'must be 65535 or less'],
    ['gateway.port', 'x', 'expected number, received string'],
    ['gateway.host', '', 'must not be empty'],
    ['detection.ports', [8080, 0], 'must be 1 or more'],
    ['desktop.theme', 'pink', 'must be "system" or "light" or "dark"'],
  ] as const)('%s: %j is refused in the words of the file', async (setting, value, words) => {
    await expect(
      control.settings.set({ setting, value: typeof value === 'object' ? [...value] : value }),
    ).rejects.toMatchObject({ status: 400, message: words });
    expect(await file()).toBe(written);
  });

  it('is refused while the file is broken, with its line', async () => {
    const broken = '{\n  "gateway": 5\n}\n';
    await writeFile(join(home, 'settings.json'), broken);
    await expect(control.settings.set({ setting: 'gateway.port', value: 4900 })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('line 2, column'),
    });
    expect(await file()).toBe(broken);
  });

  it('offers only settings that the file knows', () => {
    const settings: Record<string, unknown> = { ...parts.settings.current() };
    for (const setting of changeableSettings) {
      const [section = '', key = ''] = setting.split('.');
      expect(settings[section], setting).toHaveProperty(key);
    }
  });
});

describe('the view of the settings', () => {
  it('is told at once and after each change, by whomever, without the hash of a key', async () => {
    const views: SettingsView[] = [];
    const abort = new AbortController();
    const steps = [
      () => control.keys.create({ name: 'mine' }).then(() => undefined),
      async () => {
        await writeFile(join(home, 'settings.json'), '{ "detection": { "enabled": false, "intervalSeconds": 30 } }');
        await parts.settings.reload();
      },
      async () => {
        await writeFile(join(home, 'settings.json'), '{ "detection": 1 }');
        await parts.settings.reload();
      },
      async () => abort.abort(),
    ];
    for await (const view of await control.settings.subscribe(undefined, { signal: abort.signal })) {
      views.push(view);
      await steps.shift()?.();
    }
    expect(views[0]).toMatchObject({ problems: [], keys: [], listening: null, values: { gateway: { port: 4800 } } });
    expect(views[1]?.keys).toMatchObject([{ name: 'mine', models: ['*'] }]);
    expect(JSON.stringify(views)).not.toContain('sha256');
    expect(views[2]?.values.detection.intervalSeconds).toBe(30);
    expect(views[3]).toMatchObject({
      problems: [{ line: 1, path: 'detection' }],
      values: { detection: { intervalSeconds: 30 } },
    });
  });

  it('ends with the service', async () => {
    const views = await control.settings.subscribe();
    await views.next();
    const end = views.next();
    parts.settingsFeed.close();
    expect(await end).toMatchObject({ done: true });
  });
});
