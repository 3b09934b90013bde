import { type ReactNode, useEffect, useId, useState } from 'react';
import type { ChangeableSetting, SettingValue } from '../../../src-shared/settings-contract.ts';
import { WarningIcon } from '../../components/icons.tsx';
import { Switch } from '../../components/switch.tsx';
import type { Control } from '../../control.ts';
import { Row } from './section.tsx';
import { useSaved } from './use-saved.ts';

interface FieldProps {
  readonly control: Control;
  readonly setting: ChangeableSetting;
  readonly name: string;
  readonly hint?: ReactNode;
  /** The file can't be written now. */
  readonly readOnly: boolean;
}

/**
 * A setting that is typed. It is written with Enter or when the field is left; Esc takes back what was typed. `read` makes the value of
 * what was typed; the service judges it.
 */
export function TypedSetting({
  control,
  setting,
  name,
  hint,
  readOnly,
  text,
  read,
  unit,
  wide = false,
  after,
}: FieldProps & {
  /** The value in force as one would type it. */
  readonly text: string;
  readonly read: (typed: string) => SettingValue;
  readonly unit?: string;
  readonly wide?: boolean;
  /** Below the field. */
  readonly after?: ReactNode;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const { save, forget, problem, done } = useSaved(control, setting);
  const id = useId();
  // What came from elsewhere meanwhile is shown, not what was refused before.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `text` says when
  useEffect(() => {
    setTyped(null);
    forget();
  }, [text, forget]);

  const write = () => {
    if (typed === null) return;
    if (typed.trim() === text) return back();
    void save(read(typed.trim())).then((written) => written && setTyped(null));
  };
  const back = () => {
    setTyped(null);
    forget();
  };
  return (
    <Row
      name={<label htmlFor={id}>{name}</label>}
      hint={hint}
      hintId={`${id}-hint`}
      note={
        <>
          <Problem id={`${id}-problem`} name={name} problem={problem} />
          {after}
        </>
      }
    >
      <span className="flex items-center justify-end gap-2 max-sm:justify-start">
        <Done done={done} />
        <input
          id={id}
          value={typed ?? text}
          readOnly={readOnly}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={problem !== null}
          aria-describedby={`${id}-problem ${id}-hint`}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={write}
          onKeyDown={(event) => {
            if (event.key === 'Enter') write();
            if (event.key === 'Escape') back();
          }}
          className={`h-8 rounded-md border bg-ground px-2.5 read-only:bg-raised read-only:text-quiet ${wide ? 'w-56' : 'w-24 text-right'} ${
            problem === null ? 'border-line' : 'border-bad'
          }`}
        />
        {unit !== undefined && <span className="w-14 text-quiet">{unit}</span>}
      </span>
    </Row>
  );
}

/** A setting that is on or off, and written at once. */
export function SwitchSetting({ control, setting, name, hint, readOnly, on }: FieldProps & { readonly on: boolean }) {
  const { save, problem, done } = useSaved(control, setting);
  const id = useId();
  return (
    <Row
      name={name}
      nameId={`${id}-name`}
      hint={hint}
      hintId={`${id}-hint`}
      note={<Problem id={`${id}-problem`} name={name} problem={problem} />}
    >
      <span className="flex items-center justify-end gap-2 max-sm:justify-start">
        <Done done={done} />
        <Switch
          checked={on}
          onChange={(checked) => void save(checked)}
          disabled={readOnly}
          labelledBy={`${id}-name`}
          describedBy={`${id}-hint`}
        />
      </span>
    </Row>
  );
}

/** A setting with a few values to choose from, written at once. */
export function ChoiceSetting<Value extends string>({
  control,
  setting,
  name,
  hint,
  readOnly,
  value,
  choices,
}: FieldProps & {
  readonly value: Value;
  readonly choices: readonly { readonly value: Value; readonly name: string }[];
}) {
  const { save, problem, done } = useSaved(control, setting);
  const id = useId();
  return (
    <Row name={name} hint={hint} note={<Problem id={`${id}-problem`} name={name} problem={problem} />}>
      <span className="flex items-center justify-end gap-2 max-sm:justify-start">
        <Done done={done} />
        <fieldset
          disabled={readOnly}
          className="flex rounded-md border border-line bg-ground p-0.5 disabled:opacity-60"
        >
          <legend className="sr-only">{name}</legend>
          {choices.map((choice) => (
            <label
              key={choice.value}
              className="flex h-6.5 items-center rounded px-3 text-quiet has-checked:bg-line/70 has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
            >
              <input
                type="radio"
                name={id}
                value={choice.value}
                checked={choice.value === value}
                onChange={() => void save(choice.value)}
                className="sr-only"
              />
              {choice.name}
            </label>
          ))}
        </fieldset>
      </span>
    </Row>
  );
}

/** Why a value was refused, below its field. */
function Problem({
  id,
  name,
  problem,
}: {
  readonly id: string;
  readonly name: string;
  readonly problem: string | null;
}) {
  return (
    <p id={id} role="alert" className={problem === null ? 'sr-only' : 'mt-1 flex items-start gap-1.5 text-bad'}>
      {problem !== null && (
        <>
          <span className="mt-0.5">
            <WarningIcon />
          </span>
          {problem.startsWith('must') ? `${name} ${problem}.` : `${problem.charAt(0).toUpperCase()}${problem.slice(1)}`}
        </>
      )}
    </p>
  );
}

function Done({ done }: { readonly done: boolean }) {
  return (
    <span role="status" className="text-xs text-good">
      {done ? 'Saved' : ''}
    </span>
  );
}

/** What was typed as a number; as it is where it is none, which the service then refuses in its own words. */
export function readNumber(typed: string): string | number {
  const number = Number(typed);
  return typed === '' || Number.isNaN(number) ? typed : number;
}
