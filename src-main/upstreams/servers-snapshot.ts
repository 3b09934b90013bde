import type { UpstreamSettings } from '../../src-shared/settings.ts';
import type { Inspection } from './kind.ts';
import type { UpstreamTarget } from './target.ts';

/** One model server that is known: configured, or found on this machine. */
export interface KnownServer {
  readonly target: UpstreamTarget;
  /** As people know it: the settings' own URL, or the root that was found. */
  readonly baseUrl: string;
  readonly found: 'detected' | 'configured';
  readonly enabled: boolean;
  /** The settings' entry; null for a detected server. */
  readonly settings: UpstreamSettings | null;
  /** What it said last; null as long as it was never asked. */
  readonly inspection: Inspection | null;
}

/** All servers at one moment: one value, never changed. Configured ones first, in the settings' order. */
export interface ServersSnapshot {
  readonly servers: readonly KnownServer[];
}

/** Whether two moments are the same for everyone who looks. */
export function isSameSnapshot(a: ServersSnapshot, b: ServersSnapshot): boolean {
  return fingerprint(a) === fingerprint(b) && sameTargets(a, b);
}

function fingerprint(snapshot: ServersSnapshot): string {
  return JSON.stringify(
    snapshot.servers.map(({ target, baseUrl, found, enabled, settings, inspection }) => [
      target.id,
      baseUrl,
      found,
      enabled,
      settings,
      inspection,
    ]),
  );
}

function sameTargets(a: ServersSnapshot, b: ServersSnapshot): boolean {
  return (
    a.servers.length === b.servers.length &&
    a.servers.every((server, index) => server.target === b.servers[index]?.target)
  );
}
