import { type ReactNode, useEffect, useRef } from 'react';
import type { AgentEntry } from '../../../src-shared/agents.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { CloseIcon, DoneIcon, StateIcon, WarningIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { Words } from '../../components/words.tsx';
import type { ControlFailure } from '../../control.ts';
import { AgentMenu, type AgentTask } from './agent-menu.tsx';
import { agentFacts, type Standing, standingOf, stateWords } from './agent-words.ts';
import { Conflicts } from './conflicts.tsx';
import { Strip } from './strip.tsx';

/** What became of the last thing that was done with an agent. */
export type Outcome =
  | { readonly kind: 'done'; readonly what: string; readonly next: string | null }
  | ({ readonly kind: 'failed' } & ControlFailure);

const colours: Readonly<Record<Standing, string>> = {
  'not-installed': 'text-quiet',
  'not-set-up': 'text-quiet',
  off: 'text-quiet',
  'set-up': 'text-good',
  drifted: 'text-warn',
  conflict: 'text-warn',
};

/** One coding agent: how it stands, in words, and what fits that. */
export function AgentCard({
  agent,
  outcome,
  busy,
  takesFocus,
  children,
  onTask,
  onUndoScope,
  onFolder,
  onForget,
}: {
  readonly agent: AgentEntry;
  readonly outcome: Outcome | null;
  /** Something is being done with it. */
  readonly busy: boolean;
  /** The user comes back to it. */
  readonly takesFocus: boolean;
  /** How it is started in a terminal, where that was asked for. */
  readonly children: ReactNode;
  readonly onTask: (task: AgentTask) => void;
  readonly onUndoScope: (scope: string) => void;
  /** It is to be set up for that project folder. */
  readonly onFolder: (folder: string) => void;
  readonly onForget: () => void;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  const title = `agent-${agent.id}`;
  const standing = standingOf(agent);
  const [state, ...more] = stateWords(agent, Date.now());
  return (
    <section aria-labelledby={title} className="rounded-lg border border-line bg-raised">
      <header className="flex items-start gap-3 px-5 py-3">
        <div className="min-w-0 flex-1">
          <div className="flex flex-wrap items-baseline gap-x-2">
            <h2 id={title} ref={heading} tabIndex={-1} className="font-semibold outline-none">
              {agent.label}
            </h2>
            {agent.version !== null && <span className="text-xs text-quiet">{agent.version}</span>}
          </div>
          <p className="flex items-start gap-2">
            <span className={`flex h-5 items-center ${colours[standing]}`}>
              {standing === 'drifted' || standing === 'conflict' ? (
                <WarningIcon />
              ) : (
                <StateIcon state={standing === 'set-up' ? 'yes' : standing === 'off' ? 'unknown' : 'no'} />
              )}
            </span>
            <span className="min-w-0 wrap-anywhere">
              {state}
              <span className="text-quiet">{more.map((part) => ` · ${part}`).join('')}</span>
            </span>
          </p>
        </div>
        <MainButton agent={agent} standing={standing} busy={busy} onTask={onTask} />
        <span className="-mr-2 py-0.5">
          <AgentMenu agent={agent} onTask={onTask} />
        </span>
      </header>
      <div className="flex flex-col [&>*]:border-t [&>*]:border-line [&>*]:px-5 [&>*]:py-2.5">
        {outcome !== null && <OutcomeStrip outcome={outcome} onForget={onForget} />}
        {agent.state === 'drifted' && <DriftStrip agent={agent} />}
        <Conflicts agent={agent} onTask={onTask} onFolder={onFolder} />
        {agent.tooOld !== null && (
          <Strip>
            <p className="wrap-anywhere">
              {agent.tooOld} <span className="text-quiet">Update {agent.label} to have that.</span>
            </p>
          </Strip>
        )}
        {children}
        <Slots agent={agent} />
        {agent.otherScopes.map((scope) => (
          <div key={scope} className="flex items-center gap-3">
            <p className="min-w-0 flex-1 wrap-anywhere">
              {scope === 'profile' ? (
                <Words text={`Set up in a profile: \`${agentFacts[agent.id].profile ?? ''}\` uses it.`} />
              ) : scope.startsWith('wsl:') ? (
                `Set up in WSL: ${scope.slice('wsl:'.length)}`
              ) : (
                <>
                  Set up for the folder <code className="font-mono text-xs">{scope}</code>
                </>
              )}
            </p>
            <Button label={`Undo for ${scope}`} onClick={() => onUndoScope(scope)}>
              Undo…
            </Button>
          </div>
        ))}
        {(agent.homes ?? [])
          .filter(({ installed, scope }) => installed && !agent.otherScopes.includes(scope))
          .map(({ scope, name }) => (
            <p key={scope} className="text-quiet">
              Installed in {name}, not set up there: choose it under “Where” in <em>Set up…</em>
            </p>
          ))}
        {standing === 'not-installed' && <Install agent={agent} />}
      </div>
    </section>
  );
}

function MainButton({
  agent,
  standing,
  busy,
  onTask,
}: {
  readonly agent: AgentEntry;
  readonly standing: Standing;
  readonly busy: boolean;
  readonly onTask: (task: AgentTask) => void;
}) {
  const button = (words: string, task: AgentTask, look: 'main' | 'plain') => (
    <Button
      look={look}
      disabled={busy}
      label={`${words.replace('…', '')}: ${agent.label}`}
      onClick={() => onTask(task)}
    >
      {words}
    </Button>
  );
  switch (standing) {
    case 'not-installed':
      return null;
    case 'not-set-up':
      return button('Set up…', 'set-up', 'main');
    case 'off':
      return button('Switch on', 'switch-on', 'main');
    case 'drifted':
      return button('Review change…', 'set-up', 'main');
    case 'conflict':
    case 'set-up':
      return agent.installed ? button('Try it', 'try', 'plain') : button('Change models…', 'set-up', 'plain');
  }
}

function Slots({ agent }: { readonly agent: AgentEntry }) {
  const model = agent.slots.default;
  const others = agentFacts[agent.id].slots.filter(
    ({ slot }) => agent.slots[slot] !== undefined && agent.slots[slot] !== model,
  );
  if (model === undefined || others.length === 0) return null;
  return (
    <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-0.5">
      <Slot name="Model" model={model} />
      {others.map(({ slot, what }) => (
        <Slot key={slot} name={what} model={agent.slots[slot] ?? ''} />
      ))}
    </dl>
  );
}

function Slot({ name, model }: { readonly name: string; readonly model: string }) {
  return (
    <>
      <dt className="text-quiet">{name}</dt>
      <dd className="font-mono text-xs leading-5 wrap-anywhere">{model}</dd>
    </>
  );
}

function DriftStrip({ agent }: { readonly agent: AgentEntry }) {
  return (
    <Strip>
      {agent.drift.map(({ path, values }) => (
        <p key={path} className="wrap-anywhere">
          <code className="font-mono text-xs">{values.join(', ')}</code>{' '}
          <span className="text-quiet">
            {values.length === 1 ? 'is' : 'are'} not as Dragoman wrote {values.length === 1 ? 'it' : 'them'} in{' '}
          </span>
          <code className="font-mono text-xs">{path}</code>
        </p>
      ))}
    </Strip>
  );
}

function Install({ agent }: { readonly agent: AgentEntry }) {
  const { install } = agentFacts[agent.id];
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <p className="text-quiet">Install it with</p>
      <span className="flex items-center gap-1">
        <code className="font-mono text-xs select-all">{install}</code>
        <CopyButton text={install} label={`the command that installs ${agent.label}`} />
      </span>
    </div>
  );
}

function OutcomeStrip({ outcome, onForget }: { readonly outcome: Outcome; readonly onForget: () => void }) {
  if (outcome.kind === 'failed') {
    return (
      <div>
        <Notice what={outcome.what} remedy={outcome.remedy} />
      </div>
    );
  }
  return (
    <div role="status" className="flex items-start gap-2">
      <span className="-ml-0.5 mt-0.5 text-good">
        <DoneIcon />
      </span>
      <div className="min-w-0 flex-1">
        <p>{outcome.what}</p>
        {outcome.next !== null && (
          <p className="text-quiet">
            <Words text={outcome.next} />
          </p>
        )}
      </div>
      <button
        type="button"
        onClick={onForget}
        aria-label="Close this message"
        title="Close this message"
        className="-mr-2 rounded p-1 text-quiet hover:bg-line/60 hover:text-ink"
      >
        <CloseIcon />
      </button>
    </div>
  );
}
