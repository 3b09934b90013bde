import type { StartAdvice, Starter } from '../../../src-shared/advice.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { machineWords } from './memory-section.tsx';

const places: Readonly<Record<Starter['place'], string>> = {
  gpu: 'fits on the GPU',
  split: 'partly on the GPU, slow',
  memory: 'runs without a GPU, slow',
};

/** Which models to start with on this computer, by its memory. */
export function Start({ advice: { machine, starters } }: { readonly advice: StartAdvice }) {
  return (
    <section aria-labelledby="start-with" className="rounded-lg border border-line bg-raised p-4">
      <h2 id="start-with" className="font-semibold">
        What to start with
      </h2>
      <p className="text-quiet">
        This computer: {machineWords(machine)}.{' '}
        {starters.length === 0
          ? 'That is too little for a model that agents can work with: use a server elsewhere.'
          : 'A model that fits beats a larger one that crawls.'}
      </p>
      {starters.length > 0 && (
        <ul className="mt-2 flex flex-col">
          {starters.map(({ name, what, download, place }) => (
            <li key={name} className="flex items-start gap-3 border-line border-t py-1.5 first:border-t-0">
              <span className="flex w-44 shrink-0 items-center gap-1">
                <code className="font-mono text-xs">{name}</code>
                <CopyButton text={`ollama pull ${name}`} label={`the command that gets ${name}`} />
              </span>
              <span className="min-w-0 flex-1">
                {what}{' '}
                <span className="text-quiet">{`${(download / 1e9).toFixed(0)} GB to download · ${places[place]}`}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
