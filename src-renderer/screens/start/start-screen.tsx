import { useState } from 'react';
import type { StartAnswer, StartState } from '../../../src-shared/shell-contract.ts';
import { Button } from '../../components/button.tsx';
import { LogoIcon, SpinnerIcon, WarningIcon } from '../../components/icons.tsx';
import { Words } from '../../components/words.tsx';
import { refusalWords, type Shell } from '../../control.ts';
import { holderWords } from './holder-words.ts';

type Refusal = Exclude<StartState, { readonly kind: 'starting' | 'running' }>;

interface Choice {
  readonly answer: StartAnswer;
  readonly name: string;
}

/** What keeps the service from starting, and what can be done: nothing is decided without its user. */
export function StartScreen({ shell, state }: { readonly shell: Shell; readonly state: Refusal }) {
  const [refused, setRefused] = useState<string | null>(null);
  const [answered, setAnswered] = useState<Refusal | null>(null);
  const { what, why, choices } = wordsOf(state);
  // Until the answer has been tried; a state that is asked anew is another one.
  const busy = answered === state;
  const attempt = (done: Promise<unknown>) => {
    done.catch((cause: unknown) => {
      setAnswered(null);
      setRefused(refusalWords(cause));
    });
  };
  const choose = (answer: StartAnswer) => {
    if (answer !== 'browser') setAnswered(state);
    attempt(shell.answer({ answer }));
  };
  return (
    <main className="flex h-full items-center justify-center overflow-y-auto p-8">
      <div role="alert" className="flex w-full max-w-lg flex-col gap-3 rounded-lg border border-line bg-raised p-6">
        <p className="flex items-center gap-2 font-semibold">
          <LogoIcon /> Dragoman
        </p>
        <h1 className="flex items-start gap-2 text-base font-semibold">
          <span className="mt-0.5 text-warn">
            <WarningIcon />
          </span>
          <span className="min-w-0 wrap-anywhere">{what}</span>
        </h1>
        {why.map((sentence) => (
          <p key={sentence} className="text-quiet wrap-anywhere">
            <Words text={sentence} />
          </p>
        ))}
        {refused !== null && <p className="text-bad">{refused}</p>}
        <div className="mt-1 flex flex-wrap items-center gap-2">
          {choices.map(({ answer, name }, index) => (
            <Button key={answer} look={index === 0 ? 'main' : 'plain'} disabled={busy} onClick={() => choose(answer)}>
              {name}
            </Button>
          ))}
          <Button onClick={() => attempt(shell.quit())}>Quit</Button>
          {busy && (
            <span role="status" className="flex items-center gap-2 text-quiet">
              <SpinnerIcon /> Trying…
            </span>
          )}
        </div>
      </div>
    </main>
  );
}

const again: Choice = { answer: 'retry', name: 'Try again' };

function wordsOf(state: Refusal): {
  readonly what: string;
  readonly why: readonly string[];
  readonly choices: readonly Choice[];
} {
  switch (state.kind) {
    case 'port-taken': {
      const { taken, kept } = state;
      const { port, free } = taken;
      return {
        what: `${holderWords(taken)}.`,
        why: [
          'End that program and try again, or let Dragoman listen on another port.',
          ...(free === null
            ? []
            : [
                `Agents that point to port ${port} would have to be pointed to ${free}. ${kept ? 'The new port is written to the settings file.' : 'It counts for this run only.'}`,
              ]),
        ],
        choices: [again, ...(free === null ? [] : [{ answer: 'move' as const, name: `Use port ${free}` }])],
      };
    }
    case 'runs-already':
      return {
        what: 'Dragoman already runs without its window.',
        why: [
          `Process ${state.pid} serves these settings at ${state.url}, probably as \`dragoman serve\`. End it and try again to have window and tray here.`,
        ],
        choices: [
          again,
          ...(state.hasWindow ? [{ answer: 'browser' as const, name: 'Open its window in the browser' }] : []),
        ],
      };
    case 'failed':
      return { what: 'Dragoman could not start its gateway.', why: [state.message], choices: [again] };
  }
}
