import type { ReactNode } from 'react';

/** A button that is only a picture; `label` says what it does. */
export function IconButton({
  children,
  label,
  onClick,
  title = label,
  keys,
  done = false,
}: {
  readonly children: ReactNode;
  readonly label: string;
  readonly onClick: () => void;
  readonly title?: string;
  /** Keys that do the same, as `aria-keyshortcuts` names them. */
  readonly keys?: string;
  /** True for a moment after it was done, where that is not seen elsewhere. */
  readonly done?: boolean;
}) {
  return (
    <button
      type="button"
      onClick={onClick}
      aria-label={label}
      aria-keyshortcuts={keys}
      title={title}
      className={`rounded p-1 hover:bg-line/60 hover:text-ink ${done ? 'text-good' : 'text-quiet'}`}
    >
      {children}
    </button>
  );
}
