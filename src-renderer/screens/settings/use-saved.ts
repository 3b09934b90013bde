import { useCallback, useEffect, useState } from 'react';
import type { ChangeableSetting, SettingValue } from '../../../src-shared/settings-contract.ts';
import { type Control, refusalWords } from '../../control.ts';

/** How long it says that something was saved, in ms. */
const shownMs = 2_000;

export interface Saved {
  /** Resolves with true where it was written. */
  readonly save: (value: SettingValue) => Promise<boolean>;
  readonly forget: () => void;
  /** Why the last value was refused; null where it was not. */
  readonly problem: string | null;
  /** True for a moment after it was written. */
  readonly done: boolean;
}

/** Writes one setting, and tells what came of it. */
export function useSaved(control: Control, setting: ChangeableSetting): Saved {
  const [problem, setProblem] = useState<string | null>(null);
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), shownMs);
    return () => clearTimeout(timer);
  }, [done]);
  const save = useCallback(
    (value: SettingValue) =>
      control.settings.set({ setting, value }).then(
        () => {
          setProblem(null);
          setDone(true);
          return true;
        },
        (cause: unknown) => {
          setDone(false);
          setProblem(refusalWords(cause));
          return false;
        },
      ),
    [control, setting],
  );
  return { save, forget: useCallback(() => setProblem(null), []), problem, done };
}
