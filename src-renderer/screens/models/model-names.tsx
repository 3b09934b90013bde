import { type FormEvent, useState } from 'react';
import type { AliasEntry, ModelEntry, ModelsReport } from '../../../src-shared/catalogue.ts';
import { isCodeModel } from '../../../src-shared/model-size.ts';
import { aliasSchema, type SlotName, slotNames } from '../../../src-shared/settings.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';
import { codeDefaults } from './code-defaults.ts';

/** The slots that a model fills and the aliases it has; both can be changed here. */
export function ModelNames({
  control,
  report,
  model,
  readOnly,
  onChanged,
  onEdit,
}: {
  readonly control: Control;
  readonly report: ModelsReport;
  readonly model: ModelEntry;
  readonly readOnly: string | null;
  readonly onChanged: () => Promise<void>;
  /** Opens an alias with all that it does. */
  readonly onEdit: (alias: string) => void;
}) {
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const [changing, setChanging] = useState(false);
  const [steady, setSteady] = useState(isCodeModel(model.upstreamModel));
  const entries = report.aliases.filter(({ target }) => target === model.id);
  const aliases = entries.map(({ id }) => id);
  const change = (act: () => Promise<unknown>): Promise<boolean> => {
    setChanging(true);
    setFailure(null);
    return act()
      .then(onChanged)
      .then(
        () => true,
        (cause: unknown) => {
          setFailure(describeRefusal('It was not changed.', cause));
          return false;
        },
      )
      .finally(() => setChanging(false));
  };
  const disabled = changing || readOnly !== null;
  return (
    <section aria-labelledby="panel-names" className="flex flex-col gap-3">
      <h3 id="panel-names" className="font-semibold">
        Aliases and slots
      </h3>
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-quiet">What agents mean by their own names</legend>
        {slotNames.map((slot) => (
          <Slot
            key={slot}
            slot={slot}
            target={report.slots[slot] ?? null}
            fills={[model.id, ...aliases].includes(report.slots[slot] ?? '')}
            disabled={disabled}
            onSet={(on) => void change(() => control.models.setSlot({ slot, model: on ? model.id : null }))}
          />
        ))}
      </fieldset>
      {aliases.length > 0 && (
        <ul aria-label="Aliases" className="flex flex-col gap-1">
          {entries.map((entry) => (
            <Alias
              key={entry.id}
              id={entry.id}
              rules={rulesOf(entry)}
              slots={slotNames.filter((slot) => report.slots[slot] === entry.id)}
              disabled={disabled}
              onEdit={() => onEdit(entry.id)}
              onRemove={() => void change(() => control.models.removeAlias({ id: entry.id }))}
            />
          ))}
        </ul>
      )}
      <NewAlias
        disabled={disabled}
        onName={(id) => change(() => control.models.setAlias({ id, model: model.id, ...(steady && codeDefaults) }))}
      />
      {isCodeModel(model.upstreamModel) && (
        <label className="flex items-baseline gap-2 text-quiet">
          <input
            type="checkbox"
            checked={steady}
            disabled={disabled}
            onChange={(event) => setSteady(event.target.checked)}
            className="translate-y-0.5"
          />
          <span>
            A new alias asks with <code className="font-mono text-xs">temperature</code> {codeDefaults.temperature}{' '}
            where the agent says none, as suits a model for code
          </span>
        </label>
      )}
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
      {readOnly !== null && <Notice what="Names can’t be changed now." remedy={readOnly} />}
    </section>
  );
}

/** What the settings say of an alias beside its model. */
function rulesOf({ sharedWith = [], fallback = [], localOnly }: AliasEntry): string | null {
  const rules = [
    ...(sharedWith.length > 0 ? [`Its requests are shared with ${sharedWith.join(', ')}.`] : []),
    ...(fallback.length > 0 ? [`While this model can’t answer: ${fallback.join(', then ')}.`] : []),
    ...(localOnly === true ? ['Its requests never leave this computer.'] : []),
  ];
  return rules.length === 0 ? null : rules.join(' ');
}

function Slot({
  slot,
  target,
  fills,
  disabled,
  onSet,
}: {
  readonly slot: SlotName;
  readonly target: string | null;
  readonly fills: boolean;
  readonly disabled: boolean;
  readonly onSet: (on: boolean) => void;
}) {
  return (
    <label className="flex items-baseline gap-2">
      <input
        type="checkbox"
        checked={fills}
        disabled={disabled}
        onChange={(event) => onSet(event.target.checked)}
        className="translate-y-0.5"
      />
      <span className="w-16 shrink-0 font-mono text-xs">{slot}</span>
      <span className="min-w-0 text-xs text-quiet wrap-anywhere">
        {fills ? 'this model' : target === null ? 'empty' : `now ${target}`}
      </span>
    </label>
  );
}

function Alias({
  id,
  rules,
  slots,
  disabled,
  onEdit,
  onRemove,
}: {
  readonly id: string;
  readonly rules: string | null;
  readonly slots: readonly SlotName[];
  readonly disabled: boolean;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}) {
  const [removing, setRemoving] = useState(false);
  return (
    <li className="flex flex-wrap items-center gap-2">
      <code className="min-w-0 flex-1 font-mono text-xs wrap-anywhere">{id}</code>
      <Button label={`Edit ${id}`} onClick={onEdit}>
        Edit…
      </Button>
      <Button disabled={disabled} label={`Remove ${id}`} onClick={() => setRemoving(true)}>
        Remove
      </Button>
      {rules !== null && <p className="w-full text-xs text-quiet wrap-anywhere">{rules}</p>}
      {removing && (
        <div role="alert" className="flex w-full flex-wrap items-center gap-2 rounded-md border border-line p-2">
          <span className="flex-1">
            {slots.length === 0
              ? `Agents that ask for ${id} will get an error.`
              : `The ${slots.length === 1 ? 'slot' : 'slots'} ${slots.join(', ')} still ${slots.length === 1 ? 'means' : 'mean'} ${id} and will lead nowhere.`}
          </span>
          <Button onClick={() => setRemoving(false)}>Keep it</Button>
          <Button look="danger" disabled={disabled} onClick={onRemove}>
            Remove alias
          </Button>
        </div>
      )}
    </li>
  );
}

/** A name and a button; `onName` resolves with true where the name was taken. */
function NewAlias({
  disabled,
  onName,
}: {
  readonly disabled: boolean;
  readonly onName: (name: string) => Promise<boolean>;
}) {
  const [name, setName] = useState('');
  const read = aliasSchema.shape.id.safeParse(name.trim());
  const problem = name === '' || read.success ? undefined : read.error.issues[0]?.message;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!read.success) return;
    void onName(read.data).then((taken) => {
      if (taken) setName('');
    });
  };
  return (
    <form onSubmit={submit} className="flex w-full flex-wrap items-center gap-2">
      <input
        aria-label="New alias"
        aria-invalid={problem !== undefined}
        value={name}
        placeholder="New alias"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        onChange={(event) => setName(event.target.value)}
        className="h-8 min-w-24 flex-1 rounded-md border border-line bg-ground px-2.5 font-mono text-xs placeholder:text-quiet"
      />
      <Button submits disabled={disabled || !read.success}>
        Add alias
      </Button>
      {problem !== undefined && (
        <p role="status" className="w-full text-xs text-bad">
          {problem}
        </p>
      )}
    </form>
  );
}
