import { serverKind } from '../../../src-shared/server-kinds.ts';
import { TextField } from './form-fields.tsx';
import type { DraftProblems, ServerDraft } from './server-draft.ts';

/** How much a server is given to do at once, and when its models get into memory and out of it. */
export function LoadFields({
  draft,
  onChange,
  problems,
}: {
  readonly draft: ServerDraft;
  readonly onChange: (changed: Partial<ServerDraft>) => void;
  readonly problems: DraftProblems;
}) {
  const { kind, concurrency, loadOnUse, keepLoadedMinutes } = draft;
  return (
    <>
      <TextField
        label="Requests at once"
        value={concurrency}
        onChange={(typed) => onChange({ concurrency: typed })}
        placeholder="as many as it has slots"
        problem={problems.concurrency}
        hint="Further ones wait, and agents take turns. For a server that gets slow or fails when several ask; empty: as it tells, else without a limit."
      />
      {/* What the file says is shown, also where the kind makes nothing of it. */}
      {(serverKind(kind).loads !== undefined || !loadOnUse) && (
        <div className="flex flex-col gap-1">
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              checked={loadOnUse}
              onChange={(event) => onChange({ loadOnUse: event.target.checked })}
            />
            Load a model when an agent asks for it
          </label>
          <p className="text-xs text-quiet">
            Else a model that is not loaded refuses, and only you load it: nothing big gets into memory by itself.
          </p>
        </div>
      )}
      {(serverKind(kind).loads?.keeps === true || keepLoadedMinutes !== '') && (
        <TextField
          label="Minutes a model stays loaded"
          value={keepLoadedMinutes}
          onChange={(typed) => onChange({ keepLoadedMinutes: typed })}
          placeholder="as the server is set"
          problem={problems.keepLoadedMinutes}
          hint="After its last use. More spares the wait when you come back, less frees the memory sooner."
        />
      )}
    </>
  );
}
