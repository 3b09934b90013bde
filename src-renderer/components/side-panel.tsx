import { type ReactNode, useEffect, useRef } from 'react';
import { IconButton } from './icon-button.tsx';
import { CloseIcon } from './icons.tsx';

const beside = 'xl:static xl:shrink-0 xl:shadow-none';
const widths = {
  narrow: `sm:w-[min(26rem,92%)] ${beside}`,
  wide: `sm:w-[min(36rem,92%)] ${beside}`,
  columns: 'sm:w-[min(36rem,92%)] min-[68.75rem]:w-[min(62rem,85%)]',
} as const;

/**
 * What was opened, at the right of its screen: beside the list where there is room, else over it; a small window it fills. Esc closes it. With
 * `takesFocus` it takes the focus when it opens; giving it back is left to whoever opened it.
 */
export function SidePanel({
  title,
  subtitle,
  onClose,
  takesFocus,
  width = 'narrow',
  children,
}: {
  readonly title: ReactNode;
  readonly subtitle?: ReactNode;
  readonly onClose: () => void;
  readonly takesFocus: boolean;
  /** `columns`: room for two columns where the window has it, over most of the list. */
  readonly width?: keyof typeof widths;
  readonly children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  useEffect(() => {
    const closeByEscape = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) onClose();
    };
    document.addEventListener('keydown', closeByEscape);
    return () => document.removeEventListener('keydown', closeByEscape);
  }, [onClose]);
  return (
    <aside
      aria-labelledby="panel-title"
      className={`flex flex-col border-line bg-raised max-sm:fixed max-sm:inset-0 max-sm:z-30 sm:absolute sm:inset-y-0 sm:right-0 sm:z-10 sm:border-l sm:shadow-xl ${widths[width]}`}
    >
      <header className="flex items-start gap-2 border-b border-line px-5 py-3">
        <div className="min-w-0 flex-1">
          <h2 id="panel-title" ref={heading} tabIndex={-1} className="font-semibold wrap-anywhere outline-none">
            {title}
          </h2>
          {subtitle !== undefined && <p className="text-quiet wrap-anywhere">{subtitle}</p>}
        </div>
        <span className="-my-0.5 -mr-2">
          <IconButton label="Close" title="Close  Esc" keys="Escape" onClick={onClose}>
            <CloseIcon />
          </IconButton>
        </span>
      </header>
      {children}
    </aside>
  );
}
