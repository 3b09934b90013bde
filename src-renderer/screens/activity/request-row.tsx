import type { ReactNode } from 'react';
import type { ActivityRow } from '../../../src-shared/activity.ts';
import type { ActivityStore, LiveSegment } from '../../activity-store.ts';
import { StateIcon, WarningIcon } from '../../components/icons.tsx';
import { useLive } from '../../use-activity.ts';
import {
  cacheShare,
  clockTime,
  duration,
  firstContentWords,
  modelWords,
  promptTokens,
  purposeWords,
  shortCount,
  stateWords,
  tokensPerSecond,
  toolWords,
} from './request-words.ts';

/** The list's columns; those that matter less go where it is narrow. */
export const columns = [
  { name: 'Time', className: 'w-15 shrink-0' },
  { name: 'Agent', className: 'w-24 shrink-0 @max-md:hidden' },
  { name: 'Model', className: 'min-w-0 flex-[3]' },
  { name: 'What', className: 'w-20 shrink-0 @max-4xl:hidden' },
  { name: 'State', className: 'min-w-0 flex-[2]' },
  { name: 'First', className: 'w-13 shrink-0 text-right @max-lg:hidden' },
  { name: 'tok/s', className: 'w-11 shrink-0 text-right @max-lg:hidden' },
  { name: 'In / out', className: 'w-23 shrink-0 text-right @max-2xl:hidden' },
  { name: 'Cache', className: 'w-20 shrink-0 pl-2 @max-3xl:hidden' },
  { name: 'Tools', className: 'w-28 shrink-0 @max-5xl:hidden' },
] as const;

/** One request; `top` and `height` in px within the list. While the streaming log is on a second line tells what flows. */
export function RequestRow({
  row,
  index,
  top,
  height,
  store,
  streaming,
  chosen,
  onOpen,
}: {
  readonly row: ActivityRow;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly store: ActivityStore;
  readonly streaming: boolean;
  readonly chosen: boolean;
  readonly onOpen: (id: string) => void;
}) {
  const speed = tokensPerSecond(row);
  const cells: readonly ReactNode[] = [
    <span key="time" className="text-quiet">
      {clockTime(row.startedAt)}
    </span>,
    row.agent ?? <span className="text-quiet">unknown</span>,
    <code key="model" className="font-mono text-xs" title={modelWords(row)}>
      {modelWords(row)}
    </code>,
    <span key="what" className="text-quiet">
      {purposeWords(row.purpose)}
    </span>,
    <State key="state" row={row} withError={!streaming} />,
    row.firstByteMs === null ? null : (
      <span key="first" title={firstContentWords(row)}>
        {duration(row.firstByteMs)}
      </span>
    ),
    speed === null ? null : speed < 10 ? speed.toFixed(1) : Math.round(speed),
    row.usage === null ? null : `${shortCount(promptTokens(row.usage))} / ${shortCount(row.usage.outputTokens)}`,
    <CacheBar key="cache" row={row} />,
    <span key="tools" className="text-quiet" title={row.tools?.join(', ')}>
      {toolWords(row)}
    </span>,
  ];
  return (
    // biome-ignore lint/a11y: a row of a grid: the grid has the focus and the keys
    <div
      id={`request-${row.id}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      onClick={() => onOpen(row.id)}
      className={`absolute inset-x-0 cursor-default border-b border-line/70 px-4 ${chosen ? 'bg-line/60' : 'hover:bg-line/30'}`}
      style={{ transform: `translateY(${top}px)`, height }}
    >
      <div role="presentation" className="flex h-8.5 items-center gap-3">
        {columns.map(({ name, className }, at) => (
          // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: see the list
          <span key={name} role="gridcell" className={`truncate ${className}`}>
            {cells[at]}
          </span>
        ))}
      </div>
      {streaming && <Flow row={row} store={store} />}
    </div>
  );
}

function State({ row, withError }: { readonly row: ActivityRow; readonly withError: boolean }) {
  const trouble = row.state === 'failed' || row.state === 'refused';
  const colour = trouble
    ? 'text-bad'
    : row.state === 'running'
      ? 'text-accent'
      : row.state === 'aborted'
        ? 'text-warn'
        : 'text-good';
  return (
    <span className="flex min-w-0 items-center gap-1.5" title={row.error?.message}>
      <span className={colour}>
        {trouble ? (
          <WarningIcon />
        ) : (
          <StateIcon state={row.state === 'done' ? 'yes' : row.state === 'running' ? 'unknown' : 'no'} />
        )}
      </span>
      <span className="truncate">
        {stateWords(row)}
        {withError && row.error !== null && <span className="text-quiet"> · {row.error.message}</span>}
      </span>
    </span>
  );
}

/** The part of the prompt that was reused, as a bar and in per cent. */
function CacheBar({ row }: { readonly row: ActivityRow }) {
  const share = cacheShare(row.usage);
  if (share === null) return null;
  const percent = Math.round(share * 100);
  return (
    <span className="flex items-center gap-1.5" title={`${percent} % of the prompt came from the server's cache`}>
      <span aria-hidden="true" className="h-1.5 w-8 overflow-hidden rounded-full bg-line">
        <span className="block h-full bg-accent" style={{ width: `${percent}%` }} />
      </span>
      <span className="text-xs text-quiet">{percent}%</span>
    </span>
  );
}

/** What went wrong, or the end of what was said so far: text, reasoning or the arguments of a call. */
function Flow({ row, store }: { readonly row: ActivityRow; readonly store: ActivityStore }) {
  const live = useLive(store, row.id);
  const last = live?.at(-1);
  if (row.error === null && last === undefined) return null;
  return (
    <p className="flex h-4 min-w-0 items-center gap-3 text-xs text-quiet">
      <span className="w-15 shrink-0 text-right">
        {row.error !== null || last === undefined ? 'why' : segmentWords(last)}
      </span>
      {row.error !== null || last === undefined ? (
        <span className="min-w-0 truncate">{row.error?.message}</span>
      ) : (
        // Shortened at its beginning: the end is what is new.
        <bdi dir="rtl" className="min-w-0 truncate">
          <bdi dir="ltr" className="font-mono">
            {last.text.slice(-240).replace(/\s+/g, ' ')}
          </bdi>
        </bdi>
      )}
    </p>
  );
}

/** What a piece of an answer is, in a word. */
export function segmentWords({ kind, tool }: Pick<LiveSegment, 'kind' | 'tool'>): string {
  switch (kind) {
    case 'text':
      return 'text';
    case 'reasoning':
      return 'thinks';
    case 'arguments':
      return tool === null ? 'tool' : 'calls';
  }
}
