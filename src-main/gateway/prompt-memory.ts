import type { PromptReuse } from '../../src-shared/activity.ts';
import type { Usage } from '../../src-shared/usage.ts';
import { firstUserTurn, type PromptSegment, promptSegments } from './prompt-segments.ts';

/** Prompts remembered; the one that was used longest ago goes first. A prompt of 200 messages takes some 60 KiB. */
const remembered = 100;
/** Conversations that begin alike (a fork, the same question asked twice) kept side by side. */
const branches = 4;

export interface AskedPrompt {
  readonly keyId: string;
  readonly modelId: string;
  /** What the agent itself calls the conversation, where it says; '' where not. */
  readonly session: string;
  /** The request as the server was sent it. */
  readonly body: Readonly<Record<string, unknown>>;
  /** What the server told of the answer. */
  readonly usage: Usage | null;
}

/** Compares each prompt with the one before it in its conversation: as far as they are the same a server need not read it again. */
export interface PromptMemory {
  /** Remembers the prompt. Null for the first one of a conversation of which the server tells nothing. */
  compare(asked: AskedPrompt): PromptReuse | null;
}

export function createPromptMemory(): PromptMemory {
  /** In the order of their last use. */
  const prompts = new Map<readonly PromptSegment[], string>();

  return {
    compare({ keyId, modelId, session, body, usage }) {
      const start = firstUserTurn(body);
      if (start === null) return null;
      const conversation = [keyId, modelId, session, start].join('\n');
      const segments = promptSegments(body);
      const same = [...prompts].filter(([, of]) => of === conversation).map(([before]) => before);
      let before: readonly PromptSegment[] | null = null;
      let common = -1;
      for (const candidate of same) {
        const length = commonLength(candidate, segments);
        if (length < common) continue;
        common = length;
        before = candidate;
      }
      // A prompt that goes on from another takes its place; one that branched off stands beside it.
      if (before !== null && common === before.length) prompts.delete(before);
      else if (same.length >= branches && same[0] !== undefined) prompts.delete(same[0]);
      prompts.set(segments, conversation);
      const [oldest] = prompts.keys();
      if (prompts.size > remembered && oldest !== undefined) prompts.delete(oldest);
      return reuseOf(before, segments, Math.max(0, common), usage);
    },
  };
}

function reuseOf(
  before: readonly PromptSegment[] | null,
  now: readonly PromptSegment[],
  common: number,
  usage: Usage | null,
): PromptReuse | null {
  const told = usage?.cacheTold === true ? toldShare(usage) : null;
  if (told === null && before === null) return null;
  return {
    share: told ?? share(now, common),
    source: told === null ? 'computed' : 'server',
    changedAt: before === null ? null : changedAt(before, now, common),
  };
}

function toldShare({ inputTokens, cacheReadTokens, cacheWriteTokens }: Usage): number | null {
  const prompt = inputTokens + cacheReadTokens + cacheWriteTokens;
  return prompt === 0 ? null : cacheReadTokens / prompt;
}

function share(segments: readonly PromptSegment[], common: number): number {
  const lengthOf = (some: readonly PromptSegment[]): number => some.reduce((sum, { length }) => sum + length, 0);
  const all = lengthOf(segments);
  return all === 0 ? 0 : lengthOf(segments.slice(0, common)) / all;
}

function commonLength(before: readonly PromptSegment[], now: readonly PromptSegment[]): number {
  const differs = now.findIndex(({ path, hash }, at) => before[at]?.path !== path || before[at].hash !== hash);
  return differs === -1 ? now.length : differs;
}

/** Null where the earlier prompt was only added to, or only its end was left out. */
function changedAt(before: readonly PromptSegment[], now: readonly PromptSegment[], common: number): string | null {
  const was = before[common];
  const is = now[common];
  if (was === undefined || is === undefined) return null;
  // What was taken away is named, not what stands in its place.
  return now.some(({ path }) => path === was.path) ? is.path : was.path;
}
