import { setTimeout as sleep } from 'node:timers/promises';
import type { ExchangeTap } from '../gateway/tap.ts';
import type { ConversationError, ErrorKind } from '../protocols/conversation/error.ts';

/** What requests tell of the servers that they are sent to. Models are named by id, `<upstream>/<model>`. */
export interface ServerNews {
  /** A server loads the model for a request; what is returned is called when that is over. */
  loading(modelId: string): () => void;
  /** What is known of the server is out of date; resolves when it was asked. */
  changed(upstream: string): Promise<unknown>;
}

/** Failures that are no request's fault: the server is not what it was taken for. */
const ofTheServer: ReadonlySet<ErrorKind> = new Set([
  'upstream-unreachable',
  'upstream-cut',
  'upstream-authentication',
  'loading',
  'timeout',
]);
/** A server that fails one request after the other is asked no more often than this, milliseconds. */
const restMs = 1_000;

/** A tap that has a server looked at as soon as a request finds it gone, refusing, loading or without its model, and not only at the next round. */
export function serverNewsTap(news: ServerNews): ExchangeTap {
  /** What is being asked, and whether there was news meanwhile. */
  const asking = new Map<string, { again: boolean }>();
  const loads = new Map<string, () => void>();

  function changed(modelId: string): void {
    const upstream = upstreamOf(modelId);
    const before = asking.get(upstream);
    if (before !== undefined) {
      before.again = true;
      return;
    }
    const now = { again: false };
    asking.set(upstream, now);
    void news
      .changed(upstream)
      .then(() => sleep(restMs, undefined, { ref: false }))
      .finally(() => {
        asking.delete(upstream);
        if (now.again) changed(upstream);
      });
  }

  function loaded(exchange: string): void {
    loads.get(exchange)?.();
    loads.delete(exchange);
  }

  return {
    start: () => undefined,
    bytes: () => undefined,
    refused: () => undefined,
    waiting({ exchange, waitsFor, modelId }) {
      if (waitsFor === 'turn' || modelId === null) return;
      if (waitsFor === 'loading') loads.set(exchange, news.loading(modelId));
      else if (!loads.has(exchange)) return;
      else loaded(exchange);
      changed(modelId);
    },
    gaveUp({ modelId, error }) {
      if (tellsOfServer(error)) changed(modelId);
    },
    end({ exchange, modelId, error }) {
      loaded(exchange);
      if (modelId !== null && error !== null && tellsOfServer(error)) changed(modelId);
    },
  };
}

/** A model that its server does not know any more was removed since it was listed. */
function tellsOfServer({ kind, upstreamStatus }: ConversationError): boolean {
  return ofTheServer.has(kind) || (kind === 'unknown-model' && upstreamStatus !== undefined);
}

function upstreamOf(modelId: string): string {
  const slash = modelId.indexOf('/');
  return slash < 0 ? modelId : modelId.slice(0, slash);
}
