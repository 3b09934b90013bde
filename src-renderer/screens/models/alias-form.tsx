import { type FormEvent, useRef, useState } from 'react';
import type { ModelsReport } from '../../../src-shared/catalogue.ts';
import { isCodeModel } from '../../../src-shared/model-size.ts';
import type { AliasRules } from '../../../src-shared/settings.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';
import { type AliasDraft, aliasDraft, readAlias } from './alias-draft.ts';
import { codeDefaults } from './code-defaults.ts';
import { DefaultsFields } from './defaults-fields.tsx';
import { aboveButtons, Field, TextField } from './form-fields.tsx';
import { ModelListField } from './model-list-field.tsx';
import { ModelSelect, modelGroups, nameGroups } from './model-select.tsx';
import { TimeoutFields } from './timeout-fields.tsx';
import { useFirstProblem } from './use-first-problem.ts';

/** Gives a model a further name, or edits one: where it leads, what answers when that can't, and what it asks with. */
export function AliasForm({
  control,
  report,
  was,
  model,
  rules,
  readOnly,
  onSaved,
  onDirty,
}: {
  readonly control: Control;
  readonly report: ModelsReport;
  /** The alias that is edited; null for a new one. */
  readonly was: string | null;
  /** Where it leads; '' where nothing is chosen yet. */
  readonly model: string;
  readonly rules: AliasRules;
  /** Why nothing can be saved now; null where it can. */
  readonly readOnly: string | null;
  readonly onSaved: () => void;
  readonly onDirty: (dirty: boolean) => void;
}) {
  const [draft, setDraft] = useState(() => aliasDraft(was ?? '', model, rules));
  const [insisted, setInsisted] = useState(false);
  const [saving, setSaving] = useState(false);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const showProblem = useFirstProblem(form);
  const read = readAlias(draft);
  const problems = read.ok ? { numbers: {} } : read.problems;
  const isTaken = draft.id.trim() !== was && report.aliases.some(({ id }) => id === draft.id.trim());
  const idProblem = isTaken
    ? 'is the name of another alias'
    : draft.id === '' && insisted
      ? 'is wanted: what agents are to ask for'
      : draft.id === ''
        ? undefined
        : problems.id;
  // An alias that falls back on itself would say nothing.
  const others = nameGroups(report, was);
  const change = (changed: Partial<AliasDraft>): void => {
    setDraft({ ...draft, ...changed });
    setFailure(null);
    onDirty(true);
  };
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (!read.ok || isTaken) {
      setInsisted(true);
      showProblem();
      return;
    }
    setSaving(true);
    setFailure(null);
    const { id, model: target, rules: after } = read;
    control.models.setAlias({ id, model: target, rules: after, ...(was !== null && { was }) }).then(
      () => onSaved(),
      (cause: unknown) => {
        setSaving(false);
        setFailure(describeRefusal('It was not saved.', cause));
      },
    );
  };
  return (
    <form
      ref={form}
      onSubmit={save}
      noValidate
      autoComplete="off"
      className={`flex flex-1 flex-col gap-4 ${aboveButtons}`}
    >
      <TextField
        label="Name"
        mono
        value={draft.id}
        onChange={(id) => change({ id })}
        problem={idProblem}
        hint={
          was === null
            ? 'What agents ask for.'
            : 'What agents ask for. Slots, keys and other aliases that name it follow a new name.'
        }
      />
      <Field label="Leads to" hint="The model that answers." problem={insisted ? problems.model : undefined}>
        {(tied) => (
          <ModelSelect
            tied={{ ...tied, className: `${tied.className} font-mono text-xs` }}
            groups={modelGroups(report)}
            value={draft.model}
            none={null}
            onChange={(target) => change({ model: target })}
          />
        )}
      </Field>
      <ModelListField
        title="While it can’t answer"
        one="fallback"
        ordered
        groups={others}
        value={draft.fallback}
        onChange={(fallback) => change({ fallback })}
        problem={problems.fallback}
        hint="Asked in this order while the model can’t be reached, is overloaded or is being loaded."
      />
      <ModelListField
        title="Shares its requests with"
        one="model"
        ordered={false}
        groups={others}
        value={draft.sharedWith}
        onChange={(sharedWith) => change({ sharedWith })}
        problem={problems.sharedWith}
        hint="The same model on several servers: each conversation goes to the one with the fewest requests, and stays there."
      />
      <div className="flex flex-col gap-1">
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            checked={draft.localOnly}
            onChange={(event) => change({ localOnly: event.target.checked })}
          />
          This computer only
        </label>
        <p className="text-xs text-quiet">
          Servers on this computer answer it or nobody does, also where a fallback above is elsewhere.
        </p>
      </div>
      <DefaultsFields
        draft={draft}
        onChange={change}
        problems={problems}
        suggested={isCodeModel(draft.model) ? codeDefaults.temperature : null}
      />
      <TimeoutFields
        value={draft.timeouts}
        otherwise={null}
        onChange={(timeouts) => change({ timeouts })}
        hint="For this alias alone; what is left empty is as its server has it."
      />
      <TextField
        label="Seconds that its model may load"
        value={draft.loading}
        onChange={(loading) => change({ loading })}
        hint="Then a fallback answers. Left empty: 10 where there is one, else as long as “To answer”; 0 does not wait."
        problem={problems.loading}
      />
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
      {readOnly !== null && <Notice what="Nothing can be saved now." remedy={readOnly} />}
      <div className="sticky bottom-0 -mx-5 mt-auto flex flex-wrap justify-end gap-2 border-t border-line bg-raised px-5 py-3">
        <Button submits look="main" disabled={saving || readOnly !== null}>
          {saving ? 'Saving…' : was === null ? 'Add alias' : 'Save'}
        </Button>
      </div>
    </form>
  );
}
