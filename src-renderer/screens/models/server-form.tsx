import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { ListedServer, TriedServer } from '../../../src-shared/control.ts';
import { serverKind } from '../../../src-shared/server-kinds.ts';
import { upstreamKindIds } from '../../../src-shared/settings.ts';
import { Button } from '../../components/button.tsx';
import { SpinnerIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';
import { aboveButtons, Field, TextField } from './form-fields.tsx';
import { MoreFields } from './more-fields.tsx';
import { SecretFields } from './secret-fields.tsx';
import {
  changesOf,
  type DraftField,
  draftFields,
  leadsElsewhere,
  readDraft,
  type ServerDraft,
  withKind,
} from './server-draft.ts';
import { TestResult } from './test-result.tsx';
import { useFirstProblem } from './use-first-problem.ts';

export interface ServerFormProps {
  readonly control: Control;
  readonly initial: ServerDraft;
  /** The server in the settings that is edited; null where one is added. */
  readonly edited: ListedServer | null;
  /** Ids of the servers in the settings. */
  readonly taken: readonly string[];
  /** Why nothing can be saved now; null where it can. */
  readonly readOnly: string | null;
  /** Tests it as soon as the form is there. */
  readonly testFirst?: boolean;
  readonly saveLabel: string;
  readonly onSaved: (id: string) => void;
  /** Told whether something was typed that is not saved. */
  readonly onDirty?: (dirty: boolean) => void;
}

type Test = { readonly state: 'testing' } | { readonly state: 'tried'; readonly tried: TriedServer };

/** Adds a server to the settings, or edits one, with its secret; tries it before that. */
export function ServerForm(props: ServerFormProps) {
  const { control, initial, edited, taken, readOnly, saveLabel, onSaved, onDirty } = props;
  const [draft, setDraft] = useState(initial);
  const [touched, setTouched] = useState<ReadonlySet<DraftField>>(new Set());
  const [test, setTest] = useState<Test | null>(null);
  const [saving, setSaving] = useState(false);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const showProblem = useFirstProblem(form);
  // What a test says of an older draft is nobody's concern.
  const turn = useRef(0);

  const read = readDraft(draft);
  const wrong = read.ok ? {} : read.problems;
  const isTaken = edited === null && taken.includes(draft.id.trim());
  const words = serverKind(draft.kind);
  const stored = edited?.secret?.from === 'keychain' && (edited.secretProblem === null || edited.secretProblem.moved);
  const lacksSecret = draft.secretFrom === 'keychain' && !stored && draft.secret === '';
  const problems = {
    ...wrong,
    ...(isTaken && { id: 'is the name of a server in the settings already' }),
    ...(lacksSecret && { secret: 'is wanted: enter it, or choose another place' }),
  };
  const shown = (field: DraftField) => (touched.has(field) ? problems[field] : undefined);
  const description = edited?.description ?? null;
  const moves = description !== null && leadsElsewhere(description, draft);

  /** What follows from a choice elsewhere is not `typed`: nobody is told of its faults before they had a turn. */
  const change = (changed: Partial<ServerDraft>, typed = draftFields.filter((field) => field in changed)) => {
    turn.current += 1;
    setDraft({ ...draft, ...changed });
    setTouched(new Set([...touched, ...typed]));
    setTest(null);
    setFailure(null);
    onDirty?.(true);
  };
  const touchAll = () => {
    setTouched(new Set(draftFields));
    showProblem();
  };

  const tryIt = () => {
    if (!read.ok) return touchAll();
    turn.current += 1;
    const mine = turn.current;
    setTest({ state: 'testing' });
    setFailure(null);
    control.servers.test({ server: read.server, ...(read.secret !== null && { secret: read.secret }) }).then(
      (tried) => {
        if (mine === turn.current) setTest({ state: 'tried', tried });
      },
      (cause: unknown) => {
        if (mine !== turn.current) return;
        setTest(null);
        setFailure(describeRefusal('It could not be tested.', cause));
      },
    );
  };
  const firstTest = useRef(props.testFirst === true);
  useEffect(() => {
    if (!firstTest.current) return;
    firstTest.current = false;
    tryIt();
  });

  const outcome = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (test?.state === 'tried' || failure !== null) outcome.current?.scrollIntoView({ block: 'nearest' });
  }, [test, failure]);

  const save = (event: FormEvent) => {
    event.preventDefault();
    if (!read.ok || isTaken || lacksSecret) return touchAll();
    const secret = read.secret === null ? {} : { secret: read.secret };
    setSaving(true);
    setFailure(null);
    const saved =
      description === null
        ? control.servers.add({ server: read.server, ...secret })
        : control.servers.update({ id: description.id, changes: changesOf(description, read.server), ...secret });
    saved.then(
      () => onSaved(read.server.id),
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
      <Field label="Kind">
        {(tied) => (
          <select
            {...tied}
            value={draft.kind}
            onChange={(event) => {
              const kind = upstreamKindIds.find((id) => id === event.target.value) ?? draft.kind;
              change(edited === null ? withKind(draft, kind, taken) : { kind }, ['kind']);
            }}
          >
            {upstreamKindIds.map((kind) => (
              <option key={kind} value={kind}>
                {serverKind(kind).name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {edited === null && (
        <TextField
          label="Name"
          mono
          value={draft.id}
          onChange={(id) => change({ id })}
          problem={problems.id}
          hint="Stands before the names of its models, and stays."
        />
      )}
      <TextField
        label="Base URL"
        mono
        value={draft.baseUrl}
        onChange={(baseUrl) => change({ baseUrl })}
        placeholder={words.exampleUrl}
        problem={shown('baseUrl')}
        hint={words.urlHint}
      />
      <SecretFields
        control={control}
        draft={draft}
        onChange={change}
        problems={touched.has('secret') ? problems : { ...problems, secret: undefined }}
        hint={words.secretHint}
        stored={stored}
      />
      {moves && (
        <p className="text-warn wrap-anywhere">
          Its secret was given for {new URL(description.baseUrl).origin}. It is sent to the new address only once you
          allow that, or enter it anew.
        </p>
      )}
      <MoreFields draft={draft} onChange={change} problems={problems} />
      <div role="status" ref={outcome} className="flex flex-col gap-4 scroll-mb-16 empty:hidden">
        {test?.state === 'testing' && (
          <p className="flex items-center gap-2 text-quiet">
            <SpinnerIcon /> Asking {draft.baseUrl.trim()}…
          </p>
        )}
        {test?.state === 'tried' && (
          <TestResult
            tried={test.tried}
            kind={draft.kind}
            onKind={(kind) => change(edited === null ? withKind(draft, kind, taken) : { kind })}
          />
        )}
        {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
      </div>
      {readOnly !== null && <Notice what="Nothing can be saved now." remedy={readOnly} />}
      <div className="-mx-5 mt-auto flex flex-wrap [aside_&]:sticky [aside_&]:bottom-0 justify-end gap-2 border-t border-line bg-raised px-5 py-3">
        <Button onClick={tryIt} disabled={test?.state === 'testing'}>
          Test
        </Button>
        <Button submits look="main" disabled={saving || readOnly !== null}>
          {saving ? 'Saving…' : saveLabel}
        </Button>
      </div>
    </form>
  );
}
