import { createHash } from 'node:crypto';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { httpStatus } from '../protocols/conversation/error-status.ts';

/**
 * Remembers requests that keep failing in the same way, so that an agent caught in a loop is answered from memory. OpenCode 1.18.33
 * repeats a request that does not fit the context window some six times a second, for ever, with successful compactions in between,
 * and heeds neither `retry-after` nor a 429 as long as the words mean an overflow; the request is the same byte for byte each time
 * (measured). So memory goes by the request, not by the order of answers.
 */
export interface RepeatedFailures {
  /** What to answer at once; null where the request is to be asked as usual. */
  recall(keyId: string, body: Uint8Array): ConversationError | null;
  /** How a request that was asked ended; `error` null where it was answered. */
  learn(keyId: string, body: Uint8Array, error: ConversationError | null): void;
}

/** This many failures are passed on as they are. */
const passedOn = 5;
const firstWaitMs = 1000;
const longestWaitMs = 30_000;
/** A failure that has not come again for so long is forgotten. */
const forgottenAfterMs = 10 * 60_000;
/** Requests remembered; the one that failed longest ago goes first. */
const remembered = 500;

interface Failure {
  readonly error: ConversationError;
  readonly count: number;
  readonly at: number;
  /** Milliseconds; 0 as long as failures are passed on. */
  readonly waitMs: number;
}

/** @param now milliseconds */
export function createRepeatedFailures(now: () => number): RepeatedFailures {
  const failures = new Map<string, Failure>();
  /** How many remembered requests have this key and length: most requests are told by it without being hashed. */
  const lengths = new Map<string, number>();

  function forget(id: string, lengthId: string): void {
    if (!failures.delete(id)) return;
    const left = (lengths.get(lengthId) ?? 1) - 1;
    if (left === 0) lengths.delete(lengthId);
    else lengths.set(lengthId, left);
  }

  return {
    recall(keyId, body) {
      const lengthId = lengthOf(keyId, body);
      if (!lengths.has(lengthId)) return null;
      const failure = failures.get(identify(lengthId, body));
      if (failure === undefined) return null;
      const leftMs = failure.at + failure.waitMs - now();
      return leftMs <= 0 ? null : fromMemory(failure, leftMs);
    },

    learn(keyId, body, error) {
      const lengthId = lengthOf(keyId, body);
      if (error === null || !isPermanent(error)) {
        if (error === null && lengths.has(lengthId)) forget(identify(lengthId, body), lengthId);
        return;
      }
      const id = identify(lengthId, body);
      const before = failures.get(id);
      const again =
        before !== undefined &&
        before.error.kind === error.kind &&
        before.error.message === error.message &&
        now() - before.at < forgottenAfterMs;
      const count = again ? before.count + 1 : 1;
      const waitMs = count < passedOn ? 0 : Math.min(firstWaitMs * 2 ** (count - passedOn), longestWaitMs);
      forget(id, lengthId);
      failures.set(id, { error, count, at: now(), waitMs });
      lengths.set(lengthId, (lengths.get(lengthId) ?? 0) + 1);
      for (const oldest of failures.keys()) {
        if (failures.size <= remembered) break;
        forget(oldest, oldest.slice(0, oldest.lastIndexOf(' ')));
      }
    },
  };
}

function lengthOf(keyId: string, body: Uint8Array): string {
  return `${keyId} ${body.length}`;
}

function identify(lengthId: string, body: Uint8Array): string {
  return `${lengthId} ${createHash('sha256').update(body).digest('base64')}`;
}

/** Failures that the same request meets again. The others may pass by themselves, and clients wait longer each time they meet one. */
function isPermanent(error: ConversationError): boolean {
  const status = httpStatus(error);
  return status >= 400 && status < 500 && error.kind !== 'rate-limit' && error.kind !== 'quota';
}

/** In other words than an overflow's own: a client that meets those compacts, and is back with the same request. */
function fromMemory({ error, count }: Failure, leftMs: number): ConversationError {
  const seconds = Math.ceil(leftMs / 1000);
  const again = `The same request failed ${count} times in the same way, so Dragoman asks again in ${seconds} s at the earliest.`;
  const { overflow, ...rest } = error;
  if (error.kind !== 'context-overflow')
    return { ...rest, message: `${again} ${error.message}`, retryAfterMs: leftMs, shouldRetry: false };
  const sizes =
    overflow?.promptTokens === undefined || overflow.contextWindow === undefined
      ? 'It is too large for this model even when shortened.'
      : `It takes ${overflow.promptTokens} tokens and the model, as it is loaded, ${overflow.contextWindow}.`;
  return {
    kind: 'invalid-request',
    message: `${again} ${sizes} Give the model more room, or use another one.`,
    retryAfterMs: leftMs,
    shouldRetry: false,
  };
}
