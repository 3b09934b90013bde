import { useState } from 'react';
import type { ModelsReport } from '../../../src-shared/catalogue.ts';
import type { ListedServer } from '../../../src-shared/control.ts';
import type { Control } from '../../control.ts';
import { FormPanel } from './form-panel.tsx';
import { GetModel } from './get-model.tsx';
import { RemoveServer } from './remove-server.tsx';
import { draftOf, newDraft } from './server-draft.ts';
import { ServerForm } from './server-form.tsx';

/** What is done with a server in the panel: `server` is its id, null for a new one. */
export type ServerTask =
  | { readonly kind: 'add' }
  | { readonly kind: 'edit' | 'test' | 'remove' | 'get-model'; readonly server: string };

export function ServerPanel({
  control,
  task,
  servers,
  report,
  readOnly,
  onDone,
  onClose,
}: {
  readonly control: Control;
  readonly task: ServerTask;
  readonly servers: readonly ListedServer[];
  readonly report: ModelsReport;
  readonly readOnly: string | null;
  /** Something was changed. */
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  // The panel shows the server as it was when it was opened: what is typed must not change under the hands.
  const [server] = useState(task.kind === 'add' ? null : (servers.find(({ id }) => id === task.server) ?? null));
  const taken = servers.filter(({ found }) => found === 'configured').map(({ id }) => id);
  const kept = server?.description == null ? null : server;
  return (
    <FormPanel title={titleOf(task, server)} onClose={onClose}>
      {(onDirty) =>
        task.kind === 'get-model' && server !== null ? (
          <GetModel control={control} server={server.id} kind={server.kind} onStarted={onClose} onDirty={onDirty} />
        ) : task.kind === 'remove' && server !== null ? (
          <RemoveServer
            control={control}
            server={server}
            report={report}
            readOnly={readOnly}
            onRemoved={onDone}
            onClose={onClose}
          />
        ) : (
          <ServerForm
            control={control}
            initial={server === null ? newDraft('openai-compatible', taken) : draftOf(server)}
            edited={kept}
            taken={taken}
            readOnly={readOnly}
            testFirst={task.kind === 'test'}
            saveLabel={kept === null ? 'Add server' : 'Save'}
            onSaved={() => {
              onDone();
              onClose();
            }}
            onDirty={onDirty}
          />
        )
      }
    </FormPanel>
  );
}

function titleOf(task: ServerTask, server: ListedServer | null): string {
  if (server === null) return 'Add a server';
  if (task.kind === 'get-model') return `Get a model for ${server.id}`;
  if (task.kind === 'remove') return `Remove ${server.id}`;
  return server.description === null ? `Keep ${server.id} in the settings` : `Edit ${server.id}`;
}
