import { useState } from 'react';
import type { ActivityDetail } from '../../../src-shared/activity.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, type ControlFailure, describeFailure } from '../../control.ts';

/** Sends the agent's request again through the gateway; says why not where its body was not kept. */
export function ReplayButton({
  control,
  detail,
  onReplayed,
}: {
  readonly control: Control;
  readonly detail: ActivityDetail | null;
  /** Gets the id of the new request. */
  readonly onReplayed: (id: string) => void;
}) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  if (detail === null || detail.row.state === 'refused') return null;
  const kept = detail.wire.some(({ border }) => border === 'agent-to-gateway');
  const replay = (): void => {
    if (busy) return;
    setBusy(true);
    control.activity.replay({ id: detail.row.id }).then(
      ({ id }) => {
        setBusy(false);
        setFailure(null);
        onReplayed(id);
      },
      (cause: unknown) => {
        setBusy(false);
        setFailure(describeFailure(cause));
      },
    );
  };
  return (
    <div className="mt-5 flex flex-col gap-3 border-t border-line pt-4">
      <div className="flex items-center gap-3">
        <Button onClick={replay} disabled={!kept} busy={busy}>
          Replay
        </Button>
        <p className="text-xs text-quiet">
          {kept
            ? 'Sends the agent’s request again through the gateway, with the rights of its key. No agent gets the answer.'
            : 'A request can be sent again where its body was kept: of what comes while the streaming log is on.'}
        </p>
      </div>
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
    </div>
  );
}
