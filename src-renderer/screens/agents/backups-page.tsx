import { useCallback } from 'react';
import type { AgentEntry } from '../../../src-shared/agents.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { SpinnerIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import type { Control } from '../../control.ts';
import { usePolled } from '../../use-polled.ts';
import { Page } from './page.tsx';

/** A copy of a user's file, as the service lists it. */
export type BackupEntry = Awaited<ReturnType<Control['agents']['backups']>>[number];

/** The copies that were made of an agent's files before each change, newest first. */
export function BackupsPage({
  control,
  agent,
  onRestore,
  onClose,
}: {
  readonly control: Control;
  readonly agent: AgentEntry;
  readonly onRestore: (backup: BackupEntry) => void;
  readonly onClose: () => void;
}) {
  const { answer, failure } = usePolled(useCallback(() => control.agents.backups(), [control]));
  const backups = answer?.filter((backup) => backup.agent === agent.id) ?? null;
  return (
    <Page title={`Backups: ${agent.label}`} onClose={onClose}>
      <p className="text-quiet">
        Before Dragoman changes a file it keeps a copy, the last 20 of each file. Undo takes out only what Dragoman
        wrote; restoring puts the whole file back as it was then.
      </p>
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
      {backups === null && failure === null && (
        <p role="status" className="flex items-center gap-2 text-quiet">
          <SpinnerIcon /> Asking Dragoman…
        </p>
      )}
      {backups?.length === 0 && <p>No file of {agent.label} was changed yet.</p>}
      {backups !== null && backups.length > 0 && (
        <ul aria-label="Backups" className="rounded-lg border border-line bg-raised">
          {backups.map((backup) => (
            <li key={backup.id} className="flex items-center gap-3 border-line px-5 py-2.5 not-first:border-t">
              <div className="min-w-0 flex-1">
                <p>{timeWords(backup.at)}</p>
                <p className="flex items-start gap-1 text-quiet">
                  <code className="font-mono text-xs leading-6 wrap-anywhere">{backup.path}</code>
                  <CopyButton text={backup.file} label={`the path of the copy of ${timeWords(backup.at)}`} />
                </p>
              </div>
              <Button label={`Restore the copy of ${timeWords(backup.at)}`} onClick={() => onRestore(backup)}>
                Restore…
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

/** A moment in the user's own time. */
export function timeWords(at: string): string {
  return new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}
