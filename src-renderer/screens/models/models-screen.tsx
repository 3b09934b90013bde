import { useCallback, useDeferredValue, useEffect, useRef, useState } from 'react';
import type { ModelsReport } from '../../../src-shared/catalogue.ts';
import type { CheckupSummary } from '../../../src-shared/checkup.ts';
import type { KeyInfo, ListedServer } from '../../../src-shared/control.ts';
import type { Pull } from '../../../src-shared/model-pulls.ts';
import type { SettingsView } from '../../../src-shared/settings-contract.ts';
import { Button } from '../../components/button.tsx';
import { PlusIcon, RefreshIcon, SpinnerIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { SearchField } from '../../components/search-field.tsx';
import { SidePanel } from '../../components/side-panel.tsx';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';
import { useFollowed } from '../../use-followed.ts';
import { type Polled, usePolled } from '../../use-polled.ts';
import { AliasPanel } from './alias-panel.tsx';
import { ModelPanel } from './model-panel.tsx';
import { PullNews } from './pull-news.tsx';
import { ServerList } from './server-list.tsx';
import { ServerPanel, type ServerTask } from './server-panel.tsx';
import { useModelLoading } from './use-model-loading.ts';
import type { AgentUse } from './use-with.tsx';

type SettingsState = Pick<SettingsView, 'file' | 'problems'>;

/** What the panel shows. */
type Opened =
  | { readonly kind: 'model'; readonly id: string }
  | { readonly kind: 'server'; readonly task: ServerTask }
  /** `id` is null for a new one; `from`: the model whose panel it was opened from, and goes back to. */
  | { readonly kind: 'alias'; readonly id: string | null; readonly from: string | null };

const noServers: readonly ListedServer[] = [];
const noCheckups: readonly CheckupSummary[] = [];
const noPulls: readonly Pull[] = [];

/** Which models can be called: the servers, what each has loaded, and the names they go by. */
export function ModelsScreen({
  control,
  models,
  settings,
  looking,
  keys,
  use,
  onRefresh,
}: {
  readonly control: Control;
  readonly models: Polled<ModelsReport>;
  readonly settings: SettingsState | null;
  /** Whether the service looks for servers on this computer. */
  readonly looking: boolean;
  /** The local keys, as far as they are known. */
  readonly keys: readonly KeyInfo[];
  readonly use: AgentUse;
  readonly onRefresh: () => void;
}) {
  const [search, setSearch] = useState('');
  // Typing must not wait for hundreds of rows.
  const wanted = useDeferredValue(search);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const openedBy = useRef<HTMLElement | null>(null);
  const { answer: report, asking, askAgain: askModels } = models;
  const listed = usePolled(useCallback((refresh: boolean) => control.servers.list({ refresh }), [control]));
  const { askAgain: askServers } = listed;
  const servers = listed.answer ?? noServers;
  const checked = usePolled(useCallback(() => control.models.checkups(), [control]));
  const { askAgain: askCheckups } = checked;
  const askAgain = useCallback(async () => {
    await Promise.all([askModels(), askServers()]);
  }, [askModels, askServers]);
  const pulls = useFollowed(
    useCallback((signal: AbortSignal) => control.models.pulls(undefined, { signal }), [control]),
  );
  // What is no longer fetched may be there now.
  const pullCount = pulls?.length ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the count is what to look at
  useEffect(() => {
    void askModels();
  }, [pullCount, askModels]);
  const loading = useModelLoading(control, askAgain);
  const open = useCallback((what: Opened, by: HTMLElement) => {
    openedBy.current = by;
    setOpened(what);
  }, []);
  const openModel = useCallback((id: string, by: HTMLElement) => open({ kind: 'model', id }, by), [open]);
  const close = useCallback(() => {
    setOpened(null);
    openedBy.current?.focus();
  }, []);
  const leaveAlias = (from: string | null) => {
    if (from === null) close();
    else setOpened({ kind: 'model', id: from });
  };
  // A server that is new or has moved is asked before it is shown.
  const changed = () => {
    void askServers();
    models.askNow();
  };
  const confirm = (id: string) => {
    setFailure(null);
    control.secrets.confirm({ upstream: id }).then(changed, (cause: unknown) => {
      setFailure(describeRefusal('Its secret is not sent.', cause));
    });
  };
  const readOnly =
    settings === null || settings.problems.length === 0
      ? null
      : `The settings file has a mistake. Mend ${settings.file} first; it is read again at once.`;
  const modelId = opened?.kind === 'model' ? opened.id : null;
  const server = report?.servers.find(({ models: all }) => all.some(({ id }) => id === modelId));
  const model = server?.models.find(({ id }) => id === modelId);
  return (
    <>
      <header className="flex h-14 shrink-0 items-center gap-3 border-b border-line bg-raised px-5 max-sm:h-12 max-sm:gap-2 max-sm:px-3">
        <h1 className="font-semibold">Models</h1>
        <span role="status" className="truncate text-quiet max-lg:sr-only">
          {report === null || report.servers.length === 0 ? '' : countWords(report)}
        </span>
        <span className="flex-1" />
        {report !== null && report.servers.length > 0 && (
          <SearchField value={search} onChange={setSearch} label="Search models" />
        )}
        <Button onClick={onRefresh} busy={asking}>
          <RefreshIcon turning={asking} />
          <span className="max-sm:sr-only">{asking ? 'Looking…' : 'Refresh'}</span>
        </Button>
        <Button onClick={(event) => open({ kind: 'server', task: { kind: 'add' } }, event.currentTarget)}>
          <PlusIcon />
          <span className="max-sm:sr-only">Add server</span>
        </Button>
      </header>
      <PullNews pulls={pulls ?? noPulls} report={report} />
      <div className="relative flex min-h-0 flex-1">
        <main className="relative min-h-0 min-w-0 flex-1 overflow-y-auto">
          <div className="mx-auto flex max-w-6xl flex-col gap-4 p-5 max-sm:p-3">
            {models.failure !== null && <Notice what={models.failure.what} remedy={models.failure.remedy} />}
            {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
            {settings?.problems.map((problem) => (
              <Notice
                key={`${problem.line}:${problem.column}:${problem.message}`}
                what={`The settings file has a mistake in line ${problem.line}, column ${problem.column}: ${problem.message}`}
                remedy={`The last good settings stay in force. Mend ${settings.file}; it is read again at once.`}
              />
            ))}
            {report !== null && (
              <ServerList
                report={report}
                control={control}
                looking={models.failure === null ? looking : null}
                listed={servers}
                search={wanted}
                opened={modelId}
                loading={loading}
                checkups={checked.answer ?? noCheckups}
                pulls={pulls ?? noPulls}
                readOnly={readOnly}
                onOpen={openModel}
                onTask={(task, by) => open({ kind: 'server', task }, by)}
                onAlias={(id, by) => open({ kind: 'alias', id, from: null }, by)}
                onConfirm={confirm}
                onChanged={changed}
                onNamesChanged={askAgain}
                onShowAll={() => setSearch('')}
              />
            )}
            {report === null && models.failure === null && (
              <p role="status" className="flex items-center gap-2 text-quiet">
                <SpinnerIcon /> Asking Dragoman…
              </p>
            )}
          </div>
        </main>
        {report !== null && server !== undefined && model !== undefined && (
          <ModelPanel
            key={model.id}
            control={control}
            report={report}
            server={server}
            model={model}
            keys={keys}
            loading={loading}
            use={use}
            readOnly={readOnly}
            onChanged={askAgain}
            onChecked={askCheckups}
            onAlias={(id) => setOpened({ kind: 'alias', id, from: model.id })}
            onClose={close}
          />
        )}
        {report !== null && modelId !== null && model === undefined && (
          <SidePanel title={<code className="font-mono text-[13px]">{modelId}</code>} onClose={close} takesFocus>
            <p role="status" className="px-5 py-4">
              No server lists this model any more: it was removed, or its server changed. Agents that ask for it get an
              error.
            </p>
          </SidePanel>
        )}
        {report !== null && opened?.kind === 'alias' && (
          <AliasPanel
            key={opened.id}
            control={control}
            report={report}
            id={opened.id}
            model={opened.from ?? report.aliases.find(({ id }) => id === opened.id)?.target ?? ''}
            readOnly={readOnly}
            onSaved={() => {
              void askAgain();
              leaveAlias(opened.from);
            }}
            onClose={() => leaveAlias(opened.from)}
          />
        )}
        {report !== null && opened?.kind === 'server' && (
          <ServerPanel
            key={JSON.stringify(opened.task)}
            control={control}
            task={opened.task}
            servers={servers}
            report={report}
            readOnly={readOnly}
            onDone={changed}
            onClose={close}
          />
        )}
      </div>
    </>
  );
}

function countWords(report: ModelsReport): string {
  const models = report.servers.reduce((count, server) => count + server.models.length, 0);
  return `${models} ${models === 1 ? 'model' : 'models'} on ${report.servers.length} ${report.servers.length === 1 ? 'server' : 'servers'}`;
}
