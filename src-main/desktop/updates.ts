import type { UpdateState } from '../../src-shared/updates.ts';
import type { Updates } from '../control/updates.ts';

/** electron-updater's AppUpdater, as far as it is used. */
export interface PackageUpdater {
  /** Null where this package has no updater. `downloadPromise` is there where it downloads by itself. */
  checkForUpdates(): Promise<{
    readonly isUpdateAvailable: boolean;
    readonly updateInfo: { readonly version: string };
    readonly downloadPromise?: Promise<unknown> | null;
  } | null>;
}

export interface UpdatesOptions {
  readonly updater: PackageUpdater;
  /** Where a person gets the newest version; null where that is not known. */
  readonly page: string | null;
  /** Quits in order, then installs what was downloaded and starts it. */
  readonly restart: () => void;
  readonly report: (message: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How old the last answer may get; milliseconds. */
const dayMs = 86_400_000;

export interface PackageUpdates extends Updates {
  /** Asks where the last answer, or the last try, is older than a day. To be called now and then, also after sleep. */
  checkIfDue(): Promise<void>;
}

/** Looks for a newer version and tells how far it got. A version that is ready stays ready, whatever later checks come to. */
export function createUpdates({ updater, page, restart, report, now }: UpdatesOptions): PackageUpdates {
  let state: UpdateState = { kind: 'current', checkedAt: null };
  let lastTry = Number.NEGATIVE_INFINITY;
  let checking: Promise<UpdateState> | null = null;

  function check(): Promise<UpdateState> {
    if (state.kind === 'ready' || state.kind === 'downloading') return Promise.resolve(state);
    checking ??= ask().finally(() => {
      checking = null;
    });
    return checking;
  }

  async function ask(): Promise<UpdateState> {
    lastTry = now();
    try {
      const found = await updater.checkForUpdates();
      if (found === null) state = { kind: 'off', why: 'This package is updated by whoever installed it.' };
      else if (!found.isUpdateAvailable) state = { kind: 'current', checkedAt: new Date(now()).toISOString() };
      else state = take(found.updateInfo.version, found.downloadPromise ?? null);
    } catch (error) {
      const message = reasonOf(error);
      report(`looking for a newer version failed: ${message}`);
      // What is known already stays known.
      if (state.kind !== 'elsewhere') state = { kind: 'failed', message };
    }
    return state;
  }

  function take(version: string, download: Promise<unknown> | null): UpdateState {
    if (download === null) {
      return { kind: 'elsewhere', version, page, why: 'This package is not updated by Dragoman itself.' };
    }
    download.then(
      () => {
        state = { kind: 'ready', version };
      },
      (error: unknown) => {
        const why = `It could not be downloaded or does not fit this package: ${reasonOf(error)}.`;
        report(`version ${version} could not be had: ${reasonOf(error)}`);
        state = { kind: 'elsewhere', version, page, why };
      },
    );
    return { kind: 'downloading', version };
  }

  return {
    state: () => state,
    check,
    async checkIfDue() {
      if (now() - lastTry >= dayMs) await check();
    },
    restart() {
      if (state.kind !== 'ready') return false;
      restart();
      return true;
    },
  };
}

/** Its first line: electron-updater's messages go on with headers and stacks. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').replace(/\.$/, '');
}
