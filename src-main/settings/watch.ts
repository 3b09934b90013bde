import { realpath } from 'node:fs/promises';
import type { SettingsStore } from './store.ts';

/** A burst of events of one save counts as one; milliseconds. */
const gatherMs = 40;

/**
 * Reloads the settings whenever their file is saved, by whatever editor: in place, by an atomic rename, or through a symlink's
 * target. `report` gets what the watching itself fails with. Returns the way to stop.
 */
export async function watchSettings(
  store: SettingsStore,
  report: (error: Error) => void,
): Promise<() => Promise<void>> {
  const { watch } = await import('chokidar');
  let timer: NodeJS.Timeout | undefined;
  const paths = new Set([store.file, await realpath(store.file).catch(() => store.file)]);
  const watcher = watch([...paths], { ignoreInitial: true });
  const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
  watcher.on('all', () => {
    clearTimeout(timer);
    timer = setTimeout(() => store.reload().catch((error: unknown) => report(asError(error))), gatherMs);
  });
  watcher.on('error', (error) => report(asError(error)));
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  // What was saved between the first reading and now raised no event.
  await store.reload();
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}
