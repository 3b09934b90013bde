import { ConversationFailure } from '../protocols/conversation/error.ts';
import { member, text } from './inspection.ts';
import type { ProbeAnswer } from './kind.ts';

/** Why a model was not loaded or unloaded, in words for people. */
export function loadingFailure(message: string): ConversationFailure {
  return new ConversationFailure({ kind: 'upstream-failure', message });
}

/** A server's refusal with its own reason: `{"error":{"message"}}`, `{"error":"…"}`, or only a status. */
export function refusedLoading(model: string, { status, json }: ProbeAnswer): ConversationFailure {
  const error = member(json, 'error');
  const reason = text(member(error, 'message')) ?? text(error);
  const said = reason === null ? `it answered HTTP ${status}` : `it said “${reason.slice(0, 500)}”`;
  if (status === 401 || status === 403) {
    const message = `The server refused to change ${model}: ${said}. It wants a secret, or another one than is stored.`;
    return new ConversationFailure({ kind: 'upstream-authentication', message });
  }
  return loadingFailure(`The server refused to change ${model}: ${said}.`);
}
