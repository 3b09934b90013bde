import { type } from '@orpc/contract';
import type { CompatFlags } from './compat-flags.ts';
import { compatFlagsSchema } from './compat-flags.ts';

/** The check-up of a model: what an agent needs of it, tried one after the other through the gateway. */

/** The checks in the order in which they run; what they are called for people. */
export const checkTitles = {
  text: 'Answers',
  streaming: 'Streams its answer',
  'tool-call': 'Calls a tool',
  'forced-tool': 'Calls a tool when it has to',
  'parallel-tools': 'Calls two tools at once',
  'tool-loop': 'Uses the result of a tool',
  'nested-arguments': 'Fills nested arguments',
  'json-schema': 'Keeps to a JSON schema',
  'stop-sequence': 'Stops at a stop sequence',
  'reasoning-on': 'Reasons when asked to',
  'reasoning-off': 'Leaves reasoning out when asked to',
  vision: 'Sees images',
  'native-messages': 'Speaks Messages itself',
  'native-responses': 'Speaks Responses itself',
  'first-token': 'Time to the first token',
  'tokens-per-second': 'Tokens per second',
  'prompt-cache': 'Reuses its prompt cache',
  recall: 'Remembers the start of a long prompt',
} as const;
export type CheckId = keyof typeof checkTitles;

/** `unknown`: it could not be told. */
export type CheckResult = 'pass' | 'fail' | 'unknown';

/** One question to the gateway and what came back, as far as it is worth reading: long texts are shortened. */
export interface CheckExchange {
  /** Body of what was asked, JSON: of the gateway's `/v1/messages`, or of the server's own endpoint. */
  readonly request: string;
  /** The answer's content, stop reason and usage as JSON, or its error. */
  readonly answer: string;
}

export interface CheckLine {
  readonly id: CheckId;
  readonly title: string;
  readonly result: CheckResult;
  /** How long the check took, milliseconds. */
  readonly ms: number;
  /** What was seen, a sentence. */
  readonly evidence: string;
  /** What to do about it; null where nothing is to be done. What is to be typed stands between backticks. */
  readonly remedy: string | null;
  readonly exchanges: readonly CheckExchange[];
}

/** The flags that a check-up can learn. */
export const checkupFlagsSchema = compatFlagsSchema
  .pick({ leakedToolCalls: true, thinkTags: true, vision: true, namedToolChoice: true, nativeProtocols: true })
  .partial();
export type CheckupFlags = Partial<
  Pick<CompatFlags, 'leakedToolCalls' | 'thinkTags' | 'vision' | 'namedToolChoice' | 'nativeProtocols'>
>;

export interface CheckupReport {
  /** The name that was checked, as it was given. */
  readonly model: string;
  readonly lines: readonly CheckLine[];
  /** What would make the model work better and is not in force: to be applied only when the user says so. */
  readonly flags: CheckupFlags;
}

/** What the last check-up of a model found, in figures. */
export interface CheckupSummary {
  /** `<upstream>/<model>`. */
  readonly model: string;
  /** When it was done, ISO 8601. */
  readonly at: string;
  readonly results: Readonly<Record<CheckResult, number>>;
}

/** A check-up that was done. */
export interface DoneCheckup {
  /** When, ISO 8601. */
  readonly at: string;
  readonly report: CheckupReport;
}

/** `begun` comes before a check runs, `line` when it has; `done` is the last. */
export type CheckupProgress =
  | {
      readonly kind: 'begun';
      readonly id: CheckId;
      readonly title: string;
      readonly number: number;
      readonly of: number;
    }
  | { readonly kind: 'line'; readonly line: CheckLine }
  | { readonly kind: 'done'; readonly report: CheckupReport };

export const checkupProgressType = type<CheckupProgress>();
export const checkupSummariesType = type<readonly CheckupSummary[]>();
export const doneCheckupType = type<DoneCheckup | null>();
