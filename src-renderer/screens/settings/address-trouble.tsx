import { useState } from 'react';
import type { Listening } from '../../../src-shared/settings-contract.ts';
import { Button } from '../../components/button.tsx';
import { WarningIcon } from '../../components/icons.tsx';
import { Words } from '../../components/words.tsx';
import { type Control, refusalWords } from '../../control.ts';
import { holderWords } from '../start/holder-words.ts';

/** The gateway could not go where the settings say: why, and the ways out. It goes nowhere by itself. */
export function AddressTrouble({
  control,
  listening,
  trouble,
  readOnly,
}: {
  readonly control: Control;
  readonly listening: Listening;
  readonly trouble: NonNullable<Listening['trouble']>;
  readonly readOnly: boolean;
}) {
  const [refused, setRefused] = useState<string | null>(null);
  const { taken } = trouble;
  const freePort = taken?.free ?? null;
  const attempt = (done: Promise<unknown>) => {
    done.then(
      () => setRefused(null),
      (cause: unknown) => setRefused(refusalWords(cause)),
    );
  };
  const moveTo = (port: number) => attempt(control.settings.set({ setting: 'gateway.port', value: port }));
  return (
    <div role="alert" className="mt-2 flex items-start gap-2">
      <span className="mt-0.5 text-bad">
        <WarningIcon />
      </span>
      <div className="min-w-0 flex-1">
        <p>
          It still listens at {listening.url}.{' '}
          <Words text={taken === null ? trouble.message : `${holderWords(taken)}.`} />
        </p>
        {refused !== null && <p className="text-bad">{refused}</p>}
        <div className="mt-2 flex flex-wrap gap-2">
          <Button onClick={() => attempt(control.settings.listenAgain())}>Try again</Button>
          {freePort !== null && (
            <Button disabled={readOnly} onClick={() => moveTo(freePort)}>
              Use port {freePort}
            </Button>
          )}
          {taken !== null && (
            <Button disabled={readOnly} onClick={() => moveTo(listening.port)}>
              Stay at {listening.port}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}
