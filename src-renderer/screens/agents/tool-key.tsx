import { type FormEvent, useCallback, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, refusalWords } from '../../control.ts';
import { usePolled } from '../../use-polled.ts';

const newKey = '';

/** The key that stands in the lines: a new one, or one of the user's out of the keychain. Nothing is read from there before it is asked for. */
export function ToolKey({
  control,
  name,
  onKey,
}: {
  readonly control: Control;
  /** That of the key which stands in the lines now; null while none does. */
  readonly name: string | null;
  readonly onKey: (key: { readonly name: string; readonly key: string }) => void;
}) {
  const { answer } = usePolled(useCallback(() => control.keys.list(), [control]));
  const [chosen, setChosen] = useState(newKey);
  const [tool, setTool] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  // An agent's key is that agent's alone.
  const kept = (answer ?? []).filter(({ agent }) => agent === null);
  const known = kept.find(({ id }) => id === chosen);
  const wanted = tool.trim();
  const ready = !busy && (known !== undefined || wanted !== '');
  const take = (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setFailure(null);
    const asked = known === undefined ? control.keys.create({ name: wanted }) : control.keys.reveal({ key: known.id });
    asked
      .then(
        ({ key }) => onKey({ name: known?.name ?? wanted, key }),
        (cause: unknown) => setFailure(refusalWords(cause)),
      )
      .finally(() => setBusy(false));
  };
  return (
    <>
      <form onSubmit={take} className="flex flex-wrap items-center gap-2">
        {kept.length > 0 && (
          <select
            aria-label="Key"
            value={known === undefined ? newKey : chosen}
            onChange={(event) => setChosen(event.target.value)}
            className="h-8 min-w-24 rounded-md border border-line bg-ground px-2"
          >
            <option value={newKey}>A new key</option>
            {kept.map(({ id, name: title, hint }) => (
              <option key={id} value={id}>{`${title} (…${hint})`}</option>
            ))}
          </select>
        )}
        {known === undefined && (
          <input
            aria-label="Name of the tool"
            placeholder="Name of the tool"
            value={tool}
            autoComplete="off"
            onChange={(event) => setTool(event.target.value)}
            className="h-8 min-w-24 basis-56 rounded-md border border-line bg-ground px-2.5 placeholder:text-quiet"
          />
        )}
        <Button submits disabled={!ready}>
          {known === undefined ? 'Make a key for it' : 'Take it from the keychain'}
        </Button>
      </form>
      <p role="status" className="text-quiet">
        {name !== null && `The key “${name}” stands in the lines below until you leave this place.`}
      </p>
      {failure !== null && <Notice what="There is no key to show." remedy={failure} />}
    </>
  );
}
