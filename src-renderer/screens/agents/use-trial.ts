import { useCallback, useEffect, useRef, useState } from 'react';
import type { AgentTrial } from '../../../src-shared/agent-trial.ts';
import type { AgentId } from '../../../src-shared/agents.ts';
import { type Control, type ControlFailure, describeFailure, refusalWords } from '../../control.ts';

export interface TrialRun {
  readonly trial: AgentTrial | null;
  /** Why the service could not try it at all. */
  readonly failure: ControlFailure | null;
  readonly running: boolean;
  readonly start: () => void;
  readonly cancel: () => void;
}

/** A trial of an agent, begun at once; it ends when the page is left. `model`: with which it is started where it is not set up. */
export function useTrial(control: Control, agent: AgentId, model: string | null): TrialRun {
  const [trial, setTrial] = useState<AgentTrial | null>(null);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const [running, setRunning] = useState(true);
  const current = useRef<AbortController | null>(null);
  const start = useCallback(() => {
    current.current?.abort();
    const abort = new AbortController();
    current.current = abort;
    setTrial(null);
    setFailure(null);
    setRunning(true);
    listen(control, { agent, ...(model !== null && { model }) }, abort.signal, setTrial)
      .catch((cause: unknown) => {
        if (!abort.signal.aborted) setFailure(failureOf(cause));
      })
      .finally(() => {
        if (current.current === abort) setRunning(false);
      });
  }, [control, agent, model]);
  const cancel = useCallback(() => current.current?.abort(), []);
  useEffect(() => {
    start();
    return cancel;
  }, [start, cancel]);
  return { trial, failure, running, start, cancel };
}

async function listen(
  control: Control,
  choices: { readonly agent: AgentId; readonly model?: string },
  signal: AbortSignal,
  show: (trial: AgentTrial) => void,
): Promise<void> {
  for await (const trial of await control.agents.tryIt(choices, { signal })) {
    if (signal.aborted) return;
    show(trial);
  }
}

function failureOf(cause: unknown): ControlFailure {
  const { what, remedy } = describeFailure(cause);
  const words = refusalWords(cause);
  return words === what ? { what, remedy } : { what: 'This can’t be tried now.', remedy: words };
}
