import { useCallback, useDeferredValue, useRef, useState } from 'react';
import type { ModelEntry, ModelsReport, ServerEntry } from '../../../src-shared/catalogue.ts';
import { RefreshIcon, SpinnerIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { SearchField } from '../../components/search-field.tsx';
import type { Control } from '../../control.ts';
import type { Polled } from '../../use-polled.ts';
import { ModelPanel } from './model-panel.tsx';
import { NamesSection } from './names-section.tsx';
import { NoServers } from './no-servers.tsx';
import { ServerSection } from './server-section.tsx';

type SettingsState = Awaited<ReturnType<Control['status']>>['settings'];

/** Which models can be called: the servers, what each has loaded, and the names they go by. */
export function ModelsScreen({
  models,
  settings,
  onRefresh,
}: {
  readonly models: Polled<ModelsReport>;
  readonly settings: SettingsState | null;
  readonly onRefresh: () => void;
}) {
  const [search, setSearch] = useState('');
  // Typing must not wait for hundreds of rows.
  const wanted = useDeferredValue(search);
  const [opened, setOpened] = useState<string | null>(null);
  const openedBy = useRef<HTMLElement | null>(null);
  const { answer: report, failure, asking } = models;
  const open = useCallback((id: string, by: HTMLElement) => {
    openedBy.current = by;
    setOpened(id);
  }, []);
  const close = useCallback(() => {
    setOpened(null);
    openedBy.current?.focus();
  }, []);
  const server = report?.servers.find(({ models: all }) => all.some(({ id }) => id === opened));
  const model = server?.models.find(({ id }) => id === opened);
  return (
    <>
      <header className="flex h-14 shrink-0 items-center gap-3 border-b border-line bg-raised px-5 max-sm:h-12">
        <h1 className="font-semibold">Models</h1>
        <span role="status" className="truncate text-quiet max-md:sr-only">
          {report === null || report.servers.length === 0 ? '' : countWords(report)}
        </span>
        <span className="flex-1" />
        {report !== null && report.servers.length > 0 && (
          <SearchField value={search} onChange={setSearch} label="Search models" />
        )}
        <button
          type="button"
          onClick={onRefresh}
          aria-disabled={asking}
          className="flex h-8 items-center gap-2 rounded-md border border-line bg-ground px-3 hover:border-quiet"
        >
          <RefreshIcon turning={asking} />
          {asking ? 'Looking…' : 'Refresh'}
        </button>
      </header>
      <div className="relative flex min-h-0 flex-1">
        <main className="min-h-0 min-w-0 flex-1 overflow-y-auto">
          <div className="mx-auto flex max-w-6xl flex-col gap-4 p-5 max-sm:p-3">
            {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
            {settings?.problems.map((problem) => (
              <Notice
                key={`${problem.line}:${problem.column}:${problem.message}`}
                what={`The settings file has a mistake in line ${problem.line}, column ${problem.column}: ${problem.message}`}
                remedy={`The last good settings stay in force. Mend ${settings.file}; it is read again at once.`}
              />
            ))}
            {report !== null && (
              <Servers
                report={report}
                search={wanted}
                opened={opened}
                onOpen={open}
                settingsFile={settings?.file ?? null}
              />
            )}
            {report === null && failure === null && (
              <p role="status" className="flex items-center gap-2 text-quiet">
                <SpinnerIcon /> Asking Dragoman…
              </p>
            )}
          </div>
        </main>
        {report !== null && server !== undefined && model !== undefined && (
          <ModelPanel key={model.id} report={report} server={server} model={model} onClose={close} />
        )}
      </div>
    </>
  );
}

function Servers({
  report,
  search,
  opened,
  onOpen,
  settingsFile,
}: {
  readonly report: ModelsReport;
  readonly search: string;
  readonly opened: string | null;
  readonly onOpen: (id: string, by: HTMLElement) => void;
  readonly settingsFile: string | null;
}) {
  if (report.servers.length === 0) {
    return (
      <>
        <NoServers settingsFile={settingsFile} />
        <NamesSection report={report} />
      </>
    );
  }
  const found = report.servers
    .map((server) => ({ server, shown: matching(server, search) }))
    .filter(({ shown }) => search === '' || shown.length > 0);
  return (
    <>
      {found.map(({ server, shown }) => (
        <ServerSection key={server.id} server={server} shown={shown} opened={opened} onOpen={onOpen} />
      ))}
      {found.length === 0 && <p className="text-quiet">No model has “{search}” in its name.</p>}
      {search === '' && <NamesSection report={report} />}
    </>
  );
}

function matching(server: ServerEntry, search: string): readonly ModelEntry[] {
  const wanted = search.trim().toLowerCase();
  return server.models.filter((model) => model.id.toLowerCase().includes(wanted));
}

function countWords(report: ModelsReport): string {
  const models = report.servers.reduce((count, server) => count + server.models.length, 0);
  return `${models} ${models === 1 ? 'model' : 'models'} on ${report.servers.length} ${report.servers.length === 1 ? 'server' : 'servers'}`;
}
