import type { ModelsReport } from '../../src-shared/catalogue.ts';
import { CopyButton } from './copy-button.tsx';
import { StateIcon } from './icons.tsx';

/** What the gateway does and where it is reached. `gateway` is null before the first report; `connected` is false while it can't be asked. */
export function StatusBar({
  gateway,
  connected,
  version,
}: {
  readonly gateway: ModelsReport['gateway'] | null;
  readonly connected: boolean;
  readonly version: string | null;
}) {
  const running = connected && gateway?.running === true;
  return (
    <section
      aria-label="Gateway"
      className="flex h-10 shrink-0 items-center gap-4 border-t border-line bg-raised px-5 whitespace-nowrap"
    >
      <span className={`flex items-center gap-2 ${running ? 'text-good' : 'text-quiet'}`}>
        <StateIcon state={running ? 'yes' : gateway === null && connected ? 'unknown' : 'no'} />
        <span className="text-ink">{stateWords(gateway, connected)}</span>
      </span>
      {gateway?.url != null && (
        <span className="flex min-w-0 items-center gap-1">
          <span className="sr-only">Base URL</span>
          <code className="truncate font-mono text-xs select-all">{gateway.url}</code>
          <CopyButton text={gateway.url} label="base URL" />
        </span>
      )}
      <span className="flex-1" />
      {version !== null && <span className="text-xs text-quiet">{version}</span>}
    </section>
  );
}

function stateWords(gateway: ModelsReport['gateway'] | null, connected: boolean): string {
  if (!connected) return 'Not connected';
  if (gateway === null) return 'Connecting…';
  return gateway.running ? 'Gateway running' : 'Gateway stopped';
}
