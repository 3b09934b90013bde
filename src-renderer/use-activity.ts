import { useEffect, useState, useSyncExternalStore } from 'react';
import { ActivityStore, type ActivityView, type LiveSegment } from './activity-store.ts';
import type { Control } from './control.ts';

/** After a lost connection the window tries again this soon, in ms. */
const retryMs = 1_000;
const pageSize = 2_000;

export interface Activity extends ActivityView {
  readonly store: ActivityStore;
}

/** The log, kept up with the service for as long as the window is open. */
export function useActivity(control: Control): Activity {
  const [store] = useState(() => new ActivityStore());
  useEffect(() => {
    const abort = new AbortController();
    void follow(control, store, abort.signal);
    return () => abort.abort();
  }, [control, store]);
  const view = useSyncExternalStore(store.subscribe, store.view);
  return { ...view, store };
}

/** What one answer says, as it says it; null where nothing was heard. */
export function useLive(store: ActivityStore, id: string): readonly LiveSegment[] | null {
  return useSyncExternalStore(store.subscribe, () => store.live(id));
}

async function follow(control: Control, store: ActivityStore, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await listen(control, store, signal);
    } catch {
      // Why it can't be heard is told where the models are asked for; here it is tried again.
    }
    store.disconnected();
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

async function listen(control: Control, store: ActivityStore, signal: AbortSignal): Promise<void> {
  const batches = await control.activity.subscribe(undefined, { signal });
  let paging: Promise<void> | null = null;
  for await (const batch of batches) {
    if (paging === null || batch.incomplete) {
      store.forget();
      paging = readPages(control, store, signal).catch(() => undefined);
    }
    store.take(batch);
  }
}

/** Newest first, page by page, so that the window is usable after the first. */
async function readPages(control: Control, store: ActivityStore, signal: AbortSignal): Promise<void> {
  let before: number | undefined;
  for (;;) {
    const page = await control.activity.snapshot({ limit: pageSize, ...(before !== undefined && { before }) });
    if (signal.aborted) return;
    store.takePage(page);
    const oldest = page.rows.at(-1);
    if (oldest === undefined || page.rows.length < pageSize) return;
    before = oldest.number;
  }
}
