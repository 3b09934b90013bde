import type { TriedServer } from '../../../src-shared/control.ts';
import { serverKind } from '../../../src-shared/server-kinds.ts';
import type { UpstreamKindId } from '../../../src-shared/settings.ts';
import { Button } from '../../components/button.tsx';
import { StateIcon, WarningIcon } from '../../components/icons.tsx';
import { Words } from '../../components/words.tsx';

import { stateWords } from './server-state.ts';

/** What a server said when it was tried: reached or not, what it is, its models, and what to do. */
export function TestResult({
  tried,
  kind,
  onKind,
}: {
  readonly tried: TriedServer;
  readonly kind: UpstreamKindId;
  readonly onKind: (kind: UpstreamKindId) => void;
}) {
  const { state, version, message, recognised, models } = tried;
  const reached = state === 'up' || state === 'loading';
  const another = recognised !== null && recognised !== kind && recognised !== 'openai-compatible' ? recognised : null;
  return (
    <section aria-label="Test result" className="flex flex-col gap-2 rounded-md border border-line p-3">
      <p className={`flex items-center gap-2 font-medium ${reached ? 'text-good' : 'text-bad'}`}>
        {reached ? <StateIcon state="yes" /> : <WarningIcon />}
        <span>{reached ? 'Reached' : `Not usable: ${stateWords(state)}`}</span>
      </p>
      {message !== null && (
        <p className="wrap-anywhere">
          <Words text={message} />
        </p>
      )}
      {another !== null && (
        <div className="flex">
          <Button onClick={() => onKind(another)}>Switch to {serverKind(another).name}</Button>
        </div>
      )}
      {reached && (
        <p className="text-quiet wrap-anywhere">
          {recognised === null
            ? 'Its kind was not recognised.'
            : `${serverKind(recognised).name}${version === null ? '' : ` ${version}`}.`}{' '}
          {modelsFound(models)}
        </p>
      )}
    </section>
  );
}

const mostNames = 5;

function modelsFound(models: readonly string[]): string {
  if (models.length === 0) return 'It listed no models.';
  const named = models.slice(0, mostNames).join(', ');
  const more = models.length > mostNames ? ` and ${models.length - mostNames} more` : '';
  return `${models.length} ${models.length === 1 ? 'model' : 'models'}: ${named}${more}.`;
}
