import type { ReactNode } from 'react';
import type { MachineMemory, MemoryEstimate, ModelAdvice, Place, TuningNote } from '../../../src-shared/advice.ts';
import { ChevronIcon } from '../../components/icons.tsx';
import { Words } from '../../components/words.tsx';
import { shortTokens } from './context-window.ts';
import { Fact } from './fact.tsx';

/** What the model takes of the memory, whether that fits, and how its server is kept fast. */
export function MemorySection({ advice }: { readonly advice: ModelAdvice }) {
  const { memory, machine, notes } = advice;
  if (memory === null && notes.length === 0) return null;
  return (
    <section aria-labelledby="panel-memory" className="flex flex-col gap-2">
      <h3 id="panel-memory" className="font-semibold">
        Memory and speed
      </h3>
      {memory !== null && <Memory memory={memory} machine={machine} />}
      {notes.length > 0 && <Notes notes={notes} />}
    </section>
  );
}

function Memory({ memory, machine }: { readonly memory: MemoryEstimate; readonly machine: MachineMemory | null }) {
  const { weights, weightsFrom, cachePerToken, cacheFrom, context, need, place, largestContext, inUse } = memory;
  return (
    <dl className="flex flex-col gap-1">
      <Fact name="Weights">
        {gigabytes(weights)}
        <span className="text-quiet">
          {' '}
          · {weightsFrom === 'server' ? 'as its server tells' : 'estimated by its name'}
        </span>
      </Fact>
      <Fact name="Needs about">
        {gigabytes(need)}
        <span className="text-quiet">
          {' '}
          · with {gigabytes(context * cachePerToken)} for a context of {shortTokens(context)}
          {cacheFrom === 'guess' && ', at most'}
        </span>
      </Fact>
      {inUse !== null && (
        <Fact name="Takes now">
          {gigabytes(inUse.all)}
          <span className="text-quiet"> · {inUse.gpu === 0 ? 'none of it' : gigabytes(inUse.gpu)} on the GPU</span>
        </Fact>
      )}
      {machine !== null && (
        <Fact name="This computer">
          {machineWords(machine)}
          {place !== null && <Verdict place={place} largestContext={largestContext} context={context} />}
        </Fact>
      )}
    </dl>
  );
}

function Verdict({
  place,
  largestContext,
  context,
}: {
  readonly place: Place;
  readonly largestContext: number | null;
  readonly context: number;
}) {
  const room = largestContext ?? 0;
  const upTo = room >= 2048 ? ` With a context of ${shortTokens(room)} it would.` : '';
  const words: Readonly<Record<Place, ReactNode>> = {
    gpu: room > context ? `It fits on the GPU, up to a context of ${shortTokens(room)}.` : 'It fits on the GPU.',
    memory: 'It fits in memory. No GPU was seen, and without one it is slow.',
    split: `It does not fit on the GPU: what is left runs several times slower.${upTo}`,
    nowhere: `It does not fit.${upTo === '' ? ' Take a smaller model, or fewer bits.' : upTo}`,
  };
  return <p className={`mt-1 ${place === 'split' || place === 'nowhere' ? 'text-warn' : ''}`}>{words[place]}</p>;
}

function Notes({ notes }: { readonly notes: readonly TuningNote[] }) {
  return (
    <details className="group">
      <summary className="flex w-fit cursor-pointer list-none items-center gap-1 rounded text-quiet hover:text-ink">
        <span className="group-open:rotate-90">
          <ChevronIcon />
        </span>
        How this server is kept fast ({notes.length})
      </summary>
      <ul className="mt-2 flex flex-col gap-3 border-line border-l pl-3">
        {notes.map(({ id, text, source }) => (
          <li key={id} className="wrap-anywhere">
            <p>
              <Words text={text} />
            </p>
            <p className="text-xs text-quiet">{source.replace('https://', '')}</p>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** "NVIDIA GeForce RTX 4090 (24 GB), 64 GB of memory". */
export function machineWords({ memory, gpus, unified }: MachineMemory): string {
  if (unified) return `${gigabytes(memory)} of memory, which the GPU shares`;
  const each = gpus.map(({ name, memory: own }) => `${name} (${gigabytes(own)})`);
  return [...each, `${gigabytes(memory)} of memory`].join(', ');
}

const gigabyte = 1024 ** 3;

/** Bytes as people count memory: 24 GB is 24 × 1024³. */
export function gigabytes(bytes: number): string {
  const count = bytes / gigabyte;
  if (count < 0.1) return `${Math.max(1, Math.round(bytes / 1024 ** 2))} MB`;
  return `${count < 10 ? count.toFixed(1).replace(/\.0$/, '') : Math.round(count)} GB`;
}
