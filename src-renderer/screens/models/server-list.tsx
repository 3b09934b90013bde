import type { ModelEntry, ModelsReport, ServerEntry } from '../../../src-shared/catalogue.ts';
import type { CheckupSummary } from '../../../src-shared/checkup.ts';
import type { ListedServer } from '../../../src-shared/control.ts';
import type { Pull } from '../../../src-shared/model-pulls.ts';
import { Button } from '../../components/button.tsx';
import type { Control } from '../../control.ts';
import { NamesSection } from './names-section.tsx';
import { NoServers } from './no-servers.tsx';
import type { ServerTask } from './server-panel.tsx';
import { ServerSection, serverTitle } from './server-section.tsx';
import type { ModelLoading } from './use-model-loading.ts';

/** The servers with their models, and the further names of those; of all that what the search leaves. */
export function ServerList({
  control,
  report,
  looking,
  listed,
  search,
  opened,
  loading,
  checkups,
  pulls,
  readOnly,
  onOpen,
  onTask,
  onAlias,
  onConfirm,
  onChanged,
  onNamesChanged,
  onShowAll,
}: {
  readonly control: Control;
  readonly report: ModelsReport;
  readonly looking: boolean | null;
  readonly listed: readonly ListedServer[];
  readonly search: string;
  readonly opened: string | null;
  readonly loading: ModelLoading;
  readonly checkups: readonly CheckupSummary[];
  readonly pulls: readonly Pull[];
  readonly readOnly: string | null;
  readonly onOpen: (id: string, by: HTMLElement) => void;
  readonly onTask: (task: ServerTask, by: HTMLElement) => void;
  readonly onAlias: (id: string | null, by: HTMLElement) => void;
  readonly onConfirm: (id: string) => void;
  readonly onChanged: () => void;
  readonly onNamesChanged: () => Promise<void>;
  /** Ends the search. */
  readonly onShowAll: () => void;
}) {
  const wanted = search.trim().toLowerCase();
  const aliases = report.aliases.filter(({ id, target }) => `${id} ${target}`.toLowerCase().includes(wanted));
  const names = (
    <NamesSection
      control={control}
      report={report}
      aliases={aliases}
      searched={wanted !== ''}
      readOnly={readOnly}
      onAlias={onAlias}
      onChanged={onNamesChanged}
    />
  );
  if (report.servers.length === 0) {
    return (
      <>
        <NoServers control={control} looking={looking} readOnly={readOnly} onAdded={onChanged} />
        {(report.aliases.length > 0 || Object.keys(report.slots).length > 0) && names}
      </>
    );
  }
  const found = report.servers
    .map((server) => ({ server, shown: matching(server, wanted) }))
    .filter(({ server, shown }) => shown.length > 0 || isNamed(server, wanted));
  return (
    <>
      {found.map(({ server, shown }) => (
        <ServerSection
          key={server.id}
          server={server}
          listed={listed.find(({ id }) => id === server.id) ?? null}
          shown={shown}
          opened={opened}
          loading={loading}
          checkups={checkups}
          control={control}
          pulls={pulls.filter((pull) => pull.server === server.id)}
          onOpen={onOpen}
          onTask={onTask}
          onConfirm={onConfirm}
        />
      ))}
      {(wanted === '' || aliases.length > 0) && names}
      {found.length + aliases.length === 0 && (
        <div className="flex flex-col items-center gap-3 py-16 text-center">
          <p className="text-quiet wrap-anywhere">No model, server or alias has “{search}” in its name.</p>
          <Button onClick={onShowAll}>Show all</Button>
        </div>
      )}
    </>
  );
}

/** Of a server that has the name all its models. */
function matching(server: ServerEntry, wanted: string): readonly ModelEntry[] {
  if (isNamed(server, wanted)) return server.models;
  return server.models.filter(({ id }) => id.toLowerCase().includes(wanted));
}

function isNamed(server: ServerEntry, wanted: string): boolean {
  return serverTitle(server).toLowerCase().includes(wanted);
}
