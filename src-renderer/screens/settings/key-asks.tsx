import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';

/** Asks for another text in the place of a key's row: its name, its models. */
export function AskText({
  label,
  hint,
  value,
  action,
  onText,
  onCancel,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly action: string;
  /** What was typed, without blanks around it; never empty. */
  readonly onText: (text: string) => void;
  readonly onCancel: () => void;
}) {
  const id = useId();
  const [typed, setTyped] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() !== '') onText(typed.trim());
  };
  return (
    <form onSubmit={submit} className="flex flex-1 flex-wrap items-center gap-2">
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <input
        id={id}
        ref={field}
        value={typed}
        maxLength={2_000}
        spellCheck={false}
        autoComplete="off"
        {...(hint !== undefined && { 'aria-describedby': `${id}-hint` })}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onCancel();
        }}
        className="h-8 min-w-0 flex-1 rounded-md border border-line bg-ground px-2.5"
      />
      <Button submits look="main" disabled={typed.trim() === ''}>
        {action}
      </Button>
      <Button onClick={onCancel}>Cancel</Button>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="basis-full text-xs text-quiet">
          {hint}
        </p>
      )}
    </form>
  );
}

/** Asks below a key's row whether it is to be done. */
export function AskFirst({
  label,
  question,
  action,
  look,
  keep,
  onYes,
  onNo,
}: {
  readonly label: string;
  /** What it means. */
  readonly question: ReactNode;
  readonly action: string;
  readonly look: 'main' | 'danger';
  /** What leaves it as it is. */
  readonly keep: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
}) {
  const asked = useRef<HTMLFieldSetElement>(null);
  useEffect(() => asked.current?.focus(), []);
  return (
    <fieldset
      ref={asked}
      tabIndex={-1}
      aria-label={label}
      className="mt-2 flex flex-wrap items-center gap-2 outline-none"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onNo();
      }}
    >
      <div className="min-w-0 flex-1 basis-64 wrap-anywhere">{question}</div>
      <span className="flex gap-2">
        <Button look={look} onClick={onYes}>
          {action}
        </Button>
        <Button onClick={onNo}>{keep}</Button>
      </span>
    </fieldset>
  );
}
