import { chmod, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSettings, type SettingsStore } from '../../../src-main/settings/store.ts';
import { watchSettings } from '../../../src-main/settings/watch.ts';

let home: string;
let stop: (() => void) | undefined;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dragoman-settings-'));
});
afterEach(async () => {
  stop?.();
  stop = undefined;
  await rm(home, { recursive: true, force: true });
});
const write = (text: string): Promise<void> => writeFile(join(home, 'settings.json'), text);
const port = (store: SettingsStore): number => store.current().gateway.port;
async function watched(): Promise<SettingsStore> {
  const store = await openSettings(home);
  stop = await watchSettings(store, (error) => expect.fail(error.message));
  return store;
}
const key = { id: 'k_1', name: 'one', hash: `sha256:${'0'.repeat(64)}`, hint: 'abcd' };

describe('the settings store', () => {
  it('has the defaults where there is no file, and makes none by reading', async () => {
    const store = await openSettings(home);
    expect(port(store)).toBe(4747);
    await expect(stat(store.file)).rejects.toThrow('ENOENT');
  });

  it('rejects a broken file at start and names line and column', async () => {
    await write('{\n  "gateway": { "port": "x" }\n}');
    await expect(openSettings(home)).rejects.toThrow(/settings\.json is broken: line 2, column 24: gateway\.port/);
  });

  it('makes a file of its own with $schema and writes the schema beside it', async () => {
    const store = await openSettings(home);
    await store.edit(() => [{ kind: 'append', path: ['keys'], value: key }]);
    expect(await readFile(store.file, 'utf8')).toMatch(
      /^\{\n {2}"\$schema": "\.\/settings\.schema\.json",\n {2}"keys": \[/,
    );
    expect(JSON.parse(await readFile(join(home, 'settings.schema.json'), 'utf8'))).toHaveProperty(
      'properties.upstreams',
    );
    expect(store.current().keys[0]?.id).toBe('k_1');
    if (process.platform !== 'win32') expect((await stat(store.file)).mode & 0o777).toBe(0o600);
  });

  it.skipIf(process.platform === 'win32')(
    "keeps the byte order mark, the mode and the symlink of the user's file",
    async () => {
      await mkdir(join(home, 'dotfiles'));
      const target = join(home, 'dotfiles', 'dragoman.json');
      await writeFile(target, '\uFEFF{\r\n  // mine\r\n  "keys": []\r\n}');
      await chmod(target, 0o640);
      await symlink(target, join(home, 'settings.json'));
      const store = await openSettings(home);
      await store.edit(() => [{ kind: 'append', path: ['keys'], value: key }]);
      expect(await readFile(target, 'utf8')).toMatch(/^\uFEFF\{\r\n {2}\/\/ mine\r\n {2}"keys": \[\r\n[\s\S]*\r\n\}$/);
      expect((await stat(target)).mode & 0o777).toBe(0o640);
      expect((await lstat(store.file)).isSymbolicLink()).toBe(true);
    },
  );

  it('edits what stands in the file now, not what it read earlier', async () => {
    const store = await openSettings(home);
    await write('{ "gateway": { "port": 5001 } }');
    await store.edit(() => [{ kind: 'append', path: ['keys'], value: key }]);
    expect(port(store)).toBe(5001);
  });

  it('refuses to edit a broken file and leaves it as it is', async () => {
    const store = await openSettings(home);
    await write('{ "gateway": ');
    await expect(store.edit(() => [{ kind: 'append', path: ['keys'], value: key }])).rejects.toThrow(
      'is broken: line 1',
    );
    expect(await readFile(store.file, 'utf8')).toBe('{ "gateway": ');
  });

  it('does two edits at once one after the other', async () => {
    const store = await openSettings(home);
    await Promise.all(
      ['k_a', 'k_b', 'k_c'].map((id) => store.edit(() => [{ kind: 'append', path: ['keys'], value: { ...key, id } }])),
    );
    expect(store.current().keys.map(({ id }) => id)).toEqual(['k_a', 'k_b', 'k_c']);
  });

  it('has a hand edit in force within a second, also of a file that was not there', async () => {
    const store = await watched();
    await write('{ "gateway": { "port": 5002 } }');
    await expect.poll(() => port(store), { timeout: 1_000, interval: 20 }).toBe(5002);
    await write('{ "gateway": { "port": 5003 } }');
    await expect.poll(() => port(store), { timeout: 1_000, interval: 20 }).toBe(5003);
  });

  it('sees files that editors move into place, again and again', async () => {
    await write('{}');
    const store = await watched();
    for (const next of [5004, 5005, 5006, 5007, 5008, 5009, 5010, 5011]) {
      await writeFile(join(home, 'settings.json~'), `{ "gateway": { "port": ${next} } }`);
      await rename(join(home, 'settings.json~'), store.file);
      await expect.poll(() => port(store), { timeout: 1_000, interval: 20 }).toBe(next);
    }
  });

  it.skipIf(process.platform === 'win32')('sees a change of the file that a symlink points to', async () => {
    await mkdir(join(home, 'dotfiles'));
    await writeFile(join(home, 'dotfiles', 's.json'), '{}');
    await symlink(join(home, 'dotfiles', 's.json'), join(home, 'settings.json'));
    const store = await watched();
    await writeFile(join(home, 'dotfiles', 's.json'), '{ "gateway": { "port": 5007 } }');
    await expect.poll(() => port(store), { timeout: 1_000, interval: 20 }).toBe(5007);
  });

  it('keeps the last good settings while the file is broken, tells the problem, and recovers', async () => {
    await write('{ "gateway": { "port": 5008 } }');
    const store = await watched();
    await write('{\n "gateway": { "port": 5009, "prot": 1 } }');
    await expect.poll(() => store.problems().length, { timeout: 1_000, interval: 20 }).toBe(1);
    expect(store.problems()[0]).toMatchObject({ line: 2, column: 29, path: 'gateway.prot' });
    expect(port(store)).toBe(5008);
    await write('{ "gateway": { "port": 5010 } }');
    await expect.poll(() => port(store), { timeout: 1_000, interval: 20 }).toBe(5010);
    expect(store.problems()).toEqual([]);
  });
});
