import type { Pull } from '../../src-shared/model-pulls.ts';
import { ConversationFailure } from '../protocols/conversation/error.ts';
import type { UpstreamClient } from '../upstreams/client.types.ts';
import type { Detection, KnownServer } from '../upstreams/detection.ts';
import { createProbe } from '../upstreams/probe.ts';

/** Has servers fetch models, as many at a time as are wanted, as long as the service runs. */
export interface ModelPuller {
  /** What is under way, and what failed until it is dismissed or tried again. */
  pulls(): readonly Pull[];
  /** Begins; what is under way already goes on. Throws a ConversationFailure where the server can't. */
  start(server: string, model: string): void;
  /** Ends it, or forgets that it failed. What was fetched is kept by servers that can go on from there. */
  stop(server: string, model: string): void;
  /** Calls back whenever something has changed. Returns how to end that. */
  subscribe(listener: () => void): () => void;
  /** Ends what is under way; who listens is told. */
  close(): void;
  isClosed(): boolean;
}

export function createModelPuller({
  client,
  detection,
}: {
  readonly client: UpstreamClient;
  readonly detection: Detection;
}): ModelPuller {
  const pulls = new Map<string, { readonly pull: Pull; readonly abort: AbortController }>();
  const listeners = new Set<() => void>();
  let closed = false;

  function changed(): void {
    for (const notify of listeners) notify();
  }

  function forget(key: string): void {
    pulls.get(key)?.abort.abort();
    if (pulls.delete(key)) changed();
  }

  function fail(pull: Pull, failure: string): void {
    pulls.set(keyOf(pull.server, pull.model), { pull: { ...pull, failure }, abort: new AbortController() });
    changed();
  }

  /** What is under way is called off at the server, too; where that can't be, it is told. */
  function stop(server: string, model: string): void {
    const key = keyOf(server, model);
    const stopped = pulls.get(key)?.pull;
    forget(key);
    const known = find(server);
    const pulling = known?.target.kind.pulling;
    if (stopped === undefined || stopped.failure !== null || known === undefined || pulling === undefined) return;
    if (pulling.stopAdvice !== undefined) fail(stopped, pulling.stopAdvice);
    pulling.stop?.(createProbe(client, known.target), model).catch((error: unknown) => fail(stopped, wordsOf(error)));
  }

  function find(server: string): KnownServer | undefined {
    return detection.snapshot().servers.find(({ enabled, target }) => enabled && target.id === server);
  }

  return {
    pulls: () => [...pulls.values()].map(({ pull }) => pull),
    start(server, model) {
      const known = find(server);
      const pulling = known?.target.kind.pulling;
      if (known === undefined || pulling === undefined || known.inspection?.pulls === false)
        throw new ConversationFailure({ kind: 'unsupported', message: `${server} can’t be told to fetch models.` });
      const key = keyOf(server, model);
      if (pulls.get(key)?.pull.failure === null) return;
      const abort = new AbortController();
      const { signal } = abort;
      const show = (pull: Pull): void => {
        if (signal.aborted) return;
        pulls.set(key, { pull, abort });
        changed();
      };
      const begun: Pull = { server, model, doing: 'beginning', fetched: null, all: null, failure: null };
      show(begun);
      const work = async (): Promise<void> => {
        const probe = createProbe(client, known.target, { timeouts: known.target.timeouts, signal });
        for await (const progress of pulling.pull(probe, model, signal)) show({ ...begun, ...progress });
        forget(key);
        await detection.askAgain(server);
      };
      work().catch((error: unknown) => {
        show({ ...begun, failure: wordsOf(error) });
      });
    },
    stop,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closed = true;
      for (const { abort } of pulls.values()) abort.abort();
      changed();
    },
    isClosed: () => closed,
  };
}

function wordsOf(error: unknown): string {
  return error instanceof ConversationFailure ? error.error.message : String(error);
}

function keyOf(server: string, model: string): string {
  return `${server}/${model}`;
}
