import {
  type CheckExchange,
  type CheckId,
  type CheckLine,
  type CheckupFlags,
  type CheckupProgress,
  checkTitles,
} from '../../src-shared/checkup.ts';
import type { Answer } from './answer.ts';
import type { GatewayClient } from './ask.ts';
import type { Bench, Check, Finding, Subject } from './check.ts';
import { promptChecks } from './prompt-checks.ts';
import { reasoningChecks } from './reasoning-checks.ts';
import { textChecks } from './text-checks.ts';
import { toolChecks } from './tool-checks.ts';
import { vision } from './vision-check.ts';

/** Each by its id, in the order of the titles; a check may look at the answers of those before it. */
const checks: { readonly [Id in CheckId]: Check } = {
  text: textChecks.text,
  streaming: textChecks.streaming,
  'tool-call': toolChecks.toolCall,
  'forced-tool': toolChecks.forcedTool,
  'parallel-tools': toolChecks.parallelTools,
  'tool-loop': toolChecks.toolLoop,
  'nested-arguments': toolChecks.nestedArguments,
  'json-schema': textChecks.jsonSchema,
  'stop-sequence': textChecks.stopSequence,
  'reasoning-on': reasoningChecks.reasoningOn,
  'reasoning-off': reasoningChecks.reasoningOff,
  vision,
  'first-token': textChecks.firstToken,
  'tokens-per-second': textChecks.tokensPerSecond,
  'prompt-cache': promptChecks.promptCache,
  recall: promptChecks.recall,
};

export interface CheckupOptions {
  readonly gateway: GatewayClient;
  readonly subject: Subject;
  readonly nonce: string;
  /** Ends the check-up at once. */
  readonly signal: AbortSignal;
  /** The longest that one check may take, milliseconds. */
  readonly limitMs?: number;
}

/** Loading a large model and reading a long prompt take minutes. */
const defaultLimitMs = 10 * 60_000;
/** Output of a check: room for reasoning, and not more than a half of a small context. Tokens. */
const maxOutput = 2048;

/**
 * Runs all checks one after the other, so that they don't disturb each other's times, and tells of each. A model that gives no answer at all
 * is not asked the rest. Rejects with the signal's reason when it is aborted.
 */
export async function* runCheckup(options: CheckupOptions): AsyncGenerator<CheckupProgress, void> {
  const { gateway, subject, signal } = options;
  const answers = new Map<CheckId, Answer>();
  const lines: CheckLine[] = [];
  let flags: CheckupFlags = {};
  let silent: string | null = null;
  const all = Object.values(checks);
  for (const [index, check] of all.entries()) {
    const { id } = check;
    const title = checkTitles[id];
    yield { kind: 'begun', id, title, number: index + 1, of: all.length };
    const exchanges: CheckExchange[] = [];
    const limit = AbortSignal.timeout(options.limitMs ?? defaultLimitMs);
    const both = AbortSignal.any([signal, limit]);
    const bench: Bench = {
      subject,
      nonce: options.nonce,
      ask: async (body) => {
        const request = { model: subject.model, max_tokens: outputLimit(subject), ...body };
        const answer = await gateway.ask(request, both, (exchange) => exchanges.push(exchange));
        answers.set(id, answer);
        return answer;
      },
      count: (body) => gateway.count({ model: subject.model, ...body }, both),
      answerOf: (other) => answers.get(other) ?? null,
    };
    const startedAt = performance.now();
    const finding: Finding = silent === null ? await found(check, bench, signal, limit) : notAsked;
    const { result, evidence, remedy = null }: Finding = finding;
    const ms = Math.round(performance.now() - startedAt);
    const line: CheckLine = { id, title, result, ms, evidence, remedy, exchanges };
    if (id === 'text' && answers.get(id)?.error !== null) silent = evidence;
    flags = { ...flags, ...lacking(finding.flags ?? {}, subject) };
    lines.push(line);
    yield { kind: 'line', line };
  }
  yield { kind: 'done', report: { model: subject.model, lines, flags } };
}

const notAsked: Finding = { result: 'unknown', evidence: 'It was not asked: the model gives no answer.' };

async function found(check: Check, bench: Bench, signal: AbortSignal, limit: AbortSignal): Promise<Finding> {
  try {
    return await check.run(bench);
  } catch (error) {
    if (signal.aborted || !limit.aborted) throw error;
    return { result: 'unknown', evidence: 'It took too long and was given up.' };
  }
}

function outputLimit({ contextWindow }: Subject): number {
  return contextWindow === null ? maxOutput : Math.max(64, Math.min(maxOutput, Math.floor(contextWindow / 2)));
}

/** Those that are not in force already. */
function lacking(flags: CheckupFlags, subject: Subject): CheckupFlags {
  const inForce: Readonly<Record<string, unknown>> = subject.flags;
  return Object.fromEntries(Object.entries(flags).filter(([name, value]) => inForce[name] !== value));
}
