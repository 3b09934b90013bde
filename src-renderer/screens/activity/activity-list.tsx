import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type Ref, useImperativeHandle, useRef, useState } from 'react';
import type { ActivityRow } from '../../../src-shared/activity.ts';
import type { ActivityStore } from '../../activity-store.ts';
import { columns, RequestRow } from './request-row.tsx';

/** Heights in px: one line, or two where a second tells what flows. */
const lineHeight = 34;
const streamingHeight = 54;

/** The requests, given oldest first and shown newest first, as a grid of which only what is seen is in the page. Arrow keys choose, ⏎ opens. */
export function ActivityList({
  ref,
  rows,
  store,
  streaming,
  opened,
  onOpen,
}: {
  readonly ref: Ref<HTMLDivElement>;
  readonly rows: readonly ActivityRow[];
  readonly store: ActivityStore;
  readonly streaming: boolean;
  readonly opened: string | null;
  /** `byKey`: by ⏎, so that the focus should follow. */
  readonly onOpen: (id: string, byKey: boolean) => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  useImperativeHandle<HTMLDivElement | null, HTMLDivElement | null>(ref, () => scroller.current, []);
  const [chosen, setChosen] = useState<string | null>(null);
  const [followed, setFollowed] = useState(opened);
  // What was opened elsewhere (a replay) is what the arrow keys go on from.
  if (opened !== followed) {
    setFollowed(opened);
    if (opened !== null) setChosen(opened);
  }
  const height = streaming ? streamingHeight : lineHeight;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 8,
  });
  const rowAt = (index: number): ActivityRow | undefined => rows[rows.length - 1 - index];
  const found = chosen === null ? -1 : rows.findLastIndex(({ id }) => id === chosen);
  const chosenIndex = found === -1 ? -1 : rows.length - 1 - found;

  const choose = (index: number) => {
    const at = Math.max(0, Math.min(rows.length - 1, index));
    const row = rowAt(at);
    if (row === undefined) return;
    setChosen(row.id);
    virtual.scrollToIndex(at);
    if (opened !== null) onOpen(row.id, false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ' ') {
      if (chosen !== null) onOpen(chosen, true);
    } else {
      const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / height) - 2);
      const steps: Readonly<Record<string, number>> = {
        ArrowDown: chosenIndex + 1,
        ArrowUp: chosenIndex - 1,
        PageDown: chosenIndex + page,
        PageUp: chosenIndex - page,
        Home: 0,
        End: rows.length - 1,
      };
      const next = steps[event.key];
      if (next === undefined) return;
      choose(next);
    }
    event.preventDefault();
  };

  const items = virtual.getVirtualItems();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table can't leave out the rows that are not seen
    <div
      ref={scroller}
      role="grid"
      aria-label="Requests"
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={items.some(({ index }) => index === chosenIndex) ? `request-${chosen}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      className="@container min-h-0 flex-1 overflow-y-auto overflow-x-hidden focus-visible:-outline-offset-2"
    >
      {/* biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: see above */}
      <div
        role="row"
        aria-rowindex={1}
        className="sticky top-0 z-[5] flex h-8 items-center gap-3 border-b border-line bg-ground px-4 text-xs text-quiet"
      >
        {columns.map(({ name, className }) => (
          // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: see above
          <span key={name} role="columnheader" className={`truncate ${className}`}>
            {name}
          </span>
        ))}
      </div>
      <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rowAt(item.index);
          if (row === undefined) return null;
          return (
            <RequestRow
              key={row.id}
              row={row}
              index={item.index}
              top={item.start}
              height={height}
              store={store}
              streaming={streaming}
              chosen={row.id === chosen}
              onOpen={(id) => {
                setChosen(id);
                onOpen(id, false);
              }}
            />
          );
        })}
      </div>
    </div>
  );
}
