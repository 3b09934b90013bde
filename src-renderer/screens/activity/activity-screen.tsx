import { Toggle } from '@base-ui/react/toggle';
import { useCallback, useDeferredValue, useMemo, useRef, useState } from 'react';
import type { ActivityRow } from '../../../src-shared/activity.ts';
import { PauseIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { SearchField } from '../../components/search-field.tsx';
import { Switch } from '../../components/switch.tsx';
import { type Control, type ControlFailure, describeFailure } from '../../control.ts';
import type { Activity } from '../../use-activity.ts';
import { ActivityList } from './activity-list.tsx';
import { Filters } from './filters.tsx';
import { NoActivity } from './no-activity.tsx';
import { RequestPanel } from './request-panel.tsx';
import { everything, filtered, type RowFilter } from './row-filter.ts';

/** What agents ask and what becomes of it, live. */
export function ActivityScreen({
  control,
  activity,
  failure,
  baseUrl,
}: {
  readonly control: Control;
  readonly activity: Activity;
  /** Why the service can't be asked; null where it can. */
  readonly failure: ControlFailure | null;
  readonly baseUrl: string | null;
}) {
  const [filter, setFilter] = useState<RowFilter>(everything);
  const [held, setHeld] = useState<readonly ActivityRow[] | null>(null);
  const [opened, setOpened] = useState<{ readonly id: string; readonly byKey: boolean } | null>(null);
  const [refused, setRefused] = useState<ControlFailure | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const rows = held ?? activity.rows;
  const wanted = useDeferredValue(filter);
  const shown = useMemo(() => filtered(rows, wanted), [rows, wanted]);
  const { overview, store } = activity;
  const streaming = overview?.streamingLog === true;
  const row = activity.rows.findLast(({ id }) => id === opened?.id);

  const setStreaming = useCallback(
    (on: boolean) => {
      control.activity.setStreamingLog({ on }).then(
        (next) => {
          setRefused(null);
          store.overviewIs(next);
        },
        (cause: unknown) => setRefused(describeFailure(cause)),
      );
    },
    [control, store],
  );
  const open = useCallback((id: string, byKey: boolean) => setOpened({ id, byKey }), []);
  const close = useCallback(() => {
    setOpened(null);
    list.current?.focus();
  }, []);
  const change = (changed: Partial<RowFilter>) => {
    const next = { ...filter, ...changed };
    const any = next.search === '' && next.agent === '' && next.model === '' && next.state === 'all';
    setFilter(any ? everything : next);
  };

  return (
    <>
      <header className="flex min-h-14 shrink-0 flex-wrap items-center gap-x-2 gap-y-2 lg:gap-x-3 border-b border-line bg-raised px-5 py-2 max-sm:px-3">
        <h1 className="font-semibold">Activity</h1>
        <span className="text-quiet max-lg:hidden">{countWords(shown.length, rows.length)}</span>
        <span className="flex-1" />
        {rows.length > 0 && (
          <>
            <Filters agents={activity.agents} models={activity.models} filter={filter} onChange={change} />
            <SearchField value={filter.search} onChange={(search) => change({ search })} label="Search requests" />
            <Toggle
              pressed={held !== null}
              onPressedChange={(hold) => setHeld(hold ? activity.rows : null)}
              title="Hold the list still; the gateway goes on"
              className="flex h-8 items-center gap-1.5 rounded-md border border-line bg-ground px-2.5 hover:border-quiet data-[pressed]:border-accent data-[pressed]:text-accent"
            >
              <PauseIcon />
              Hold
            </Toggle>
          </>
        )}
        {overview !== null && (
          // biome-ignore lint/a11y/noLabelWithoutControl: the switch within is the control
          <label
            className="flex h-8 items-center gap-2"
            title={
              overview.streamingLogAllowed
                ? 'Shows answers as they flow and keeps bodies in memory while it is on'
                : 'The settings forbid to keep bodies: activity.captureBodies is "off"'
            }
          >
            <Switch checked={streaming} onChange={setStreaming} disabled={!overview.streamingLogAllowed} />
            Streaming log
          </label>
        )}
      </header>
      <div className="relative flex min-h-0 flex-1">
        <main className="flex min-h-0 min-w-0 flex-1 flex-col">
          {(failure ?? refused) !== null && (
            <div className="p-4">
              <Notice what={(failure ?? refused)?.what ?? ''} remedy={(failure ?? refused)?.remedy ?? ''} />
            </div>
          )}
          {rows.length === 0 ? (
            <NoActivity baseUrl={baseUrl} asking={!activity.connected && failure === null} />
          ) : shown.length === 0 ? (
            <p role="status" className="p-5 text-quiet">
              No request fits. {rows.length.toLocaleString('en')} are hidden by the filters.
            </p>
          ) : (
            <ActivityList
              ref={list}
              rows={shown}
              store={store}
              streaming={streaming}
              opened={opened?.id ?? null}
              onOpen={open}
            />
          )}
        </main>
        {row !== undefined && (
          <RequestPanel
            control={control}
            row={row}
            store={store}
            streaming={streaming}
            baseUrl={baseUrl}
            onStream={overview?.streamingLogAllowed === true ? () => setStreaming(true) : null}
            takesFocus={opened?.byKey === true}
            onReplayed={(id) => open(id, true)}
            onClose={close}
          />
        )}
      </div>
    </>
  );
}

function countWords(shown: number, all: number): string {
  if (all === 0) return '';
  const total = `${all.toLocaleString('en')} ${all === 1 ? 'request' : 'requests'}`;
  return shown === all ? total : `${shown.toLocaleString('en')} of ${total}`;
}
