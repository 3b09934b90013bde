import { useId } from 'react';
import type { Timeouts } from '../../../src-shared/settings.ts';
import { type TypedTimeouts, timeoutProblem } from './typed-timeouts.ts';

const limits: readonly { readonly name: keyof Timeouts; readonly label: string }[] = [
  { name: 'connectMs', label: 'To connect' },
  { name: 'firstByteMs', label: 'To answer' },
  { name: 'idleMs', label: 'Of silence' },
];

/** The time limits of a request, in seconds. `otherwise`: those that hold where nothing is typed; null where that depends. */
export function TimeoutFields({
  value,
  otherwise,
  onChange,
  hint,
}: {
  readonly value: TypedTimeouts;
  readonly otherwise: Timeouts | null;
  readonly onChange: (value: TypedTimeouts) => void;
  readonly hint: string;
}) {
  const said = useId();
  const first = limits.find(({ name }) => timeoutProblem(name, value) !== null);
  const problem = first === undefined ? null : `“${first.label}” ${timeoutProblem(first.name, value) ?? ''}`;
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="mb-1 font-medium">Seconds at most</legend>
      <div className="grid grid-cols-3 gap-1.5">
        {limits.map(({ name, label }) => (
          <label key={name} className="flex min-w-0 flex-col gap-1 text-xs text-quiet">
            {label}
            <input
              inputMode="decimal"
              autoComplete="off"
              value={value[name]}
              placeholder={otherwise === null ? '' : String(otherwise[name] / 1000)}
              aria-invalid={timeoutProblem(name, value) !== null}
              aria-describedby={said}
              onChange={(event) => onChange({ ...value, [name]: event.target.value })}
              className={`h-8 min-w-0 rounded-md border bg-ground px-2 text-[13px] text-ink placeholder:text-quiet ${timeoutProblem(name, value) === null ? 'border-line' : 'border-bad'}`}
            />
          </label>
        ))}
      </div>
      <p
        id={said}
        {...(problem !== null && { role: 'alert' })}
        className={`text-xs ${problem === null ? 'text-quiet' : 'text-bad'}`}
      >
        {problem ?? hint}
      </p>
    </fieldset>
  );
}
