import { Fragment, useCallback, useSyncExternalStore } from 'react';
import { type DiffLine, type Hunk, sideBySide } from './diff-rows.ts';

const wide = '(min-width: 1100px)';

/** A change, line by line: what comes and goes is marked, what stays is grey. Side by side where there is room. `of`: whose change it is. */
export function DiffTable({ of, hunks }: { readonly of: string; readonly hunks: readonly Hunk[] }) {
  const apart = useMatches(wide);
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={`Change of ${of}`}
      className="overflow-x-auto rounded-md border border-line bg-ground"
    >
      <table className="w-full border-collapse font-mono text-xs leading-5">
        <caption className="sr-only">
          {of}, {apart ? 'before and after' : 'removed and added lines'}
        </caption>
        <thead className="sr-only">
          <tr>
            {apart ? (
              <>
                <th scope="col">Line before</th>
                <th scope="col">Before</th>
                <th scope="col">Line after</th>
                <th scope="col">After</th>
              </>
            ) : (
              <>
                <th scope="col">Line before</th>
                <th scope="col">Line after</th>
                <th scope="col">Text</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {hunks.map((hunk, index) => (
            <Fragment key={`${hunk[0]?.before}:${hunk[0]?.after}`}>
              {index > 0 && (
                <tr className="text-quiet">
                  <td colSpan={apart ? 4 : 3} className="border-y border-line px-3 text-center">
                    <span aria-hidden="true">⋯</span>
                    <span className="sr-only">Lines that stay as they are</span>
                  </td>
                </tr>
              )}
              {apart ? <Apart hunk={hunk} /> : <Together hunk={hunk} />}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Apart({ hunk }: { readonly hunk: Hunk }) {
  return sideBySide(hunk).map(({ before, after }) => (
    <tr key={`${before?.before}:${after?.after}`} className="align-top">
      <LineNumber line={before?.before ?? null} />
      <Text line={before} half />
      <LineNumber line={after?.after ?? null} />
      <Text line={after} half />
    </tr>
  ));
}

function Together({ hunk }: { readonly hunk: Hunk }) {
  return hunk.map((line) => (
    <tr key={`${line.before}:${line.after}`} className="align-top">
      <LineNumber line={line.before} />
      <LineNumber line={line.after} />
      <Text line={line} />
    </tr>
  ));
}

function LineNumber({ line }: { readonly line: number | null }) {
  return <td className="w-8 min-w-8 px-1.5 text-right text-quiet select-none">{line}</td>;
}

const looks = {
  kept: { mark: ' ', word: '', cell: 'text-quiet' },
  added: { mark: '+', word: 'Added: ', cell: 'bg-good/15 shadow-[inset_2px_0_0_var(--good)]' },
  removed: { mark: '−', word: 'Removed: ', cell: 'bg-bad/15 shadow-[inset_2px_0_0_var(--bad)]' },
} as const;

function Text({ line, half = false }: { readonly line: DiffLine | null; readonly half?: boolean }) {
  if (line === null) return <td className={`${half ? 'w-1/2' : ''} bg-line/30`} />;
  const { mark, word, cell } = looks[line.kind];
  return (
    <td className={`${half ? 'w-1/2' : ''} px-2 whitespace-pre-wrap wrap-anywhere ${cell}`}>
      <span aria-hidden="true" className="select-none">
        {mark}{' '}
      </span>
      <span className="sr-only">{word}</span>
      {line.text}
      {!line.ended && <span className="text-quiet select-none"> (no line end)</span>}
    </td>
  );
}

function useMatches(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
