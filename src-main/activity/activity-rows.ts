import type { ActivityRow } from '../../src-shared/activity.ts';
import type { ExchangeEnd, ExchangeStart, Refusal } from '../gateway/tap.ts';
import { requestPurpose } from '../protocols/request-purpose.ts';
import { agentName } from './agent-name.ts';

/** Longest error text and longest name that a row keeps, in characters. */
const longestText = 1_000;
const longestName = 300;

type UnnumberedRow = Omit<ActivityRow, 'number'>;

const unfinished = {
  status: null,
  firstByteMs: null,
  totalMs: null,
  rounds: 1,
  usage: null,
  finishReason: null,
  error: null,
  diagnostics: 0,
  tools: null,
} satisfies Partial<ActivityRow>;

/** A request that has just come. */
export function startedRow(event: ExchangeStart, now: number): UnnumberedRow {
  return {
    ...unfinished,
    id: event.exchange,
    startedAt: now,
    state: 'running',
    agent: agentName(event.userAgent),
    method: 'POST',
    path: event.path,
    purpose: requestPurpose(event.path, event.body),
    protocol: event.protocol,
    stream: event.stream,
    model: event.model.slice(0, longestName),
    modelId: null,
    keyId: event.keyId,
  };
}

/** What the end of a request tells of it. */
export function finished(event: ExchangeEnd): Partial<ActivityRow> {
  const { outcome, modelId, status, rounds, usage, promptReuse } = event;
  const { finishReason, error, diagnostics, firstByteMs, totalMs, waits } = event;
  return {
    state: outcome,
    modelId,
    status,
    rounds,
    usage,
    ...(promptReuse !== undefined && { promptReuse }),
    finishReason,
    error: error === null ? null : { kind: error.kind, message: error.message.slice(0, longestText) },
    diagnostics: diagnostics.length,
    firstByteMs,
    totalMs,
    ...(Object.keys(waits).length > 0 && { waits }),
  };
}

/** A request that was turned away at the door. */
export function refusedRow(refusal: Refusal, now: number): UnnumberedRow {
  const { request, method, path, userAgent, status, error } = refusal;
  return {
    ...unfinished,
    id: request,
    startedAt: now,
    state: 'refused',
    agent: agentName(userAgent),
    method,
    path: path.slice(0, longestName),
    purpose: requestPurpose(path, {}),
    protocol: null,
    stream: false,
    model: '',
    modelId: null,
    keyId: null,
    status,
    totalMs: 0,
    rounds: 0,
    error: { kind: error.kind, message: error.message.slice(0, longestText) },
  };
}
