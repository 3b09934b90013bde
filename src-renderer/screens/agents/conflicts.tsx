import type { AgentConflict, AgentEntry } from '../../../src-shared/agents.ts';
import { Button } from '../../components/button.tsx';
import { Words } from '../../components/words.tsx';
import type { AgentTask } from './agent-menu.tsx';
import { Strip } from './strip.tsx';

interface Mending {
  readonly onTask: (task: AgentTask) => void;
  /** The agent is to be set up for that project folder. */
  readonly onFolder: (folder: string) => void;
}

/** What is in the way of an agent; below it what is only to be known, folded where there is more of it. */
export function Conflicts({ agent, ...mending }: Mending & { readonly agent: AgentEntry }) {
  const strip = (conflict: AgentConflict) => (
    <ConflictStrip key={`${conflict.kind}:${conflict.what}`} label={agent.label} conflict={conflict} {...mending} />
  );
  const hindering = agent.conflicts.filter(({ harmless }) => harmless === undefined);
  const harmless = agent.conflicts.filter((conflict) => conflict.harmless === true);
  return (
    <>
      {hindering.map(strip)}
      {harmless.length < 2 ? (
        harmless.map(strip)
      ) : (
        <details>
          <summary className="w-fit cursor-default text-quiet">{harmless.length} things that are good to know</summary>
          <div className="mt-2.5 flex flex-col gap-3">{harmless.map(strip)}</div>
        </details>
      )}
    </>
  );
}

function ConflictStrip({
  label,
  conflict,
  onTask,
  onFolder,
}: Mending & { readonly label: string; readonly conflict: AgentConflict }) {
  const { what, effect, remedy, harmless, mend, folder } = conflict;
  return (
    <Strip quiet={harmless === true}>
      <p className="font-medium wrap-anywhere">{what}</p>
      <p className="wrap-anywhere text-quiet">
        <Words text={`${effect} ${remedy}`} />
      </p>
      {mend !== undefined && (
        <div className="mt-2">
          <MendButton mend={mend} label={label} folder={folder} onTask={onTask} onFolder={onFolder} />
        </div>
      )}
    </Strip>
  );
}

/** Does what of a remedy is one press for us. */
function MendButton({
  mend,
  label,
  folder = '',
  onTask,
  onFolder,
}: {
  readonly mend: NonNullable<AgentConflict['mend']>;
  readonly label: string;
  readonly folder: string | undefined;
  readonly onTask: (task: AgentTask) => void;
  readonly onFolder: (folder: string) => void;
}) {
  switch (mend) {
    case 'set-up-folder':
      return (
        <Button onClick={() => onFolder(folder)} label={`Set up for that folder: ${folder}`}>
          Set up for that folder…
        </Button>
      );
    case 'start-at-login':
      return <Button onClick={() => onTask(mend)}>Start at login</Button>;
    case 'allow-models':
      return (
        <Button onClick={() => onTask(mend)} label={`Allow the key of ${label} its models`}>
          Allow it
        </Button>
      );
    case 'set-up':
      return (
        <Button onClick={() => onTask(mend)} label={`Set ${label} up again`}>
          Set up again…
        </Button>
      );
  }
}
