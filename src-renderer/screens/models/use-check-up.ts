import { useCallback, useEffect, useRef, useState } from 'react';
import type { CheckLine, CheckupFlags, CheckupProgress } from '../../../src-shared/checkup.ts';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';

export interface CheckUp {
  /** What is being tried now; null while nothing is. */
  readonly now: { readonly title: string; readonly number: number; readonly of: number } | null;
  readonly running: boolean;
  /** What was found so far, or by the last check-up. */
  readonly lines: readonly CheckLine[];
  /** Flags that would help; null before the end. */
  readonly flags: CheckupFlags | null;
  readonly failure: ControlFailure | null;
  /** When the check-up was done that the lines are of, ISO 8601; null for one of now. */
  readonly at: string | null;
}

const nothing: CheckUp = { now: null, running: false, lines: [], flags: null, failure: null, at: null };

export interface CheckUpControl extends CheckUp {
  readonly start: () => void;
  /** Ends it; what was found stays. */
  readonly stop: () => void;
}

/** The check-up of one model, which ends with whoever shows it; at first the last one that was done. `onDone`: there is a new one. */
export function useCheckUp(control: Control, model: string, onDone: () => Promise<void>): CheckUpControl {
  const [state, setState] = useState<CheckUp>(nothing);
  const going = useRef<AbortController | null>(null);
  const stop = useCallback(() => {
    going.current?.abort();
    going.current = null;
    setState((before) => ({ ...before, running: false, now: null }));
  }, []);
  useEffect(() => () => going.current?.abort(), []);
  useEffect(() => {
    let isWanted = true;
    control.models.lastCheckup({ model }).then(
      (last) => {
        if (!isWanted || last === null || going.current !== null) return;
        setState({ ...nothing, lines: last.report.lines, flags: last.report.flags, at: last.at });
      },
      () => undefined, // a model that went meanwhile has none
    );
    return () => {
      isWanted = false;
    };
  }, [control, model]);
  const start = useCallback(() => {
    going.current?.abort();
    const abort = new AbortController();
    going.current = abort;
    setState({ ...nothing, running: true });
    const show = (change: (before: CheckUp) => CheckUp): void => {
      if (going.current === abort) setState(change);
    };
    void follow(control, model, abort.signal, (event) => show((before) => after(before, event)))
      .catch((cause: unknown) =>
        show((before) => ({ ...before, failure: describeRefusal('The check-up did not come to its end.', cause) })),
      )
      .finally(() => {
        show((before) => ({ ...before, running: false, now: null }));
        void onDone();
      });
  }, [control, model, onDone]);
  return { ...state, start, stop };
}

async function follow(
  control: Control,
  model: string,
  signal: AbortSignal,
  show: (event: CheckupProgress) => void,
): Promise<void> {
  for await (const event of await control.models.check({ model }, { signal })) show(event);
}

function after(before: CheckUp, event: CheckupProgress): CheckUp {
  switch (event.kind) {
    case 'begun':
      return { ...before, now: { title: event.title, number: event.number, of: event.of } };
    case 'line':
      return { ...before, lines: [...before.lines, event.line] };
    case 'done':
      return { ...before, flags: event.report.flags };
  }
}
