import type { Listening, PortTaken, SettingsView } from '../../src-shared/settings-contract.ts';
import type { SettingsStore } from '../settings/store.ts';
import { changes } from './changes.ts';
import { freePort } from './free-port.ts';
import { portOwner } from './port-owner.ts';

/** Where the gateway listens, as it knows it itself. */
export interface ListeningState extends Omit<Listening, 'trouble'> {
  readonly trouble: {
    readonly reason: string;
    readonly message: string;
    readonly host: string;
    readonly port: number;
  } | null;
}

export interface ListeningSource {
  /** Null before it listens. */
  now(): ListeningState | null;
  /** Tries once more to listen where the settings say. */
  again(): Promise<void>;
  /** Called after each change. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
}

/** The settings and the gateway's address as the window shows them, kept up. */
export interface SettingsFeed {
  view(): Promise<SettingsView>;
  /** The view at once, and again after each change; changes that come quickly are told as one. */
  subscribe(signal: AbortSignal | undefined): AsyncGenerator<SettingsView, void>;
  /** Ends all subscriptions: a service that stops must not wait for them. */
  close(): void;
}

/** `listening` is null where no service runs. */
export function createSettingsFeed(settings: SettingsStore, listening: ListeningSource | null): SettingsFeed {
  const closing = new AbortController();

  async function view(): Promise<SettingsView> {
    const state = listening?.now() ?? null;
    const { gateway, detection, desktop, activity, keys } = settings.current();
    return {
      file: settings.file,
      problems: settings.problems(),
      values: { gateway, detection, desktop, activity },
      keys: keys.map(({ hash: _hash, ...key }) => key),
      listening: state === null ? null : { ...state, trouble: await describeTrouble(state.trouble) },
    };
  }

  return {
    view,
    async *subscribe(signal) {
      const over = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      const heard = changes((notice) => {
        const stops = [settings.subscribe(notice), listening?.subscribe(notice)];
        return () => {
          for (const stop of stops) stop?.();
        };
      }, over);
      for await (const _ of heard) yield await view();
    },
    close: () => closing.abort(),
  };
}

/** Who has a port, and another one to offer. */
export async function describeTakenPort(host: string, port: number): Promise<PortTaken> {
  const [owner, free] = await Promise.all([portOwner(port), freePort(host, port + 1)]);
  return { host, port, owner, free };
}

async function describeTrouble(trouble: ListeningState['trouble']): Promise<Listening['trouble']> {
  if (trouble === null) return null;
  const { reason, message, host, port } = trouble;
  return { message, taken: reason === 'port-taken' ? await describeTakenPort(host, port) : null };
}
