import { useId } from 'react';
import { type AliasDraft, type AliasProblems, numberDefaults, reasoningEfforts } from './alias-draft.ts';
import { PairsField } from './pairs-field.tsx';

const input = 'h-8 min-w-0 rounded-md border bg-ground px-2 text-[13px] text-ink placeholder:text-quiet';

/** What an alias asks with where the agent says nothing, under the names that requests have for it. */
export function DefaultsFields({
  draft,
  onChange,
  problems,
  suggested,
}: {
  readonly draft: AliasDraft;
  readonly onChange: (changed: Partial<AliasDraft>) => void;
  readonly problems: AliasProblems;
  /** A temperature that suits the model; null where none is known. */
  readonly suggested: number | null;
}) {
  const said = useId();
  const { numbers, effort } = draft;
  const wrong = numberDefaults.flatMap((name) => {
    const words = problems.numbers[name];
    return words === undefined ? [] : [`${name} ${words}`];
  });
  const isSuggested = suggested !== null && numbers.temperature === '';
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1 font-medium">Where the agent says nothing</legend>
      <div className="grid grid-cols-2 gap-x-2 gap-y-2">
        {numberDefaults.map((name) => (
          <label key={name} className="flex min-w-0 flex-col gap-1 font-mono text-xs text-quiet">
            {name}
            <input
              inputMode="decimal"
              autoComplete="off"
              value={numbers[name]}
              aria-invalid={problems.numbers[name] !== undefined}
              aria-describedby={said}
              onChange={(event) => onChange({ numbers: { ...numbers, [name]: event.target.value } })}
              className={`${input} ${problems.numbers[name] === undefined ? 'border-line' : 'border-bad'}`}
            />
          </label>
        ))}
        <label className="flex min-w-0 flex-col gap-1 font-mono text-xs text-quiet">
          reasoning_effort
          <select
            value={effort}
            onChange={(event) => onChange({ effort: reasoningEfforts.find((one) => one === event.target.value) ?? '' })}
            className={`${input} border-line font-sans`}
          >
            <option value="">not set</option>
            {reasoningEfforts.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p
        id={said}
        {...(wrong.length > 0 && { role: 'alert' })}
        className={`text-xs ${wrong.length > 0 ? 'text-bad' : 'text-quiet'}`}
      >
        {wrong.length > 0 ? `${wrong.join('; ')}.` : 'Added to its requests; what an agent says itself stands.'}
      </p>
      {isSuggested && (
        <p className="flex flex-wrap items-center gap-x-2 text-xs">
          <span>A model for code does best with little chance.</span>
          <button
            type="button"
            onClick={() => onChange({ numbers: { ...numbers, temperature: String(suggested) } })}
            className="rounded text-accent hover:underline"
          >
            Use temperature {suggested}
          </button>
        </p>
      )}
      <div className="pt-2">
        <PairsField
          title="Arguments of the chat template"
          one="argument"
          pairs={draft.templateArguments}
          onChange={(templateArguments) => onChange({ templateArguments })}
          problem={problems.templateArguments}
        />
      </div>
    </fieldset>
  );
}
