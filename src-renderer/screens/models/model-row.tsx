import { memo } from 'react';
import type { Capabilities, LoadingState, ModelEntry } from '../../../src-shared/catalogue.ts';
import type { CheckupSummary } from '../../../src-shared/checkup.ts';
import type { ModelLoad } from '../../../src-shared/model-loads.ts';
import { ChevronIcon, SpinnerIcon, StateIcon, WarningIcon } from '../../components/icons.tsx';
import { isTooSmall, shortTokens } from './context-window.ts';
import { LoadWords } from './load-words.tsx';

export const capabilityNames: readonly (readonly [keyof Capabilities, string])[] = [
  ['tools', 'tools'],
  ['parallelTools', 'parallel tools'],
  ['vision', 'vision'],
  ['reasoning', 'reasoning'],
  ['embeddings', 'embeddings'],
];

/** One model of a server, as a row of its table; its name opens its panel. */
export const ModelRow = memo(function ModelRow({
  model,
  loading,
  load,
  failed,
  checkup,
  open,
  onOpen,
  onLoad,
}: {
  readonly model: ModelEntry;
  /** What it is at; null where it can't be told to load. */
  readonly loading: LoadingState | null;
  /** How far that is; null where it is not known. */
  readonly load: ModelLoad | null;
  /** It could not be loaded or unloaded the last time; its panel says why. */
  readonly failed: boolean;
  /** How it did the last time it was checked; null where it was not. */
  readonly checkup: CheckupSummary | null;
  readonly open: boolean;
  readonly onOpen: (id: string, by: HTMLElement) => void;
  readonly onLoad: (id: string, action: 'load' | 'unload') => void;
}) {
  return (
    <tr
      className={`group relative border-t border-line align-top hover:bg-line/30 @max-[40rem]:flex @max-[40rem]:flex-wrap @max-[40rem]:gap-x-4 @max-[40rem]:px-8 @max-[40rem]:py-2 ${
        open ? 'bg-line/50' : ''
      }`}
    >
      <th scope="row" className="py-2 pr-4 pl-5 text-left font-normal @max-[40rem]:basis-full @max-[40rem]:p-0">
        <button
          type="button"
          onClick={(event) => onOpen(model.id, event.currentTarget)}
          aria-expanded={open}
          title={model.id}
          className="flex items-start gap-1.5 text-left after:absolute after:inset-0"
        >
          <span className="mt-0.5 text-quiet @max-[40rem]:hidden">
            <ChevronIcon />
          </span>
          <code className="font-mono text-xs leading-5 wrap-anywhere">{model.upstreamModel}</code>
        </button>
      </th>
      <td className="py-2 pr-4 whitespace-nowrap @max-[40rem]:p-0">
        <LoadedState loaded={model.loaded} loading={loading} load={load} failed={failed} />
      </td>
      <td className="py-2 pr-4 @max-[40rem]:p-0">
        <ContextWindowCell model={model} />
      </td>
      <td className="py-2 pr-5 @max-[40rem]:p-0">
        <CapabilityList capabilities={model.capabilities} />
        {checkup !== null && <CheckupWords summary={checkup} />}
        {loading === 'idle' && model.loaded !== null && (
          <span className="absolute right-0 bottom-0 flex h-9 items-center rounded bg-linear-to-r from-transparent to-raised to-25% pr-5 pl-8 focus-within:opacity-100 @[40rem]:opacity-0 @[40rem]:group-hover:opacity-100">
            <button
              type="button"
              onClick={() => onLoad(model.id, model.loaded === true ? 'unload' : 'load')}
              aria-label={`${model.loaded ? 'Unload' : 'Load'} ${model.upstreamModel}`}
              className="h-6 rounded border border-line bg-ground px-2 text-xs hover:border-quiet"
            >
              {model.loaded ? 'Unload' : 'Load'}
            </button>
          </span>
        )}
      </td>
    </tr>
  );
});

function LoadedState({
  loaded,
  loading,
  load,
  failed,
}: {
  readonly loaded: boolean | null;
  readonly loading: LoadingState | null;
  readonly load: ModelLoad | null;
  readonly failed: boolean;
}) {
  if (loading === 'loading' || loading === 'unloading') {
    return (
      <span className="flex items-start gap-2 text-quiet">
        <span className="mt-0.5">
          <SpinnerIcon />
        </span>
        <span>
          {loading}…
          <span className="block text-xs tabular-nums">
            <LoadWords load={load} />
          </span>
        </span>
      </span>
    );
  }
  if (loaded === null) return <NotTold />;
  return (
    <span className={`flex items-center gap-2 ${loaded ? 'text-good' : failed ? 'text-bad' : 'text-quiet'}`}>
      {failed ? <WarningIcon /> : <StateIcon state={loaded ? 'yes' : 'no'} />}
      <span className={loaded ? 'text-ink' : ''}>
        {loaded ? 'loaded' : 'not loaded'}
        {failed && <span className="sr-only">, the last try failed</span>}
      </span>
    </span>
  );
}

function ContextWindowCell({ model }: { readonly model: ModelEntry }) {
  const { inForce, maximum, source } = model.contextWindow;
  if (inForce === null && maximum === null) return <NotTold />;
  const small = isTooSmall(model);
  return (
    <>
      <span className="flex items-center gap-1.5 whitespace-nowrap">
        {inForce !== null && (
          <span
            className={small ? 'flex items-center gap-1 text-warn' : ''}
            title={`${inForce.toLocaleString('en')} tokens${source === null ? '' : `, ${sourceWords(source)}`}`}
          >
            {shortTokens(inForce)}
            {small && (
              <>
                <WarningIcon />
                <span className="sr-only">too small for coding agents</span>
              </>
            )}
          </span>
        )}
        {maximum !== null && maximum !== inForce && (
          <span className="text-quiet" title={`${maximum.toLocaleString('en')} tokens`}>
            {inForce === null ? `up to ${shortTokens(maximum)}` : `of ${shortTokens(maximum)}`}
          </span>
        )}
      </span>
      {inForce !== null && (source === 'estimate' || source === 'settings') && (
        <span className="block text-xs text-quiet">{source === 'estimate' ? 'estimated' : 'as you set it'}</span>
      )}
    </>
  );
}

/** Where the context in force was read. */
export function sourceWords(source: string): string {
  switch (source) {
    case 'estimate':
      return 'estimated';
    case 'settings':
      return 'from your settings';
    default:
      return `read from ${source}`;
  }
}

/** "14 of 18 checks passed". */
function CheckupWords({ summary: { results } }: { readonly summary: CheckupSummary }) {
  const all = results.pass + results.fail + results.unknown;
  return (
    <span className={`mt-0.5 flex items-center gap-1.5 text-xs ${results.fail > 0 ? 'text-warn' : 'text-quiet'}`}>
      {results.fail > 0 && <WarningIcon />}
      {results.pass} of {all} checks passed
    </span>
  );
}

function CapabilityList({ capabilities }: { readonly capabilities: Capabilities }) {
  const known = capabilityNames.filter(([key]) => capabilities[key] === true);
  if (known.length === 0) {
    const told = capabilityNames.some(([key]) => capabilities[key] !== null);
    return told ? <span className="text-quiet">text only</span> : <NotTold />;
  }
  return (
    <ul className="flex flex-wrap gap-1">
      {known.map(([key, name]) => (
        <li key={key} className="rounded border border-line px-1.5 text-xs text-quiet">
          {name}
        </li>
      ))}
    </ul>
  );
}

/** Quiet, since servers on the net tell little of hundreds of models. */
function NotTold() {
  return (
    <span className="text-quiet" title="The server does not tell">
      <span aria-hidden="true">–</span>
      <span className="sr-only">not told</span>
    </span>
  );
}
