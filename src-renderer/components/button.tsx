import type { ReactNode } from 'react';

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
  submits = false,
  label,
}: {
  readonly children: ReactNode;
  readonly onClick?: () => void;
  readonly look?: keyof typeof looks;
  readonly disabled?: boolean;
  readonly submits?: boolean;
  /** Says more than the words where those need what stands around them. */
  readonly label?: string;
}) {
  return (
    <button
      type={submits ? 'submit' : 'button'}
      onClick={onClick}
      disabled={disabled}
      aria-label={label}
      className={`flex h-8 shrink-0 items-center gap-2 rounded-md border px-3 whitespace-nowrap disabled:opacity-50 ${looks[look]}`}
    >
      {children}
    </button>
  );
}
