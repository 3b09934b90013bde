import type { ReactNode } from 'react';
import type { ActivityDetail, ActivityRow } from '../../../src-shared/activity.ts';
import type { ActivityStore, LiveSegment } from '../../activity-store.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { useLive } from '../../use-activity.ts';
import {
  cacheWords,
  duration,
  firstContentWords,
  promptTokens,
  purposeWords,
  stateWords,
  tokensPerSecond,
  toolWords,
} from './request-words.ts';

/** What a request was and cost, and what was answered: live while it runs, from the kept bodies afterwards. */
export function RequestSummary({
  row,
  detail,
  store,
}: {
  readonly row: ActivityRow;
  readonly detail: ActivityDetail | null;
  readonly store: ActivityStore;
}) {
  const live = useLive(store, row.id);
  const kept = detail?.row.state === 'running' || detail === null ? [] : detail.answer;
  const answer = kept.length > 0 ? kept : (live ?? detail?.answer ?? []);
  const speed = tokensPerSecond(row);
  return (
    <div className="flex flex-col gap-5">
      {row.error !== null && (
        <div role="alert" className="rounded-lg border border-line px-4 py-3">
          <p className="font-medium text-bad">{row.error.kind.replaceAll('-', ' ')}</p>
          <p className="wrap-anywhere select-text">{row.error.message}</p>
        </div>
      )}
      <dl className="grid grid-cols-1 gap-x-6 gap-y-1.5 sm:grid-cols-2">
        <Fact name="State">{stateWords(row)}</Fact>
        <Fact name="Status">{row.status ?? '–'}</Fact>
        <Fact name="What">
          {purposeWords(row.purpose)}
          {row.stream ? ', streamed' : ''}
        </Fact>
        <Fact name="Asked for">{row.model === '' ? '–' : row.model}</Fact>
        {row.waits?.turn !== undefined && <Fact name="In the queue">{duration(row.waits.turn)}</Fact>}
        {row.waits?.loading !== undefined && <Fact name="Loading">{duration(row.waits.loading)}</Fact>}
        <Fact name="First content">{firstContentWords(row)}</Fact>
        <Fact name="Whole time">{row.totalMs === null ? '–' : duration(row.totalMs)}</Fact>
        <Fact name="Speed">{speed === null ? '–' : `${speed.toFixed(1)} tok/s`}</Fact>
        <Fact name="Rounds">{row.rounds}</Fact>
        <Fact name="Prompt">{row.usage === null ? '–' : `${promptTokens(row.usage).toLocaleString('en')} tokens`}</Fact>
        <Fact name="Answer">{row.usage === null ? '–' : `${row.usage.outputTokens.toLocaleString('en')} tokens`}</Fact>
        <Fact name="From cache">{cacheWords(row) ?? '–'}</Fact>
        <Fact name="Tools called">{row.tools === null ? 'not looked at' : toolWords(row) || 'none'}</Fact>
        <Fact name="Key">{row.keyId ?? '–'}</Fact>
        <Fact name="Request">
          <span className="flex items-start">
            <code className="font-mono text-xs leading-5 wrap-anywhere">{row.id}</code>
            <span className="-my-0.5">
              <CopyButton text={row.id} label="the request's id" />
            </span>
          </span>
        </Fact>
      </dl>
      {typeof row.promptReuse?.changedAt === 'string' && (
        <p className="text-xs text-warn wrap-anywhere">
          This prompt differs from the conversation’s last one at{' '}
          <code className="font-mono">{row.promptReuse.changedAt}</code>. The server had to read everything from there
          on again.
        </p>
      )}
      {row.usage?.estimated === true && (
        <p className="text-xs text-quiet">The server told no token counts; these are estimates.</p>
      )}
      {answer.length > 0 && <Answer segments={answer} />}
    </div>
  );
}

function Answer({ segments }: { readonly segments: readonly LiveSegment[] }) {
  return (
    <section aria-labelledby="answer-title" className="flex flex-col gap-2">
      <h3 id="answer-title" className="font-semibold">
        Answer
      </h3>
      {segments.map(({ kind, tool, text }, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: segments are only ever added
          key={index}
          className={`rounded-md border border-line px-3 py-2 ${kind === 'text' ? '' : 'bg-ground'}`}
        >
          {kind !== 'text' && (
            <p className="mb-1 text-xs text-quiet">
              {kind === 'reasoning' ? 'Reasoning' : 'Calls '}
              {kind === 'arguments' && <code className="font-mono text-ink">{tool ?? 'a tool'}</code>}
            </p>
          )}
          <p
            className={`whitespace-pre-wrap wrap-anywhere ${kind === 'arguments' ? 'font-mono text-xs' : kind === 'reasoning' ? 'text-quiet' : ''}`}
          >
            {text}
          </p>
        </div>
      ))}
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex gap-3">
      <dt className="w-24 shrink-0 text-quiet">{name}</dt>
      <dd className="min-w-0 flex-1 wrap-anywhere">{children}</dd>
    </div>
  );
}
