import { useState } from 'react';
import type { AgentChange } from '../../../src-shared/agents.ts';
import { Button } from '../../components/button.tsx';
import { readDiff } from '../../components/diff-rows.ts';
import { DiffTable } from '../../components/diff-table.tsx';
import { SpinnerIcon, WarningIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { Words } from '../../components/words.tsx';
import { type ControlFailure, describeFailure, refusalNotice } from '../../control.ts';
import type { Planned } from './use-planned.ts';

/**
 * A change before it is made: the exact difference of each file, and the button that makes it. `act` gets what the plan was made from, so that
 * files that have changed since are left alone.
 */
export function ChangeView({
  planned,
  action,
  doing,
  nothing,
  alsoWithoutFiles = false,
  act,
  onDone,
  onCancel,
}: {
  readonly planned: Planned;
  /** What the button says, before and while it is done. */
  readonly action: string;
  readonly doing: string;
  /** Said where nothing is to be changed. */
  readonly nothing: string;
  /** It does something where no file changes, too. */
  readonly alsoWithoutFiles?: boolean;
  readonly act: (seen: string) => Promise<AgentChange>;
  readonly onDone: (change: AgentChange) => void;
  readonly onCancel: () => void;
}) {
  const [acting, setActing] = useState(false);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const { plan, asking, askAgain } = planned;
  const ready = plan !== null && plan.refused === null && (alsoWithoutFiles || plan.files.length > 0);
  const start = () => {
    if (!ready || asking || acting) return;
    setActing(true);
    setFailure(null);
    act(plan.seen)
      .then(
        (change) => {
          if (change.refused === null) return onDone(change);
          setFailure(refusalNotice('Nothing was changed.', change.refused));
          askAgain();
        },
        (cause: unknown) => setFailure(describeFailure(cause)),
      )
      .finally(() => setActing(false));
  };
  return (
    <>
      {planned.failure !== null && <Notice what={planned.failure.what} remedy={planned.failure.remedy} />}
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
      {plan?.refused != null && <Notice {...refusalNotice('This can’t be done now.', plan.refused)} />}
      {plan?.warnings.map((warning) => (
        <Warning key={warning} text={warning} />
      ))}
      {plan?.refused === null && <ChangedFiles plan={plan} nothing={nothing} />}
      <div className="sticky bottom-0 -mx-(--side) mt-auto -mb-5 flex flex-wrap items-center gap-3 border-t border-line bg-raised px-(--side) py-3 max-sm:-mb-3 [@media(max-height:26rem)]:static">
        <p role="status" className="flex min-w-0 flex-1 items-center gap-2 text-quiet">
          {asking && (
            <>
              <SpinnerIcon /> Reading the file as it is now…
            </>
          )}
          {!asking && ready && plan.files.length > 0 && 'A copy of each file is kept before it is changed.'}
        </p>
        <Button onClick={onCancel}>Cancel</Button>
        <Button look="main" onClick={start} disabled={!ready || asking || acting}>
          {acting ? doing : action}
        </Button>
      </div>
    </>
  );
}

function Warning({ text }: { readonly text: string }) {
  return (
    <div role="note" className="flex items-start gap-3 rounded-lg border border-line bg-raised px-4 py-3">
      <span className="mt-0.5 text-warn">
        <WarningIcon />
      </span>
      <p className="min-w-0 flex-1 wrap-anywhere">
        <Words text={text} />
      </p>
    </div>
  );
}

function ChangedFiles({ plan, nothing }: { readonly plan: AgentChange; readonly nothing: string }) {
  return (
    <>
      {plan.files.length === 0 && <p>{nothing}</p>}
      {plan.files.map(({ path, created, diff }) => (
        <div key={path} className="flex flex-col gap-2">
          <h2 className="font-semibold wrap-anywhere">
            <code className="font-mono text-xs select-all">{path}</code>
          </h2>
          <p className="text-quiet">{fileWords(created, diff)}</p>
          <DiffTable of={path} hunks={readDiff(diff)} />
        </div>
      ))}
      {plan.left.length > 0 && (
        <div>
          <p>Someone else has changed these values since they were set; they stay as they are:</p>
          <ul className="mt-1 list-disc pl-5">
            {plan.left.map((name) => (
              <li key={name}>
                <code className="font-mono text-xs wrap-anywhere">{name}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function fileWords(created: boolean, diff: string): string {
  if (created) return 'There is no such file yet; it is made.';
  if (diff.split('\n', 2)[1] === '+++ /dev/null') return 'Nothing else is in this file: it goes.';
  return 'Nothing else in this file changes. Secrets are shown as dots here, not in the file.';
}
