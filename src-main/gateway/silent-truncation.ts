import type { Diagnostic } from '../../src-shared/diagnostic.ts';
import type { JsonObject } from '../../src-shared/json.ts';
import type { Usage } from '../../src-shared/usage.ts';
import type { Route } from '../models/route.types.ts';
import type { PromptSize } from '../models/token-counter.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import type { GatewayParts, TokenCounter } from './parts.ts';

/**
 * Some servers (Ollama: reference backends.md §0.4) leave out the oldest messages of a prompt that does not fit and answer as if nothing
 * were. An agent then works without its task or its tools' results and does not know. So such a prompt is not sent, and where one was cut
 * all the same, that is told afterwards.
 */

/** From this share of the context window on, the estimate is too coarse to tell and the prompt's tokens are counted. */
const countedFrom = 0.75;
/** A server that reports less than this share of what was expected has cut the prompt; estimates are rarely so far off. */
const cutBelow = 0.6;

/**
 * The route with the window that is in force now that its model was loaded for the request, for a server that keeps silent about what does not fit; null where
 * it was known before, or is not known yet.
 */
export async function withLoadedWindow(parts: GatewayParts, route: Route): Promise<Route | null> {
  if (!route.flags.truncatesSilently || route.contextWindow !== null || route.loading !== 'told') return null;
  const described = await parts.models().describe(route.modelId);
  const contextWindow = described.ok ? described.model.contextWindow : null;
  return contextWindow === null ? null : { ...route, contextWindow };
}

/** False where no prompt of this size overflows without a word, so that none has to be counted. */
export function comesNear(tokens: TokenCounter, route: Route, size: PromptSize): boolean {
  const { contextWindow, flags } = route;
  return (
    flags.truncatesSilently && contextWindow !== null && tokens.estimate(route, size) >= countedFrom * contextWindow
  );
}

/** The overflow that the server would keep silent about; null where the prompt fits, or nothing is known of the window. */
export async function untoldOverflow(
  tokens: TokenCounter,
  route: Route,
  chatBody: JsonObject,
  size: PromptSize,
  signal: AbortSignal,
): Promise<ConversationError | null> {
  const { contextWindow } = route;
  if (contextWindow === null || !comesNear(tokens, route, size)) return null;
  const promptTokens = await tokens.count(route, chatBody, signal);
  if (promptTokens <= contextWindow) return null;
  return {
    kind: 'context-overflow',
    message: `The prompt takes ${promptTokens} tokens and ${route.modelId} has room for ${contextWindow}, as it is loaded.`,
    overflow: { promptTokens, contextWindow },
  };
}

/** What is to be told of an answer whose prompt was cut; null where nothing looks like it. `size`: of what was sent. */
export function toldTruncation(tokens: TokenCounter, route: Route, size: PromptSize, usage: Usage): Diagnostic | null {
  if (!route.flags.truncatesSilently || usage.estimated === true) return null;
  const read = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const expected = tokens.estimate(route, size);
  const tight = route.contextWindow === null || expected > countedFrom * route.contextWindow;
  if (!tight || read === 0 || read >= cutBelow * expected) return null;
  const window = route.contextWindow === null ? '' : ` of ${route.contextWindow} tokens`;
  return {
    kind: 'dropped',
    what: 'the oldest messages',
    why: `${route.target.id} read ${read} tokens of a prompt of about ${expected}: it leaves out what does not fit its context window${window}. Load the model with a larger one.`,
  };
}
