import type { ModelEntry, ServerEntry, ServerState } from '../../../src-shared/catalogue.ts';
import type { UpstreamKindId } from '../../../src-shared/settings.ts';
import { StateIcon, WarningIcon } from '../../components/icons.tsx';
import { Words } from '../../components/words.tsx';
import { contextRemedy } from './context-window.ts';
import { ModelRow } from './model-row.tsx';

/** A model server with its models; `shown` are those that the search leaves. */
export function ServerSection({
  server,
  shown,
  opened,
  onOpen,
}: {
  readonly server: ServerEntry;
  readonly shown: readonly ModelEntry[];
  /** Id of the model whose panel is open. */
  readonly opened: string | null;
  readonly onOpen: (id: string, by: HTMLElement) => void;
}) {
  const title = `server-${server.id}`;
  const remedy = contextRemedy(server);
  return (
    <section aria-labelledby={title} className="overflow-hidden rounded-lg border border-line bg-raised">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-0.5 px-5 py-3">
        <span className={stateColour(server.state)}>
          <StateIcon state={server.state === 'up' ? 'yes' : server.state === 'loading' ? 'unknown' : 'no'} />
        </span>
        <h2 id={title} className="font-semibold">
          {server.id === server.kind ? kindName(server.kind) : `${server.id} (${kindName(server.kind)})`}
        </h2>
        <p className="min-w-0 text-quiet">
          <span className={server.state === 'up' ? 'sr-only' : stateColour(server.state)}>
            {stateWords(server.state)}
          </span>
          <span aria-hidden={server.state === 'up'}>{server.state === 'up' ? '' : ' · '}</span>
          <span className="wrap-anywhere">{addressOf(server.baseUrl)}</span>
          {server.version !== null && <span> · {server.version}</span>}
          <span> · {server.found === 'detected' ? 'found on this computer' : 'from your settings'}</span>
        </p>
      </header>
      {server.state !== 'up' && server.message !== null && (
        <Strip text={server.message} colour={stateColour(server.state)} />
      )}
      {remedy !== null && <Strip text={remedy} colour="text-warn" />}
      {shown.length > 0 && <ModelTable server={server} models={shown} opened={opened} onOpen={onOpen} />}
      {server.models.length === 0 && server.state === 'up' && (
        <p className="border-t border-line px-5 py-3 text-quiet">
          This server has no model yet. <Words text={firstModel(server.kind)} />
        </p>
      )}
    </section>
  );
}

function ModelTable({
  server,
  models,
  opened,
  onOpen,
}: {
  readonly server: ServerEntry;
  readonly models: readonly ModelEntry[];
  readonly opened: string | null;
  readonly onOpen: (id: string, by: HTMLElement) => void;
}) {
  return (
    <table className="w-full table-fixed max-sm:block">
      <caption className="sr-only">Models of {server.id}</caption>
      <colgroup className="max-sm:hidden">
        <col className="w-[38%]" />
        <col className="w-[16%]" />
        <col className="w-[18%]" />
        <col className="w-[28%]" />
      </colgroup>
      <thead className="sr-only">
        <tr>
          <th scope="col">Model</th>
          <th scope="col">State</th>
          <th scope="col">Context window</th>
          <th scope="col">Capabilities</th>
        </tr>
      </thead>
      <tbody className="max-sm:block">
        {models.map((model) => (
          <ModelRow key={model.id} model={model} open={model.id === opened} onOpen={onOpen} />
        ))}
      </tbody>
    </table>
  );
}

function Strip({ text, colour }: { readonly text: string; readonly colour: string }) {
  return (
    <p className="flex items-start gap-2 border-t border-line px-5 py-2">
      <span className={`-ml-0.5 mt-0.5 ${colour}`}>
        <WarningIcon />
      </span>
      <span className="min-w-0 wrap-anywhere">
        <Words text={text} />
      </span>
    </p>
  );
}

/** The name of a kind of server as its makers write it. */
export function kindName(kind: UpstreamKindId): string {
  switch (kind) {
    case 'ollama':
      return 'Ollama';
    case 'llama-cpp':
      return 'llama.cpp';
    case 'lm-studio':
      return 'LM Studio';
    case 'vllm':
      return 'vLLM';
    case 'openai-compatible':
      return 'OpenAI-compatible';
  }
}

function firstModel(kind: UpstreamKindId): string {
  switch (kind) {
    case 'ollama':
      return 'Get one with `ollama pull qwen3-coder:30b`.';
    case 'llama-cpp':
      return 'Start it with `-hf` and the name of a model, or `-m` and a file.';
    case 'lm-studio':
      return 'Get one in LM Studio, or with `lms get`.';
    case 'vllm':
      return 'Start it with `vllm serve` and the name of a model.';
    case 'openai-compatible':
      return 'Add it there, or name its models in the settings.';
  }
}

export function stateWords(state: ServerState): string {
  switch (state) {
    case 'up':
      return 'running';
    case 'down':
      return 'not running';
    case 'loading':
      return 'loading a model';
    case 'unauthorized':
      return 'no access';
    case 'error':
      return 'in trouble';
  }
}

function stateColour(state: ServerState): string {
  switch (state) {
    case 'up':
      return 'text-good';
    case 'down':
      return 'text-quiet';
    case 'loading':
      return 'text-warn';
    case 'unauthorized':
    case 'error':
      return 'text-bad';
  }
}

/** Host, port and path: the scheme says nothing here but for a remote server, where it stays. */
function addressOf(baseUrl: string): string {
  return baseUrl.replace(/^http:\/\//, '').replace(/\/$/, '');
}
