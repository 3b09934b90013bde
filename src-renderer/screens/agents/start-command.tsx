import { useState } from 'react';
import type { AgentEntry } from '../../../src-shared/agents.ts';
import { Button } from '../../components/button.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, refusalWords, type Shell } from '../../control.ts';
import { quoted } from '../../shell-word.ts';
import { TakenOut } from './taken-out.tsx';

/** How an agent is started with this gateway and none of its files touched; where the app runs, one press does it. */
export function StartCommand({
  control,
  agent,
  proposed,
  shell,
}: {
  readonly control: Control;
  readonly agent: AgentEntry;
  /** The model of an agent that has none yet; null where there is none. */
  readonly proposed: string | null;
  /** Null in a browser. */
  readonly shell: Shell | null;
}) {
  const [failure, setFailure] = useState<string | null>(null);
  const [started, setStarted] = useState(false);
  const model = agent.slots.default ?? agent.kept ?? proposed ?? undefined;
  const words = ['dragoman', 'run', agent.id, ...(model === undefined ? [] : ['--model', quoted(model)])];
  const start = (desktop: Shell) => {
    setFailure(null);
    setStarted(false);
    desktop.startAgent({ agent: agent.id, ...(model !== undefined && { model }) }).then(
      (isStarted) => setStarted(isStarted),
      (cause: unknown) => setFailure(refusalWords(cause)),
    );
  };
  return (
    <div className="flex flex-col gap-2">
      <p className="text-quiet">
        In a terminal, this starts {agent.label} with variables and flags only. No file of it is touched, and model
        providers’ keys of your own stay out of its reach.
      </p>
      <CodeBlock text={words.join(' ')} label={`the command that starts ${agent.label}`} />
      {shell !== null && (
        <div className="flex flex-wrap items-center gap-3">
          <Button onClick={() => start(shell)}>Choose a folder and start…</Button>
          <p role="status" className="text-quiet">
            {started && 'A terminal opens with it.'}
          </p>
        </div>
      )}
      <TakenOut control={control} />
      {failure !== null && <Notice what={`${agent.label} was not started.`} remedy={failure} />}
    </div>
  );
}
