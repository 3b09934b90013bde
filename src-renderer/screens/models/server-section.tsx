import type { ModelEntry, ServerEntry } from '../../../src-shared/catalogue.ts';
import type { CheckupSummary } from '../../../src-shared/checkup.ts';
import type { ListedServer } from '../../../src-shared/control.ts';
import type { Pull } from '../../../src-shared/model-pulls.ts';
import { serverKind } from '../../../src-shared/server-kinds.ts';
import type { SecretSource } from '../../../src-shared/settings.ts';
import { Button } from '../../components/button.tsx';
import { SpinnerIcon, StateIcon, WarningIcon } from '../../components/icons.tsx';
import { Words } from '../../components/words.tsx';
import type { Control } from '../../control.ts';
import { contextRemedy } from './context-window.ts';
import { ModelRow } from './model-row.tsx';
import { PullStrip } from './pull-strip.tsx';

import { ServerMenu } from './server-menu.tsx';
import type { ServerTask } from './server-panel.tsx';
import { isAway, stateColour, stateWords } from './server-state.ts';
import { loadingOf, type ModelLoading } from './use-model-loading.ts';

/** A model server with its models; `shown` are those that the search leaves. `listed` is null as long as it is not known what can be done with it. */
export function ServerSection({
  server,
  listed,
  shown,
  opened,
  loading,
  checkups,
  pulls,
  control,
  onOpen,
  onTask,
  onConfirm,
}: {
  readonly control: Control;
  /** What it fetches. */
  readonly pulls: readonly Pull[];
  readonly server: ServerEntry;
  readonly listed: ListedServer | null;
  readonly checkups: readonly CheckupSummary[];
  readonly loading: ModelLoading;
  readonly onTask: (task: ServerTask, by: HTMLElement) => void;
  /** Lets its secret go to where its base URL leads now. */
  readonly onConfirm: (id: string) => void;
  readonly shown: readonly ModelEntry[];
  /** Id of the model whose panel is open. */
  readonly opened: string | null;
  readonly onOpen: (id: string, by: HTMLElement) => void;
}) {
  const title = `server-${server.id}`;
  const remedy = contextRemedy(server);
  return (
    <section aria-labelledby={title} className="@container overflow-hidden rounded-lg border border-line bg-raised">
      <header className="flex items-start gap-3 px-5 py-3">
        <span className={`flex h-7 items-center ${stateColour(server.state)}`}>
          <StateIcon state={server.state === 'up' ? 'yes' : server.state === 'loading' ? 'unknown' : 'no'} />
        </span>
        <div className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-3 py-1">
          <h2 id={title} className={`font-semibold ${isAway(server.state) ? 'text-quiet' : ''}`}>
            {serverTitle(server)}
          </h2>
          <p className="min-w-0 text-quiet">
            <span className={server.state === 'up' ? 'sr-only' : stateColour(server.state)}>
              {stateWords(server.state)}
            </span>
            <span aria-hidden={server.state === 'up'}>{server.state === 'up' ? '' : ' · '}</span>
            <span className="wrap-anywhere">{addressOf(server.baseUrl)}</span>
            {server.version !== null && <span> · {server.version}</span>}
            <span> · {server.found === 'detected' ? 'found on this computer' : 'from your settings'}</span>
            {listed?.secret != null && (
              <span> · {secretWords(listed.secret, listed.secretProblem === null || listed.secretProblem.moved)}</span>
            )}
          </p>
        </div>
        {listed !== null && (
          <span className="-mr-2">
            <ServerMenu server={listed} onTask={onTask} />
          </span>
        )}
      </header>
      {server.state !== 'up' && server.message !== null && listed?.secretProblem?.moved !== true && (
        <Strip text={server.message} colour={stateColour(server.state)} busy={server.state === 'loading'} />
      )}
      {listed?.secretProblem?.moved === true && (
        <div className="flex flex-wrap items-center gap-3 border-t border-line px-5 py-2">
          <p className="flex min-w-0 flex-1 basis-72 items-start gap-2">
            <span className="-ml-0.5 mt-0.5 text-warn">
              <WarningIcon />
            </span>
            <span className="wrap-anywhere">
              Its secret was given for another server and is not sent to {new URL(server.baseUrl).origin}.
            </span>
          </p>
          <Button onClick={() => onConfirm(server.id)}>Send it there</Button>
        </div>
      )}
      {listed?.description?.tls?.insecure === true && (
        <Strip text="Its certificate is not checked, as its settings say." colour="text-warn" />
      )}
      {remedy !== null && <Strip text={remedy} colour="text-warn" />}
      {shown.length > 0 && (
        <ModelTable
          server={server}
          models={shown}
          opened={opened}
          loading={loading}
          checkups={checkups}
          onOpen={onOpen}
        />
      )}
      {server.models.length === 0 && server.state === 'up' && (
        <p className="border-t border-line px-5 py-3 text-quiet">
          This server has no model yet. <Words text={serverKind(server.kind).firstModel} />
        </p>
      )}
      {server.models.length === 0 && listed?.pulls === true && (
        <div className="px-5 pb-3">
          <Button onClick={({ currentTarget }) => onTask({ kind: 'get-model', server: server.id }, currentTarget)}>
            Get a model…
          </Button>
        </div>
      )}
      {pulls.map((pull) => (
        <PullStrip key={pull.model} control={control} pull={pull} />
      ))}
    </section>
  );
}

function ModelTable({
  server,
  models,
  opened,
  loading,
  checkups,
  onOpen,
}: {
  readonly server: ServerEntry;
  readonly loading: ModelLoading;
  readonly checkups: readonly CheckupSummary[];
  readonly models: readonly ModelEntry[];
  readonly opened: string | null;
  readonly onOpen: (id: string, by: HTMLElement) => void;
}) {
  return (
    // What a server that can't be asked had the last time stays to be seen, and is told apart.
    <table className={`w-full table-fixed @max-[40rem]:block ${isAway(server.state) ? 'text-quiet' : ''}`}>
      <caption className="sr-only">Models of {server.id}</caption>
      <colgroup className="@max-[40rem]:hidden">
        <col className="w-[33%]" />
        <col className="w-[18%]" />
        <col className="w-[17%]" />
        <col className="w-[32%]" />
      </colgroup>
      <thead className="sr-only">
        <tr>
          <th scope="col">Model</th>
          <th scope="col">State</th>
          <th scope="col">Context window</th>
          <th scope="col">Capabilities</th>
        </tr>
      </thead>
      <tbody className="@max-[40rem]:block">
        {models.map((model) => (
          <ModelRow
            key={model.id}
            model={model}
            loading={loadingOf(model, loading)}
            load={loading.loads.get(model.id) ?? null}
            checkup={checkups.find((summary) => summary.model === model.id) ?? null}
            failed={loading.failures.has(model.id)}
            open={model.id === opened}
            onOpen={onOpen}
            onLoad={loading.start}
          />
        ))}
      </tbody>
    </table>
  );
}

function Strip({
  text,
  colour,
  busy = false,
}: {
  readonly text: string;
  readonly colour: string;
  /** It tells of something that is under way. */
  readonly busy?: boolean;
}) {
  return (
    <p className="flex items-start gap-2 border-t border-line px-5 py-2">
      <span className={`-ml-0.5 mt-0.5 ${colour}`}>{busy ? <SpinnerIcon /> : <WarningIcon />}</span>
      <span className="min-w-0 wrap-anywhere">
        <Words text={text} />
      </span>
    </p>
  );
}

/** Host, port and path: the scheme says nothing here but for a remote server, where it stays. */
function addressOf(baseUrl: string): string {
  return baseUrl.replace(/^http:\/\//, '').replace(/\/$/, '');
}

/** Its name, and its kind where the name does not say it. */
export function serverTitle({ id, kind }: Pick<ServerEntry, 'id' | 'kind'>): string {
  const { name } = serverKind(kind);
  return id === kind ? name : `${id} (${name})`;
}

function secretWords(secret: SecretSource, isThere: boolean): string {
  const key = isThere ? 'secret' : 'no secret';
  switch (secret.from) {
    case 'keychain':
      return `${key} in the keychain`;
    case 'env':
      return `${key} in the variable ${secret.name}`;
    case 'file':
      return `${key} in ${secret.path}`;
  }
}
