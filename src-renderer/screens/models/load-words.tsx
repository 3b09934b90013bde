import { useEffect, useState } from 'react';
import type { ModelLoad } from '../../../src-shared/model-loads.ts';

/** How far a model is that is being loaded, "42 %"; else how long that lasts by now, "12 s". `load` is null where only its server tells that it loads. */
export function LoadWords({ load }: { readonly load: ModelLoad | null }) {
  const seconds = useSecondsSince(load?.since ?? null);
  if (load === null) return null;
  if (load.progress !== null) return <span>{Math.floor(load.progress * 100)} %</span>;
  // Not from the first second on: most models are freed, and small ones loaded, before one has read it.
  return seconds < 2 ? null : <span>{timeWords(seconds)}</span>;
}

function timeWords(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Whole seconds since then, milliseconds since 1970; 0 for null. */
function useSecondsSince(since: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (since === null) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [since]);
  return since === null ? 0 : Math.max(0, Math.floor((now - since) / 1_000));
}
