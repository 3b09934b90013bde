import type { ReactNode } from 'react';
import { LogoIcon } from './icons.tsx';

export interface Place<Id extends string> {
  readonly id: Id;
  readonly name: string;
  readonly icon: ReactNode;
  /** Beside the name: how many there are; null where that says nothing. */
  readonly count: string | null;
  /** The count in words, for those who hear it. */
  readonly countWords: string | null;
}

/** The places of the window, with what is in each. Ctrl or ⌘ with a digit goes there, too. */
export function Sidebar<Id extends string>({
  places,
  current,
  onGo,
}: {
  readonly places: readonly Place<Id>[];
  readonly current: Id;
  readonly onGo: (id: Id) => void;
}) {
  return (
    <nav
      aria-label="Places"
      className="flex shrink-0 border-line bg-raised max-sm:items-center max-sm:border-b sm:w-44 sm:flex-col sm:border-r"
    >
      <p className="flex h-14 items-center gap-2 px-4 font-semibold max-sm:h-10 max-sm:pr-1">
        <LogoIcon />
        <span className="max-sm:sr-only">Dragoman</span>
      </p>
      <div className="flex gap-0.5 px-2 sm:flex-col">
        {places.map(({ id, name, icon, count, countWords }, index) => (
          <button
            key={id}
            type="button"
            onClick={() => onGo(id)}
            aria-current={id === current ? 'page' : undefined}
            aria-keyshortcuts={`Control+${index + 1} Meta+${index + 1}`}
            className={`flex h-8 items-center gap-2.5 rounded-md px-2.5 text-left max-sm:px-2 ${
              id === current ? 'bg-line/70 font-medium' : 'text-quiet hover:bg-line/40 hover:text-ink'
            }`}
          >
            <span className={`max-sm:hidden ${id === current ? 'text-accent' : ''}`}>{icon}</span>
            <span className="flex-1">{name}</span>
            {count !== null && (
              <>
                <span aria-hidden="true" className="text-xs text-quiet max-sm:hidden">
                  {count}
                </span>
                <span className="sr-only">{countWords}</span>
              </>
            )}
          </button>
        ))}
      </div>
    </nav>
  );
}
