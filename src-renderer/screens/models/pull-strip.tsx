import { useState } from 'react';
import type { Pull } from '../../../src-shared/model-pulls.ts';
import { Button } from '../../components/button.tsx';
import { Progress } from '../../components/progress.tsx';
import type { Control } from '../../control.ts';
import { gigabytes } from './memory-section.tsx';

/** A model that its server fetches: how far it is, and how to end it; or why it failed. */
export function PullStrip({ control, pull }: { readonly control: Control; readonly pull: Pull }) {
  const { server, model, doing, fetched, all, failure } = pull;
  const [failed, setFailed] = useState(false);
  // What comes of it is told by the list of what is being fetched.
  const act = (action: 'pull' | 'stopPull') => () => {
    setFailed(false);
    control.models[action]({ server, model }).catch(() => setFailed(true));
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-5 py-2">
      <code className="font-mono text-xs wrap-anywhere">{model}</code>
      {failure === null ? (
        <>
          <span className="text-quiet">
            {fetched === null || all === null
              ? `${doing}…`
              : `${gigabytes(fetched)} of ${gigabytes(all)}, ${Math.floor((fetched * 100) / all)} %`}
          </span>
          <span className="min-w-24 flex-1">
            <Progress label={`Fetching ${model}`} value={fetched} max={all} />
          </span>
          <Button small onClick={act('stopPull')} label={`Stop fetching ${model}`}>
            Stop
          </Button>
        </>
      ) : (
        <>
          <span role="alert" className="min-w-0 flex-1 basis-72 text-bad wrap-anywhere">
            {failure}
          </span>
          <Button small onClick={act('pull')} label={`Try again to fetch ${model}`}>
            Try again
          </Button>
          <Button small onClick={act('stopPull')} label={`Dismiss that ${model} was not fetched`}>
            Dismiss
          </Button>
        </>
      )}
      {failed && <span className="text-bad">Dragoman did not answer.</span>}
    </div>
  );
}
