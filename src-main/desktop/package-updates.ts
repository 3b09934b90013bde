import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import type { AppUpdater } from 'electron-updater';
import { type Updates, updatesOff } from '../control/updates.ts';
import { readUpdateFeed } from './update-feed.ts';
import { createUpdates, type PackageUpdater } from './updates.ts';

export interface PackageUpdatesOptions {
  /** Quits in order, then calls `install` in place of the exit. */
  readonly quitThen: (install: () => void) => void;
  readonly report: (message: string) => void;
}

/** How often it is looked whether a check is due; milliseconds. */
const lookMs = 3_600_000;

/**
 * Updates of the installed package by electron-updater: looked for now, daily and after sleep, downloaded and verified, installed when the
 * app quits. Off in development and in a package that was built without a feed. Packages of the system (deb, rpm) are not installed from
 * here, since that would ask for the administrator's password: only where to get them is told.
 */
export function createPackageUpdates({ quitThen, report }: PackageUpdatesOptions): Updates & { wake(): void } {
  const off = (why: string) => ({ ...updatesOff(why), wake: () => undefined });
  if (!app.isPackaged) return off('Dragoman runs from its sources.');
  const feed = textOf('app-update.yml');
  if (feed === null) return off('This package was built without a place to look for newer versions.');

  // Loaded when it is first needed: it takes some 50 ms.
  let loading: Promise<AppUpdater> | null = null;
  const load = (): Promise<AppUpdater> => {
    loading ??= import('electron-updater').then(({ default: { autoUpdater } }) => configured(autoUpdater));
    return loading;
  };
  const updater: PackageUpdater = { checkForUpdates: async () => (await load()).checkForUpdates() };
  const updates = createUpdates({
    updater,
    page: readUpdateFeed(feed).page,
    restart: () => quitThen(() => void load().then(installAndRun, (error: unknown) => report(String(error)))),
    report,
    now: Date.now,
  });
  const look = (): void => {
    updates.checkIfDue().catch((error: unknown) => report(`looking for a newer version failed: ${String(error)}`));
  };
  look();
  setInterval(look, lookMs).unref();
  return { ...updates, wake: look };
}

function configured(updater: AppUpdater): AppUpdater {
  updater.logger = null;
  // Packages of the system are only told about.
  updater.autoDownload = !['deb', 'rpm', 'pacman'].includes(textOf('package-type')?.trim() ?? '');
  updater.autoInstallOnAppQuit = true;
  updater.disableWebInstaller = true;
  // It would send an id of this installation with every question; everyone gets every version at once, so nobody needs one.
  updater.requestHeaders = { 'x-user-staging-id': 'none' };
  return updater;
}

function installAndRun(updater: AppUpdater): void {
  // The new version starts while this one still ends.
  app.releaseSingleInstanceLock();
  updater.quitAndInstall(true, true);
}

/** A file that electron-builder put beside the app's archive; null where there is none. */
function textOf(name: string): string | null {
  try {
    return readFileSync(join(process.resourcesPath, name), 'utf8');
  } catch {
    return null; // Not this kind of package.
  }
}
