import { inspectServer } from './inspect-server.ts';
import type { Probe, UpstreamKind } from './kind.ts';
import { openaiCompatible as general } from './openai-compatible.ts';
import type { Place } from './places.ts';
import { recogniseServer } from './recognise.ts';
import type { KnownServer } from './servers-snapshot.ts';
import { detectedTarget, type UpstreamTarget } from './target.ts';

/** A server that no settings name: it was found where one of its kind may be. */
export interface FoundServer {
  readonly kind: UpstreamKind;
  readonly server: KnownServer;
  readonly probe: Probe;
  readonly place: Place;
}

/**
 * Asks the server of a place, or looks whether there is one. `before` is what was found there last, which stays listed when nothing answers any
 * more; null where neither now nor then was anything there. `probeOf` asks without much patience: most places have nobody.
 */
export async function askFound(
  place: Place,
  before: FoundServer | null,
  probeOf: (target: UpstreamTarget) => Probe,
): Promise<FoundServer | null> {
  const state = before?.server.inspection?.state;
  if (before !== null && state !== 'down' && state !== 'error') return inspected(before);
  const recognised = await recognise(place, probeOf);
  if (recognised === null) return before === null ? null : inspected(before);
  const { kind, rootUrl } = recognised;
  if (before !== null && before.kind === kind && before.server.baseUrl === rootUrl) return inspected(before);
  const target = detectedTarget(before?.kind === kind ? before.server.target.id : kind.id, kind, rootUrl);
  const server: KnownServer = {
    target,
    baseUrl: rootUrl,
    found: 'detected',
    enabled: true,
    settings: null,
    inspection: null,
  };
  return inspected({ kind, server, probe: probeOf(target), place });
}

async function recognise(
  { rootUrls, port }: Place,
  probeOf: (target: UpstreamTarget) => Probe,
): Promise<{ readonly kind: UpstreamKind; readonly rootUrl: string } | null> {
  for (const rootUrl of rootUrls) {
    const { host } = new URL(rootUrl);
    const kind = await recogniseServer(probeOf(detectedTarget(host, general, rootUrl)), port);
    if (kind !== null) return { kind, rootUrl };
  }
  return null;
}

async function inspected(one: FoundServer): Promise<FoundServer> {
  const inspection = await inspectServer(one.kind, one.probe, one.server.inspection);
  return { ...one, server: { ...one.server, inspection } };
}

/**
 * The same servers with names that neither they nor the `taken` ids share: the first of a kind has the kind's name, a further one its port behind it
 * (`host-` and the port for one around this machine). A server keeps the name that it had in `before`.
 */
export function namedServers(
  servers: readonly FoundServer[],
  before: readonly FoundServer[],
  takenIds: readonly string[],
): readonly FoundServer[] {
  const taken = new Set(takenIds);
  const keep = new Set<FoundServer>();
  for (const one of servers) {
    const { id } = one.server.target;
    const known = before.some(
      (old) => old.place.key === one.place.key && old.server.target.id === id && old.kind === one.kind,
    );
    if (!known || taken.has(id)) continue;
    keep.add(one);
    taken.add(id);
  }
  return servers.map((one) => {
    if (keep.has(one)) return one;
    const id = taken.has(one.kind.id) ? `${one.kind.id}-${one.place.suffix}` : one.kind.id;
    taken.add(id);
    return { ...one, server: { ...one.server, target: { ...one.server.target, id } } };
  });
}
