import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { type KeyScope, keyScopes } from '../../../src-shared/settings.ts';
import { Button } from '../../components/button.tsx';
import { type Control, refusalWords } from '../../control.ts';

export type MadeKey = Awaited<ReturnType<Control['keys']['create']>>;

/** What each scope lets an agent do. */
export function scopeName(scope: KeyScope): string {
  switch (scope) {
    case 'chat':
      return 'Chat';
    case 'embeddings':
      return 'Embeddings';
  }
}

export const modelsHint = 'Names with commas between them; * stands for anything, as in ollama/*.';

export const noModels = 'Say which models it may call; * means all.';

/** The patterns in a line that somebody typed. */
export function modelsIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

/** The form for a new key. */
export function NewKey({
  control,
  willBeKept,
  onMade,
  onCancel,
}: {
  readonly control: Control;
  /** False where no keychain takes it. */
  readonly willBeKept: boolean;
  readonly onMade: (made: MadeKey) => void;
  readonly onCancel: () => void;
}) {
  const id = useId();
  const first = useRef<HTMLInputElement>(null);
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly KeyScope[]>(keyScopes);
  const [models, setModels] = useState('*');
  const [expires, setExpires] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  useEffect(() => first.current?.focus(), []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const patterns = modelsIn(models);
    if (name.trim() === '') return setProblem('Give it a name, such as that of the agent.');
    if (scopes.length === 0) return setProblem('Choose at least one thing that it may be used for.');
    if (patterns.length === 0) return setProblem(noModels);
    setAsking(true);
    control.keys
      .create({
        name: name.trim(),
        scopes: [...scopes],
        models: patterns,
        // The end of that day where the user is.
        ...(expires !== '' && { expiresAt: new Date(`${expires}T23:59:59`).toISOString() }),
      })
      .then(onMade, (cause: unknown) => {
        setAsking(false);
        setProblem(refusalWords(cause));
      });
  };
  const field = 'h-8 w-64 max-w-full rounded-md border border-line bg-ground px-2.5';
  return (
    <form
      onSubmit={submit}
      aria-label="New key"
      className="flex flex-col gap-3 px-4 py-3"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel();
      }}
    >
      <div className="grid grid-cols-[8rem_1fr] items-center gap-x-4 gap-y-3 max-sm:grid-cols-1 max-sm:gap-y-1">
        <label htmlFor={`${id}-name`}>Name</label>
        <input
          id={`${id}-name`}
          ref={first}
          value={name}
          maxLength={200}
          autoComplete="off"
          placeholder="Claude Code"
          onChange={(event) => setName(event.target.value)}
          className={`${field} placeholder:text-quiet`}
        />
        <span id={`${id}-scopes`}>May be used for</span>
        <fieldset aria-labelledby={`${id}-scopes`} className="flex gap-4">
          {keyScopes.map((scope) => (
            <label key={scope} className="flex h-8 items-center gap-1.5">
              <input
                type="checkbox"
                checked={scopes.includes(scope)}
                onChange={(event) =>
                  setScopes(keyScopes.filter((each) => (each === scope ? event.target.checked : scopes.includes(each))))
                }
                className="accent-accent"
              />
              {scopeName(scope)}
            </label>
          ))}
        </fieldset>
        <label htmlFor={`${id}-models`}>Models</label>
        <span>
          <input
            id={`${id}-models`}
            value={models}
            spellCheck={false}
            autoComplete="off"
            aria-describedby={`${id}-models-hint`}
            onChange={(event) => setModels(event.target.value)}
            className={field}
          />
          <span id={`${id}-models-hint`} className="block text-xs text-quiet">
            {modelsHint}
          </span>
        </span>
        <label htmlFor={`${id}-expires`}>Valid until</label>
        <input
          id={`${id}-expires`}
          type="date"
          value={expires}
          onChange={(event) => setExpires(event.target.value)}
          className={field}
        />
      </div>
      <p role="alert" className={problem === null ? 'sr-only' : 'text-bad'}>
        {problem}
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <Button submits look="main" disabled={asking}>
          Make key
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
        {!willBeKept && <span className="text-warn">It will be shown only once: there is no keychain to keep it.</span>}
      </div>
    </form>
  );
}
