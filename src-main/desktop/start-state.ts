import type { StartAnswer, StartState } from '../../src-shared/shell-contract.ts';
import { changes } from '../control/changes.ts';
import type { Refusal, StartQuestions } from './start-service.ts';

/** What becomes of the service's start, between whoever starts it and the window, which shows it and takes the user's answer. */
export interface StartStates extends StartQuestions {
  running(): void;
  /** Is ignored where nothing is asked. */
  answer(answer: StartAnswer): void;
  /** The state as it is, and each one that follows. */
  follow(signal: AbortSignal | undefined): AsyncGenerator<StartState, void>;
}

export interface StartStatesOptions {
  /** Something is asked: there must be a window to answer in. */
  readonly onAsked: () => void;
  /** The user would rather have the other shell's window, at this address. */
  readonly openInstead: (ui: string) => void;
}

export function createStartStates({ onAsked, openInstead }: StartStatesOptions): StartStates {
  const listeners = new Set<() => void>();
  let state: StartState = { kind: 'starting' };
  let waiting: { readonly ui: string | null; resolve(answer: Exclude<StartAnswer, 'browser'>): void } | null = null;

  function become(next: StartState): void {
    state = next;
    for (const notify of listeners) notify();
  }

  return {
    ask(refusal: Refusal, ui) {
      become(refusal);
      onAsked();
      return new Promise((resolve) => {
        waiting = { ui, resolve };
      });
    },
    starting: () => become({ kind: 'starting' }),
    running: () => become({ kind: 'running' }),
    answer(answer) {
      if (waiting === null) return;
      const { ui, resolve } = waiting;
      if (answer === 'browser') {
        if (ui !== null) openInstead(ui);
        return;
      }
      waiting = null;
      resolve(answer);
    },
    async *follow(signal) {
      const heard = changes((notice) => {
        listeners.add(notice);
        return () => listeners.delete(notice);
      }, signal);
      for await (const _ of heard) yield state;
    },
  };
}
