import {
  type CheckExchange,
  type CheckId,
  type CheckLine,
  type CheckupFlags,
  type CheckupProgress,
  checkTitles,
} from '../../src-shared/checkup.ts';
import { nativeProtocols } from '../../src-shared/compat-flags.ts';
import type { Answer } from './answer.ts';
import { type GatewayClient, shown } from './ask.ts';
import type { Bench, Check, Finding, Subject } from './check.ts';
import { nativeChecks } from './native-checks.ts';
import type { NativeEndpoints, NativeProtocol } from './native-endpoint.ts';
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
  'native-messages': nativeChecks.messages,
  'native-responses': nativeChecks.responses,
  'first-token': textChecks.firstToken,
  'tokens-per-second': textChecks.tokensPerSecond,
  'prompt-cache': promptChecks.promptCache,
  recall: promptChecks.recall,
};

export interface CheckupOptions {
  readonly gateway: GatewayClient;
  readonly subject: Subject;
  readonly native: NativeEndpoints;
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
  const native = new Map<NativeProtocol, boolean>();
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
      askNatively: async (protocol, body) => {
        const answer = await options.native.ask(protocol, body, both);
        exchanges.push({ request: shown(body), answer: shown({ status: answer.status, body: answer.text }) });
        return answer;
      },
      answerOf: (other) => answers.get(other) ?? null,
    };
    const startedAt = performance.now();
    const finding: Finding = silent === null ? await found(check, bench, signal, limit) : notAsked;
    const { result, evidence, remedy = null }: Finding = finding;
    const ms = Math.round(performance.now() - startedAt);
    const line: CheckLine = { id, title, result, ms, evidence, remedy, exchanges };
    if (id === 'text' && answers.get(id)?.error !== null) silent = evidence;
    if (finding.native !== undefined) native.set(finding.native.protocol, finding.native.safe);
    flags = { ...flags, ...lacking(finding.flags ?? {}, subject) };
    lines.push(line);
    yield { kind: 'line', line };
  }
  const report = { model: subject.model, lines, flags: { ...flags, ...nativeFlags(native, subject) } };
  yield { kind: 'done', report };
}

/** The protocols that may be passed through: those in force, but for what was found now. */
function nativeFlags(found: ReadonlyMap<NativeProtocol, boolean>, { flags }: Subject): CheckupFlags {
  const inForce = flags.nativeProtocols;
  const safe = nativeProtocols.filter((protocol) => found.get(protocol) ?? inForce.includes(protocol));
  return safe.join() === inForce.join() ? {} : { nativeProtocols: safe };
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
