import type { IncomingHttpHeaders } from 'node:http';
import type { KeyScope } from '../../src-shared/settings.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import type { AcceptedKey, KeyRing } from './parts.ts';

export type Authentication =
  | { readonly ok: true; readonly key: AcceptedKey }
  | { readonly ok: false; readonly error: ConversationError };

/**
 * The local key of a request: `Authorization: Bearer …` (the scheme in any case) or `x-api-key`; agents may send both, one of which is a
 * placeholder, so either will do.
 *
 * @param scope what the key must be good for; null where any key will do
 */
export function authenticate(headers: IncomingHttpHeaders, keys: KeyRing, scope: KeyScope | null): Authentication {
  const presented = presentedKeys(headers);
  if (presented.length === 0) {
    return refused('No API key was sent. Send a Dragoman key as `Authorization: Bearer …` or `x-api-key`.');
  }
  for (const candidate of presented) {
    const key = keys.check(candidate);
    if (key === null) continue;
    if (scope !== null && !key.scopes.includes(scope)) {
      return { ok: false, error: { kind: 'permission', message: `This API key may not be used for ${scope}.` } };
    }
    return { ok: true, key };
  }
  return refused('This API key is not known to Dragoman, or it has expired or was revoked.');
}

/** For a key that is good, but not for the model that was named. */
export const modelNotAllowed: ConversationError = {
  kind: 'permission',
  message: 'This API key may not use this model.',
};

function presentedKeys(headers: IncomingHttpHeaders): string[] {
  const bearer = /^bearer[ \t]+(\S.*)$/i.exec(headers.authorization?.trim() ?? '')?.[1];
  const header = headers['x-api-key'];
  return [bearer, Array.isArray(header) ? header[0] : header].filter(
    (key): key is string => key !== undefined && key !== '',
  );
}

function refused(message: string): Authentication {
  return { ok: false, error: { kind: 'authentication', message, shouldRetry: false } };
}
