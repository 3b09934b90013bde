import { watch } from 'node:fs';
import { recordFile } from '../agents/setup-record.ts';

/** A burst of events of one change counts as one; milliseconds. */
const gatherMs = 50;

/**
 * Tells when agents were set up, set back or given other models, by whatever process: by a change of their record in the folder `home`.
 * `report` gets what the watching itself fails with. Returns the way to stop.
 */
export function watchAgentsInUse(home: string, changed: () => void, report: (error: Error) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(home, (_event, name) => {
    if (name !== recordFile) return;
    clearTimeout(timer);
    timer = setTimeout(changed, gatherMs);
  }).on('error', report);
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
