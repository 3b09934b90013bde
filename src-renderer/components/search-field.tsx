import { useEffect, useRef } from 'react';
import { SearchIcon } from './icons.tsx';

/** A search that `/` jumps to and Esc empties. `label` says what is searched. */
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
    const focusBySlash = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener('keydown', focusBySlash);
    return () => document.removeEventListener('keydown', focusBySlash);
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
        aria-keyshortcuts="/"
        placeholder="Search  /"
        className="h-8 w-28 min-w-0 lg:w-44 rounded-md border border-line bg-ground pr-2 pl-8 placeholder:text-quiet"
      />
    </span>
  );
}
