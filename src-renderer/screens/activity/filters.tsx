import type { RowFilter, StateFilter } from './row-filter.ts';

const states: readonly { readonly value: StateFilter; readonly name: string }[] = [
  { value: 'all', name: 'State' },
  { value: 'running', name: 'Running' },
  { value: 'done', name: 'Done' },
  { value: 'failed', name: 'Not well' },
];

/** Which requests are to be shown: by agent, model and state. A choice that is not made shows its own name. */
export function Filters({
  agents,
  models,
  filter,
  onChange,
}: {
  readonly agents: readonly string[];
  readonly models: readonly string[];
  readonly filter: RowFilter;
  readonly onChange: (changed: Partial<RowFilter>) => void;
}) {
  return (
    <>
      <Choice
        label="Agent"
        value={filter.agent}
        options={[{ value: '', name: 'Agent' }, ...agents.map((agent) => ({ value: agent, name: agent }))]}
        onChange={(agent) => onChange({ agent })}
      />
      <Choice
        label="Model"
        value={filter.model}
        options={[{ value: '', name: 'Model' }, ...models.map((model) => ({ value: model, name: model }))]}
        onChange={(model) => onChange({ model })}
      />
      <Choice
        label="State"
        value={filter.state}
        options={states}
        onChange={(value) => onChange({ state: states.find((state) => state.value === value)?.value ?? 'all' })}
      />
    </>
  );
}

function Choice({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly name: string }[];
  readonly onChange: (value: string) => void;
}) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className={`h-8 w-20 truncate lg:w-24 rounded-md border bg-ground px-1.5 ${
        value === '' || value === 'all' ? 'border-line' : 'border-accent text-accent'
      }`}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.name}
        </option>
      ))}
    </select>
  );
}
