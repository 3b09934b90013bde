import { CopyButton } from '../../components/copy-button.tsx';
import { SpinnerIcon } from '../../components/icons.tsx';
import type { Control } from '../../control.ts';
import { newDraft } from './server-draft.ts';
import { ServerForm } from './server-form.tsx';
import { Start } from './start.tsx';
import { useStartAdvice } from './use-advice.ts';

const ways: readonly { readonly name: string; readonly what: string; readonly command: string }[] = [
  {
    name: 'Ollama',
    what: 'Runs in the background and keeps many models. Once installed:',
    command: 'ollama pull qwen3-coder:30b',
  },
  {
    name: 'LM Studio',
    what: 'An app to find and try models. Once one is there:',
    command: 'lms server start',
  },
  {
    name: 'llama.cpp',
    what: 'One program, one model, all settings in your hand:',
    command: 'llama-server -hf ggml-org/gpt-oss-20b-GGUF --jinja -c 65536',
  },
];

/**
 * Shown while there is no model server at all: the ways to get one here, and a form for one elsewhere. While the service looks for servers nothing
 * needs to be pressed.
 */
export function NoServers({
  control,
  looking,
  readOnly,
  onAdded,
}: {
  readonly control: Control;
  /** False where the settings say not to look; null where the service can't be asked, which is told elsewhere. */
  readonly looking: boolean | null;
  readonly readOnly: string | null;
  readonly onAdded: () => void;
}) {
  const start = useStartAdvice(control);
  const best = start?.starters[0];
  return (
    <section aria-labelledby="no-servers" className="mx-auto flex max-w-3xl flex-col gap-4 pt-6">
      <header>
        <h2 id="no-servers" className="text-base font-semibold">
          No model server found yet
        </h2>
        <p role="status" className="mt-1 flex items-center gap-2 text-quiet">
          {looking === true && (
            <>
              <SpinnerIcon forAWhile />
              Looking on this computer… It shows up here as soon as it runs.
            </>
          )}
          {looking === false &&
            'Looking for servers on this computer is turned off: turn it on under Settings → Detection, or add one below.'}
        </p>
      </header>
      <ul aria-label="Ways to get one" className="grid grid-cols-1 gap-4 md:grid-cols-3">
        {ways.map(({ name, what, ...way }) => {
          const command = name === 'Ollama' && best !== undefined ? `ollama pull ${best.name}` : way.command;
          return (
            <li key={name} className="flex flex-col rounded-lg border border-line bg-raised p-4">
              <h3 className="font-semibold">{name}</h3>
              <p className="mb-3 text-quiet">{what}</p>
              <div className="mt-auto flex items-center gap-1 rounded bg-ground py-1 pr-1 pl-2">
                <code className="min-w-0 flex-1 font-mono text-xs break-words select-all">{command}</code>
                <CopyButton text={command} label={`the command for ${name}`} />
              </div>
            </li>
          );
        })}
      </ul>
      {start !== null && <Start advice={start} />}
      <section aria-labelledby="remote-server" className="rounded-lg border border-line bg-raised px-5 pt-4">
        <h2 id="remote-server" className="font-semibold">
          Or use a server elsewhere
        </h2>
        <p className="mb-4 text-quiet">On another computer, or one that you have an API key for.</p>
        <ServerForm
          control={control}
          initial={newDraft('openai-compatible', [])}
          edited={null}
          taken={[]}
          readOnly={readOnly}
          saveLabel="Add server"
          onSaved={onAdded}
        />
      </section>
    </section>
  );
}
