import { watch } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SettingsStore } from './store.ts';

/** A burst of events of one save counts as one; milliseconds. */
const gatherMs = 40;

/**
 * Reloads the settings whenever their file is saved, by whatever editor: in place, by an atomic rename, or through a symlink's
 * target. What is watched is the directory: a watch on the file itself is lost with each rename (chokidar 5 misses every second one
 * of a quick series; measured on Linux). `report` gets what the watching itself fails with. Returns the way to stop.
 */
export async function watchSettings(store: SettingsStore, report: (error: Error) => void): Promise<() => void> {
  const target = await realpath(store.file).catch(() => store.file);
  let timer: NodeJS.Timeout | undefined;
  const reload = (): void => {
    store.reload().catch((error: unknown) => report(error instanceof Error ? error : new Error(String(error))));
  };
  const watchers = [...new Set([dirname(store.file), dirname(target)])].map((directory) =>
    watch(directory, () => {
      clearTimeout(timer);
      timer = setTimeout(reload, gatherMs);
    }).on('error', report),
  );
  // What was saved between the first reading and now raised no event.
  await store.reload();
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
