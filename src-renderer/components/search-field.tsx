import { useEffect, useRef } from 'react';
import { SearchIcon } from './icons.tsx';

/** A search that `/`, Ctrl F or ⌘ F jump to and Esc empties. `label` says what is searched. */
export function SearchField({
  value,
  onChange,
  label,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly label: string;
}) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focusByKey = (event: KeyboardEvent) => {
      if (event.altKey || event.target === field.current) return; // A second Ctrl F is the browser's own search.
      const isFind = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f';
      const isSlash = event.key === '/' && !event.ctrlKey && !event.metaKey && !isTyping(event.target);
      if (!isFind && !isSlash) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener('keydown', focusByKey);
    return () => document.removeEventListener('keydown', focusByKey);
  }, []);
  return (
    <span className="relative flex min-w-0 items-center">
      <span className="pointer-events-none absolute left-2.5 text-quiet">
        <SearchIcon />
      </span>
      <input
        ref={field}
        type="search"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          if (value === '') field.current?.blur();
          else onChange('');
        }}
        aria-label={label}
        aria-keyshortcuts="/ Control+F Meta+F"
        placeholder="Search  /"
        className="h-8 w-28 min-w-0 sm:w-40 lg:w-52 rounded-md border border-line bg-ground pr-2 pl-8 placeholder:text-quiet"
      />
    </span>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
  );
}
