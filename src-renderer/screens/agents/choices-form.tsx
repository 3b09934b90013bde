import { useId, useState } from 'react';
import type { AgentEntry, KeySource } from '../../../src-shared/agents.ts';
import type { SlotName } from '../../../src-shared/settings.ts';
import { agentFacts } from './agent-words.ts';
import type { ModelGroup } from './choosable-models.ts';

/** Where a set-up is written. */
export type Where =
  | { readonly kind: 'user' }
  | { readonly kind: 'profile' }
  /** A further home of the user's, by its scope. */
  | { readonly kind: 'home'; readonly scope: `wsl:${string}` }
  | { readonly kind: 'folder'; readonly path: string };

/** What the user chooses before a set-up. */
export interface SetupChoices {
  readonly model: string | null;
  /** Only the slots that differ from `model`. */
  readonly slots: Readonly<Partial<Record<SlotName, string>>>;
  readonly where: Where;
  readonly quiet: boolean;
  /** Null where the agent gives no choice. */
  readonly keyFrom: KeySource | null;
}

const box = 'h-8 w-full min-w-0 rounded-md border border-line bg-ground px-2';

/** Model, models of further slots, and where it is written. */
export function ChoicesForm({
  agent,
  models,
  choices,
  onChange,
}: {
  readonly agent: AgentEntry;
  readonly models: readonly ModelGroup[];
  readonly choices: SetupChoices;
  readonly onChange: (choices: SetupChoices) => void;
}) {
  const { slots } = agentFacts[agent.id];
  const { model, quiet } = choices;
  const [slotsShown, setSlotsShown] = useState(Object.keys(choices.slots).length > 0);
  const setSlot = (slot: SlotName, chosen: string | null) => {
    const { [slot]: _before, ...others } = choices.slots;
    onChange({ ...choices, slots: chosen === null ? others : { ...others, [slot]: chosen } });
  };
  return (
    <fieldset className="grid grid-cols-1 gap-x-6 gap-y-3 rounded-lg border border-line bg-raised p-4 sm:grid-cols-2">
      <legend className="sr-only">What is set up</legend>
      <ModelSelect
        label="Model"
        models={models}
        value={model}
        onChange={(chosen) => onChange({ ...choices, model: chosen })}
      />
      <WhereFields agent={agent} where={choices.where} onChange={(where) => onChange({ ...choices, where })} />
      {slots.length > 0 && (
        <details
          className="sm:col-span-2"
          open={slotsShown}
          onToggle={(event) => setSlotsShown(event.currentTarget.open)}
        >
          <summary className="w-fit cursor-default">
            {slots.length === 1 ? 'Another model for small tasks' : 'Other models for its sizes'}
          </summary>
          <div className="mt-3 grid grid-cols-1 gap-x-6 gap-y-3 sm:grid-cols-2">
            {slots.map(({ slot, what }) => (
              <ModelSelect
                key={slot}
                label={what}
                models={models}
                value={choices.slots[slot] ?? null}
                none={model === null ? 'The same' : `The same: ${model}`}
                onChange={(chosen) => setSlot(slot, chosen)}
              />
            ))}
          </div>
        </details>
      )}
      {agent.keyChoice !== undefined && choices.keyFrom !== null && (
        <KeyField
          variable={agent.keyChoice.variable}
          from={choices.keyFrom}
          onChange={(keyFrom) => onChange({ ...choices, keyFrom })}
        />
      )}
      <label className="flex items-center gap-2 sm:col-span-2">
        <input
          type="checkbox"
          checked={quiet}
          onChange={(event) => onChange({ ...choices, quiet: event.target.checked })}
        />
        Switch its statistics and update checks off
      </label>
    </fieldset>
  );
}

function KeyField({
  variable,
  from,
  onChange,
}: {
  readonly variable: string;
  readonly from: KeySource;
  readonly onChange: (from: KeySource) => void;
}) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        Its key
      </label>
      <select
        id={id}
        value={from}
        onChange={(event) => onChange(event.target.value === 'environment' ? 'environment' : 'file')}
        className={box}
      >
        <option value="file">In the file</option>
        <option value="environment">{`In the environment: ${variable}`}</option>
      </select>
    </div>
  );
}

function ModelSelect({
  label,
  models,
  value,
  none,
  onChange,
}: {
  readonly label: string;
  readonly models: readonly ModelGroup[];
  readonly value: string | null;
  /** The choice of no model, where there is one. */
  readonly none?: string;
  readonly onChange: (model: string | null) => void;
}) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <select id={id} value={value ?? ''} onChange={(event) => onChange(event.target.value || null)} className={box}>
        {(none !== undefined || value === null) && <option value="">{none ?? 'Choose a model'}</option>}
        {models.map((group) => (
          <optgroup key={group.name} label={group.name}>
            {group.models.map((model) => (
              <option key={model.id} value={model.id}>
                {model.label}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  );
}

function WhereFields({
  agent: { id, files, homes = [] },
  where,
  onChange,
}: {
  readonly agent: AgentEntry;
  readonly where: Where;
  readonly onChange: (where: Where) => void;
}) {
  const { folder, profile } = agentFacts[id];
  const field = useId();
  const hint = useId();
  const choose = (kind: string) => {
    if (kind === 'folder') onChange({ kind, path: '' });
    else onChange(kind.startsWith('wsl:') ? whereOf(kind) : { kind: kind === 'profile' ? 'profile' : 'user' });
  };
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={field} className="font-medium">
        Where
      </label>
      <select
        id={field}
        value={where.kind === 'home' ? where.scope : where.kind}
        onChange={(event) => choose(event.target.value)}
        className={box}
      >
        <option value="user">Everywhere{files[0] === undefined ? '' : `: ${files[0]}`}</option>
        {folder && <option value="folder">In one project folder</option>}
        {profile !== null && <option value="profile">In a profile, used by “{profile}”</option>}
        {homes.map(({ scope, name }) => (
          <option key={scope} value={scope}>
            In {name}
          </option>
        ))}
      </select>
      {where.kind === 'folder' && (
        <>
          <input
            aria-label="Project folder"
            aria-describedby={hint}
            value={where.path}
            placeholder="/home/me/project"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            onChange={(event) => onChange({ kind: 'folder', path: event.target.value })}
            className={`${box} font-mono text-xs placeholder:text-quiet`}
          />
          <p id={hint} className="text-xs text-quiet">
            {where.path === '' || scopeOf(where) !== null ? 'Its full path' : 'Give the full path, from the root'}
          </p>
        </>
      )}
    </div>
  );
}

/** The scope as the service takes it; null while a folder's path is not whole. */
export function scopeOf(where: Where): 'user' | 'profile' | `/${string}` | `${string}:${string}` | null {
  if (where.kind === 'home') return where.scope;
  if (where.kind !== 'folder') return where.kind;
  const path = where.path.trim();
  if (path.startsWith('/')) return `/${path.slice(1)}`;
  const drive = /^([A-Za-z]):([\\/].*)$/.exec(path);
  return drive === null ? null : `${drive[1] ?? ''}:${drive[2] ?? ''}`;
}

/** The place of a scope that the service told. */
export function whereOf(scope: string): Where {
  if (scope === 'user' || scope === 'profile') return { kind: scope };
  if (scope.startsWith('wsl:')) return { kind: 'home', scope: `wsl:${scope.slice('wsl:'.length)}` };
  return { kind: 'folder', path: scope };
}
