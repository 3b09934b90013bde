import { memo, useState } from 'react';
import type { AliasEntry, ModelsReport } from '../../../src-shared/catalogue.ts';
import { type SlotName, slotNames } from '../../../src-shared/settings.ts';
import { Button } from '../../components/button.tsx';
import { PlusIcon, WarningIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';
import { ModelSelect, nameGroups } from './model-select.tsx';

/** The further names that models go by, to be changed here: aliases and the slots of Claude's model families. */
export function NamesSection({
  control,
  report,
  aliases,
  searched,
  readOnly,
  onAlias,
  onChanged,
}: {
  readonly control: Control;
  readonly report: ModelsReport;
  /** Those that the search leaves. */
  readonly aliases: readonly AliasEntry[];
  /** Whether something is searched, in which the slots have no part. */
  readonly searched: boolean;
  /** Why nothing can be changed in the settings now; null where it can. */
  readonly readOnly: string | null;
  /** Opens an alias; null a new one. */
  readonly onAlias: (id: string | null, by: HTMLElement) => void;
  readonly onChanged: () => Promise<void>;
}) {
  return (
    <div className="@container">
      <div className="grid grid-cols-1 items-start gap-4 @4xl:grid-cols-2">
        <Aliases report={report} aliases={aliases} onAlias={onAlias} />
        {/* Only hidden: to take its many choices out and in again would hold up who types. */}
        <div hidden={searched}>
          <SlotTable control={control} report={report} readOnly={readOnly} onChanged={onChanged} />
        </div>
      </div>
    </div>
  );
}

function Aliases({
  report,
  aliases,
  onAlias,
}: {
  readonly report: ModelsReport;
  readonly aliases: readonly AliasEntry[];
  readonly onAlias: (id: string | null, by: HTMLElement) => void;
}) {
  const known = new Set(report.servers.flatMap(({ models }) => models.map(({ id }) => id)));
  return (
    <section aria-label="Aliases" className="overflow-hidden rounded-lg border border-line bg-raised">
      <header className="flex items-start gap-3 px-5 py-3">
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold">Aliases</h2>
          <p className="text-quiet">Names of your own for models</p>
        </div>
        <Button small onClick={({ currentTarget }) => onAlias(null, currentTarget)}>
          <PlusIcon />
          Add alias
        </Button>
      </header>
      <ul>
        {aliases.map((alias) => (
          <AliasRow key={alias.id} alias={alias} isKnown={known.has(alias.target)} onAlias={onAlias} />
        ))}
      </ul>
    </section>
  );
}

function AliasRow({
  alias: { id, target, sharedWith = [], fallback = [], localOnly },
  isKnown,
  onAlias,
}: {
  readonly alias: AliasEntry;
  /** Whether a server lists what it leads to. */
  readonly isKnown: boolean;
  readonly onAlias: (id: string, by: HTMLElement) => void;
}) {
  return (
    <li className="relative flex items-baseline gap-3 border-t border-line px-5 py-2 font-mono text-xs hover:bg-line/30">
      <button
        type="button"
        aria-label={`Edit alias ${id}`}
        onClick={({ currentTarget }) => onAlias(id, currentTarget)}
        className="w-28 shrink-0 text-left wrap-anywhere after:absolute after:inset-0"
      >
        {id}
      </button>
      <div className="min-w-0 wrap-anywhere text-quiet">
        <span aria-hidden="true">→ </span>
        {target}
        {sharedWith.map((other) => (
          <span key={other} className="block">
            <span className="font-sans">and </span>
            {other}
          </span>
        ))}
        {fallback.map((other) => (
          <span key={other} className="block">
            <span className="font-sans">else </span>
            {other}
          </span>
        ))}
        {localOnly === true && <span className="block font-sans">This computer only</span>}
        {!isKnown && <NotListed />}
      </div>
    </li>
  );
}

/** Kept as it is while the list around it changes: each of its choices holds every model. */
const SlotTable = memo(function SlotTable({
  control,
  report,
  readOnly,
  onChanged,
}: {
  readonly control: Control;
  readonly report: ModelsReport;
  readonly readOnly: string | null;
  readonly onChanged: () => Promise<void>;
}) {
  const [changing, setChanging] = useState(false);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const groups = nameGroups(report, null);
  const set = (slot: SlotName, model: string | null): void => {
    setChanging(true);
    setFailure(null);
    control.models
      .setSlot({ slot, model })
      .then(onChanged, (cause: unknown) => setFailure(describeRefusal('The slot was not changed.', cause)))
      .finally(() => setChanging(false));
  };
  return (
    <section aria-label="Slots" className="overflow-hidden rounded-lg border border-line bg-raised">
      <header className="px-5 py-3">
        <h2 className="font-semibold">Slots</h2>
        <p className="text-quiet">What Claude’s own model names stand for</p>
      </header>
      {slotNames.map((slot) => {
        const target = report.slots[slot] ?? '';
        const isKnown =
          target === '' || slotNames.some((name) => name === target) || groups.some(({ ids }) => ids.includes(target));
        return (
          <div key={slot} className="flex flex-wrap items-center gap-x-3 border-t border-line px-5 py-1">
            <span className="w-16 shrink-0 font-mono text-xs">{slot}</span>
            <ModelSelect
              tied={{
                'aria-label': `Slot ${slot}`,
                className: `h-7 w-0 min-w-40 flex-1 rounded-md border border-transparent bg-transparent px-1.5 font-mono text-xs hover:border-line disabled:opacity-50 ${target === '' ? 'text-quiet' : ''}`,
              }}
              groups={groups}
              value={target}
              none="empty"
              disabled={changing || readOnly !== null}
              onChange={(model) => set(slot, model === '' ? null : model)}
            />
            {!isKnown && <NotListed />}
          </div>
        );
      })}
      {failure !== null && (
        <div className="p-3">
          <Notice what={failure.what} remedy={failure.remedy} />
        </div>
      )}
    </section>
  );
});

function NotListed() {
  return (
    <span className="flex items-center gap-1.5 font-sans text-xs text-warn">
      <WarningIcon />
      No server lists it now
    </span>
  );
}
