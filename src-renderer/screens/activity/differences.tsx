import { useMemo, useState } from 'react';
import type { ActivityDetail, WireMessage } from '../../../src-shared/activity.ts';
import { Button } from '../../components/button.tsx';
import type { Hunk } from '../../components/diff-rows.ts';
import { DiffTable } from '../../components/diff-table.tsx';
import { bodyDiff, longestBody, mostLines } from './body-diff.ts';
import { NothingKept } from './nothing-kept.tsx';

/** Lines of a difference that are shown at first, and more at a time. */
const shownLines = 1_000;

/** What of the request was changed between agent and server. `onStream` turns the streaming log on; null where it is on or forbidden. */
export function Differences({
  detail,
  onStream,
}: {
  readonly detail: ActivityDetail | null;
  readonly onStream: (() => void) | null;
}) {
  const [chosen, setChosen] = useState(0);
  if (detail === null) return null;
  const asked = detail.wire.find(({ border }) => border === 'agent-to-gateway');
  const all = detail.wire.filter(({ border }) => border === 'gateway-to-server');
  const sent = all[chosen] ?? all[0];
  if (asked === undefined || sent === undefined) return <NothingKept detail={detail} onStream={onStream} />;
  return (
    <div className="flex flex-col gap-3">
      {all.length > 1 && (
        <label className="flex flex-wrap items-center gap-2">
          The server was asked {all.length} times. Compare with
          <select
            value={all.indexOf(sent)}
            onChange={(event) => setChosen(Number(event.target.value))}
            className="h-8 rounded-md border border-line bg-ground px-1.5"
          >
            {all.map((_message, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the messages of an exchange only grow
              <option key={index} value={index}>
                request {index + 1}
              </option>
            ))}
          </select>
        </label>
      )}
      <p className="font-mono text-xs text-quiet wrap-anywhere">
        {asked.line ?? 'The agent’s request'} → {sent.line ?? 'the server'}
      </p>
      <Compared asked={asked} sent={sent} />
    </div>
  );
}

function Compared({ asked, sent }: { readonly asked: WireMessage; readonly sent: WireMessage }) {
  const diff = useMemo(() => bodyDiff(asked.body, sent.body), [asked.body, sent.body]);
  switch (diff.kind) {
    case 'equal':
      return <p>The server got the body as the agent sent it.</p>;
    case 'model':
      return (
        <p>
          The server got the body as the agent sent it but for the model’s name:{' '}
          <code className="font-mono wrap-anywhere">{diff.before}</code> became{' '}
          <code className="font-mono wrap-anywhere">{diff.after}</code>.
        </p>
      );
    case 'unreadable':
      return (
        <p className="text-quiet">
          One of the two bodies is no JSON. Both stand in the tabs of their sides as they are.
        </p>
      );
    case 'too-large':
      return (
        <p className="text-quiet">
          Too large to compare here: at most {longestBody.toLocaleString('en')} characters and{' '}
          {mostLines.toLocaleString('en')} lines. Both bodies can be copied from the tabs of their sides.
        </p>
      );
    case 'lines':
      return <Changed hunks={diff.hunks} />;
  }
}

function Changed({ hunks }: { readonly hunks: readonly Hunk[] }) {
  const [most, setMost] = useState(shownLines);
  const count = (kind: 'added' | 'removed'): number => hunks.flat().filter((line) => line.kind === kind).length;
  const lines = hunks.flat().length;
  return (
    <>
      <p className="text-quiet">
        Lines removed: {count('removed').toLocaleString('en')}, added: {count('added').toLocaleString('en')}. Both
        bodies as indented JSON; how far a line is indented makes no difference.
      </p>
      <DiffTable of="the request" hunks={beginning(hunks, most)} />
      {lines > most && (
        <div>
          <Button onClick={() => setMost(most + shownLines)}>
            Show more: {most.toLocaleString('en')} of {lines.toLocaleString('en')} lines are shown
          </Button>
        </div>
      )}
    </>
  );
}

function beginning(hunks: readonly Hunk[], lines: number): readonly Hunk[] {
  let left = lines;
  const shown: Hunk[] = [];
  for (const hunk of hunks) {
    if (left <= 0) break;
    shown.push(hunk.slice(0, left));
    left -= hunk.length;
  }
  return shown;
}
