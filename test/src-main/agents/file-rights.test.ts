import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { claudeCode } from '../../../src-main/agents/claude-code.ts';
import { nodeExecutable } from '../../node-executable.mjs';
import { root } from '../../tiers.mjs';
import { placeAt } from './place.ts';
import { freshFolder, freshPlace, put } from './places.ts';

const text = '{\n  "env": { "MINE": "1" }\n}\n';
const isSuperuser = process.getuid?.() === 0;
/** A user with few rights: nobody's. */
const plain = 65_534;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await freshFolder();
  file = placeAt(folder).file(claudeCode);
  await put(file, text);
});

/** Everything that a test has made is a plain user's. */
async function handOver(): Promise<void> {
  if (!isSuperuser) return;
  const below = await readdir(folder, { recursive: true });
  for (const name of ['', ...below]) await chown(join(folder, name), plain, plain);
}

/** Sets up or undoes as a user who is not the superuser; what it was refused for, or `done`. */
function asPlainUser(what: 'setup' | 'undo'): Promise<string> {
  const program = join(root, 'test/programs/set-up-agent.ts');
  const user = isSuperuser ? ['--user', String(plain)] : [];
  return new Promise((resolve, reject) => {
    execFile(nodeExecutable(), [program, what, 'claude-code', folder, ...user], (error, stdout) => {
      if (error === null) resolve(stdout.trim());
      else reject(error);
    });
  });
}

async function asItWas(): Promise<void> {
  expect(await readFile(file, 'utf8')).toBe(text);
  expect(await readdir(dirname(file))).toEqual(['settings.json']);
}

describe('a file of a plain user', () => {
  it.each(['600', '644', '750'])('keeps mode %s, owner and bytes', async (mode) => {
    await chmod(file, Number.parseInt(mode, 8));
    await handOver();
    const before = await stat(file);
    expect(await asPlainUser('setup')).toBe('done');
    const { uid, gid, mode: now } = await stat(file);
    expect({ uid, gid, mode: now }).toEqual({ uid: before.uid, gid: before.gid, mode: before.mode });
    expect(await readFile(file, 'utf8')).not.toBe(text);
    expect(await asPlainUser('undo')).toBe('done');
    expect((await stat(file)).mode).toBe(before.mode);
    await asItWas();
  });

  it('that is read-only is refused in words, and stays', async () => {
    await chmod(file, 0o444);
    await handOver();
    expect(await asPlainUser('setup')).toBe('it is read-only: make it writable first');
    await asItWas();
  });

  it('that its user may not read is refused in words, and stays', async () => {
    await chmod(file, 0o200);
    await handOver();
    expect(await asPlainUser('setup')).toBe('it may not be read with the rights of this user');
    await chmod(file, 0o600);
    await asItWas();
  });

  it('in a folder that its user may not write is refused in words, and stays', async () => {
    await handOver();
    await chmod(dirname(file), 0o555);
    expect(await asPlainUser('setup')).toBe('its folder may not be written with the rights of this user');
    await asItWas();
    await chmod(dirname(file), 0o755);
  });

  it('that was made for a set-up stays whole where its folder lost its rights, until they are back', async () => {
    await unlink(file);
    await handOver();
    expect(await asPlainUser('setup')).toBe('done');
    const written = await readFile(file, 'utf8');
    await chmod(dirname(file), 0o555);
    expect(await asPlainUser('undo')).toBe('its folder may not be written with the rights of this user');
    expect(await readFile(file, 'utf8')).toBe(written);
    await chmod(dirname(file), 0o755);
    expect(await asPlainUser('undo')).toBe('done');
    expect(existsSync(file)).toBe(false);
  });
});

/** Only the superuser makes a file somebody else's. */
if (isSuperuser) {
  describe('a file of somebody else’s', () => {
    it('keeps owner, group and mode where the superuser changes it', async () => {
      const place = placeAt(folder);
      await chmod(file, 0o640);
      await chown(file, plain, 12_345);
      await place.setUp(claudeCode);
      expect(await readFile(file, 'utf8')).not.toBe(text);
      expect(await stat(file)).toMatchObject({ uid: plain, gid: 12_345, mode: 0o100640 });
      await place.undo(claudeCode);
      expect(await stat(file)).toMatchObject({ uid: plain, gid: 12_345, mode: 0o100640 });
      await asItWas();
    });

    it.each([
      { owner: 'another user’s, for all to write', uid: 12_345, gid: plain },
      { owner: 'of a group that its user is not in', uid: plain, gid: 12_345 },
    ])('$owner, is refused in words: its owner could not be kept', async ({ uid, gid }) => {
      await handOver();
      await chmod(file, 0o666);
      await chown(file, uid, gid);
      expect(await asPlainUser('setup')).toContain(`it belongs to user ${uid} and group ${gid}`);
      expect(await stat(file)).toMatchObject({ uid, gid, mode: 0o100666 });
      await asItWas();
    });
  });
}

describe('a dotfile that is a symlink', () => {
  /** Moves the file into a folder of dotfiles as a git repository has it; its absolute path there. */
  async function intoRepository(): Promise<string> {
    const repository = join(folder, 'user', 'dotfiles');
    await put(join(repository, '.git', 'HEAD'), 'ref: refs/heads/main\n');
    await mkdir(join(repository, 'claude'));
    const target = join(repository, 'claude', 'settings.json');
    await rename(file, target);
    return target;
  }

  /** Set up through the link and undone, with the links in their place and nothing beside the target. */
  async function goesThrough(target: string, links: readonly string[]): Promise<void> {
    const place = placeAt(folder);
    const before = await Promise.all(links.map((path) => readlink(path)));
    const others = await readdir(dirname(target));
    await place.setUp(claudeCode);
    expect(await readFile(target, 'utf8')).not.toBe(text);
    expect(await readFile(file, 'utf8')).toBe(await readFile(target, 'utf8'));
    expect(await readdir(dirname(target))).toEqual(others);
    await place.undo(claudeCode);
    expect(await Promise.all(links.map((path) => readlink(path)))).toEqual(before);
    expect((await lstat(target)).isFile()).toBe(true);
    expect(await readFile(target, 'utf8')).toBe(text);
    expect(await readdir(dirname(target))).toEqual(others);
  }

  it('into a repository, relative', async () => {
    const target = await intoRepository();
    await symlink(relative(dirname(file), target), file);
    await goesThrough(target, [file]);
  });

  it('over three links, relative and absolute', async () => {
    const target = await intoRepository();
    const [first, second] = [join(folder, 'user', 'one'), join(dirname(file), 'two')];
    await symlink(target, first);
    await symlink('../one', second);
    await symlink('two', file);
    await goesThrough(target, [file, second, first]);
  });

  it('in a folder that is one', async () => {
    const target = await intoRepository();
    await unlink(file).catch(() => undefined);
    await rename(dirname(file), join(folder, 'empty'));
    await symlink('dotfiles/claude', dirname(file));
    await goesThrough(target, [dirname(file)]);
  });

  it('to a file that is not there yet makes it, with its folder, and undo takes both away again', async () => {
    const place = placeAt(folder);
    const target = join(folder, 'user', 'dotfiles', 'claude', 'settings.json');
    await unlink(file);
    await symlink('../dotfiles/claude/settings.json', file);
    await place.setUp(claudeCode);
    expect((await lstat(target)).isFile()).toBe(true);
    await place.undo(claudeCode);
    expect(await readlink(file)).toBe('../dotfiles/claude/settings.json');
    expect(existsSync(join(folder, 'user', 'dotfiles'))).toBe(false);
  });

  it('to itself is refused in words', async () => {
    const place = await freshPlace();
    const own = place.file(claudeCode);
    await mkdir(dirname(own), { recursive: true });
    await symlink('settings.json', own);
    await expect(place.setUp(claudeCode)).rejects.toThrow('it is a symlink to itself');
    expect(await readlink(own)).toBe('settings.json');
  });
});

it('a file with a second name is refused in words: that one would go on holding the old text', async () => {
  const other = join(folder, 'dotfile');
  await link(file, other);
  await expect(placeAt(folder).setUp(claudeCode)).rejects.toThrow('2 names (hard links)');
  await asItWas();
  expect((await stat(other)).ino).toBe((await stat(file)).ino);
});
