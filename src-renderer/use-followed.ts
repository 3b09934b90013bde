import { useEffect, useState } from 'react';

/** After a lost connection it is tried again this soon, in ms. */
const retryMs = 1_000;

/** The last thing that a stream of the service told, which is opened again whenever it ends; null before the first. `open` must stay the same function. */
export function useFollowed<View>(open: (signal: AbortSignal) => Promise<AsyncIterable<View>>): View | null {
  const [view, setView] = useState<View | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    void follow(open, setView, abort.signal);
    return () => abort.abort();
  }, [open]);
  return view;
}

/** Calls `show` with what a stream of the service tells, which is opened again whenever it ends, until the signal says so. */
export async function follow<View>(
  open: (signal: AbortSignal) => Promise<AsyncIterable<View>>,
  show: (view: View) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const view of await open(signal)) {
        if (signal.aborted) return;
        show(view);
      }
    } catch {
      // That the service is away is told where the models are asked for; here it is tried again.
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}
