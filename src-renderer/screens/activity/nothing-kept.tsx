import type { ActivityDetail } from '../../../src-shared/activity.ts';
import { Button } from '../../components/button.tsx';

/** Why a side of the wire has nothing to show. `onStream` turns the streaming log on; null where it is on or forbidden. */
export function NothingKept({
  detail: { row, wire },
  onStream,
}: {
  readonly detail: ActivityDetail;
  readonly onStream: (() => void) | null;
}) {
  if (wire.length === 0 && row.state === 'refused') {
    return (
      <p className="text-quiet">It was refused before its body was read: nothing went on, and nothing was kept.</p>
    );
  }
  return (
    <div className="flex flex-col items-start gap-3">
      <p className="text-quiet">
        {wire.length === 0
          ? 'No bodies were kept of this request. They are kept, in memory only, of what comes while the streaming log is on; large or old ones go first.'
          : row.state === 'running'
            ? 'Nothing went this way yet.'
            : 'Nothing went this way: it was answered here.'}
      </p>
      {onStream !== null && wire.length === 0 && <Button onClick={onStream}>Turn on the streaming log</Button>}
    </div>
  );
}
