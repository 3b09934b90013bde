import { useMemo, useState } from 'react';
import type { AgentChange, AgentChoices, AgentEntry } from '../../../src-shared/agents.ts';
import type { ModelsReport } from '../../../src-shared/catalogue.ts';
import { Notice } from '../../components/notice.tsx';
import type { Control } from '../../control.ts';
import { agentFacts, changedWords } from './agent-words.ts';
import { ChangeView } from './change-view.tsx';
import { ChoicesForm, type SetupChoices, scopeOf, type Where, whereOf } from './choices-form.tsx';
import { choosableModels, proposedModel } from './choosable-models.ts';
import { Page } from './page.tsx';
import { usePlanned } from './use-planned.ts';

/** Sets an agent up: what is chosen, and at once what that changes. */
export function SetupPage({
  control,
  agent,
  report,
  first,
  onDone,
  onClose,
}: {
  readonly control: Control;
  readonly agent: AgentEntry;
  readonly report: ModelsReport | null;
  /** What is chosen before the user chooses, where it was said. */
  readonly first: { readonly folder?: string; readonly model?: string };
  /** What was done and what follows from it, in words; without `next`, what the change itself says. */
  readonly onDone: (what: string, next?: string) => (change: AgentChange) => void;
  readonly onClose: () => void;
}) {
  const [choices, setChoices] = useState<SetupChoices>(() => firstChoices(agent, report, first));
  const request = toAsk(agent, choices);
  const asked = JSON.stringify(request);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` says when
  const ask = useMemo(() => (request === null ? null : () => control.agents.plan(request)), [control, asked]);
  const planned = usePlanned(ask);
  const models = choosableModels(report, [
    ...(choices.model === null ? [] : [choices.model]),
    ...Object.values(choices.slots),
  ]);
  const act = (seen: string): Promise<AgentChange> => {
    // Without a choice there is no plan, and without a plan no button that could be pressed.
    if (request === null) throw new Error('nothing was chosen');
    return control.agents.apply({ ...request, seen });
  };
  const isChange = choices.where.kind === 'user' && agent.state !== 'not-set-up';
  const done = isChange ? onDone(`${agent.label} is changed.`, changedWords) : onDone(`${agent.label} is set up.`);
  return (
    <Page title={`${isChange ? 'Change' : 'Set up'} ${agent.label}`} onClose={onClose}>
      {isChange && <Drift agent={agent} />}
      {models.length === 0 && (
        <Notice
          what="No model was found."
          remedy="Start a model server, or add one under Models; it shows up here as soon as it answers."
        />
      )}
      <ChoicesForm agent={agent} models={models} choices={choices} onChange={setChoices} />
      <ChangeView
        planned={planned}
        action={isChange ? 'Apply change' : 'Set up'}
        doing="Writing…"
        nothing="Nothing changes: it is set up like this."
        act={act}
        onDone={done}
        onCancel={onClose}
      />
    </Page>
  );
}

function Drift({ agent }: { readonly agent: AgentEntry }) {
  if (agent.drift.length === 0) return null;
  return (
    <div className="flex flex-col gap-1 rounded-lg border border-line bg-raised px-4 py-3">
      <p className="font-medium">Someone else has changed what Dragoman wrote.</p>
      {agent.drift.map(({ path, values }) => (
        <p key={path} className="text-quiet wrap-anywhere">
          <code className="font-mono text-xs">{values.join(', ')}</code> in{' '}
          <code className="font-mono text-xs">{path}</code>
        </p>
      ))}
      <p className="text-quiet">Below stands what applying the set-up again would change.</p>
    </div>
  );
}

function firstChoices(
  agent: AgentEntry,
  report: ModelsReport | null,
  { folder, model: wanted }: { readonly folder?: string; readonly model?: string },
): SetupChoices {
  const model = wanted ?? agent.slots.default ?? agent.kept ?? proposedModel(report);
  const slots = agentFacts[agent.id].slots.flatMap(({ slot }) => {
    const chosen = agent.slots[slot];
    return chosen === undefined || chosen === model ? [] : [[slot, chosen] as const];
  });
  const keyFrom = agent.keyChoice?.from ?? null;
  // Where it is not installed here, but in another home of the user's, that is what is meant.
  const home = agent.installed ? undefined : agent.homes?.find(({ installed }) => installed);
  const where: Where = whereOf(folder ?? home?.scope ?? 'user');
  return { model, slots: Object.fromEntries(slots), where, quiet: agent.quiet, keyFrom };
}

/** What is asked of the service; null while something is still to be chosen. */
function toAsk({ id }: AgentEntry, { model, slots, where, quiet, keyFrom }: SetupChoices): AgentChoices | null {
  const scope = scopeOf(where);
  if (model === null || scope === null) return null;
  return { agent: id, scope, model, slots, quiet, ...(keyFrom !== null && { keyFrom }) };
}
