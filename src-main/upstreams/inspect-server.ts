import type { ServerState } from '../../src-shared/catalogue.ts';
import { ConversationFailure, type ErrorKind } from '../protocols/conversation/error.ts';
import { unread } from './inspection.ts';
import type { Inspection, Probe, UpstreamKind } from './kind.ts';

/** Asks a server what it is and has; `before` is what it said last. Never rejects: what went wrong is its state. */
export async function inspectServer(kind: UpstreamKind, probe: Probe, before: Inspection | null): Promise<Inspection> {
  try {
    const inspection = withWhatItHad(await kind.inspect(probe), before);
    if (inspection.state !== 'unauthorized' || kind.secretAdvice === undefined) return inspection;
    return { ...inspection, message: `${inspection.message ?? ''} ${kind.secretAdvice}`.trimStart() };
  } catch (error) {
    if (!(error instanceof ConversationFailure))
      return before ?? unread('error', 'Its answer could not be understood.');
    const { kind: failure, message } = error.error;
    // A server that is busy with a long prompt may be slow to answer: what it said before still holds.
    if (failure === 'timeout' && before?.state === 'up') return before;
    return {
      state: stateOf(failure),
      version: before?.version ?? null,
      message,
      models: had(before),
      listKnown: false,
    };
  }
}

/** A server that loads as it starts tells nothing of its models, and mostly has the same again. */
function withWhatItHad(inspection: Inspection, before: Inspection | null): Inspection {
  return inspection.state === 'loading' && inspection.models.length === 0
    ? { ...inspection, models: had(before) }
    : inspection;
}

function had(before: Inspection | null): Inspection['models'] {
  return (before?.models ?? []).map((model) => ({ ...model, loaded: null }));
}

function stateOf(kind: ErrorKind): ServerState {
  if (kind === 'upstream-authentication') return 'unauthorized';
  return kind === 'upstream-unreachable' || kind === 'timeout' ? 'down' : 'error';
}
