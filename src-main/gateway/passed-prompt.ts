import type { Route } from '../models/route.types.ts';
import type { PromptSize } from '../models/token-counter.ts';
import { chatUpstream } from '../protocols/chat/index.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { clientCodec } from './codecs.ts';
import type { GatewayOptions } from './options.ts';
import type { GatewayParts } from './parts.ts';
import type { Received } from './receive.ts';
import { comesNear, toldTruncation, untoldOverflow } from './silent-truncation.ts';
import { encodeFor } from './translate.ts';

/** A request that goes through, and where to. */
export interface PassedPrompt {
  readonly parts: GatewayParts;
  readonly options: GatewayOptions;
  readonly received: Received;
  readonly route: Route;
}

/** The overflow that a server would keep silent about; null where the prompt of a request that goes through fits, or nothing is known. */
export async function passedOverflow(request: PassedPrompt): Promise<ConversationError | null> {
  const { parts, options, received, route } = request;
  const { exchange, body } = received;
  const size = sizeOf(request);
  if (!comesNear(parts.tokens, route, size)) return null;
  // It is counted as a Chat request, whatever it is; the server judges one that can't be read.
  const decoded = clientCodec(exchange.protocol).decodeRequest(body, parts.supplies);
  if (!decoded.ok) return null;
  const encoded = encodeFor({ parts, options, route, upstream: chatUpstream }, decoded.request);
  return untoldOverflow(parts.tokens, route, encoded.body, size, exchange.signal);
}

/** Notes what the answer's figures tell of the prompt: that it was cut, and how long prompts of this model are. */
export function learnPassedPrompt(request: PassedPrompt): void {
  const { parts, received, route } = request;
  const { exchange } = received;
  const { usage } = exchange;
  if (usage === null || usage.estimated === true) return;
  const size = sizeOf(request);
  const truncation = toldTruncation(parts.tokens, route, size, usage);
  if (truncation !== null) exchange.diagnose([truncation]);
  const promptTokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  // What is learned is of Chat requests.
  if (exchange.protocol === 'chat') parts.tokens.learn(route, size, promptTokens, null);
}

function sizeOf({ received: { bytes, body } }: PassedPrompt): PromptSize {
  return { bytes: bytes.length, hasTools: Array.isArray(body.tools) && body.tools.length > 0 };
}
