import { type ReactNode, useEffect, useRef } from 'react';
import { Button } from '../../components/button.tsx';

/** What takes the place of the cards for a while; `--side` is the free space beside its column. Its heading takes the focus; Esc and the button lead back. */
export function Page({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    const closeByEscape = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) onClose();
    };
    document.addEventListener('keydown', closeByEscape);
    return () => document.removeEventListener('keydown', closeByEscape);
  }, [onClose]);
  return (
    <>
      <header className="flex h-14 shrink-0 items-center gap-3 border-b border-line bg-raised px-5 max-sm:h-12 max-sm:px-3">
        <Button onClick={onClose} label="Back to the agents">
          <span aria-hidden="true">‹</span> Agents
        </Button>
        <h1 ref={heading} tabIndex={-1} className="min-w-0 truncate font-semibold outline-none">
          {title}
        </h1>
      </header>
      <main className="@container relative flex min-h-0 flex-1 flex-col overflow-y-auto">
        <div className="flex w-full flex-1 flex-col gap-4 px-(--side) py-5 [--side:max(1.25rem,calc((100cqw-70rem)/2))] max-sm:py-3 max-sm:[--side:0.75rem]">
          {children}
        </div>
      </main>
    </>
  );
}
