import { ConversationFailure } from '../protocols/conversation/error.ts';
import type { ModelLoader } from './model-loader.ts';
import type { Route } from './route.types.ts';

/**
 * Makes a route's model ready to be asked where a request alone does not. Waits as long as the route says, else as the first byte of an answer is waited for.
 *
 * @returns what rejects with a ConversationFailure that says why the model is not ready, or with the signal's reason
 */
export function createReadiness(
  loader: Pick<ModelLoader, 'load'>,
): (route: Route, signal: AbortSignal) => Promise<void> {
  return async ({ loading, modelId, upstreamModel, target, timeouts, loadingMs = timeouts.firstByteMs }, signal) => {
    if (loading === undefined) return;
    if (loading === 'refused') {
      const message = `${modelId} is not loaded, and the settings of ${target.id} say that it is not for a request (\`loadOnUse\`). Load it in Dragoman's window or at the server.`;
      throw new ConversationFailure({ kind: 'loading', message, shouldRetry: false });
    }
    signal.throwIfAborted();
    const ended = new AbortController();
    const given = new Promise<never>((_, reject) => {
      const late = setTimeout(() => reject(tooLong(modelId, loadingMs)), loadingMs);
      const leave = (): void => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      ended.signal.addEventListener('abort', () => {
        clearTimeout(late);
        signal.removeEventListener('abort', leave);
      });
    });
    try {
      await Promise.race([loader.load(`${target.id}/${upstreamModel}`), given]);
    } finally {
      ended.abort();
    }
  };
}

function tooLong(modelId: string, ms: number): ConversationFailure {
  const message = `${modelId} was not loaded within ${Math.round(ms / 1000)} s.`;
  return new ConversationFailure({ kind: 'timeout', message });
}
