import { CopyButton } from '../../components/copy-button.tsx';
import { SpinnerIcon } from '../../components/icons.tsx';
import { Words } from '../../components/words.tsx';

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
 * Shown while there is no model server at all: the ways to get one. The service keeps looking (unless its settings say otherwise), so nothing needs
 * to be pressed. `settingsFile` is null as long as it is not known.
 */
export function NoServers({ settingsFile }: { readonly settingsFile: string | null }) {
  return (
    <section aria-labelledby="no-servers" className="mx-auto flex max-w-3xl flex-col gap-4 pt-6">
      <header>
        <h2 id="no-servers" className="text-base font-semibold">
          No model server found yet
        </h2>
        <p role="status" className="mt-1 flex items-center gap-2 text-quiet">
          <SpinnerIcon forAWhile />
          Looking on this computer… It shows up here as soon as it runs.
        </p>
      </header>
      <ul className="grid grid-cols-1 gap-4 sm:grid-cols-2 lg:grid-cols-3">
        {ways.map(({ name, what, command }) => (
          <li key={name} className="flex flex-col rounded-lg border border-line bg-raised p-4">
            <h3 className="font-semibold">{name}</h3>
            <p className="mb-3 text-quiet">{what}</p>
            <div className="mt-auto flex items-center gap-1 rounded bg-ground py-1 pr-1 pl-2">
              <code className="min-w-0 flex-1 font-mono text-xs break-words select-all">{command}</code>
              <CopyButton text={command} label={`the command for ${name}`} />
            </div>
          </li>
        ))}
      </ul>
      <p className="wrap-anywhere text-quiet">
        <Words
          text={`A server elsewhere goes under \`upstreams\` in ${settingsFile === null ? 'the settings file' : `\`${settingsFile}\``}.`}
        />
      </p>
    </section>
  );
}
