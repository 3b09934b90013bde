import type { Settings } from '../../src-shared/settings.ts';
import type { UpstreamClient } from './client.types.ts';
import { askFound, type FoundServer, namedServers } from './found-server.ts';
import { inspectServer } from './inspect-server.ts';
import { unread } from './inspection.ts';
import type { Inspection, Probe } from './kind.ts';
import { kindOf, kinds } from './kinds.ts';
import { isLocalNetwork } from './local-network.ts';
import { hostPlace, loopbackPlace, ollamaPlace, type Place } from './places.ts';
import { createProbe, nearLimits } from './probe.ts';
import type { Environment } from './proxy.ts';
import { isSameSnapshot, type KnownServer, type ServersSnapshot } from './servers-snapshot.ts';
import { configuredTarget, isLoopbackPort, type SecretResolver, serverPlace, type UpstreamTarget } from './target.ts';

export type { KnownServer, ServersSnapshot } from './servers-snapshot.ts';

export interface Detection {
  /** Looks at once and then every `detection.intervalSeconds`. Keeps no process alive. */
  start(): void;
  /** Ends the rounds and gives up what is being asked. */
  stop(): void;
  snapshot(): ServersSnapshot;
  /** Looks now, and waits for the slow servers, too; joins a round that is already under way. */
  refresh(): Promise<ServersSnapshot>;
  /** What this server said is out of date: resolves when it was asked again, with the others. */
  askAgain(id: string): Promise<ServersSnapshot>;
  /** Resolves after the first round. */
  readonly firstScan: Promise<void>;
  /** Takes over changed settings at once and looks again. */
  settingsChanged(): void;
  /** Calls back when a round found a change. Returns how to end that. */
  subscribe(listener: (snapshot: ServersSnapshot) => void): () => void;
}

export interface DetectionOptions {
  readonly client: UpstreamClient;
  readonly settings: () => Settings;
  readonly resolveSecret: SecretResolver;
  /** The gateway's own port, which is never asked; null while it does not listen. */
  readonly ownPort: () => number | null;
  /** Where OLLAMA_HOST is read from; absent: nowhere. */
  readonly environment?: Environment;
  /** The host under which the machine around this one is reached; see other-side.ts. Absent: there is none. */
  readonly otherSide?: () => Promise<string | null>;
}

/** A round waits so long for the servers of the settings; one that is slower is listened to when it answers. Milliseconds. */
const patienceMs = 2000;

/** A server of a public host that is up is asked this often at most: its list is long and hardly changes. */
const publicIntervalMs = 300_000;

interface Configured {
  readonly server: KnownServer;
  readonly probe: Probe;
  readonly askedAt: number | null;
}

/**
 * Keeps an eye on the servers of the settings and on those that run on this machine, or on the machine around it, at their kinds' default
 * ports, at `detection.ports`, and where OLLAMA_HOST says. A server that goes away is `down` and stays listed.
 */
export function createDetection(options: DetectionOptions): Detection {
  const { client } = options;
  const listeners = new Set<(snapshot: ServersSnapshot) => void>();
  const given = new AbortController();
  let configured: readonly Configured[] = [];
  let found: readonly FoundServer[] = [];
  let current: ServersSnapshot = { servers: [] };
  let running: Promise<ServersSnapshot> | null = null;
  let again = false;
  const late = new Map<UpstreamTarget, Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let started = false;
  let endFirst: () => void = () => undefined;
  const firstScan = new Promise<void>((resolve) => {
    endFirst = resolve;
  });

  function probeOf(target: UpstreamTarget): Probe {
    return createProbe(client, target, { signal: given.signal });
  }

  /** Of a server that is found: a place where nothing answers must not hold up the others. */
  function shortProbeOf(target: UpstreamTarget): Probe {
    return createProbe(client, target, { signal: given.signal, timeouts: nearLimits });
  }

  /** An entry that did not change stays as it is; what was learned of an upstream stays as long as it leads to the same server. */
  function takeSettings(): void {
    configured = options.settings().upstreams.map((settings) => {
      const before = configured.find((one) => one.server.target.id === settings.id);
      if (before !== undefined && JSON.stringify(before.server.settings) === JSON.stringify(settings)) return before;
      const target = configuredTarget(settings, kindOf(settings.kind), options.resolveSecret);
      const same = before?.server.target.apiUrl === target.apiUrl && before.server.target.kind === target.kind;
      const inspection = same ? before.server.inspection : null;
      const { baseUrl, enabled } = settings;
      const server: KnownServer = { target, baseUrl, found: 'configured', enabled, settings, inspection };
      return { server, probe: probeOf(target), askedAt: null };
    });
    publish();
  }

  function publish(): void {
    const places = new Set(configured.map((one) => serverPlace(one.server.baseUrl)));
    const ids = new Set(configured.map((one) => one.server.target.id));
    const detected = options.settings().detection.enabled ? found : [];
    const shown = detected.filter(
      ({ server }) => !places.has(serverPlace(server.baseUrl)) && !ids.has(server.target.id),
    );
    const next: ServersSnapshot = {
      servers: [...configured.map((one) => one.server), ...shown.map((one) => one.server)],
    };
    if (isSameSnapshot(next, current)) return;
    current = next;
    for (const listener of listeners) listener(next);
  }

  async function askConfigured(one: Configured): Promise<Configured> {
    const { server } = one;
    const own = options.ownPort();
    if (!server.enabled) return one;
    if (own !== null && isLoopbackPort(server.target.rootUrl, own)) {
      return { ...one, server: { ...server, inspection: unread('error', "This is the gateway's own address.") } };
    }
    const settled = server.inspection?.state === 'up' && server.inspection.listKnown;
    const fresh = one.askedAt !== null && performance.now() - one.askedAt < publicIntervalMs;
    if (settled && fresh && !isLocalNetwork(new URL(server.target.rootUrl).hostname)) return one;
    if (late.has(server.target)) return one;
    const asked = inspectServer(server.target.kind, one.probe, server.inspection);
    const inspection = await within(patienceMs, asked);
    if (inspection !== null) return answered(one, inspection);
    late.set(
      server.target,
      asked.then((said) => {
        late.delete(server.target);
        if (given.signal.aborted) return;
        configured = configured.map((now) => (now.server.target === server.target ? answered(now, said) : now));
        publish();
      }),
    );
    return one;
  }

  function answered(one: Configured, inspection: Inspection): Configured {
    return { ...one, server: { ...one.server, inspection }, askedAt: performance.now() };
  }

  function askPlace(place: Place): Promise<FoundServer | null> {
    const before = found.find((one) => one.place.key === place.key) ?? null;
    return askFound(place, before, shortProbeOf);
  }

  async function placesToScan(): Promise<readonly Place[]> {
    const { detection } = options.settings();
    if (!detection.enabled) return [];
    const own = options.ownPort();
    const ports = [...new Set([...kinds.flatMap((kind) => kind.defaultPorts), ...detection.ports])];
    const around = (await options.otherSide?.()) ?? null;
    const ollama = ollamaPlace(options.environment?.OLLAMA_HOST);
    const places = [
      ...ports.map(loopbackPlace),
      ...(ollama === null ? [] : [ollama]),
      ...(around === null ? [] : ports.map((port) => hostPlace(around, port))),
    ];
    const taken = new Set(configured.map((one) => serverPlace(one.server.baseUrl)));
    const byKey = new Map(places.map((place) => [place.key, place]));
    return [...byKey.values()].filter(
      ({ rootUrls, port, isLoopback }) =>
        !(isLoopback && port === own) && !rootUrls.some((rootUrl) => taken.has(serverPlace(rootUrl))),
    );
  }

  async function round(): Promise<ServersSnapshot> {
    const asking = configured;
    const [asked, places] = await Promise.all([
      Promise.all(asking.map(askConfigured)),
      placesToScan().then((all) => Promise.all(all.map(askPlace))),
    ]);
    // The settings may have changed meanwhile: then `configured` is newer than what was asked.
    configured = configured.map((now) => asked[asking.indexOf(now)] ?? now);
    if (options.settings().detection.enabled) {
      const taken = configured.map((one) => one.server.target.id);
      found = namedServers(
        places.filter((one) => one !== null),
        found,
        taken,
      );
    }
    if (!given.signal.aborted) publish();
    return current;
  }

  function scan(): Promise<ServersSnapshot> {
    if (running !== null) return running;
    clearTimeout(timer);
    running = round().finally(() => {
      running = null;
      endFirst();
      if (!started || given.signal.aborted) return;
      const delay = again ? 0 : options.settings().detection.intervalSeconds * 1000;
      again = false;
      timer = setTimeout(() => void scan(), delay);
      timer.unref();
    });
    return running;
  }

  /** Waits for the slow ones, too. */
  async function settled(): Promise<ServersSnapshot> {
    await Promise.all(late.values());
    return current;
  }

  takeSettings();
  return {
    firstScan,
    start() {
      started = true;
      void scan();
    },
    stop() {
      started = false;
      clearTimeout(timer);
      given.abort();
      endFirst();
    },
    snapshot: () => current,
    refresh: () => scan().then(settled),
    async askAgain(id) {
      configured = configured.map((one) => (one.server.target.id === id ? { ...one, askedAt: null } : one));
      // A round that is under way may have asked it before.
      if (running !== null) await running;
      return scan().then(settled);
    },
    settingsChanged() {
      takeSettings();
      if (!started) return;
      if (running === null) void scan();
      else again = true;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What is promised, or null where it takes longer. */
async function within<Value>(ms: number, promised: Promise<Value>): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
    timer.unref();
  });
  return Promise.race([promised, limit]).finally(() => clearTimeout(timer));
}
