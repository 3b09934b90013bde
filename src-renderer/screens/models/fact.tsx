import type { ReactNode } from 'react';

/** A line of a list of facts (`dl`). */
export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex items-baseline gap-3">
      <dt className="w-32 shrink-0 text-quiet">{name}</dt>
      <dd className="min-w-0 flex-1">{children}</dd>
    </div>
  );
}
