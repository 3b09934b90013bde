import { useCallback, useState } from 'react';
import type { AgentChange, AgentEntry, AgentId } from '../../../src-shared/agents.ts';
import type { ModelsReport } from '../../../src-shared/catalogue.ts';
import { RefreshIcon, SpinnerIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, describeFailure, refusalNotice, type Shell } from '../../control.ts';
import type { Polled } from '../../use-polled.ts';
import { AgentCard, type Outcome } from './agent-card.tsx';
import type { AgentTask } from './agent-menu.tsx';
import { type BackupEntry, BackupsPage, timeWords } from './backups-page.tsx';
import { scopeOf, whereOf } from './choices-form.tsx';
import { proposedModel } from './choosable-models.ts';
import { OtherTools } from './other-tools.tsx';
import { PlainChangePage } from './plain-change-page.tsx';
import { SetupPage } from './setup-page.tsx';
import { StartCommand } from './start-command.tsx';
import { TryPage } from './try-page.tsx';

/** What stands in place of the cards. */
type Opened =
  | { readonly kind: 'set-up'; readonly agent: AgentId; readonly folder?: string; readonly model?: string }
  | { readonly kind: 'backups' | 'try' | 'rotate-key'; readonly agent: AgentId }
  | { readonly kind: 'undo'; readonly agent: AgentId; readonly scope: string }
  | { readonly kind: 'restore'; readonly agent: AgentId; readonly backup: BackupEntry };

/** The coding agents on this computer, how each stands, and what Dragoman writes into their files. */
export function AgentsScreen({
  control,
  shell,
  agents,
  report,
  wanted,
}: {
  readonly control: Control;
  /** Null in a browser. */
  readonly shell: Shell | null;
  readonly agents: Polled<readonly AgentEntry[]>;
  readonly report: ModelsReport | null;
  /** An agent that is to be set up with a model, with which the screen opens; null where none was named elsewhere. */
  readonly wanted: { readonly agent: AgentId; readonly model: string } | null;
}) {
  const [opened, setOpened] = useState<Opened | null>(() => (wanted === null ? null : { kind: 'set-up', ...wanted }));
  const [cameFrom, setCameFrom] = useState<AgentId | null>(null);
  const [starting, setStarting] = useState<AgentId | null>(null);
  const [busy, setBusy] = useState<AgentId | null>(null);
  const [outcomes, setOutcomes] = useState<ReadonlyMap<AgentId, Outcome>>(new Map());
  const { askAgain } = agents;
  const tell = useCallback((id: AgentId, outcome: Outcome | null) => {
    setOutcomes((before) => {
      const after = new Map(before);
      if (outcome === null) after.delete(id);
      else after.set(id, outcome);
      return after;
    });
  }, []);
  const lookAgain = () => {
    // What was told of the last deed need not hold any more.
    setOutcomes(new Map());
    agents.askNow();
  };
  const open = (what: Opened) => {
    setCameFrom(null);
    tell(what.agent, null);
    setOpened(what);
  };
  const close = useCallback(() => {
    setCameFrom(opened?.agent ?? null);
    setOpened(null);
  }, [opened]);
  const done = (what: string, next?: string) => (change: AgentChange) => {
    tell(change.agent, { kind: 'done', what, next: next ?? change.restart });
    void askAgain().then(close);
  };
  const doNow = (agent: AgentEntry, what: string, act: () => Promise<AgentChange>) => {
    setBusy(agent.id);
    tell(agent.id, null);
    act()
      .then(
        (change) => {
          tell(
            agent.id,
            change.refused === null
              ? { kind: 'done', what, next: change.restart }
              : { kind: 'failed', ...refusalNotice('Nothing was changed.', change.refused) },
          );
          return askAgain();
        },
        (cause: unknown) => tell(agent.id, { kind: 'failed', ...describeFailure(cause) }),
      )
      .finally(() => setBusy(null));
  };
  const mend = (of: AgentId, what: string, act: () => Promise<void>) => {
    tell(of, null);
    act().then(
      () => {
        tell(of, { kind: 'done', what, next: null });
        return askAgain();
      },
      (cause: unknown) => tell(of, { kind: 'failed', ...describeFailure(cause) }),
    );
  };
  const start = (agent: AgentEntry) => (task: AgentTask) => {
    const { id: of, label } = agent;
    switch (task) {
      case 'set-up':
      case 'backups':
      case 'try':
      case 'rotate-key':
        return open({ kind: task, agent: of });
      case 'undo':
        return open({ kind: 'undo', agent: of, scope: 'user' });
      case 'start':
        return setStarting((before) => (before === of ? null : of));
      case 'start-at-login':
        return mend(of, 'Dragoman starts when you log in.', () =>
          control.settings.set({ setting: 'desktop.openAtLogin', value: true }),
        );
      case 'allow-models':
        return mend(of, `The key of ${label} may call its models.`, () => control.agents.allowModels({ agent: of }));
      case 'switch-off':
        return doNow(agent, `${label} uses its own account or settings again.`, () =>
          control.agents.undo({ agent: of, keep: true }),
        );
      case 'switch-on':
        return doNow(agent, `${label} is set up as before.`, () => control.agents.apply({ agent: of }));
    }
  };

  const agent = opened === null ? undefined : agents.answer?.find(({ id }) => id === opened.agent);
  if (opened !== null && agent !== undefined) {
    return (
      <OpenedPage
        key={JSON.stringify(opened)}
        control={control}
        opened={opened}
        agent={agent}
        report={report}
        onOpen={open}
        onDone={done}
        onClose={close}
      />
    );
  }
  const url = report?.gateway.url ?? null;
  return (
    <>
      <header className="flex h-14 shrink-0 items-center gap-3 border-b border-line bg-raised px-5 max-sm:h-12 max-sm:gap-2 max-sm:px-3">
        <h1 className="font-semibold">Agents</h1>
        <span className="flex-1" />
        <button
          type="button"
          onClick={lookAgain}
          aria-disabled={agents.asking}
          className="flex h-8 items-center gap-2 rounded-md border border-line bg-ground px-3 whitespace-nowrap hover:border-quiet"
        >
          <RefreshIcon turning={agents.asking} />
          <span className="max-sm:sr-only">{agents.asking ? 'Looking…' : 'Look again'}</span>
        </button>
      </header>
      <main className="relative min-h-0 min-w-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-4xl flex-col gap-4 p-5 max-sm:p-3">
          {agents.failure !== null && <Notice what={agents.failure.what} remedy={agents.failure.remedy} />}
          {agents.answer === null && agents.failure === null && (
            <p role="status" className="flex items-center gap-2 text-quiet">
              <SpinnerIcon /> Looking for the agents on this computer…
            </p>
          )}
          {agents.answer?.map((one) => (
            <AgentCard
              key={one.id}
              agent={one}
              outcome={outcomes.get(one.id) ?? null}
              busy={busy !== null}
              takesFocus={cameFrom === one.id}
              onTask={start(one)}
              onFolder={(folder) => open({ kind: 'set-up', agent: one.id, folder })}
              onUndoScope={(scope) => open({ kind: 'undo', agent: one.id, scope })}
              onForget={() => tell(one.id, null)}
            >
              {starting === one.id && (
                <StartCommand control={control} agent={one} proposed={proposedModel(report)} shell={shell} />
              )}
            </AgentCard>
          ))}
          {agents.answer !== null && url !== null && (
            <OtherTools control={control} baseUrl={url} model={proposedModel(report)} />
          )}
        </div>
      </main>
    </>
  );
}

function OpenedPage({
  control,
  opened,
  agent,
  report,
  onOpen,
  onDone,
  onClose,
}: {
  readonly control: Control;
  readonly opened: Opened;
  readonly agent: AgentEntry;
  readonly report: ModelsReport | null;
  readonly onOpen: (what: Opened) => void;
  readonly onDone: (what: string, next?: string) => (change: AgentChange) => void;
  readonly onClose: () => void;
}) {
  const { id, label } = agent;
  switch (opened.kind) {
    case 'set-up':
      return (
        <SetupPage control={control} agent={agent} report={report} first={opened} onDone={onDone} onClose={onClose} />
      );
    case 'try':
      return <TryPage control={control} agent={agent} proposed={proposedModel(report)} onClose={onClose} />;
    case 'backups':
      return (
        <BackupsPage
          control={control}
          agent={agent}
          onRestore={(backup) => onOpen({ kind: 'restore', agent: id, backup })}
          onClose={onClose}
        />
      );
    case 'undo': {
      const scope = scopeOf(whereOf(opened.scope)) ?? 'user';
      return (
        <PlainChangePage
          title={`Undo the set-up of ${label}`}
          intro="Takes out exactly what Dragoman wrote and puts back what stood there before. What you or the agent wrote since stays."
          action="Undo"
          doing="Undoing…"
          nothing="Nothing of Dragoman is in its files."
          plan={() => control.agents.planUndo({ agent: id, scope })}
          act={(seen) => control.agents.undo({ agent: id, scope, seen })}
          onDone={onDone(`The set-up of ${label} was taken back.`)}
          onClose={onClose}
        />
      );
    }
    case 'rotate-key':
      return (
        <PlainChangePage
          title={`Rotate the key of ${label}`}
          intro={`A new key takes the place of the old one in the files below; nothing else in them changes, and the new one may do what the old one might. From then on the old one opens nothing: running sessions of ${label} are refused until they are started again.`}
          action="Rotate key"
          doing="Rotating…"
          nothing="None of its files holds its key."
          alsoWithoutFiles
          plan={() => control.agents.planRotateKey({ agent: id })}
          act={(seen) => control.agents.rotateKey({ agent: id, seen })}
          onDone={onDone(`${label} has a new key.`)}
          onClose={onClose}
        />
      );
    case 'restore': {
      const { backup } = opened;
      return (
        <PlainChangePage
          title={`Restore the copy of ${timeWords(backup.at)}`}
          intro="Puts the whole file back as it was then. What was written into it since goes."
          action="Restore"
          doing="Restoring…"
          nothing="The file is as it was then."
          plan={() => control.agents.planRestore({ id: backup.id })}
          act={(seen) => control.agents.restore({ id: backup.id, seen })}
          onDone={onDone(`${backup.path} is as it was on ${timeWords(backup.at)}.`)}
          onClose={onClose}
        />
      );
    }
  }
}
