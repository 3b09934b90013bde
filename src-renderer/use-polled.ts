import { useCallback, useEffect, useRef, useState } from 'react';
import { type ControlFailure, describeFailure } from './control.ts';

/** How often the page asks again while it is seen, in ms; the service itself looks for servers as often by default. */
const intervalMs = 10_000;

export interface Polled<Answer> {
  /** The last answer, also while `failure` says that a newer one could not be had; null before the first. */
  readonly answer: Answer | null;
  readonly failure: ControlFailure | null;
  /** True while what `askNow` asked for is under way. */
  readonly asking: boolean;
  readonly askNow: () => void;
  /** Asks as the clock does; resolves when the answer is there, or that there is none. */
  readonly askAgain: () => Promise<void>;
}

/**
 * What the service says, kept fresh while the page is visible. `ask` must stay the same function from render to render; it is told whether the user
 * asked (true) or the clock (false).
 */
export function usePolled<Answer>(ask: (byHand: boolean) => Promise<Answer>): Polled<Answer> {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const [asking, setAsking] = useState(false);
  const latest = useRef(0);

  const askOnce = useCallback(
    async (byHand: boolean) => {
      latest.current += 1;
      const turn = latest.current;
      try {
        const next = await ask(byHand);
        // A slow answer must not overwrite a newer one.
        if (turn !== latest.current) return;
        // Where nothing has changed nothing is drawn anew.
        setAnswer((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
        setFailure(null);
      } catch (cause) {
        if (turn === latest.current) setFailure(describeFailure(cause));
      }
    },
    [ask],
  );

  useEffect(() => {
    let timer: ReturnType<typeof setInterval> | undefined;
    const askWhileSeen = () => {
      clearInterval(timer);
      if (document.visibilityState !== 'visible') return;
      void askOnce(false);
      timer = setInterval(() => void askOnce(false), intervalMs);
    };
    // The first answer is there when the window is shown.
    if (document.visibilityState !== 'visible') void askOnce(false);
    askWhileSeen();
    document.addEventListener('visibilitychange', askWhileSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', askWhileSeen);
    };
  }, [askOnce]);

  const askNow = useCallback(() => {
    setAsking(true);
    void askOnce(true).finally(() => setAsking(false));
  }, [askOnce]);

  const askAgain = useCallback(() => askOnce(false), [askOnce]);

  return { answer, failure, asking, askNow, askAgain };
}
