import type { LoadingState } from '../../src-shared/catalogue.ts';
import { ConversationFailure } from '../protocols/conversation/error.ts';
import type { UpstreamClient } from '../upstreams/client.types.ts';
import type { Detection, KnownServer } from '../upstreams/detection.ts';
import type { InspectedModel, ModelLoading, Probe } from '../upstreams/kind.ts';
import { createProbe } from '../upstreams/probe.ts';

/** Takes models into memory and frees them, where their servers do that when they are told to. Models are named by id, `<upstream>/<model>`. */
export interface ModelLoader {
  /** What it is at now. */
  underWay(): ReadonlyMap<string, Exclude<LoadingState, 'idle'>>;
  /** Resolves when the model is loaded; joins what is under way. Rejects with a ConversationFailure. */
  load(id: string): Promise<void>;
  /** Resolves when the model is no longer in memory. Rejects with a ConversationFailure. */
  unload(id: string): Promise<void>;
  /** Calls back whenever something begins or ends. Returns how to end that. */
  subscribe(listener: () => void): () => void;
  /** Gives up what is under way. */
  close(): void;
}

export function createModelLoader({
  client,
  detection,
}: {
  readonly client: UpstreamClient;
  readonly detection: Detection;
}): ModelLoader {
  const working = new Map<string, { readonly doing: 'loading' | 'unloading'; readonly done: Promise<void> }>();
  const listeners = new Set<() => void>();
  const given = new AbortController();

  function changed(): void {
    for (const notify of listeners) notify();
  }

  function start(
    named: string,
    doing: 'loading' | 'unloading',
    work: (loading: ModelLoading, probe: Probe, model: string, keepMinutes: number | null) => Promise<void>,
  ): Promise<void> {
    const found = find(detection, named);
    if (found === null) return refuse(`No server that is known has a model "${named}".`);
    const { target, settings } = found.server;
    const { name } = found.model;
    const id = `${target.id}/${name}`;
    const before = working.get(id);
    if (before?.doing === doing) return before.done;
    if (before !== undefined) return refuse(`${id} is ${before.doing} just now: wait until that is done.`);
    const { loading } = target.kind;
    if (loading === undefined || found.model.loading === undefined)
      return refuse(`${target.id} can't be told which models to load.`);
    // It takes as long as the first answer of a model that is not loaded may take.
    const probe = createProbe(client, target, { timeouts: target.timeouts, signal: given.signal });
    const finish = async (): Promise<void> => {
      try {
        await work(loading, probe, name, settings?.keepLoadedMinutes ?? null);
      } catch (error) {
        if (!given.signal.aborted) throw error;
        throw new ConversationFailure({ kind: 'unavailable', message: 'Dragoman is shutting down.' });
      } finally {
        await detection.askAgain(target.id);
        working.delete(id);
        changed();
      }
    };
    const done = finish();
    working.set(id, { doing, done });
    changed();
    return done;
  }

  return {
    underWay: () => new Map([...working].map(([id, { doing }]) => [id, doing])),
    load: (id) => start(id, 'loading', (loading, probe, name, keep) => loading.load(probe, name, keep)),
    unload: (id) => start(id, 'unloading', (loading, probe, name) => loading.unload(probe, name)),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => given.abort(),
  };
}

function find(
  detection: Detection,
  id: string,
): { readonly server: KnownServer; readonly model: InspectedModel } | null {
  const [upstream = '', ...rest] = id.split('/');
  const name = rest.join('/');
  const server = detection.snapshot().servers.find(({ enabled, target }) => enabled && target.id === upstream);
  const model = server?.inspection?.models.find((one) => one.name === name || one.otherNames.includes(name));
  return server === undefined || model === undefined ? null : { server, model };
}

function refuse(message: string): Promise<never> {
  return Promise.reject(new ConversationFailure({ kind: 'unsupported', message }));
}
