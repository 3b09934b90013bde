import { errors } from 'undici';
import type { Timeouts } from '../../src-shared/settings.ts';
import { ConversationFailure } from '../protocols/conversation/error.ts';
import type { UpstreamTarget } from './target.ts';

/** What is wrong with a connection, in words for people that name the upstream by its id and never by its address. */

const certificateProblems: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain ends in a self-signed one',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate was issued by an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate was issued by an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate was issued by an authority that is not known here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; is its base URL meant to start with http://?',
  EPROTO: 'it does not speak TLS; is its base URL meant to start with http://?',
};

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

function unreachableWords(target: UpstreamTarget, code: string): string {
  const { id, kind } = target;
  const certificate = certificateProblems[code];
  if (certificate !== undefined)
    return `${id} can't be reached: TLS failed, ${certificate}${certificate.endsWith('?') ? '' : '.'}`;
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_'))
    return `${id} can't be reached: TLS failed (${code}).`;
  switch (code) {
    case 'ECONNREFUSED':
      return `${id} is not running: connection refused. ${kind.startAdvice}`;
    case 'ENOTFOUND':
      return `${id} was not found: its host name does not resolve. Check its base URL in the settings.`;
    case 'EAI_AGAIN':
      return `${id} was not found: the name service did not answer. Is this computer online?`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return `${id} can't be reached: no route to its host.`;
    case 'ETIMEDOUT':
      return `${id} can't be reached: its host did not answer.`;
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return `${id} closed the connection before it answered.`;
    default:
      return `${id} can't be reached${code === '' ? '' : ` (${code})`}.`;
  }
}

/** No answer came: refused, not found, TLS, reset; or what came was not HTTP. */
export function connectionFailure(target: UpstreamTarget, cause: unknown): ConversationFailure {
  const code = codeOf(cause);
  if (cause instanceof errors.HTTPParserError || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new ConversationFailure(
      {
        kind: 'upstream-failure',
        message: `${target.id} answered with something that is not HTTP. Check its base URL.`,
      },
      { cause },
    );
  }
  return new ConversationFailure({ kind: 'upstream-unreachable', message: unreachableWords(target, code) }, { cause });
}

/** The answer had begun when the connection broke. */
export function cutFailure(target: UpstreamTarget, cause: unknown): ConversationFailure {
  return new ConversationFailure(
    { kind: 'upstream-cut', message: `${target.id} closed the connection before its answer was complete.` },
    { cause },
  );
}

function seconds(ms: number): string {
  return ms >= 1000 ? `${Math.round(ms / 100) / 10} s` : `${ms} ms`;
}

const timeoutWords: Readonly<Record<keyof Timeouts, string>> = {
  connectMs: 'took no connection within',
  firstByteMs: 'sent no answer within',
  idleMs: 'fell silent in the middle of its answer for',
};

/** One of the three limits ran out; the words name the setting that holds it. */
export function timeoutFailure(target: UpstreamTarget, limit: keyof Timeouts, ms: number): ConversationFailure {
  const message = `${target.id} ${timeoutWords[limit]} ${seconds(ms)} (the setting timeouts.${limit}).`;
  return new ConversationFailure({ kind: 'timeout', message });
}
