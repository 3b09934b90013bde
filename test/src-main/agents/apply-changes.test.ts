import { existsSync } from 'node:fs';
import * as files from 'node:fs/promises';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCode } from '../../../src-main/agents/claude-code.ts';
import { codex } from '../../../src-main/agents/codex.ts';
import { planSetup, settled } from '../../../src-main/agents/file-changes.ts';
import { RefusedChange } from '../../../src-main/agents/refused-change.ts';
import { changeFile, type FileSystem, readText } from '../../../src-main/agents/text-file.ts';
import { freshFolder, freshPlace, put, setup } from './places.ts';

const old = '{\n  "env": {\n    "MINE": "1"\n  }\n}\n';

function failing(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** The file system, in which the call of this number and all after it fail: as where the process was killed then, or the disk was full. */
function dyingAt(call: number, code: string): { readonly system: FileSystem; readonly calls: () => number } {
  let calls = 0;
  const system: FileSystem = new Proxy<FileSystem>(files, {
    get: (target, name, receiver) => {
      const real: unknown = Reflect.get(target, name, receiver);
      if (typeof real !== 'function') return real;
      return (...args: unknown[]) => {
        calls += 1;
        if (calls >= call) return Promise.reject(failing(code));
        return Reflect.apply(real, target, args);
      };
    },
  });
  return { system, calls: () => calls };
}

describe('a change of a file', () => {
  it('leaves it whole, old or new, wherever the process dies', async () => {
    const folder = await freshFolder();
    const path = join(folder, 'settings.json');
    for (let call = 1; ; call += 1) {
      await writeFile(path, 'old');
      const { system, calls } = dyingAt(call, 'EIO');
      const outcome = await changeFile({ path, from: 'old', to: 'new' }, system).catch((error: unknown) => error);
      const text = await readFile(path, 'utf8');
      expect(['old', 'new']).toContain(text);
      if (!(outcome instanceof Error)) {
        expect(text).toBe('new');
        expect(calls()).toBe(call - 1);
        expect(await readdir(folder)).toEqual(['settings.json']);
        break;
      }
    }
  });

  it.each(['ENOSPC', 'EACCES', 'EROFS'])(
    'is refused in words and leaves nothing behind where writing fails with %s',
    async (code) => {
      const folder = await freshFolder();
      const path = join(folder, 'settings.json');
      await writeFile(path, 'old');
      const system: FileSystem = { ...files, open: () => Promise.reject(failing(code)) };
      await expect(changeFile({ path, from: 'old', to: 'new' }, system)).rejects.toBeInstanceOf(RefusedChange);
      expect(await readFile(path, 'utf8')).toBe('old');
      expect(await readdir(folder)).toEqual(['settings.json']);
    },
  );

  it('is refused where the file has changed since it was planned, is read-only, or is not UTF-8', async () => {
    const folder = await freshFolder();
    const path = join(folder, 'settings.json');
    await writeFile(path, 'theirs');
    await expect(changeFile({ path, from: 'old', to: 'new' })).rejects.toThrow('has changed since');
    await expect(changeFile({ path, from: null, to: 'new' })).rejects.toThrow('has changed since');
    await chmod(path, 0o444);
    await expect(changeFile({ path, from: 'theirs', to: 'new' })).rejects.toThrow('read-only');
    expect(await readFile(path, 'utf8')).toBe('theirs');
    const other = join(folder, 'utf16.json');
    await writeFile(other, Buffer.from('{}', 'utf16le').fill(0xff, 0, 1));
    await expect(readText(other)).rejects.toThrow('not UTF-8');
    expect(await readdir(folder)).toEqual(['settings.json', 'utf16.json']);
  });

  it('makes the file that a symlink names and that is not there yet', async () => {
    const folder = await freshFolder();
    await mkdir(join(folder, 'dotfiles'));
    await symlink('dotfiles/settings.json', join(folder, 'settings.json'));
    await changeFile({ path: join(folder, 'settings.json'), from: null, to: 'new' });
    expect(await readFile(join(folder, 'dotfiles', 'settings.json'), 'utf8')).toBe('new');
  });
});

describe('a set-up', () => {
  it('leaves file and record as they were where the disk is full', async () => {
    const place = await freshPlace();
    const file = place.file(claudeCode);
    await put(file, old);
    const system: FileSystem = { ...files, open: () => Promise.reject(failing('ENOSPC')) };
    await expect(place.setUp(claudeCode, setup, 'user', system)).rejects.toThrow('the disk is full');
    expect(await readFile(file, 'utf8')).toBe(old);
    expect(await place.record.list()).toEqual([]);
    await place.setUp(claudeCode);
    const first = await place.record.list();
    const written = await readFile(file, 'utf8');
    await expect(
      place.setUp(claudeCode, { ...setup, gateway: 'http://127.0.0.1:1' }, 'user', system),
    ).rejects.toThrow();
    expect(await readFile(file, 'utf8')).toBe(written);
    expect(await place.record.list()).toEqual(first);
  });

  it('is known for what stands in the file where the process died between record and file', async () => {
    const place = await freshPlace();
    const file = place.file(codex);
    await put(file, 'model = "gpt"\n');
    await place.setUp(codex);
    const [entry] = await place.record.list();
    if (entry?.setup == null) throw new Error('nothing was recorded');
    const next = await planSetup(
      [codex.wanted({ ...setup, gateway: 'http://127.0.0.1:1' }, file, place.surroundings)],
      entry.setup,
      codex.format,
    );
    const planned = { ...entry.setup, files: next.flatMap(({ owned }) => (owned === null ? [] : [owned])) };
    const torn = { ...entry, setup: planned, previous: entry.setup };
    expect((await settled(torn, codex.format)).setup).toEqual(entry.setup);
    const [change] = next;
    await writeFile(file, change?.to ?? '');
    expect((await settled(torn, codex.format)).setup).toEqual(planned);
  });

  it('keeps what was written to the file since, to the byte', async () => {
    const place = await freshPlace();
    const file = place.file(codex);
    const before = '# mine\n[mcp_servers.docs]\ncommand = "npx" # yes\n';
    await put(file, before);
    await place.setUp(codex);
    const later = '\n[projects."/home/me/x"]\ntrust_level = "trusted"\n';
    const written = await readFile(file, 'utf8');
    await writeFile(file, `${written.replace('command = "npx" # yes', 'command = "bunx" # now')}${later}`);
    expect(await place.undo(codex)).toEqual([]);
    expect(await readFile(file, 'utf8')).toBe(
      `${before.replace('command = "npx" # yes', 'command = "bunx" # now')}${later}`,
    );
  });

  it('is undone in a file that the agent has written anew in its own style', async () => {
    const place = await freshPlace();
    const file = place.file(claudeCode);
    await put(file, '{"model":"opus","env":{"MINE":"1"}}');
    await place.setUp(claudeCode);
    const rewritten = { ...JSON.parse(await readFile(file, 'utf8')), theme: 'dark' };
    await writeFile(file, JSON.stringify(rewritten, null, 4));
    await place.undo(claudeCode);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ model: 'opus', env: { MINE: '1' }, theme: 'dark' });
  });

  it('keeps the file that it made once others have written to it', async () => {
    const place = await freshPlace();
    const file = place.file(claudeCode);
    await place.setUp(claudeCode);
    const written: unknown = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...Object(written), theme: 'dark' }, null, 2));
    await place.undo(claudeCode);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ theme: 'dark' });
  });

  it('starts anew where its file was taken away, and is undone to nothing', async () => {
    const place = await freshPlace();
    const file = place.file(claudeCode);
    await put(file, old);
    await place.setUp(claudeCode);
    await files.rm(file);
    await place.setUp(claudeCode);
    await place.undo(claudeCode);
    expect(existsSync(file)).toBe(false);
  });

  it('moves with the file that the agent reads, and leaves the one before as it was', async () => {
    const place = await freshPlace();
    const [first = '', second = ''] = ['a.json', 'b.jsonc'].map((name) => join(place.user, name));
    await put(first, old);
    const planOf = async (path: string, standing: Parameters<typeof planSetup>[1]) =>
      planSetup([claudeCode.wanted(setup, path, place.surroundings)], standing, claudeCode.format);
    const [made] = await planOf(first, null);
    await writeFile(first, made?.to ?? '');
    const moved = await planOf(second, { models: {}, at: '', files: made?.owned ? [made.owned] : [] });
    expect(moved.map(({ path, from }) => [path, from === null])).toEqual([
      [second, true],
      [first, false],
    ]);
    expect(moved[1]?.to).toBe(old);
  });

  it('keeps the last 20 copies of a file, which only the user may read', async () => {
    const place = await freshPlace();
    const file = place.file(claudeCode);
    await mkdir(dirname(file), { recursive: true });
    for (let count = 0; count < 22; count += 1) await place.backups.add('claude-code', file, `{"n":${count}}`);
    const list = await place.backups.list();
    expect(list).toHaveLength(20);
    const [newest] = list;
    expect(await place.backups.read(newest?.id ?? '')).toMatchObject({ text: '{"n":21}' });
    expect((await files.stat(newest?.file ?? '')).mode & 0o777).toBe(0o600);
    expect(await readdir(join(place.home, 'backups'))).toHaveLength(20);
  });
});
