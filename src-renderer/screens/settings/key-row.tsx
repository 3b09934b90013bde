import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import type { KeyInfo } from '../../../src-shared/control.ts';
import { Button } from '../../components/button.tsx';
import { type Control, refusalWords } from '../../control.ts';
import { scopeName } from './new-key.tsx';

/** How long it says that the key was copied, in ms. */
const shownMs = 2_000;

/** One key: what it opens, and what can be done with it. The key itself is read only when it is to be copied. */
export function KeyRow({
  control,
  info,
  readOnly,
}: {
  readonly control: Control;
  readonly info: KeyInfo;
  readonly readOnly: boolean;
}) {
  const [doing, setDoing] = useState<'nothing' | 'renaming' | 'revoking'>('nothing');
  const [copied, setCopied] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), shownMs);
    return () => clearTimeout(timer);
  }, [copied]);

  const rest = () => {
    setDoing('nothing');
    setProblem(null);
  };
  const attempt = (done: Promise<unknown>, then: () => void) => {
    done.then(
      () => {
        setProblem(null);
        then();
      },
      (cause: unknown) => setProblem(refusalWords(cause)),
    );
  };
  const copy = () => {
    attempt(copyKey(control, info.id), () => setCopied(true));
  };
  const expired = info.expiresAt !== null && Date.parse(info.expiresAt) < Date.now();
  return (
    <div className="px-4 py-3">
      <div className="flex items-center gap-x-4 gap-y-2 max-sm:flex-col max-sm:items-stretch">
        {doing === 'renaming' ? (
          <Rename
            name={info.name}
            onCancel={rest}
            onName={(name) => attempt(control.keys.rename({ key: info.id, name }), rest)}
          />
        ) : (
          <>
            <div className="min-w-0 flex-1">
              <p className="wrap-anywhere">
                {info.name} <code className="font-mono text-xs text-quiet">dgm_…{info.hint}</code>
              </p>
              <p className="text-xs text-quiet wrap-anywhere">
                {info.scopes.map(scopeName).join(' and ')} · {modelWords(info.models)} ·{' '}
                <span className={expired ? 'text-bad' : ''}>{endWords(info.expiresAt, expired)}</span>
              </p>
            </div>
            {doing === 'nothing' && (
              <span className="flex flex-wrap items-center justify-end gap-2 max-sm:justify-start">
                <span role="status" className="text-xs text-good">
                  {copied ? 'Copied' : ''}
                </span>
                <Button onClick={copy} label={`Copy key ${info.name}`}>
                  Copy key
                </Button>
                <Button disabled={readOnly} onClick={() => setDoing('renaming')} label={`Rename ${info.name}`}>
                  Rename
                </Button>
                <Button disabled={readOnly} onClick={() => setDoing('revoking')} label={`Revoke ${info.name}`}>
                  Revoke…
                </Button>
              </span>
            )}
          </>
        )}
      </div>
      {doing === 'revoking' && (
        <AskRevoke
          name={info.name}
          onCancel={rest}
          onRevoke={() => attempt(control.keys.revoke({ key: info.id }), () => undefined)}
        />
      )}
      <p role="alert" className={problem === null ? 'sr-only' : 'mt-1 text-bad'}>
        {problem}
      </p>
    </div>
  );
}

function Rename({
  name,
  onName,
  onCancel,
}: {
  readonly name: string;
  readonly onName: (name: string) => void;
  readonly onCancel: () => void;
}) {
  const id = useId();
  const [typed, setTyped] = useState(name);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() !== '') onName(typed.trim());
  };
  return (
    <form onSubmit={submit} className="flex flex-1 flex-wrap items-center gap-2">
      <label htmlFor={id} className="sr-only">
        New name of {name}
      </label>
      <input
        id={id}
        ref={field}
        value={typed}
        maxLength={200}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onCancel();
        }}
        className="h-8 min-w-0 flex-1 rounded-md border border-line bg-ground px-2.5"
      />
      <Button submits look="main" disabled={typed.trim() === ''}>
        Rename
      </Button>
      <Button onClick={onCancel}>Cancel</Button>
    </form>
  );
}

function AskRevoke({
  name,
  onRevoke,
  onCancel,
}: {
  readonly name: string;
  readonly onRevoke: () => void;
  readonly onCancel: () => void;
}) {
  const question = useRef<HTMLFieldSetElement>(null);
  useEffect(() => question.current?.focus(), []);
  return (
    <fieldset
      ref={question}
      tabIndex={-1}
      aria-label={`Revoke ${name}?`}
      className="mt-2 flex flex-wrap items-center gap-2 outline-none"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel();
      }}
    >
      <p className="min-w-0 flex-1 basis-64">
        Revoke “{name}”? An agent that uses it gets no answer from then on. This can't be taken back.
      </p>
      <Button look="danger" onClick={onRevoke}>
        Revoke key
      </Button>
      <Button onClick={onCancel}>Keep it</Button>
    </fieldset>
  );
}

async function copyKey(control: Control, id: string): Promise<void> {
  const { key } = await control.keys.reveal({ key: id });
  await navigator.clipboard.writeText(key);
}

function modelWords(models: readonly string[]): string {
  return models.includes('*') ? 'all models' : models.join(', ');
}

function endWords(expiresAt: string | null, expired: boolean): string {
  if (expiresAt === null) return 'no end';
  const day = new Date(expiresAt).toLocaleDateString('en', { dateStyle: 'medium' });
  return expired ? `ended on ${day}` : `until ${day}`;
}
