import type { FileSystem } from './text-file.ts';
import { shellWord, type Wsl } from './wsl.ts';

/**
 * Files as usual, but for those of WSL's distributions: there Windows knows no mode, and what it makes may be read by everybody. So mode and owner
 * are asked and set inside.
 */
export function wslAware(real: FileSystem, wsl: Wsl): FileSystem {
  async function inside(path: unknown, script: (word: string) => string): Promise<string | null> {
    const place = wsl.inside(String(path));
    return place === null ? null : wsl.script(place.distribution, script(shellWord(place.path)));
  }

  /** True where it was done, false for a path of Windows. */
  async function set(path: unknown, script: (word: string) => string): Promise<boolean> {
    if (wsl.inside(String(path)) === null) return false;
    if ((await inside(path, script)) !== null) return true;
    throw Object.assign(new Error('the distribution refused it, or did not answer'), { code: 'EPERM' });
  }

  const open: FileSystem['open'] = async (path, flags, mode) => {
    const handle = await real.open(path, flags, mode);
    try {
      // Before anything is written into it.
      if (flags === 'wx' && typeof mode === 'number') await set(path, (word) => `chmod ${mode.toString(8)} ${word}`);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  };
  const chmod: FileSystem['chmod'] = async (path, mode) => {
    if (!(await set(path, (word) => `chmod ${Number(mode).toString(8)} ${word}`))) await real.chmod(path, mode);
  };
  const chown: FileSystem['chown'] = async (path, uid, gid) => {
    if (!(await set(path, (word) => `chown ${uid}:${gid} ${word}`))) await real.chown(path, uid, gid);
  };
  const stat = async (path: unknown, ...rest: readonly unknown[]): Promise<unknown> => {
    const info: unknown = await Reflect.apply(real.stat, real, [path, ...rest]);
    const [mode, uid, gid] = ((await inside(path, (word) => `stat -c '%a %u %g' ${word}`)) ?? '').trim().split(' ');
    if (mode === undefined || gid === undefined || !(info instanceof Object)) return info;
    // What kind of file it is stands in the mode, too.
    const kind = Number(Reflect.get(info, 'mode')) & 0o170000;
    return Object.assign(info, { mode: kind | Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid) });
  };
  const ours: ReadonlyMap<string | symbol, unknown> = new Map<string, unknown>([
    ['open', open],
    ['chmod', chmod],
    ['chown', chown],
    ['stat', stat],
  ]);
  return new Proxy<FileSystem>(real, {
    get: (target, call, receiver) => ours.get(call) ?? Reflect.get(target, call, receiver),
  });
}
