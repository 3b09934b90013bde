import { type ReactNode, useEffect, useState } from 'react';
import { type CompatFlags, compatFlagsSchema } from '../../../src-shared/compat-flags.ts';
import type { ModelFlags } from '../../../src-shared/model-control.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';
import { flagValue, flagWords } from './flag-words.ts';

type FlagName = keyof CompatFlags;

/** How a model deviates, with where that was learnt; what the settings say can be taken back. Nothing where nothing is known. */
export function ModelFlagsSection({
  control,
  model,
  changes,
  readOnly,
  onChanged,
}: {
  readonly control: Control;
  /** Its id. */
  readonly model: string;
  /** Another number where the flags may have changed. */
  readonly changes: number;
  /** Why nothing can be changed in the settings now; null where it can. */
  readonly readOnly: string | null;
  readonly onChanged: () => Promise<void>;
}) {
  const [flags, setFlags] = useState<ModelFlags | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `changes` asks again
  useEffect(() => {
    let isWanted = true;
    // What can't be had is left out: the panel has the facts all the same.
    control.models.flags({ model }).then(
      (answer) => {
        if (isWanted) setFlags(answer);
      },
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [control, model, changes]);
  if (flags === null) return null;
  const said = namesIn(flags.settings);
  const told = namesIn(flags.server).filter((name) => !said.includes(name));
  if (said.length + told.length === 0) return null;
  const reset = (names: FlagName[]): void => {
    setBusy(true);
    setFailure(null);
    control.models
      .resetFlags({ model, flags: names })
      .then(onChanged, (cause: unknown) => setFailure(describeRefusal('It was not taken back.', cause)))
      .finally(() => setBusy(false));
  };
  const disabled = busy || readOnly !== null;
  return (
    <section aria-labelledby="panel-flags" className="flex flex-col gap-2">
      <h3 id="panel-flags" className="font-semibold">
        How it is asked
      </h3>
      {said.length > 0 && (
        <>
          <div className="flex items-center justify-between gap-3">
            <p className="text-quiet">In your settings, by a check-up or by hand</p>
            {said.length > 1 && (
              <Button small disabled={disabled} onClick={() => reset(said)}>
                Reset all
              </Button>
            )}
          </div>
          <ul aria-label="By your settings" className="flex flex-col">
            {said.map((name) => (
              <Flag key={name} name={name} value={flags.settings[name]}>
                <Button small disabled={disabled} onClick={() => reset([name])} label={`Reset ${name}`}>
                  Reset
                </Button>
              </Flag>
            ))}
          </ul>
        </>
      )}
      {told.length > 0 && (
        <>
          <p className="text-quiet">As its server tells</p>
          <ul aria-label="As its server tells" className="flex flex-col">
            {told.map((name) => (
              <Flag key={name} name={name} value={flags.server[name]} />
            ))}
          </ul>
        </>
      )}
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
    </section>
  );
}

function Flag({
  name,
  value,
  children,
}: {
  readonly name: FlagName;
  readonly value: CompatFlags[FlagName] | undefined;
  readonly children?: ReactNode;
}) {
  if (value === undefined) return null;
  return (
    <li className="flex items-center gap-3 border-line border-t py-1.5">
      <span className="min-w-0 flex-1">
        <span className="wrap-anywhere">
          {flagWords[name]}: <span className="font-medium">{flagValue(value)}</span>
        </span>
        <code className="block font-mono text-xs text-quiet wrap-anywhere">{name}</code>
      </span>
      {children}
    </li>
  );
}

function namesIn(flags: ModelFlags['settings']): FlagName[] {
  return compatFlagsSchema.keyof().options.filter((name) => flags[name] !== undefined);
}
