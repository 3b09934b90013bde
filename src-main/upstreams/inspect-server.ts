import type { ServerState } from '../../src-shared/catalogue.ts';
import { ConversationFailure, type ErrorKind } from '../protocols/conversation/error.ts';
import { unread } from './inspection.ts';
import type { Inspection, Probe, UpstreamKind } from './kind.ts';

/** Asks a server what it is and has; `before` is what it said last. Never rejects: what went wrong is its state. */
export async function inspectServer(kind: UpstreamKind, probe: Probe, before: Inspection | null): Promise<Inspection> {
  try {
    const inspection = await kind.inspect(probe);
    if (inspection.state !== 'unauthorized' || kind.secretAdvice === undefined) return inspection;
    return { ...inspection, message: `${inspection.message ?? ''} ${kind.secretAdvice}`.trimStart() };
  } catch (error) {
    if (!(error instanceof ConversationFailure))
      return before ?? unread('error', 'Its answer could not be understood.');
    const { kind: failure, message } = error.error;
    // A server that is busy with a long prompt may be slow to answer: what it said before still holds.
    if (failure === 'timeout' && before?.state === 'up') return before;
    const models = (before?.models ?? []).map((model) => ({ ...model, loaded: null }));
    return { state: stateOf(failure), version: before?.version ?? null, message, models, listKnown: false };
  }
}

function stateOf(kind: ErrorKind): ServerState {
  if (kind === 'upstream-authentication') return 'unauthorized';
  return kind === 'upstream-unreachable' || kind === 'timeout' ? 'down' : 'error';
}
