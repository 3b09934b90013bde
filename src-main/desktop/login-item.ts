import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { app } from 'electron';
import writeFileAtomic from 'write-file-atomic';
import { autostartEntry } from './autostart-entry.ts';
import { ownProgram } from './own-program.ts';

export interface LoginItemOptions {
  /** Absolute paths. */
  readonly home: string;
  readonly defaultHome: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Makes the system start this program at login, or no longer. Each home has an item of its own, except on macOS, which knows one an app. */
export async function setLoginItem(
  { home, defaultHome, environment }: LoginItemOptions,
  wanted: { readonly openAtLogin: boolean; readonly startHidden: boolean },
): Promise<void> {
  const args = [...(home === defaultHome ? [] : ['--home', home]), ...(wanted.startHidden ? ['--hidden'] : [])];
  const suffix = home === defaultHome ? '' : `-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
  if (process.platform === 'darwin' && home !== defaultHome) return;
  if (process.platform !== 'linux') {
    const own = app.isPackaged ? args : [app.getAppPath(), ...args];
    app.setLoginItemSettings({ openAtLogin: wanted.openAtLogin, args: own, name: `Dragoman${suffix}` });
    return;
  }
  const file = join(configDirectory(environment), 'autostart', `dragoman${suffix}.desktop`);
  if (!wanted.openAtLogin) return rm(file, { force: true });
  const text = autostartEntry([...ownProgram(environment), ...args]);
  if ((await readFile(file, 'utf8').catch(() => null)) === text) return;
  await mkdir(join(configDirectory(environment), 'autostart'), { recursive: true });
  await writeFileAtomic(file, text);
}

/** $XDG_CONFIG_HOME, else ~/.config; a relative one is invalid (XDG Base Directory Specification). */
function configDirectory(environment: LoginItemOptions['environment']): string {
  const configured = environment.XDG_CONFIG_HOME;
  return configured && isAbsolute(configured) ? configured : join(homedir(), '.config');
}
