import type { JsonObject } from '../../src-shared/json.ts';
import { ConversationFailure } from '../protocols/conversation/error.ts';
import type { UpstreamClient } from '../upstreams/client.types.ts';
import { createProbe } from '../upstreams/probe.ts';
import { promptText } from './prompt-text.ts';
import type { Route } from './route.types.ts';
import { type Calibration, corrected, estimated, taught, untaught } from './token-calibration.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A constant for a picture: what local models take for one varies from 256 to 1600 tokens (reference protocol.md §9). */
const imageTokens = 1000;
/** Roles and separators around one message (reference protocol.md §9). */
const messageTokens = 4;
const nativeLimits = { connectMs: 1000, firstByteMs: 5000, idleMs: 5000 };
const rememberedModels = 500;

/**
 * Counts prompts (the gateway's TokenCounter): by the server itself where its kind can, else with o200k and what finished answers taught
 * about the model. `bytes` is the size of the encoded request without base64 media.
 */
export function createTokenCounter(options: { readonly client: UpstreamClient; readonly tokenizer: Tokenizer }) {
  const calibrations = new Map<string, Calibration>();

  function calibrationOf(route: Route): Calibration {
    return calibrations.get(route.modelId) ?? untaught;
  }

  /** The model taught last is forgotten last. */
  function remember(route: Route, calibration: Calibration): void {
    calibrations.delete(route.modelId);
    calibrations.set(route.modelId, calibration);
    const [oldest] = calibrations.keys();
    if (calibrations.size > rememberedModels && oldest !== undefined) calibrations.delete(oldest);
  }

  async function nativeCount(route: Route, body: JsonObject, signal: AbortSignal): Promise<number | null> {
    const { countTokens } = route.target.kind;
    if (countTokens === undefined) return null;
    const probe = createProbe(options.client, route.target, { timeouts: nativeLimits, signal });
    try {
      return await countTokens(probe, { ...body, model: route.upstreamModel });
    } catch (error) {
      // The server is away or busy: our own count will do, and a real request will tell.
      if (error instanceof ConversationFailure) return null;
      throw error;
    }
  }

  return {
    /** Tokens of the prompt in `chatBody`, an encoded Chat request. Rejects only on an abort. */
    async count(route: Route, chatBody: JsonObject, signal: AbortSignal): Promise<number> {
      const native = await nativeCount(route, chatBody, signal);
      if (native !== null) return native;
      const { texts, messages, images } = promptText(chatBody);
      const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
      const media = images * imageTokens;
      try {
        const read = (await options.tokenizer.count(texts, signal)) + messages * messageTokens;
        return corrected(calibrationOf(route), read, bytes) + media;
      } catch (error) {
        signal.throwIfAborted();
        // The worker thread failed (out of memory, closing down): an estimate is still an answer.
        if (error instanceof Error) return estimated(calibrationOf(route), bytes) + media;
        throw error;
      }
    },

    /** Tokens of a prompt of `bytes` bytes, by the learned ratio (1/4 at first). */
    estimate(route: Route, bytes: number): number {
      return estimated(calibrationOf(route), bytes);
    },

    /** Teaches the ratio from a finished answer: `promptTokens` of the whole prompt, cached ones included. */
    learn(route: Route, bytes: number, promptTokens: number): void {
      const before = calibrationOf(route);
      const expected = estimated(before, bytes);
      // Ollama cuts a prompt that is too long and counts the rest: that teaches nothing.
      if (route.contextWindow !== null && expected > route.contextWindow && promptTokens < 0.6 * expected) return;
      const after = taught(before, bytes, promptTokens);
      if (after !== before) remember(route, after);
    },
  };
}
