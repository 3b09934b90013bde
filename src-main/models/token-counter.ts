import type { JsonObject } from '../../src-shared/json.ts';
import { ConversationFailure } from '../protocols/conversation/error.ts';
import type { UpstreamClient } from '../upstreams/client.types.ts';
import { createProbe } from '../upstreams/probe.ts';
import { promptText } from './prompt-text.ts';
import type { Route } from './route.types.ts';
import {
  countedTokens,
  isPlausible,
  lineThrough,
  type PromptSample,
  rememberedSamples,
  requestBytes,
  type TokenLine,
  tokensOn,
} from './token-calibration.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A constant for a picture: what local models take for one varies from 256 to 1600 tokens (reference protocol.md §9). */
const imageTokens = 1000;
/** Roles and separators around one message (reference protocol.md §9). */
const messageTokens = 4;
const nativeLimits = { connectMs: 1000, firstByteMs: 5000, idleMs: 5000 };
const rememberedModels = 500;
/** From so many samples on, they tell more than a tokenizer of another model does. */
const enoughSamples = 3;

/** What an encoded request's tokens are told from before anything counts them. */
export interface PromptSize {
  /** Bytes of the whole body. */
  readonly bytes: number;
  /** Servers put a prompt of their own before tools. */
  readonly hasTools: boolean;
}

/** Samples of one model's prompts, with tools or without. */
interface Samples {
  readonly byBytes: readonly PromptSample[];
  readonly byCount: readonly PromptSample[];
  /** Drawn once for all estimates until the next sample comes. */
  readonly bytesLine: TokenLine;
}

const noSamples: Samples = { byBytes: [], byCount: [], bytesLine: lineThrough([], requestBytes) };

/**
 * Counts prompts (the gateway's TokenCounter): by the server itself where its kind can, else with o200k and what finished answers taught
 * about the model.
 */
export function createTokenCounter(options: { readonly client: UpstreamClient; readonly tokenizer: Tokenizer }) {
  const known = new Map<string, Samples>();

  function keyOf(route: Route, hasTools: boolean): string {
    return `${hasTools ? 'tools' : 'plain'} ${route.modelId}`;
  }

  /** What is known of the model; of its prompts of the other sort, where none of this sort was seen. */
  function samplesOf(route: Route, hasTools: boolean): Samples {
    return known.get(keyOf(route, hasTools)) ?? known.get(keyOf(route, !hasTools)) ?? noSamples;
  }

  /** The model taught last is forgotten last. */
  function remember(route: Route, hasTools: boolean, change: (before: Samples) => Samples): void {
    const key = keyOf(route, hasTools);
    const after = change(known.get(key) ?? noSamples);
    known.delete(key);
    known.set(key, after);
    const [oldest] = known.keys();
    if (known.size > rememberedModels && oldest !== undefined) known.delete(oldest);
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

  function estimate(route: Route, { bytes, hasTools }: PromptSize): number {
    return tokensOn(samplesOf(route, hasTools).bytesLine, bytes);
  }

  /** A tokenizer's count in this model's tokens; `bytes`: of the same request. */
  function corrected(route: Route, count: number, bytes: number, hasTools: boolean): number {
    const { byBytes, byCount, bytesLine } = known.get(keyOf(route, hasTools)) ?? noSamples;
    if (byCount.length >= enoughSamples) return tokensOn(lineThrough(byCount, countedTokens), count);
    // Beyond the sizes that were seen, what a tokenizer reads tells more than a line through others.
    const sizes = byBytes.map(({ size }) => size);
    const isAlike = bytes >= Math.min(...sizes) / 2 && bytes <= Math.max(...sizes) * 2;
    return byBytes.length >= enoughSamples && isAlike ? tokensOn(bytesLine, bytes) : count;
  }

  return {
    /** Tokens of the prompt in `chatBody`, an encoded Chat request. Rejects only on an abort. */
    async count(route: Route, chatBody: JsonObject, signal: AbortSignal): Promise<number> {
      const native = await nativeCount(route, chatBody, signal);
      if (native !== null) return native;
      const { texts, messages, images, hasTools } = promptText(chatBody);
      const size = { bytes: images === 0 ? byteLength([JSON.stringify(chatBody)]) : byteLength(texts), hasTools };
      const media = images * imageTokens;
      try {
        const count = (await options.tokenizer.count(texts, signal)) + messages * messageTokens;
        return corrected(route, count, size.bytes, hasTools) + media;
      } catch (error) {
        signal.throwIfAborted();
        // The worker thread failed (out of memory, closing down): an estimate is still an answer.
        if (error instanceof Error) return estimate(route, size) + media;
        throw error;
      }
    },

    /** Tokens of a prompt, by a line through what finished answers told (a quarter token a byte at first). */
    estimate,

    /**
     * Teaches from a finished answer: `promptTokens` of the whole prompt, cached ones included. `chatBody`: the request, where it was a Chat
     * request; it is read once more only while the tokenizer is loaded, which is so once somebody asked for a count.
     */
    learn(route: Route, { bytes, hasTools }: PromptSize, promptTokens: number, chatBody: JsonObject | null): void {
      if (!isPlausible(bytes, promptTokens)) return;
      const expected = estimate(route, { bytes, hasTools });
      // Ollama cuts a prompt that is too long and counts the rest: that teaches nothing.
      if (route.contextWindow !== null && expected > route.contextWindow && promptTokens < 0.6 * expected) return;
      remember(route, hasTools, (before) => {
        const byBytes = [...before.byBytes, { size: bytes, tokens: promptTokens }].slice(-rememberedSamples);
        return { ...before, byBytes, bytesLine: lineThrough(byBytes, requestBytes) };
      });
      if (chatBody === null || !options.tokenizer.isLoaded()) return;
      const { texts, messages, images } = promptText(chatBody);
      if (images > 0) return;
      options.tokenizer.count(texts, never).then(
        (count) => {
          const sample = { size: count + messages * messageTokens, tokens: promptTokens };
          remember(route, hasTools, (before) => ({
            ...before,
            byCount: [...before.byCount, sample].slice(-rememberedSamples),
          }));
        },
        // The tokenizer was closed meanwhile: one sample less.
        () => undefined,
      );
    },
  };
}

/** Learning is never waited for, and so never aborted. */
const never = new AbortController().signal;

function byteLength(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
