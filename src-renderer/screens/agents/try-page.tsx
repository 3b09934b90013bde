import { type ReactNode, useState } from 'react';
import { type AgentTrial, type TrialStep, trialSteps } from '../../../src-shared/agent-trial.ts';
import type { AgentEntry } from '../../../src-shared/agents.ts';
import { Button } from '../../components/button.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { CloseIcon, DoneIcon, SpinnerIcon, StateIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import type { Control } from '../../control.ts';
import { Page } from './page.tsx';
import { TakenOut } from './taken-out.tsx';
import { useTrial } from './use-trial.ts';

/** An agent does a trivial task, and each step of the way is told. */
export function TryPage({
  control,
  agent,
  proposed,
  onClose,
}: {
  readonly control: Control;
  readonly agent: AgentEntry;
  /** The model of an agent that has none yet; null where there is none. */
  readonly proposed: string | null;
  readonly onClose: () => void;
}) {
  const { label } = agent;
  const isSetUp = agent.state !== 'not-set-up';
  // What is proposed may change while it runs.
  const [model] = useState(isSetUp || agent.kept !== null ? null : proposed);
  const { trial, failure, running, start, cancel } = useTrial(control, agent.id, model);
  const cancelled = !running && failure === null && (trial === null || trial.state === 'running');
  return (
    <Page title={`Try ${label}`} onClose={onClose}>
      <p>
        {label} is told to write one line into a file, in an empty folder that goes afterwards
        {isSetUp
          ? '. It runs as it is set up.'
          : '. It is started with variables and flags only, for it is not set up.'}
      </p>
      {failure !== null ? (
        <Notice what={failure.what} remedy={failure.remedy} />
      ) : (
        <ol aria-label="Steps" className="rounded-lg border border-line bg-raised">
          {trialSteps.map((step) => (
            <Step
              key={step}
              words={wordsOf(label)[step]}
              fact={trial?.facts[step] ?? null}
              state={stateOf(step, trial, running)}
            />
          ))}
        </ol>
      )}
      {trial?.failure != null && <Notice what={trial.failure.what} remedy={trial.failure.remedy} />}
      <p role="status" className="flex items-center gap-2">
        {running && (
          <>
            <SpinnerIcon />
            <span className="text-quiet">A model that has to be loaded first takes its time.</span>
          </>
        )}
        {cancelled && 'Cancelled. What was started has ended.'}
        {trial?.state === 'passed' && `It works: ${label} did the task.`}
      </p>
      <div className="flex gap-3">
        {running ? (
          <Button onClick={cancel}>Cancel</Button>
        ) : (
          <>
            <Button onClick={start}>Try again</Button>
            <Button look="main" onClick={onClose}>
              Done
            </Button>
          </>
        )}
      </div>
      <TakenOut control={control} />
      {trial !== null && trial.output !== '' && (
        <details open={trial.state === 'failed'}>
          <summary className="w-fit cursor-default text-quiet">What {label} wrote</summary>
          <div className="mt-2">
            <CodeBlock text={trial.output} label={`what ${label} wrote`} />
          </div>
        </details>
      )}
    </Page>
  );
}

function wordsOf(label: string): Readonly<Record<TrialStep, string>> {
  return {
    installed: `${label} is installed`,
    started: 'It starts',
    asked: 'Its request reaches Dragoman',
    answered: 'The model answers',
    tool: 'The model calls a tool',
    file: 'The file is written',
  };
}

type StepState = 'done' | 'running' | 'failed' | 'ahead';

function stateOf(step: TrialStep, trial: AgentTrial | null, running: boolean): StepState {
  const at = trial === null ? 0 : trial.step === null ? trialSteps.length : trialSteps.indexOf(trial.step);
  const index = trialSteps.indexOf(step);
  if (index < at) return 'done';
  if (index > at) return 'ahead';
  if (trial?.state === 'failed') return 'failed';
  return running ? 'running' : 'ahead';
}

const looks: Readonly<Record<StepState, { readonly icon: ReactNode; readonly word: string; readonly look: string }>> = {
  done: { icon: <DoneIcon />, word: 'done', look: 'text-good' },
  running: { icon: <SpinnerIcon />, word: 'under way', look: 'text-quiet' },
  failed: { icon: <CloseIcon />, word: 'failed', look: 'text-bad' },
  ahead: { icon: <StateIcon state="no" />, word: 'not yet', look: 'text-quiet' },
};

function Step({
  words,
  fact,
  state,
}: {
  readonly words: string;
  readonly fact: string | null;
  readonly state: StepState;
}) {
  const { icon, word, look } = looks[state];
  return (
    <li className="flex items-start gap-3 border-line px-5 py-2.5 not-first:border-t">
      <span className={`flex h-5 w-4 shrink-0 items-center justify-center ${look}`}>{icon}</span>
      <div className="flex min-w-0 flex-1 flex-wrap gap-x-3">
        <span className={state === 'ahead' ? 'text-quiet' : ''}>{words}</span>
        <span className="sr-only">{word}</span>
        {fact !== null && <span className="min-w-0 font-mono text-xs leading-5 wrap-anywhere text-quiet">{fact}</span>}
      </div>
    </li>
  );
}
