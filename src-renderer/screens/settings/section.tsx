import type { ReactNode } from 'react';

/** A part of the settings under a heading, whose rows stand in one frame. */
export function Section({
  id,
  title,
  intro,
  aside,
  children,
}: {
  readonly id: string;
  readonly title: string;
  readonly intro?: ReactNode;
  /** Beside the heading. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section id={id} aria-label={`Settings: ${title}`} className="flex scroll-mt-4 flex-col gap-2">
      <header className="flex min-h-8 items-end gap-3">
        <div className="min-w-0 flex-1">
          <h2 id={`${id}-title`} tabIndex={-1} className="font-semibold outline-none">
            {title}
          </h2>
          {intro !== undefined && <p className="text-quiet">{intro}</p>}
        </div>
        {aside}
      </header>
      <div className="divide-y divide-line rounded-lg border border-line bg-raised">{children}</div>
    </section>
  );
}

/** A line of a section: what it is at the left, its control or value at the right, below what went wrong with it. */
export function Row({
  name,
  nameId,
  hint,
  hintId,
  note,
  children,
}: {
  readonly name: ReactNode;
  readonly nameId?: string;
  readonly hint?: ReactNode;
  readonly hintId?: string;
  readonly note?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <div className="px-4 py-3">
      <div className="flex items-center gap-x-6 gap-y-2 max-sm:flex-col max-sm:items-stretch">
        <div className="min-w-0 flex-1">
          <p id={nameId}>{name}</p>
          {hint !== undefined && (
            <p id={hintId} className="text-xs text-quiet">
              {hint}
            </p>
          )}
        </div>
        {children}
      </div>
      {note}
    </div>
  );
}
