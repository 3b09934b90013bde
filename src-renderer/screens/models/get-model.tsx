import { type FormEvent, useState } from 'react';
import type { UpstreamKindId } from '../../../src-shared/settings.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';
import { Field } from './form-fields.tsx';

import { useStartAdvice } from './use-advice.ts';

/** A name to be fetched by a server; what fits this computer is proposed where the server has such names. */
export function GetModel({
  control,
  server,
  kind,
  onStarted,
  onDirty,
}: {
  readonly control: Control;
  /** Its id. */
  readonly server: string;
  readonly kind: UpstreamKindId;
  readonly onStarted: () => void;
  readonly onDirty: (dirty: boolean) => void;
}) {
  const [name, setName] = useState('');
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const [busy, setBusy] = useState(false);
  const start = useStartAdvice(control);
  const wanted = name.trim();
  const problem = /\s/.test(wanted) ? 'A name has no spaces.' : undefined;
  const change = (to: string) => {
    setName(to);
    onDirty(to !== '');
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wanted === '' || problem !== undefined || busy) return;
    setBusy(true);
    setFailure(null);
    control.models
      .pull({ server, model: wanted })
      .then(onStarted, (cause: unknown) => setFailure(describeRefusal('It is not fetched.', cause)))
      .finally(() => setBusy(false));
  };
  const proposed = kind === 'ollama' ? (start?.starters ?? []) : [];
  return (
    <form onSubmit={submit} className="flex flex-col gap-4 pb-5">
      <Field label="Name of the model" hint={hintOf(kind)} problem={problem}>
        {(tied) => (
          <input
            {...tied}
            value={name}
            onChange={(event) => change(event.target.value)}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
          />
        )}
      </Field>
      {proposed.length > 0 && (
        <fieldset>
          <legend className="mb-1 text-quiet">Fits this computer</legend>
          <ul className="flex flex-wrap gap-2">
            {proposed.map((starter) => (
              <li key={starter.name}>
                <Button small onClick={() => change(starter.name)}>
                  {starter.name} · {(starter.download / 1e9).toFixed(0)} GB
                </Button>
              </li>
            ))}
          </ul>
        </fieldset>
      )}
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
      <div className="flex items-center gap-3">
        <Button look="main" submits busy={busy} disabled={wanted === '' || problem !== undefined}>
          Get it
        </Button>
        <span className="text-xs text-quiet">It goes on when this window is closed.</span>
      </div>
    </form>
  );
}

function hintOf(kind: UpstreamKindId): string {
  switch (kind) {
    case 'ollama':
      return 'A name of Ollama’s library, or `hf.co/USER/REPOSITORY` for one of Hugging Face.';
    case 'llama-cpp':
      return 'A repository of Hugging Face with GGUF files, like `ggml-org/gemma-3-4b-it-GGUF:Q4_K_M`.';
    default:
      return 'A name of LM Studio’s catalogue, like `openai/gpt-oss-20b`, or the address of a model at Hugging Face.';
  }
}
