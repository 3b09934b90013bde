import { type ReactNode, useId } from 'react';
import { Words } from '../../components/words.tsx';

const box = 'w-full min-w-0 rounded-md border bg-ground px-2.5 h-8 placeholder:text-quiet';

/** For a form whose buttons stay in sight: a field that gets the focus, and what is said below it, are not left behind them. */
export const aboveButtons = '[&_:is(input,select)]:scroll-mb-28';

/** A labelled field: a hint below it, or what is wrong with it. `children` gets what ties the input to them. */
export function Field({
  label,
  hint,
  problem,
  children,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly problem?: string | undefined;
  readonly children: (tied: {
    readonly id: string;
    readonly 'aria-describedby': string;
    readonly 'aria-invalid': boolean;
    readonly className: string;
  }) => ReactNode;
}) {
  const id = useId();
  const said = `${id}-said`;
  const invalid = problem !== undefined;
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': said,
        'aria-invalid': invalid,
        className: `${box} ${invalid ? 'border-bad' : 'border-line'}`,
      })}
      <p id={said} className={`text-xs wrap-anywhere ${invalid ? 'text-bad' : 'text-quiet'}`}>
        <Words text={problem ?? hint ?? ''} />
      </p>
    </div>
  );
}

export function TextField({
  label,
  value,
  onChange,
  hint,
  problem,
  placeholder,
  mono = false,
  hidden = false,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly problem?: string | undefined;
  readonly placeholder?: string;
  readonly mono?: boolean;
  /** For a secret: it is not shown, and no password store is to offer or to take one. */
  readonly hidden?: boolean;
}) {
  return (
    <Field label={label} problem={problem} {...(hint !== undefined && { hint })}>
      {({ className, ...tied }) => (
        <input
          {...tied}
          type={hidden ? 'password' : 'text'}
          autoComplete={hidden ? 'new-password' : 'off'}
          autoCapitalize="off"
          spellCheck={false}
          value={value}
          placeholder={placeholder}
          onChange={(event) => onChange(event.target.value)}
          className={`${className} ${mono ? 'font-mono text-xs' : ''}`}
        />
      )}
    </Field>
  );
}
