import type { ActivityOverview } from '../../src-shared/activity.ts';
import type { ModelsReport } from '../../src-shared/catalogue.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { PauseIcon, ResumeIcon, StateIcon, WarningIcon } from './icons.tsx';

/** Something that is wrong until it is mended, and the place that says what to do. */
export interface BarProblem<Place> {
  readonly words: string;
  readonly leadsTo: Place;
}

/** What the gateway does and where it is reached. `gateway` and `overview` are null before the service was heard of; `connected` is false while it can't be. */
export function StatusBar<Place>({
  gateway,
  overview,
  connected,
  version,
  problems,
  onProblem,
  onPause,
}: {
  readonly gateway: ModelsReport['gateway'] | null;
  readonly overview: ActivityOverview | null;
  readonly connected: boolean;
  readonly version: string | null;
  readonly problems: readonly BarProblem<Place>[];
  readonly onProblem: (leadsTo: Place) => void;
  readonly onPause: (paused: boolean) => void;
}) {
  const state = barState(gateway, overview, connected);
  return (
    <section
      aria-label="Gateway"
      className="flex h-10 shrink-0 items-center gap-4 border-t border-line bg-raised px-4 whitespace-nowrap max-sm:gap-2"
    >
      <span className={`flex items-center gap-2 ${colours[state]}`}>
        <StateIcon state={state === 'running' ? 'yes' : state === 'unknown' ? 'unknown' : 'no'} />
        <span role="status" className="text-ink">
          {words[state]}
        </span>
      </span>
      {gateway?.url != null && (
        <span className="flex min-w-0 items-center gap-1 max-sm:hidden">
          <span className="sr-only">Base URL</span>
          <code className="truncate font-mono text-xs select-all">{gateway.url}</code>
          <CopyButton text={gateway.url} label="base URL" />
        </span>
      )}
      {problems.map(({ words: what, leadsTo }) => (
        <button
          key={what}
          type="button"
          onClick={() => onProblem(leadsTo)}
          className="flex items-center gap-1.5 rounded text-bad hover:underline"
        >
          <WarningIcon />
          {what}
        </button>
      ))}
      <span className="flex-1" />
      {connected && overview !== null && (
        <>
          <span className={overview.running === 0 ? 'text-quiet' : ''}>{workWords(overview)}</span>
          {gateway?.running !== false && (
            <Button
              small
              onClick={() => onPause(!overview.paused)}
              title={
                overview.paused ? 'Take requests again' : 'Refuse new requests until you resume; those under way finish'
              }
            >
              {overview.paused ? <ResumeIcon /> : <PauseIcon />}
              {overview.paused ? 'Resume' : 'Pause'}
            </Button>
          )}
        </>
      )}
      {version !== null && <span className="text-xs text-quiet max-md:hidden">{version}</span>}
    </section>
  );
}

type BarState = 'running' | 'paused' | 'stopped' | 'unknown' | 'away';

const words: Readonly<Record<BarState, string>> = {
  running: 'Gateway running',
  paused: 'Gateway paused',
  stopped: 'Gateway not running',
  unknown: 'Connecting…',
  away: 'Not connected',
};
const colours: Readonly<Record<BarState, string>> = {
  running: 'text-good',
  paused: 'text-warn',
  stopped: 'text-quiet',
  unknown: 'text-quiet',
  away: 'text-bad',
};

function barState(
  gateway: ModelsReport['gateway'] | null,
  overview: ActivityOverview | null,
  connected: boolean,
): BarState {
  if (!connected) return 'away';
  if (gateway === null) return 'unknown';
  if (!gateway.running) return 'stopped';
  return overview?.paused === true ? 'paused' : 'running';
}

function workWords({ running, tokensPerSecond }: ActivityOverview): string {
  if (running === 0) return 'Idle';
  const requests = `${running} ${running === 1 ? 'request' : 'requests'}`;
  return tokensPerSecond > 0 ? `${requests} · ${tokensPerSecond} tok/s` : requests;
}
