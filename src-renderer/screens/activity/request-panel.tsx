import { Tabs } from '@base-ui/react/tabs';
import { useEffect, useState } from 'react';
import type { ActivityDetail, ActivityRow, WireBorder } from '../../../src-shared/activity.ts';
import type { ActivityStore } from '../../activity-store.ts';
import { Notice } from '../../components/notice.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { TabList } from '../../components/tab-list.tsx';
import { type Control, type ControlFailure, describeFailure } from '../../control.ts';
import { Differences } from './differences.tsx';
import { ReplayButton } from './replay-button.tsx';
import { RequestSummary } from './request-summary.tsx';
import { clockTime, modelWords } from './request-words.ts';
import { WireView } from './wire-view.tsx';

const agentSide: readonly WireBorder[] = ['agent-to-gateway', 'gateway-to-agent'];
const serverSide: readonly WireBorder[] = ['gateway-to-server', 'server-to-gateway'];

/** One request, from all sides. `onStream` turns the streaming log on; null where that is forbidden. */
export function RequestPanel({
  control,
  row,
  store,
  streaming,
  baseUrl,
  onStream,
  takesFocus,
  onReplayed,
  onClose,
}: {
  readonly control: Control;
  readonly row: ActivityRow;
  readonly store: ActivityStore;
  readonly streaming: boolean;
  readonly baseUrl: string | null;
  readonly onStream: (() => void) | null;
  readonly takesFocus: boolean;
  /** Gets the id of the request that was sent again. */
  readonly onReplayed: (id: string) => void;
  readonly onClose: () => void;
}) {
  const [answered, setDetail] = useState<ActivityDetail | null>(null);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const [tab, setTab] = useState('summary');
  const running = row.state === 'running';
  // Of the request that was open before, until this one's comes.
  const detail = answered?.row.id === row.id ? answered : null;
  // Asked when it is opened, and again when the request has ended.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `running` says when
  useEffect(() => {
    const abort = new AbortController();
    control.activity.request({ id: row.id }, { signal: abort.signal }).then(
      (next) => {
        setDetail(next);
        setFailure(null);
      },
      (cause: unknown) => !abort.signal.aborted && setFailure(describeFailure(cause)),
    );
    return () => abort.abort();
  }, [control, row.id, running, streaming]);

  const tabs = [
    { value: 'summary', name: 'Summary' },
    { value: 'agent', name: 'Agent ↔ Gateway' },
    { value: 'server', name: 'Gateway ↔ Server' },
    { value: 'differences', name: 'Differences' },
    { value: 'diagnostics', name: row.diagnostics === 0 ? 'Diagnostics' : `Diagnostics (${row.diagnostics})` },
  ];
  const panel = 'min-h-0 flex-1 overflow-y-auto px-5 py-4 focus-visible:-outline-offset-2';
  return (
    <SidePanel
      width={tab === 'differences' ? 'columns' : 'wide'}
      title={<code className="font-mono text-[13px]">{modelWords(row)}</code>}
      subtitle={`${row.agent ?? 'Unknown agent'} · ${clockTime(row.startedAt)}`}
      takesFocus={takesFocus}
      onClose={onClose}
    >
      <Tabs.Root
        value={tab}
        onValueChange={(next: unknown) => setTab(String(next))}
        className="flex min-h-0 flex-1 flex-col"
      >
        <div className="px-5 pt-1">
          <TabList label="What of the request" tabs={tabs} />
        </div>
        {failure !== null && (
          <div className="px-5 pt-4">
            <Notice what={failure.what} remedy={failure.remedy} />
          </div>
        )}
        <Tabs.Panel value="summary" className={panel}>
          <RequestSummary row={row} detail={detail} store={store} />
          <ReplayButton key={row.id} control={control} detail={detail} onReplayed={onReplayed} />
        </Tabs.Panel>
        <Tabs.Panel value="agent" className={panel}>
          <WireView
            detail={detail}
            borders={agentSide}
            baseUrl={baseUrl}
            running={running}
            onStream={streaming ? null : onStream}
          />
        </Tabs.Panel>
        <Tabs.Panel value="server" className={panel}>
          <WireView
            detail={detail}
            borders={serverSide}
            baseUrl={null}
            running={running}
            onStream={streaming ? null : onStream}
          />
        </Tabs.Panel>
        <Tabs.Panel value="differences" className={panel}>
          <Differences key={row.id} detail={detail} onStream={streaming ? null : onStream} />
        </Tabs.Panel>
        <Tabs.Panel value="diagnostics" className={panel}>
          <Diagnostics detail={detail} />
        </Tabs.Panel>
      </Tabs.Root>
    </SidePanel>
  );
}

function Diagnostics({ detail }: { readonly detail: ActivityDetail | null }) {
  if (detail === null) return null;
  if (detail.diagnostics.length === 0) {
    return (
      <p className="text-quiet">
        {detail.row.state === 'running'
          ? 'Told when the request has ended.'
          : 'Nothing was left out or said differently on the way.'}
      </p>
    );
  }
  return (
    <ul className="flex flex-col gap-3">
      {detail.diagnostics.map(({ kind, what, why }) => (
        <li key={`${kind} ${what} ${why}`}>
          <p>
            <span className={kind === 'repaired' ? 'text-good' : 'text-warn'}>{kind}</span>{' '}
            <code className="font-mono text-xs wrap-anywhere">{what}</code>
          </p>
          <p className="text-quiet wrap-anywhere">{why}</p>
        </li>
      ))}
    </ul>
  );
}
