import { Menu } from '@base-ui/react/menu';
import { useState } from 'react';
import type { AgentEntry, AgentId } from '../../../src-shared/agents.ts';
import type { ModelEntry } from '../../../src-shared/catalogue.ts';
import { DoneIcon, WarningIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { Words } from '../../components/words.tsx';
import { type Control, type ControlFailure, describeFailure, refusalNotice } from '../../control.ts';
import { changedWords } from '../agents/agent-words.ts';
import type { ModelLoading } from './use-model-loading.ts';

/** The agents of this computer, and the way to set one up with a model. */
export interface AgentUse {
  /** Null before they are known. */
  readonly agents: readonly AgentEntry[] | null;
  readonly onSetUp: (agent: AgentId, model: string) => void;
  /** An agent's model was changed. */
  readonly onChanged: () => Promise<void>;
}

/**
 * Gives an agent this model: one that is set up at once, its other models staying; any other is led to its set-up. Nothing where no agent is
 * installed.
 */
export function UseWith({
  control,
  model,
  use: { agents, onSetUp, onChanged },
  loading,
}: {
  readonly control: Control;
  readonly model: ModelEntry;
  readonly use: AgentUse;
  readonly loading: ModelLoading;
}) {
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState<{ readonly label: string; readonly warnings: readonly string[] } | null>(null);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const usable = agents?.filter(({ installed, state }) => installed || state !== 'not-set-up') ?? [];
  if (usable.length === 0) return null;
  const { id } = model;
  const change = async (agent: AgentEntry): Promise<void> => {
    const now = (await control.agents.inUse()).find((one) => one.id === agent.id);
    // What someone else has changed is shown before it is written over.
    if (now === undefined || now.drifted || now.kept !== null) {
      onSetUp(agent.id, id);
      return;
    }
    const { default: _before, ...slots } = now.slots;
    const { refused, warnings } = await control.agents.apply({ agent: agent.id, model: id, slots });
    if (refused !== null) {
      setFailure(refusalNotice(`${agent.label} keeps its model.`, refused));
      return;
    }
    setDone({ label: agent.label, warnings });
    if (model.loaded === false && model.loading === 'idle') loading.start(id, 'load');
    await onChanged();
  };
  const choose = (agent: AgentEntry): void => {
    setDone(null);
    setFailure(null);
    if (agent.state !== 'set-up') {
      onSetUp(agent.id, id);
      return;
    }
    setBusy(true);
    change(agent)
      .catch((cause: unknown) => setFailure(describeFailure(cause)))
      .finally(() => setBusy(false));
  };
  return (
    <div className="flex flex-col gap-2">
      <Menu.Root modal={false}>
        <Menu.Trigger
          disabled={busy}
          className="flex h-8 w-fit items-center gap-2 rounded-md border border-line bg-ground px-3 hover:border-quiet data-[popup-open]:border-quiet disabled:opacity-50"
        >
          {busy ? 'Changing…' : 'Use with'} <span aria-hidden="true">▾</span>
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner align="start" sideOffset={4} className="z-20 outline-none">
            <Menu.Popup className="max-h-(--available-height) max-w-(--available-width) min-w-56 overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-lg outline-none">
              {usable.map((agent) => (
                <Menu.Item
                  key={agent.id}
                  disabled={agent.state === 'set-up' && agent.slots.default === id}
                  onClick={() => choose(agent)}
                  className="flex min-h-8 cursor-default items-center gap-4 rounded px-3 py-1 outline-none data-[highlighted]:bg-line/60"
                >
                  <span>{agent.label}</span>
                  <span className="min-w-0 flex-1 text-right text-xs wrap-anywhere text-quiet">
                    {meaningWords(agent, id)}
                  </span>
                </Menu.Item>
              ))}
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <p role="status" className={done === null ? 'sr-only' : 'flex items-start gap-2'}>
        {done !== null && (
          <>
            <span className="mt-0.5 text-good">
              <DoneIcon />
            </span>
            <span className="min-w-0 flex-1">
              {done.label} uses this model. <span className="text-quiet">{changedWords}</span>
            </span>
          </>
        )}
      </p>
      {done?.warnings.map((warning) => (
        <p key={warning} className="flex items-start gap-2">
          <span className="mt-0.5 text-warn">
            <WarningIcon />
          </span>
          <span className="min-w-0 flex-1 wrap-anywhere">
            <Words text={warning} />
          </span>
        </p>
      ))}
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
    </div>
  );
}

/** What choosing an agent does. */
function meaningWords({ state, slots, kept }: AgentEntry, model: string): string {
  if (state === 'drifted') return 'changed outside Dragoman: review it…';
  if (state === 'not-set-up') return kept === null ? 'set it up…' : 'switched off: set it up…';
  if (slots.default === model) return 'uses it';
  return slots.default === undefined ? '' : `now ${slots.default}`;
}
