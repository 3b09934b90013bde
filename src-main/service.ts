import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Settings } from '../src-shared/settings.ts';
import { bothTaps } from './activity/both-taps.ts';
import { serverNewsTap } from './activity/server-news.ts';
import type { LogFields, ServiceLog } from './activity/service-log.ts';
import { createHttpCarrier } from './control/http-carrier.ts';
import { createServiceParts, type ServiceParts, type ServicePartsOptions } from './control/service-parts.ts';
import type { ListeningState } from './control/settings-feed.ts';
import { createUiFiles } from './control/ui-files.ts';
import { createGateway } from './gateway/app.ts';
import type { Listener } from './gateway/listen.ts';
import { type MovableListener, openMovableListener } from './gateway/movable-listener.ts';
import type { KeyRing } from './gateway/parts.ts';
import type { ExchangeEnd, ExchangeStart, ExchangeTap } from './gateway/tap.ts';
import { createKeyRing, runOnlyKey } from './keys/key-ring.ts';
import { createContextVariants } from './models/context-variants.ts';
import { createReadiness } from './models/readiness.ts';
import { createTokenCounter } from './models/token-counter.ts';
import { createTokenizer } from './models/tokenizer.ts';
import type { ConversationError } from './protocols/conversation/error.ts';
import { describeProblem } from './settings/problem.ts';
import { writeSchema } from './settings/store.ts';
import { watchSettings } from './settings/watch.ts';

export interface ServiceOptions extends Omit<ServicePartsOptions, 'gateway'> {
  readonly log: ServiceLog;
  /** Command-line flags: they beat the settings file for the whole run. */
  readonly host?: string;
  readonly port?: number;
  /** A local key for this run only. */
  readonly key?: string;
  /** Folder of the window's built files; null: no window in a browser. */
  readonly uiDirectory: string | null;
}

export interface Service {
  readonly parts: ServiceParts;
  /** The control token of this run. */
  readonly token: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Base URL under which this machine reaches the gateway. */
  url(): string;
  /** Address of the window with the token; null where there is none. */
  ui(): string | null;
  /** Called after each re-bind. */
  onRebind(listener: () => void): void;
  /** How many requests of agents are being answered. */
  inFlight(): number;
  /** Called when that number has changed. */
  onInFlight(listener: () => void): void;
  /** After the computer slept: idle sockets, which may be dead, are dropped, and the servers looked for at once. */
  wake(): Promise<void>;
  /** Takes nothing new, lets what is in flight end for `graceMs` at most, and puts every part to rest. */
  stop(graceMs: number): Promise<void>;
}

/** `exposed`: a bind beyond loopback while there is no key at all. */
export type StartResult =
  | { readonly ok: true; readonly service: Service }
  | { readonly ok: false; readonly reason: 'exposed' | 'not-bound'; readonly message: string }
  | {
      readonly ok: false;
      readonly reason: 'port-taken';
      readonly message: string;
      readonly host: string;
      readonly port: number;
    };

/** How long requests may take on an address that the settings no longer name; milliseconds. */
const drainMs = 3_600_000;

const pausedError: ConversationError = {
  kind: 'unavailable',
  message: 'Dragoman is paused. Resume it in its window to go on.',
  shouldRetry: false,
};

/** Builds every part, and listens. Rejects with a SettingsFailure where the settings file is broken. */
export async function startService(options: ServiceOptions): Promise<StartResult> {
  const { log } = options;
  const startedAt = new Date().toISOString();
  const token = randomBytes(32).toString('base64url');
  const listeningListeners = new Set<() => void>();
  const inFlightListeners = new Set<() => void>();
  let inFlight = 0;
  let listener: MovableListener | null = null;
  let stopping: ConversationError | null = null;
  let stopWatching: () => void = () => undefined;

  const url = (): string | null => (listener === null ? null : localUrl(listener.current()));
  const parts = await createServiceParts({
    ...options,
    gateway: {
      url,
      port: () => listener?.current().port ?? null,
      startedAt,
      listening: {
        now: () => (listener === null ? null : listeningNow(listener, options)),
        again: () => follow(),
        subscribe: (notify) => {
          listeningListeners.add(notify);
          return () => listeningListeners.delete(notify);
        },
      },
    },
  });
  const { settings, detection, client, hopId } = parts;

  const wantedHost = (): string => options.host ?? settings.current().gateway.host;
  const wantedPort = (): number => options.port ?? settings.current().gateway.port;
  const isExposed = (host: string): boolean =>
    !isLoopbackHost(host) && options.key === undefined && settings.current().keys.length === 0;

  const tokenizer = createTokenizer();
  const ownKeys = [
    runOnlyKey(parts.checkupKey, 'k_checkup', 'Check-up'),
    ...(options.key === undefined ? [] : [runOnlyKey(options.key)]),
  ];
  const keyRing = memoised(settings.current, ({ keys }) => {
    const all = [...ownKeys, ...keys];
    return createKeyRing([...all, ...parts.replayKeys.twins(all)], Date.now);
  });
  const report = (error: unknown): void =>
    log.error('the control interface failed', { error: error instanceof Error ? error.message : String(error) });
  const gateway = createGateway({
    settings: () => withHost(settings.current(), wantedHost()),
    keys: keyRing,
    models: () => parts.directory,
    sessions: parts.sessions,
    client,
    tokens: createTokenCounter({ client, tokenizer }),
    supplies: {
      // Node makes random UUIDs in advance, which randomBytes does not do: 20 µs less for each id.
      newId: (prefix) => prefix + randomUUID().replaceAll('-', '').slice(0, 24),
      hash: (text) => createHash('sha256').update(text).digest('hex').slice(0, 16),
      now: Date.now,
    },
    hopId,
    variant: createContextVariants({ client, detection }).make,
    ready: createReadiness(parts.loader),
    tap: bothTaps(
      counted(logRequests(log), (change) => {
        inFlight += change;
        for (const notify of inFlightListeners) notify();
      }),
      bothTaps(
        parts.activity.tap,
        serverNewsTap({ loading: parts.loader.loadedForRequest, changed: (upstream) => detection.askAgain(upstream) }),
      ),
    ),
    unavailable: () => stopping ?? (parts.gatewaySwitch.paused() ? pausedError : null),
    mounts: [
      createHttpCarrier(parts, token, report),
      ...(options.uiDirectory === null ? [] : [createUiFiles(options.uiDirectory)]),
    ],
  });

  const opened = await openMovableListener({
    handler: gateway.handler,
    wanted: () => ({ host: wantedHost(), port: wantedPort() }),
    refusal: ({ host }) => (isExposed(host) ? exposedMessage(host) : null),
    drainMs,
    onChange: () => {
      for (const notify of listeningListeners) notify();
    },
  });
  if (!opened.ok) {
    await parts.close();
    const { reason, message, host, port } = opened.trouble;
    if (reason === 'port-taken') return { ok: false, reason, message, host, port };
    return { ok: false, reason: reason === 'not-allowed' ? 'exposed' : 'not-bound', message };
  }
  const moving = opened.listener;
  listener = moving;

  async function follow(): Promise<void> {
    const before = moving.current();
    const troubleBefore = moving.trouble();
    await moving.follow();
    const { url: now } = moving.current();
    const trouble = moving.trouble();
    if (trouble !== null && trouble !== troubleBefore) log.error(`still listening at ${now}: ${trouble.message}`);
    if (moving.current() !== before) log.info(`listening at ${now}`);
  }

  let known = settings.current();
  const unsubscribe = settings.subscribe(() => {
    for (const problem of settings.problems()) {
      log.error(`${settings.file} is broken, the last good settings stay in force: ${describeProblem(problem)}`);
    }
    if (settings.current() === known) return;
    known = settings.current();
    log.info('the settings have changed and are in force');
    detection.settingsChanged();
    parts.activity.overviewChanged();
    follow().catch((error: unknown) => log.error(`the re-bind failed: ${String(error)}`));
  });
  detection.start();
  const problem = (error: Error): void => log.error('the settings file cannot be watched', { error: error.message });
  const watching = writeSchema(parts.home)
    .then(() => watchSettings(settings, problem))
    .then((stop) => {
      if (stopping === null) stopWatching = stop;
      else stop();
    })
    .catch(problem);

  async function stop(graceMs: number): Promise<void> {
    stopping = { kind: 'unavailable', message: 'Dragoman is shutting down.', shouldRetry: false };
    unsubscribe();
    stopWatching();
    parts.activity.close();
    parts.settingsFeed.close();
    await watching;
    const limit = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([moving.close(graceMs), limit]);
    await Promise.all([parts.close(), tokenizer.close()]);
  }

  return {
    ok: true,
    service: {
      parts,
      token,
      startedAt,
      url: () => localUrl(moving.current()),
      ui: () => (options.uiDirectory === null ? null : `${localUrl(moving.current())}/ui/#token=${token}`),
      onRebind: (notify) => void listeningListeners.add(notify),
      inFlight: () => inFlight,
      onInFlight: (notify) => void inFlightListeners.add(notify),
      async wake() {
        await client.close();
        await detection.refresh();
      },
      stop,
    },
  };
}

export function isLoopbackHost(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

function exposedMessage(host: string): string {
  return `${host} can be reached from other machines, and there is no key yet. Make one with \`dragoman key new\`, or give one with --key or DRAGOMAN_KEY.`;
}

/** Where it listens, and what stands in the way of where it should. */
function listeningNow(listener: MovableListener, { host, port }: ServiceOptions): ListeningState {
  const bound = listener.current();
  return {
    url: localUrl(bound),
    host: bound.host,
    port: bound.port,
    fixed: { host: host !== undefined, port: port !== undefined },
    finishing: listener.finishing(),
    trouble: listener.trouble(),
  };
}

/** A wildcard address is no address to go to. */
function localUrl(listener: Pick<Listener, 'host' | 'port' | 'url'>): string {
  if (listener.host === '0.0.0.0') return `http://127.0.0.1:${listener.port}`;
  return listener.host === '::' ? `http://[::1]:${listener.port}` : listener.url;
}

/** The gateway judges Host headers by the host that is really bound. */
function withHost(settings: Settings, host: string): Settings {
  return settings.gateway.host === host ? settings : { ...settings, gateway: { ...settings.gateway, host } };
}

function memoised(settings: () => Settings, make: (settings: Settings) => KeyRing): () => KeyRing {
  let madeFor: Settings | null = null;
  let made = make(settings());
  return () => {
    const now = settings();
    if (madeFor !== now) {
      madeFor = now;
      made = make(now);
    }
    return made;
  };
}

/** The same tap, and tells of each exchange that starts (+1) or ends (−1). */
function counted(tap: ExchangeTap, onChange: (change: 1 | -1) => void): ExchangeTap {
  return {
    ...tap,
    start: (event) => {
      onChange(1);
      tap.start(event);
    },
    end: (event) => {
      onChange(-1);
      tap.end(event);
    },
  };
}

/** One line a request, when it ends or is turned away. */
function logRequests(log: ServiceLog): ExchangeTap {
  const starts = new Map<string, ExchangeStart>();
  return {
    start: (event) => void starts.set(event.exchange, event),
    bytes: () => undefined,
    end: (event) => {
      const start = starts.get(event.exchange);
      starts.delete(event.exchange);
      const line = `${start?.path ?? 'request'} ${event.status} ${event.outcome}`;
      if (event.outcome === 'failed') log.warn(line, describeExchange(start, event));
      else log.info(line, describeExchange(start, event));
    },
    refused: ({ request, method, path, status, error }) =>
      log.info(`${method} ${path} ${status} refused`, { exchange: request, error: describeError(error) }),
  };
}

function describeExchange(start: ExchangeStart | undefined, end: ExchangeEnd): LogFields {
  return {
    exchange: end.exchange,
    model: end.modelId ?? start?.model ?? null,
    keyId: start?.keyId ?? null,
    stream: start?.stream ?? null,
    firstByteMs: end.firstByteMs === null ? null : Math.round(end.firstByteMs),
    totalMs: Math.round(end.totalMs),
    inputTokens: end.usage?.inputTokens ?? null,
    cacheReadTokens: end.usage?.cacheReadTokens ?? null,
    outputTokens: end.usage?.outputTokens ?? null,
    error: end.error === null ? null : describeError(end.error),
    diagnostics:
      end.diagnostics.length === 0
        ? null
        : end.diagnostics.map(({ kind, what, why }) => `${kind} ${what}: ${why}`).join('; '),
  };
}

function describeError({ kind, message }: ConversationError): string {
  return `${kind}: ${message}`;
}
