import type { MouseEvent, ReactNode } from 'react';

const looks = {
  plain: 'border-line bg-ground enabled:hover:border-quiet',
  main: 'border-accent bg-accent text-raised enabled:hover:opacity-90',
  danger: 'border-bad bg-ground text-bad enabled:hover:bg-bad enabled:hover:text-raised',
} as const;

/** A button with words. `main`: what one most likely wants here, at most one of them in sight. `danger`: what can't be taken back. */
export function Button({
  children,
  onClick,
  look = 'plain',
  disabled = false,
  busy = false,
  small = false,
  submits = false,
  label,
  title,
}: {
  readonly children: ReactNode;
  readonly onClick?: (event: MouseEvent<HTMLButtonElement>) => void;
  readonly look?: keyof typeof looks;
  readonly disabled?: boolean;
  /** What it started is under way: it keeps the focus. */
  readonly busy?: boolean;
  /** For a bar. */
  readonly small?: boolean;
  readonly submits?: boolean;
  /** Says more than the words where those need what stands around them. */
  readonly label?: string;
  readonly title?: string;
}) {
  return (
    <button
      type={submits ? 'submit' : 'button'}
      onClick={onClick}
      disabled={disabled}
      aria-label={label}
      aria-disabled={busy}
      title={title}
      className={`flex shrink-0 items-center gap-2 rounded-md border ${small ? 'h-7 px-2.5' : 'h-8 px-3'} whitespace-nowrap disabled:opacity-50 ${looks[look]}`}
    >
      {children}
    </button>
  );
}
