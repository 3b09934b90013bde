import { errors } from 'undici';
import type { Timeouts } from '../../src-shared/settings.ts';
import { ConversationFailure } from '../protocols/conversation/error.ts';
import { ProxyRefusal } from './open-socket.ts';
import type { UpstreamTarget } from './target.ts';

/** What is wrong with a connection, in words for people that name the upstream by its id and never by its address. */

const trustAdvice = 'Name the file with the certificate to trust in its settings (tls.caFile).';
const certificateProblems: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is self-signed. ${trustAdvice}`,
  SELF_SIGNED_CERT_IN_CHAIN: `its certificate chain ends in a self-signed one. ${trustAdvice}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its certificate was issued by an authority that is not known here. ${trustAdvice}`,
  UNABLE_TO_GET_ISSUER_CERT: `its certificate was issued by an authority that is not known here. ${trustAdvice}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its certificate was issued by an authority that is not known here. ${trustAdvice}`,
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
    return `${id} can't be reached: TLS failed, ${certificate}${/[?.]$/.test(certificate) ? '' : '.'}`;
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
  const message = cause instanceof ProxyRefusal ? refusedByProxy(target, cause) : unreachableWords(target, code);
  return new ConversationFailure({ kind: 'upstream-unreachable', message }, { cause });
}

function refusedByProxy({ id }: UpstreamTarget, { status }: ProxyRefusal): string {
  if (status === 407) return `${id} can't be reached: the proxy wants a user name and a password (HTTP 407).`;
  const said =
    status === 0
      ? 'what was taken for a proxy answered with something that is not HTTP'
      : `the proxy would not connect to it (HTTP ${status})`;
  return `${id} can't be reached: ${said}. Check its proxy in the settings, or the variables HTTPS_PROXY and NO_PROXY.`;
}

/** The file that the user named can't be used; the words leave its path out. */
export function certificatesFailure({ id }: UpstreamTarget, cause: unknown): ConversationFailure {
  const missing = codeOf(cause) === 'ENOENT';
  const message = `${id} was not asked: the file that its settings name as tls.caFile ${missing ? 'is not there' : 'could not be read as certificates (PEM)'}.`;
  return new ConversationFailure({ kind: 'upstream-unreachable', message }, { cause });
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
