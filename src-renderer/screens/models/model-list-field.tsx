import { useId } from 'react';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { CloseIcon, UpIcon } from '../../components/icons.tsx';
import { ModelSelect, type NameGroup } from './model-select.tsx';

/** Models and aliases in an order; `one` names one of them. '' is one that is not chosen yet. */
export function ModelListField({
  title,
  one,
  hint,
  groups,
  value,
  ordered,
  problem,
  onChange,
}: {
  readonly title: string;
  readonly one: string;
  readonly hint: string;
  readonly groups: readonly NameGroup[];
  readonly value: readonly string[];
  /** Whether their order says something. */
  readonly ordered: boolean;
  readonly problem: string | undefined;
  readonly onChange: (value: readonly string[]) => void;
}) {
  const said = useId();
  const upwards = (index: number): readonly string[] => {
    const before = value[index - 1];
    const moved = value[index];
    if (before === undefined || moved === undefined) return value;
    return [...value.slice(0, index - 1), moved, before, ...value.slice(index + 1)];
  };
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5" aria-describedby={said}>
      <legend className="mb-1 font-medium">{title}</legend>
      {value.map((model, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place in the order
        <div key={index} className="flex items-center gap-1">
          <ModelSelect
            tied={{
              'aria-label': `${one} ${index + 1}`,
              className: 'h-8 w-0 flex-1 rounded-md border border-line bg-ground px-2 font-mono text-xs',
            }}
            groups={groups}
            value={model}
            none={null}
            onChange={(chosen) => onChange(value.with(index, chosen))}
          />
          {ordered && index > 0 && (
            <IconButton label={`Move ${one} ${index + 1} up`} onClick={() => onChange(upwards(index))}>
              <UpIcon />
            </IconButton>
          )}
          <IconButton
            label={`Remove ${one} ${index + 1}`}
            onClick={() => onChange(value.filter((_model, at) => at !== index))}
          >
            <CloseIcon />
          </IconButton>
        </div>
      ))}
      <p id={said} className={`text-xs ${problem === undefined ? 'text-quiet' : 'text-bad'}`}>
        {problem ?? hint}
      </p>
      <div className="flex">
        <Button onClick={() => onChange([...value, ''])}>Add {one}</Button>
      </div>
    </fieldset>
  );
}
