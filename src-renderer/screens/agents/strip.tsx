import type { ReactNode } from 'react';
import { InfoIcon, WarningIcon } from '../../components/icons.tsx';

/** A part of a card that tells what is to be looked at; `quiet`: what is only to be known. */
export function Strip({ children, quiet = false }: { readonly children: ReactNode; readonly quiet?: boolean }) {
  return (
    <div className="flex items-start gap-2">
      <span className={`-ml-0.5 mt-0.5 ${quiet ? 'text-quiet' : 'text-warn'}`}>
        {quiet ? <InfoIcon /> : <WarningIcon />}
      </span>
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}
