import { ConversationFailure } from '../protocols/conversation/error.ts';
import type { UpstreamClient } from '../upstreams/client.types.ts';
import type { Detection } from '../upstreams/detection.ts';
import { createProbe } from '../upstreams/probe.ts';
import type { Route } from './route.types.ts';

/** Making one is quick: it shares the weights. Milliseconds. */
const makingLimits = { connectMs: 2_000, firstByteMs: 20_000, idleMs: 20_000 };

/** Gives a route's model the context window that the user wants of it. */
export interface ContextVariants {
  /** Resolves with the route to the variant, made where it was not there; with the reason where it can't be made. */
  make(route: Route): Promise<{ readonly route: Route; readonly failure: string | null }>;
}

export function createContextVariants({
  client,
  detection,
}: {
  readonly client: UpstreamClient;
  readonly detection: Pick<Detection, 'askAgain'>;
}): ContextVariants {
  const making = new Map<string, Promise<string | null>>();

  async function make({ target, upstreamModel }: Route, contextWindow: number): Promise<string | null> {
    const probe = createProbe(client, target, { timeouts: makingLimits });
    try {
      await target.kind.contextVariants?.make(probe, upstreamModel, contextWindow);
    } catch (error) {
      if (error instanceof ConversationFailure) return error.message;
      throw error;
    }
    await detection.askAgain(target.id);
    return null;
  }

  return {
    async make(route) {
      const { variant, target } = route;
      if (variant === undefined) return { route, failure: null };
      const id = `${target.id}/${variant.name}`;
      const made = making.get(id) ?? make(route, variant.contextWindow).finally(() => making.delete(id));
      making.set(id, made);
      const failure = await made;
      if (failure !== null) return { route, failure };
      return { route: { ...route, upstreamModel: variant.name, contextWindow: variant.contextWindow }, failure: null };
    },
  };
}
