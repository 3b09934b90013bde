import type { CheckId, CheckResult, CheckupFlags } from '../../src-shared/checkup.ts';
import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../src-shared/json.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { Answer } from './answer.ts';
import type { NativeAnswer, NativeProtocol } from './native-endpoint.ts';

/** What is known of the model before it is asked. */
export interface Subject {
  /** The name that the gateway is asked for. */
  readonly model: string;
  /** The server's own name of it. */
  readonly upstreamModel: string;
  /** What its server is spoken to in when Messages are asked for. */
  readonly protocol: Protocol;
  /** What its kind of server speaks as the protocol's inventor does, and passes through. */
  readonly nativeKind: readonly Protocol[];
  /** Those in force. */
  readonly flags: CompatFlags;
  /** Tokens in force, prompt and answer together; null where unknown. */
  readonly contextWindow: number | null;
  /** Whether it reasons, as its server tells; null where it does not. */
  readonly reasoning: boolean | null;
  /** Its server says what of a prompt it reused, where that was nothing, too. */
  readonly tellsCacheReuse: boolean;
  /** What to do where it fails in something, in its server's own words; null: nothing. */
  readonly remedies: {
    readonly tools: string;
    readonly reasoning: string;
    readonly vision: string;
    readonly context: string;
    readonly cache: string | null;
  };
}

/** What a check found. */
export interface Finding {
  readonly result: CheckResult;
  readonly evidence: string;
  readonly remedy?: string | null;
  /** Flags that would help; those that are in force already are left out of the report. */
  readonly flags?: CheckupFlags;
  /** Whether the server's own endpoint for a protocol may be passed through. */
  readonly native?: { readonly protocol: NativeProtocol; readonly safe: boolean };
}

/** What a check works with. */
export interface Bench {
  readonly subject: Subject;
  /** A word that stands in no prompt of an earlier check-up, so that no prompt cache holds it. */
  readonly nonce: string;
  /** `body` needs neither `model` nor, where the usual limit of output does, `max_tokens`. */
  ask(body: JsonObject): Promise<Answer>;
  count(body: JsonObject): Promise<number | null>;
  /** Asks the server's own endpoint, past the gateway; `body` needs no `model`. */
  askNatively(protocol: NativeProtocol, body: JsonObject): Promise<NativeAnswer>;
  /** The last answer that an earlier check was given; null where it asked nothing. */
  answerOf(id: CheckId): Answer | null;
}

export interface Check {
  readonly id: CheckId;
  run(bench: Bench): Promise<Finding>;
}

/** Statuses that say nothing of the model: the server, or the gateway, could not serve just then. */
const passing: ReadonlySet<number> = new Set([0, 408, 425, 429, 502, 503, 504, 529]);

/** What to say of an answer that failed or was cut by the limit of output; null where it can be judged. */
export function unanswered(answer: Answer, remedy: string | null = null): Finding | null {
  const { error, stopReason, toolCalls } = answer;
  if (error !== null)
    return { result: passing.has(error.status) ? 'unknown' : 'fail', evidence: error.message, remedy };
  if (stopReason === 'max_tokens' && toolCalls.length === 0)
    return { result: 'unknown', evidence: 'It was still at it when the limit of its output was reached.' };
  return null;
}

/** Some of a text, for a sentence, which has its own full stop. */
export function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
  if (line === '') return 'nothing';
  return `“${line.length > 120 ? `${line.slice(0, 120)}…` : line}”`;
}
