import { useEffect, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { WarningIcon } from '../../components/icons.tsx';
import { Words } from '../../components/words.tsx';
import type { Control } from '../../control.ts';
import { Field, TextField } from './form-fields.tsx';
import type { DraftProblems, SecretFrom, ServerDraft } from './server-draft.ts';

const places: readonly { readonly value: SecretFrom; readonly name: string }[] = [
  { value: 'none', name: 'No secret' },
  { value: 'keychain', name: 'Keychain of this computer' },
  { value: 'env', name: 'Environment variable' },
  { value: 'file', name: 'File' },
];

type KeychainState = Awaited<ReturnType<Control['secrets']['state']>>;

/** Where a server's secret is kept, and the secret itself, which is typed once and never shown again. */
export function SecretFields({
  control,
  draft,
  onChange,
  problems,
  hint,
  stored,
}: {
  readonly control: Control;
  readonly draft: ServerDraft;
  readonly onChange: (changed: Partial<ServerDraft>) => void;
  readonly problems: DraftProblems;
  readonly hint: string;
  /** True where the keychain holds a secret of this server. */
  readonly stored: boolean;
}) {
  const [replacing, setReplacing] = useState(false);
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="sr-only">Secret</legend>
      <Field label="Secret" hint={draft.secretFrom === 'none' ? hint : ''}>
        {(tied) => (
          <select
            {...tied}
            value={draft.secretFrom}
            onChange={(event) =>
              onChange({ secretFrom: places.find(({ value }) => value === event.target.value)?.value ?? 'none' })
            }
          >
            {places.map(({ value, name }) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {draft.secretFrom === 'none' && stored && (
        <p className="text-warn">Its secret leaves the keychain when you save.</p>
      )}
      {draft.secretFrom === 'keychain' && <KeychainTrouble control={control} onChange={onChange} />}
      {draft.secretFrom === 'keychain' && stored && !replacing && (
        <div className="flex items-center gap-3">
          <span>A secret is in the keychain.</span>
          <Button onClick={() => setReplacing(true)}>Replace…</Button>
        </div>
      )}
      {draft.secretFrom === 'keychain' && (replacing || !stored) && (
        <TextField
          label={stored ? 'New secret' : 'API key'}
          hidden
          value={draft.secret}
          onChange={(secret) => onChange({ secret })}
          problem={problems.secret}
          hint={`${hint} It goes into the keychain and is never shown again.`}
        />
      )}
      {draft.secretFrom === 'env' && (
        <TextField
          label="Name of the variable"
          mono
          value={draft.variable}
          placeholder="OPENROUTER_API_KEY"
          onChange={(variable) => onChange({ variable })}
          problem={draft.variable === '' ? undefined : problems.variable}
          hint="Read from the environment that Dragoman was started with."
        />
      )}
      {draft.secretFrom === 'file' && (
        <TextField
          label="Path of the file"
          mono
          value={draft.path}
          placeholder="/run/secrets/openrouter"
          onChange={(path) => onChange({ path })}
          problem={draft.path === '' ? undefined : problems.path}
          hint="The file holds the secret and nothing else."
        />
      )}
    </fieldset>
  );
}

/** Why the keychain can't be used now, and the ways out. */
function KeychainTrouble({
  control,
  onChange,
}: {
  readonly control: Control;
  readonly onChange: (changed: Partial<ServerDraft>) => void;
}) {
  const [state, setState] = useState<KeychainState | null>(null);
  const [asked, setAsked] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` asks again
  useEffect(() => {
    let gone = false;
    control.secrets.state().then(
      (answer) => {
        if (!gone) setState(answer);
      },
      // A service that can't be asked is told where the servers are asked for.
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [control, asked]);
  if (state === null || state.state === 'ready') return null;
  return (
    <div role="alert" className="flex items-start gap-2 rounded-md border border-line p-3">
      <span className="mt-0.5 text-warn">
        <WarningIcon />
      </span>
      <div className="flex min-w-0 flex-col gap-2">
        <p className="wrap-anywhere">
          <Words text={`The keychain can’t be used: ${state.message}. ${state.remedy}`} />
        </p>
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => setAsked(asked + 1)}>Look again</Button>
          <Button onClick={() => onChange({ secretFrom: 'env' })}>Use an environment variable</Button>
          <Button onClick={() => onChange({ secretFrom: 'file' })}>Use a file</Button>
        </div>
      </div>
    </div>
  );
}
