import { useCallback, useState } from 'react';
import type { Control } from '../control.ts';
import { usePolled } from '../use-polled.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';

/** A newer version, once there is something that the user can do about it; nothing before. */
export function UpdateNotice({ control }: { readonly control: Control }) {
  const { answer } = usePolled(useCallback(() => control.updates.state(), [control]));
  const [restarting, setRestarting] = useState(false);
  const restart = () => {
    setRestarting(true);
    // Where it can't be, the next answer says what is so.
    control.updates.restart().catch(() => setRestarting(false));
  };
  if (answer?.kind !== 'ready' && answer?.kind !== 'elsewhere') return null;
  return (
    <section
      aria-label="Newer version"
      className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-t border-line bg-raised px-4 py-1"
    >
      <span role="status">
        {answer.kind === 'ready' ? (
          `Dragoman ${answer.version} is ready. It is installed when Dragoman quits.`
        ) : (
          <>
            Dragoman {answer.version} is out. <span className="max-sm:sr-only">{answer.why}</span>
            {answer.page === null ? '' : ' Get it here:'}
          </>
        )}
      </span>
      {answer.kind === 'ready' ? (
        <Button small disabled={restarting} onClick={restart}>
          {restarting ? 'Restarting…' : 'Restart to update'}
        </Button>
      ) : (
        answer.page !== null && (
          <span className="flex min-w-0 items-center gap-1">
            <code className="truncate font-mono text-xs select-all">{answer.page}</code>
            <CopyButton text={answer.page} label="address" />
          </span>
        )
      )}
    </section>
  );
}
