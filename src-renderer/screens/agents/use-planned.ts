import { useCallback, useEffect, useRef, useState } from 'react';
import type { AgentChange } from '../../../src-shared/agents.ts';
import { type ControlFailure, describeFailure } from '../../control.ts';

export interface Planned {
  /** The last plan, also while a newer one is made; null before the first. */
  readonly plan: AgentChange | null;
  readonly failure: ControlFailure | null;
  /** True while a plan is made. */
  readonly asking: boolean;
  readonly askAgain: () => void;
}

/** What a change would do, asked anew whenever `ask` is another function; null: nothing is to be asked yet. */
export function usePlanned(ask: (() => Promise<AgentChange>) | null): Planned {
  const [plan, setPlan] = useState<AgentChange | null>(null);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const [asking, setAsking] = useState(true);
  const latest = useRef(0);
  const askAgain = useCallback(() => {
    latest.current += 1;
    const turn = latest.current;
    if (ask === null) {
      setPlan(null);
      setFailure(null);
      setAsking(false);
      return;
    }
    setAsking(true);
    ask()
      .then(
        (next) => {
          if (turn !== latest.current) return;
          setPlan(next);
          setFailure(null);
        },
        (cause: unknown) => {
          if (turn === latest.current) setFailure(describeFailure(cause));
        },
      )
      .finally(() => {
        if (turn === latest.current) setAsking(false);
      });
  }, [ask]);
  useEffect(() => {
    askAgain();
    return () => {
      latest.current += 1;
    };
  }, [askAgain]);
  return { plan, failure, asking, askAgain };
}
