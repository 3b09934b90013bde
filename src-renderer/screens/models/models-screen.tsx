import { useEffect, useRef, useState } from 'react';
import type { ModelEntry, ModelsReport, ServerEntry } from '../../../src-shared/catalogue.ts';
import { LogoIcon, RefreshIcon, SearchIcon, SpinnerIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import type { Control } from '../../control.ts';
import type { Polled } from '../../use-polled.ts';
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
  const { answer: report, failure, asking } = models;
  return (
    <>
      <header className="flex h-14 shrink-0 items-center gap-3 border-b border-line bg-raised px-5">
        <LogoIcon />
        <span className="font-semibold max-sm:hidden">Dragoman</span>
        <span aria-hidden="true" className="text-line max-sm:hidden">
          /
        </span>
        <h1>Models</h1>
        <span role="status" className="truncate text-quiet max-md:sr-only">
          {report === null || report.servers.length === 0 ? '' : countWords(report)}
        </span>
        <span className="flex-1" />
        {report !== null && report.servers.length > 0 && <SearchField value={search} onChange={setSearch} />}
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
      <main className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-6xl flex-col gap-4 p-5">
          {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
          {settings?.problems.map((problem) => (
            <Notice
              key={`${problem.line}:${problem.column}:${problem.message}`}
              what={`The settings file has a mistake in line ${problem.line}, column ${problem.column}: ${problem.message}`}
              remedy={`The last good settings stay in force. Mend ${settings.file}; it is read again at once.`}
            />
          ))}
          {report !== null && <Servers report={report} search={search} settingsFile={settings?.file ?? null} />}
          {report === null && failure === null && (
            <p role="status" className="flex items-center gap-2 text-quiet">
              <SpinnerIcon /> Asking Dragoman…
            </p>
          )}
        </div>
      </main>
    </>
  );
}

function Servers({
  report,
  search,
  settingsFile,
}: {
  readonly report: ModelsReport;
  readonly search: string;
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
        <ServerSection key={server.id} server={server} shown={shown} />
      ))}
      {found.length === 0 && <p className="text-quiet">No model has “{search}” in its name.</p>}
      {search === '' && <NamesSection report={report} />}
    </>
  );
}

function SearchField({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focusBySlash = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener('keydown', focusBySlash);
    return () => document.removeEventListener('keydown', focusBySlash);
  }, []);
  return (
    <span className="relative flex items-center">
      <span className="pointer-events-none absolute left-2.5 text-quiet">
        <SearchIcon />
      </span>
      <input
        ref={field}
        type="search"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onChange('');
        }}
        aria-label="Search models"
        aria-keyshortcuts="/"
        placeholder="Search  /"
        className="h-8 w-48 rounded-md max-sm:w-32 border border-line bg-ground pr-2 pl-8 placeholder:text-quiet"
      />
    </span>
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
