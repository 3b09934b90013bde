import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { CloseIcon } from '../../components/icons.tsx';
import { Words } from '../../components/words.tsx';
import type { Pair } from './server-draft.ts';

/** Names with values that go with each request: headers, or parameters of the query. `one` names one of them. */
export function PairsField({
  title,
  one,
  pairs,
  onChange,
  problem,
}: {
  readonly title: string;
  readonly one: string;
  readonly pairs: readonly Pair[];
  readonly onChange: (pairs: readonly Pair[]) => void;
  readonly problem?: string | undefined;
}) {
  const change = (key: number, changed: Partial<Pair>) =>
    onChange(pairs.map((pair) => (pair.key === key ? { ...pair, ...changed } : pair)));
  const input = 'h-8 w-0 flex-1 rounded-md border border-line bg-ground px-2 font-mono text-xs placeholder:text-quiet';
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1 font-medium">{title}</legend>
      {pairs.map(({ key, name, value }, index) => (
        <div key={key} className="flex items-center gap-1.5">
          <input
            aria-label={`Name of ${one} ${index + 1}`}
            placeholder="name"
            value={name}
            spellCheck={false}
            aria-invalid={problem !== undefined}
            onChange={(event) => change(key, { name: event.target.value })}
            className={input}
          />
          <input
            aria-label={`Value of ${one} ${index + 1}`}
            placeholder="value"
            value={value}
            spellCheck={false}
            onChange={(event) => change(key, { value: event.target.value })}
            className={input}
          />
          <IconButton
            label={`Remove ${one} ${index + 1}`}
            onClick={() => onChange(pairs.filter((pair) => pair.key !== key))}
          >
            <CloseIcon />
          </IconButton>
        </div>
      ))}
      {problem !== undefined && (
        <p role="alert" className="text-xs text-bad">
          <Words text={problem} />
        </p>
      )}
      <div className="flex">
        <Button
          onClick={() =>
            onChange([...pairs, { key: Math.max(-1, ...pairs.map(({ key }) => key)) + 1, name: '', value: '' }])
          }
        >
          Add {one}
        </Button>
      </div>
    </fieldset>
  );
}
