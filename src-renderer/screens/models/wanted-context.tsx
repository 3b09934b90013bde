import { type FormEvent, useState } from 'react';
import type { ModelEntry } from '../../../src-shared/catalogue.ts';
import { contextWindowSchema, type UpstreamKindId } from '../../../src-shared/settings.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';

/** The context that the settings say for this model, which beats what its server says; it can be set and taken away here. */
export function WantedContext({
  control,
  kind,
  model,
  readOnly,
  onChanged,
}: {
  readonly control: Control;
  readonly kind: UpstreamKindId;
  readonly model: ModelEntry;
  /** Why nothing can be changed in the settings now; null where it can. */
  readonly readOnly: string | null;
  readonly onChanged: () => Promise<void>;
}) {
  const { inForce, source } = model.contextWindow;
  const said = source === 'settings' ? inForce : null;
  const [text, setText] = useState<string | null>(null);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const [busy, setBusy] = useState(false);
  const shown = text ?? (said === null ? '' : String(said));
  const read = contextWindowSchema.safeParse(Number(shown.replaceAll(/[\s,._]/g, '')));
  const problem = shown === '' || read.success ? null : 'A whole number of tokens, 256 or more.';
  const set = (contextWindow: number | null): void => {
    setBusy(true);
    setFailure(null);
    control.models
      .setContextWindow({ model: model.id, contextWindow })
      .then(onChanged)
      .then(
        () => setText(null),
        (cause: unknown) => setFailure(describeRefusal('The context was not set.', cause)),
      )
      .finally(() => setBusy(false));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (read.success) set(read.data);
  };
  const disabled = busy || readOnly !== null;
  return (
    <form onSubmit={submit} className="flex flex-wrap items-center gap-2">
      <input
        aria-label="Wanted context, tokens"
        aria-invalid={problem !== null}
        inputMode="numeric"
        autoComplete="off"
        placeholder={inForce === null ? 'tokens' : String(inForce)}
        value={shown}
        onChange={(event) => setText(event.target.value)}
        className="h-8 w-28 rounded-md border border-line bg-ground px-2.5 placeholder:text-quiet"
      />
      <Button submits disabled={disabled || !read.success || read.data === said} label="Set the wanted context">
        Set
      </Button>
      {said !== null && (
        <Button disabled={disabled} onClick={() => set(null)} label="Take the server’s own context">
          As the server says
        </Button>
      )}
      <p role="status" className={`w-full text-xs ${problem === null ? 'text-quiet' : 'text-bad'}`}>
        {problem ?? (readOnly === null ? hintOf(kind) : readOnly)}
      </p>
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
    </form>
  );
}

function hintOf(kind: UpstreamKindId): string {
  const agents = 'Agents are told to keep within it.';
  return kind === 'ollama'
    ? `Ollama is asked for a variant of the model that has it and shares its weights. ${agents}`
    : `For a server that says another one, or none; it has to be set to as much. ${agents}`;
}
