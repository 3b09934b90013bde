import type { LoadingState } from '../../src-shared/catalogue.ts';
import type { ModelLoad } from '../../src-shared/model-loads.ts';
import { ConversationFailure } from '../protocols/conversation/error.ts';
import type { UpstreamClient } from '../upstreams/client.types.ts';
import type { Detection, KnownServer } from '../upstreams/detection.ts';
import type { InspectedModel, ModelLoading, Probe } from '../upstreams/kind.ts';
import { createProbe } from '../upstreams/probe.ts';

/** Takes models into memory and frees them, where their servers do that when they are told to. Models are named by id, `<upstream>/<model>`. */
export interface ModelLoader {
  /** What it is at now, and what servers load for a request. */
  loads(): readonly ModelLoad[];
  /** The same by model id. */
  underWay(): ReadonlyMap<string, Exclude<LoadingState, 'idle'>>;
  /** Resolves when the model is loaded; joins what is under way. Rejects with a ConversationFailure. */
  load(id: string): Promise<void>;
  /** Resolves when the model is no longer in memory. Rejects with a ConversationFailure. */
  unload(id: string): Promise<void>;
  /** A server loads the model for a request; it is under way until what is returned is called. */
  loadedForRequest(id: string): () => void;
  /** Calls back whenever something begins, goes on or ends. Returns how to end that. */
  subscribe(listener: () => void): () => void;
  /** Gives up what is under way; who listens is told. */
  close(): void;
  isClosed(): boolean;
}

interface Work {
  load: ModelLoad;
  /** Ends what tells how far it is. */
  readonly watching: AbortController;
}

interface OwnWork extends Work {
  readonly done: Promise<void>;
}

/** Progress is told again when it has grown by so much. */
const progressStep = 0.01;

export function createModelLoader({
  client,
  detection,
}: {
  readonly client: UpstreamClient;
  readonly detection: Detection;
}): ModelLoader {
  const working = new Map<string, OwnWork>();
  /** What servers load by themselves, and for how many requests. */
  const requested = new Map<string, Work & { requests: number }>();
  const listeners = new Set<() => void>();
  const given = new AbortController();

  function changed(): void {
    for (const notify of listeners) notify();
  }

  /** Work that has just begun; where its server tells how far it is, that is followed. */
  function begin(id: string, doing: ModelLoad['doing'], found: Found | null): Work {
    const work: Work = {
      load: { model: id, doing, since: Date.now(), progress: null },
      watching: new AbortController(),
    };
    const progress = found?.server.target.kind.loading?.progress;
    if (doing === 'loading' && found !== null && progress !== undefined) {
      const { target } = found.server;
      const signal = AbortSignal.any([given.signal, work.watching.signal]);
      const probe = createProbe(client, target, { timeouts: target.timeouts, signal });
      const follow = async (): Promise<void> => {
        for await (const share of progress(probe, found.model.name)) {
          if (share < (work.load.progress ?? 0) + progressStep) continue;
          work.load = { ...work.load, progress: Math.min(share, 1) };
          changed();
        }
      };
      // Without it the load goes on all the same, and its end is told by other ways.
      follow().catch(() => undefined);
    }
    return work;
  }

  function start(
    named: string,
    doing: ModelLoad['doing'],
    act: (loading: ModelLoading, probe: Probe, model: string, keepMinutes: number | null) => Promise<void>,
  ): Promise<void> {
    const found = find(detection, named);
    if (found === null) return refuse(`No server that is known has a model "${named}".`);
    const { target, settings } = found.server;
    const { name } = found.model;
    const id = `${target.id}/${name}`;
    const before = working.get(id);
    if (before?.load.doing === doing) return before.done;
    if (before !== undefined) return refuse(`${id} is ${before.load.doing} just now: wait until that is done.`);
    const { loading } = target.kind;
    if (loading === undefined || found.model.loading === undefined)
      return refuse(`${target.id} can't be told which models to load.`);
    // It takes as long as the first answer of a model that is not loaded may take.
    const probe = createProbe(client, target, { timeouts: target.timeouts, signal: given.signal });
    const work = begin(id, doing, found);
    const finish = async (): Promise<void> => {
      try {
        await act(loading, probe, name, settings?.keepLoadedMinutes ?? null);
      } catch (error) {
        if (!given.signal.aborted) throw error;
        throw new ConversationFailure({ kind: 'unavailable', message: 'Dragoman is shutting down.' });
      } finally {
        work.watching.abort();
        await detection.askAgain(target.id);
        working.delete(id);
        changed();
      }
    };
    const done = finish();
    working.set(id, Object.assign(work, { done }));
    changed();
    return done;
  }

  const all = (): readonly Work[] => [
    ...working.values(),
    ...[...requested].flatMap(([id, work]) => (working.has(id) ? [] : [work])),
  ];

  return {
    loads: () => all().map(({ load }) => load),
    underWay: () => new Map(all().map(({ load }) => [load.model, load.doing])),
    load: (id) => start(id, 'loading', (loading, probe, name, keep) => loading.load(probe, name, keep)),
    unload: (id) => start(id, 'unloading', (loading, probe, name) => loading.unload(probe, name)),
    loadedForRequest(id) {
      const work = requested.get(id) ?? Object.assign(begin(id, 'loading', find(detection, id)), { requests: 0 });
      work.requests += 1;
      requested.set(id, work);
      changed();
      return () => {
        work.requests -= 1;
        if (work.requests > 0) return;
        work.watching.abort();
        requested.delete(id);
        changed();
      };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      given.abort();
      changed();
    },
    isClosed: () => given.signal.aborted,
  };
}

interface Found {
  readonly server: KnownServer;
  readonly model: InspectedModel;
}

function find(detection: Detection, id: string): Found | null {
  const [upstream = '', ...rest] = id.split('/');
  const name = rest.join('/');
  const server = detection.snapshot().servers.find(({ enabled, target }) => enabled && target.id === upstream);
  const model = server?.inspection?.models.find((one) => one.name === name || one.otherNames.includes(name));
  return server === undefined || model === undefined ? null : { server, model };
}

function refuse(message: string): Promise<never> {
  return Promise.reject(new ConversationFailure({ kind: 'unsupported', message }));
}
