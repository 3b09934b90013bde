import { useState } from 'react';
import type { ModelsReport } from '../../../src-shared/catalogue.ts';
import type { ListedServer } from '../../../src-shared/control.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';

type Removed = Awaited<ReturnType<Control['servers']['remove']>>;

/** Asks before a server is removed, says what goes with it and what still names it, and afterwards what is left. */
export function RemoveServer({
  control,
  server,
  report,
  readOnly,
  onRemoved,
  onClose,
}: {
  readonly control: Control;
  readonly server: ListedServer;
  readonly report: ModelsReport;
  readonly readOnly: string | null;
  readonly onRemoved: () => void;
  readonly onClose: () => void;
}) {
  const [names] = useState(namesOf(report, server.id));
  const [removing, setRemoving] = useState(false);
  const [removed, setRemoved] = useState<Removed | null>(null);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const remove = () => {
    setRemoving(true);
    setFailure(null);
    control.servers
      .remove({ id: server.id })
      .then(
        (answer) => {
          onRemoved();
          // Nothing is left to be told.
          if (answer.message === null) onClose();
          else setRemoved(answer);
        },
        (cause: unknown) => setFailure(describeRefusal('It was not removed.', cause)),
      )
      .finally(() => setRemoving(false));
  };
  if (removed !== null) {
    return (
      <>
        <Notice what={`${server.id} is no longer in the settings.`} remedy={removed.message ?? ''} />
        <div className="flex justify-end">
          <Button onClick={onClose}>Close</Button>
        </div>
      </>
    );
  }
  return (
    <>
      <p className="wrap-anywhere">
        {server.id} at <code className="font-mono text-xs">{server.baseUrl}</code> leaves the settings
        {server.secret?.from === 'keychain' && ', and its secret leaves the keychain'}. The server itself goes on
        running.
      </p>
      {names.length > 0 && (
        <div>
          <p>These names still mean one of its models and will lead nowhere:</p>
          <ul className="mt-1 list-disc pl-5">
            {names.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        </div>
      )}
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
      {readOnly !== null && <Notice what="Nothing can be removed now." remedy={readOnly} />}
      <div className="flex justify-end gap-2 pb-4">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" onClick={remove} disabled={removing || readOnly !== null}>
          {removing ? 'Removing…' : 'Remove server'}
        </Button>
      </div>
    </>
  );
}

/** Aliases and slots that lead to a model of this server, also slots that lead there by an alias. */
function namesOf({ aliases, slots }: ModelsReport, server: string): readonly string[] {
  const named = aliases.filter(({ target }) => target.startsWith(`${server}/`)).map(({ id }) => id);
  const leading = Object.entries(slots).filter(
    ([, target]) => target.startsWith(`${server}/`) || named.includes(target),
  );
  return [...named.map((id) => `alias ${id}`), ...leading.map(([slot]) => `slot ${slot}`)];
}
