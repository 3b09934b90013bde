import { chmod, lstat, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RefusedChange } from '../../../src-main/agents/refused-change.ts';
import { changeFile, realFiles } from '../../../src-main/agents/text-file.ts';
import { createWsl } from '../../../src-main/agents/wsl.ts';
import { wslAware } from '../../../src-main/agents/wsl-files.ts';
import { createWslHomes } from '../../../src-main/agents/wsl-homes.ts';
import { fakeWsl } from './fake-wsl.ts';
import { freshFolder, put } from './places.ts';

/** Two distributions: one that shares Windows' network, and one with its own. */
async function freshWsl() {
  const folder = await freshFolder();
  const [shared, apart] = [join(folder, 'home a'), join(folder, 'other')];
  for (const home of [shared, apart]) await mkdir(home);
  const wsl = fakeWsl(folder, {
    Ubuntu: { home: shared, networking: 'mirrored' },
    'Debian 12': { home: apart, networking: 'nat' },
  });
  return { folder, shared, apart, wsl, homes: createWslHomes(wsl, () => 0) };
}

describe('WSL as Windows reaches it', () => {
  it('is nowhere but on Windows', () => {
    expect(createWsl({ platform: 'linux', environment: {}, userDirectory: '/home/me' })).toBeNull();
  });

  it('has its files under a name of the network, by the distribution', () => {
    const wsl = createWsl({ platform: 'win32', environment: {}, userDirectory: 'C:\\Users\\me' });
    const path = '\\\\wsl.localhost\\Debian 12\\home\\me\\.codex\\config.toml';
    expect(wsl?.path('Debian 12', '/home/me/.codex/config.toml')).toBe(path);
    expect(wsl?.inside(path)).toEqual({ distribution: 'Debian 12', path: '/home/me/.codex/config.toml' });
    expect(wsl?.inside('\\\\wsl$\\Ubuntu\\etc\\x')).toEqual({ distribution: 'Ubuntu', path: '/etc/x' });
    expect(wsl?.inside('C:\\Users\\me\\.codex\\config.toml')).toBeNull();
    expect(wsl?.inside('\\\\server\\share\\x')).toBeNull();
  });

  it('is not there where its program is not', async () => {
    const wsl = createWsl({ platform: 'win32', environment: { PATH: '/nowhere' }, userDirectory: '/' });
    expect(await wsl?.running()).toEqual([]);
  });
});

describe('the user’s homes in WSL', () => {
  it('are those of the distributions that run, Docker’s left out, with the agents that a shell there finds', async () => {
    const { homes, shared, folder } = await freshWsl();
    const bin = join(folder, 'nvm');
    await put(join(bin, 'codex'), '#!/bin/sh\n');
    await chmod(join(bin, 'codex'), 0o755);
    await writeFile(join(shared, '.profile'), `echo welcome\nexport PATH='${bin}':$PATH\n`);
    expect(await homes.list(false)).toMatchObject([
      { distribution: 'Ubuntu', installed: ['codex'], network: 'shared', surroundings: { userDirectory: shared } },
      { distribution: 'Debian 12', installed: [], network: { windows: '172.27.16.1' } },
    ]);
  });

  it.each([
    [null, '6.6.0-microsoft-standard-WSL2', { windows: '172.27.16.1' }],
    [null, '4.4.0-19041-Microsoft', 'shared'],
    ['wsl1', '4.4.0-19041-Microsoft', 'shared'],
    ['virtioproxy', '6.6.0-microsoft-standard-WSL2', { windows: '172.27.16.1' }],
  ] as const)('where its network is told as %s by a kernel %s', async (networking, kernel, network) => {
    const folder = await freshFolder();
    const wsl = fakeWsl(folder, { Ubuntu: { home: folder, networking, kernel } });
    expect(await createWslHomes(wsl, () => 0).list(false)).toMatchObject([{ network }]);
  });

  it('hold each agent’s files where its variables say, and behind symlinks', async () => {
    const { homes, shared } = await freshWsl();
    await writeFile(join(shared, '.profile'), `export CODEX_HOME='${shared}/my codex'\n`);
    await put(join(shared, '.config/opencode/opencode.jsonc'), '{}');
    await put(join(shared, 'dotfiles/claude.json'), '{}');
    await mkdir(join(shared, '.claude'));
    await symlink('../dotfiles/claude.json', join(shared, '.claude/settings.json'));
    const [home] = await homes.list(false);
    if (home === undefined) throw new Error('no distribution runs');
    expect(await homes.files(home, 'codex')).toEqual([join(shared, 'my codex/config.toml')]);
    expect(await homes.files(home, 'opencode')).toEqual([join(shared, '.config/opencode/opencode.jsonc')]);
    expect(await homes.files(home, 'claude-code')).toEqual([join(shared, 'dotfiles/claude.json')]);
    expect(await homes.files(home, 'qwen-code')).toEqual([join(shared, '.qwen/settings.json')]);
  });

  it('are looked for anew after some minutes, while what is known is told', async () => {
    const { wsl, shared } = await freshWsl();
    let time = 0;
    const homes = createWslHomes(wsl, () => time);
    const home = async () => (await homes.list(false))[0]?.surroundings.environment.CODEX_HOME;
    expect(await home()).toBeUndefined();
    await writeFile(join(shared, '.profile'), 'export CODEX_HOME=/x\n');
    time = 6 * 60_000;
    expect(await home()).toBeUndefined();
    await expect.poll(home).toBe('/x');
  });

  it('are looked for anew when that is asked', async () => {
    const { homes, shared } = await freshWsl();
    const before = await homes.list(false);
    await writeFile(join(shared, '.profile'), 'export CODEX_HOME=/x\n');
    expect(await homes.list(false)).toBe(before);
    expect((await homes.list(true))[0]?.surroundings.environment.CODEX_HOME).toBe('/x');
  });
});

/** Windows: it knows no modes, and what it makes in a distribution may be read by everybody. */
const windowsFiles = new Proxy(realFiles, {
  get: (target, call, receiver) => {
    if (call === 'open') {
      return (path: string, flags: string, mode?: number) =>
        realFiles.open(path, flags, mode === undefined ? mode : 0o644);
    }
    if (call === 'chmod') return () => Promise.resolve();
    if (call === 'stat') {
      return async (path: string) => Object.assign(await realFiles.stat(path), { mode: 0o100666, uid: 0, gid: 0 });
    }
    return Reflect.get(target, call, receiver);
  },
});

describe('a file in WSL that is changed from Windows', () => {
  it('may be read by its user alone where it is new, and keeps its mode where it was there', async () => {
    const { wsl, shared } = await freshWsl();
    const system = wslAware(windowsFiles, wsl);
    const made = join(shared, '.codex', 'config.toml');
    await changeFile({ path: made, from: null, to: 'a = 1\n' }, system);
    expect((await stat(made)).mode & 0o777).toBe(0o600);
    expect(await readFile(made, 'utf8')).toBe('a = 1\n');

    const there = join(shared, 'it’s mine');
    await put(there, 'old');
    await chmod(there, 0o640);
    const { uid, gid } = await lstat(there);
    await changeFile({ path: there, from: 'old', to: 'new' }, system);
    expect((await stat(there)).mode & 0o777).toBe(0o640);
    expect(await lstat(there)).toMatchObject({ uid, gid });
    expect(await readFile(there, 'utf8')).toBe('new');
  });

  it('is left alone where the distribution does not let its mode be set, and nothing of the key is left beside it', async () => {
    const { wsl, shared } = await freshWsl();
    const path = join(shared, '.codex', 'config.toml');
    await put(path, 'old');
    const deaf = { ...wsl, script: () => Promise.resolve(null) };
    const change = { path, from: 'old', to: 'key = "dgm_x"' };
    await expect(changeFile(change, wslAware(windowsFiles, deaf))).rejects.toThrow(RefusedChange);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await realFiles.readdir(dirname(path))).toEqual(['config.toml']);
  });

  it('of Windows itself is written as ever', async () => {
    const { wsl, folder } = await freshWsl();
    const path = join(folder, 'users', 'me.json');
    await changeFile({ path, from: null, to: '{}' }, wslAware(realFiles, wsl));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await realFiles.readdir(dirname(path))).toEqual(['me.json']);
  });
});
