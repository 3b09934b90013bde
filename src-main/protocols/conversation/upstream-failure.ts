import { findOverflow } from './context-overflow.ts';
import type { ConversationError, ErrorKind } from './error.ts';
import type { ErrorFields } from './error-fields.ts';
import { cleanErrorText } from './error-text.ts';
import { anUpstream } from './name-upstream.ts';
import { readRetryAfter } from './retry-after.ts';

/** How a failure reached us: by an HTTP status, or inside a 200 (a stream's event, a JSON body). */
export interface FailureArrival {
  /** The HTTP status; null where the error stood inside a 200. */
  readonly status: number | null;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What a failure means that a server told us of (reference protocol spec §8.2), with its words made fit for the client. The words of a
 * refused secret are not repeated at all: servers echo what they refuse.
 */
export function classifyFailure(arrival: FailureArrival, fields: ErrorFields): ConversationError {
  const status = statusOf(arrival, fields);
  const kind = kindOf(status, fields);
  const text = cleanErrorText(fields.text);
  const retryAfterMs = retryable(kind) ? retryAfterOf(arrival, fields) : null;
  const shouldRetry = shouldRetryOf(kind, status, arrival, fields);
  const overflow = kind === 'context-overflow' ? findOverflow(wordsOf(fields), fields.overflow) : null;
  return {
    kind,
    message: messageOf(kind, status, text),
    ...(status !== null ? { upstreamStatus: status } : {}),
    ...(fields.type !== undefined ? { upstreamType: cleanErrorText(fields.type) } : {}),
    ...(fields.code !== undefined ? { upstreamCode: cleanErrorText(fields.code) } : {}),
    ...(retryAfterMs !== null ? { retryAfterMs } : {}),
    ...(shouldRetry !== null ? { shouldRetry } : {}),
    ...(fields.param !== undefined ? { param: cleanErrorText(fields.param) } : {}),
    ...(overflow !== null ? { overflow } : {}),
  };
}

/** The HTTP status, unless it says nothing (200): then the one that the body names. */
function statusOf(arrival: FailureArrival, fields: ErrorFields): number | null {
  return arrival.status !== null && arrival.status >= 300 ? arrival.status : (fields.status ?? null);
}

function wordsOf(fields: ErrorFields): readonly string[] {
  return [fields.text, fields.type ?? '', fields.code ?? ''];
}

const refusedSecret =
  /(?:incorrect|invalid|missing|wrong|expired|revoked|no) (?:x-)?(?:api|access|subscription|auth\w*)[-_ ]?(?:key|token|header)|invalid_api_key|authentication_error|^unauthori[sz]ed$|authentication fail/im;
const noCredit =
  /insufficient[_ ](?:quota|balance|credits?|funds)|exceeded your current quota|billing_(?:error|hard_limit|not_active)|credit balance|payment required|out of credits?|arrears|requires more credits/i;
/** The name between "model" and the verb may be quoted and hold anything, or be missing. */
const unknownModel =
  /model_not_found|DeploymentNotFound|deployment .{0,200}?does not exist|\bmodel(?: name)?[:=]?\s*(?:['"`][^'"`]{1,300}['"`]|[^\s'"`]{1,300})?\s*(?:is |was )?(?:not found|does not exist|not exist\b|not available|unknown\b|not supported by)|(?:unknown|no such|invalid|unsupported) model|not a valid model|no endpoints found (?:for|matching)|no models? loaded/i;
const loading = /\bloading\b|\bloads\b|starting up|warming up|still starting/i;
const overloaded =
  /overloaded|server_is_overloaded|slow_down|server busy|engine is currently busy|no slot available|at capacity|capacity exceeded/i;
const modelSubject = /\b(?:model|deployment|engine)\b/i;
/** Failures that servers report as their own (5xx, 404, 429) though asking again can't help (llama-server, Ollama, OpenRouter). */
const cannotDo =
  /(?:image|audio|video|vision|file) input is not supported|does(?: not|n't) support (?:image|vision|tools?|audio|embeddings|thinking|function)|requires --(?:jinja|enable-auto-tool-choice|tool-call-parser)|is not a multimodal model|at most 0 (?:image|audio|video)|unsupported tool type|no endpoints found that (?:can )?support/i;
/** Failures of the server that it reports as the client's (LM Studio: 400). */
const brokeDown = /failed to load (?:the )?model|\bmodel has crashed|^model (?:is |was )?unloaded\b/im;
const cannotRead =
  /failed to parse (?:tool call arguments|tools|messages|grammar)|'messages' is required|system message must be at the beginning|conversation roles must alternate|unable to generate parser for this template/i;

function kindOf(status: number | null, fields: ErrorFields): ErrorKind {
  const words = wordsOf(fields).join('\n').slice(0, 16_384);
  const named = kindByWords(status, words, fields);
  return named ?? kindByStatus(status, words, fields);
}

/** Kinds that the words tell more surely than the status. */
function kindByWords(status: number | null, words: string, fields: ErrorFields): ErrorKind | null {
  if (status === 401 || status === 403) return null;
  if (status !== 402 && status !== 429 && findOverflow(wordsOf(fields), fields.overflow) !== null)
    return 'context-overflow';
  const clientFault = status === null || (status >= 400 && status < 500);
  if (clientFault && refusedSecret.test(words)) return 'upstream-authentication';
  if (clientFault && noCredit.test(words) && status !== 404 && !isShortQuota(status, words, fields)) return 'quota';
  if (cannotDo.test(words)) return 'unsupported';
  if (cannotRead.test(words)) return 'invalid-request';
  if (clientFault && brokeDown.test(words)) return 'upstream-failure';
  if (clientFault && status !== 429 && unknownModel.test(words)) return 'unknown-model';
  if (overloaded.test(words) && status !== 400) return 'overloaded';
  return null;
}

/** Gemini says "you exceeded your current quota" of a limit per minute too, and tells when it is over. */
function isShortQuota(status: number | null, words: string, fields: ErrorFields): boolean {
  return status === 429 && !/insufficient/i.test(words) && readRetryAfter({}, fields.text) !== null;
}

function kindByStatus(status: number | null, words: string, fields: ErrorFields): ErrorKind {
  switch (status) {
    case null:
      return kindByType(words);
    case 400:
    case 405:
    case 406:
    case 411:
    case 415:
    case 422:
      return 'invalid-request';
    case 401:
    case 403:
      return 'upstream-authentication';
    case 402:
      return 'quota';
    case 404:
      if (isMissingEndpoint(fields)) return 'upstream-failure';
      return modelSubject.test(words) ? 'unknown-model' : 'not-found';
    case 408:
    case 504:
    case 524:
      return 'timeout';
    case 413:
      return 'too-large';
    case 429:
      return 'rate-limit';
    case 501:
      return 'unsupported';
    case 503:
      return loading.test(words) ? 'loading' : 'overloaded';
    case 529:
      return 'overloaded';
    default:
      return status >= 400 && status < 500 && status !== 409 && status !== 425 ? 'invalid-request' : 'upstream-failure';
  }
}

/** An error inside a 200 without a numeric code: its type tells. */
function kindByType(words: string): ErrorKind {
  if (/rate_limit|too many requests/i.test(words)) return 'rate-limit';
  if (loading.test(words) && modelSubject.test(words)) return 'loading';
  if (/permission_error|authentication_error/i.test(words)) return 'upstream-authentication';
  if (/timeout_error|timed? ?out/i.test(words)) return 'timeout';
  if (/invalid_request_error|BadRequestError/i.test(words)) return 'invalid-request';
  return 'upstream-failure';
}

/** A 404 of the HTTP server itself (Go's, llama-server's, FastAPI's, a proxy's page): the base URL is wrong, not the model. */
function isMissingEndpoint(fields: ErrorFields): boolean {
  const text = cleanErrorText(fields.text);
  return (
    text === '' ||
    /^(?:404\b.*|(?:file |page |resource )?not found\.?|cannot post .*|unexpected endpoint.*)$/is.test(text)
  );
}

function retryable(kind: ErrorKind): boolean {
  return (
    kind === 'rate-limit' ||
    kind === 'overloaded' ||
    kind === 'loading' ||
    kind === 'quota' ||
    kind === 'upstream-failure' ||
    kind === 'timeout'
  );
}

function retryAfterOf(arrival: FailureArrival, fields: ErrorFields): number | null {
  const estimated = fields.estimatedSeconds !== undefined ? Math.ceil(fields.estimatedSeconds * 1000) : null;
  return readRetryAfter(arrival.headers, fields.text) ?? estimated;
}

/** The server's own `x-should-retry`; and false for an endpoint that is not there, which no repetition brings. */
function shouldRetryOf(
  kind: ErrorKind,
  status: number | null,
  arrival: FailureArrival,
  fields: ErrorFields,
): boolean | null {
  const said = arrival.headers['x-should-retry'];
  if (said === 'true' || said === 'false') return said === 'true';
  return kind === 'upstream-failure' && status === 404 && isMissingEndpoint(fields) ? false : null;
}

function messageOf(kind: ErrorKind, status: number | null, text: string): string {
  const answered = status === null ? '' : ` (status ${status})`;
  switch (kind) {
    case 'upstream-authentication':
      // 403 has other reasons too (region, moderation): its words may stand where they are not about a secret.
      return status === 403 && text !== '' && !/key|token|auth|credential|secret|password/i.test(text)
        ? `${anUpstream} refused access${answered}: ${text}`
        : `${anUpstream} refused the secret that is stored for it${answered}. Check or replace this upstream's key.`;
    case 'upstream-failure':
      if (status === 404) return `${anUpstream} has no such endpoint${answered}. Check this upstream's base URL.`;
      if (status !== null && status < 400)
        return `${anUpstream} answered with a redirect${answered}. Check this upstream's base URL.`;
      return text === '' ? `${anUpstream} failed without saying why${answered}.` : text;
    case 'loading':
      return `${anUpstream} is loading its model${/^(?:loading model\.?)?$/i.test(text) ? '.' : `: ${text}`}`;
    case 'rate-limit':
      return text === '' ? `${anUpstream} accepts no more requests for now (rate limit).` : text;
    case 'overloaded':
      return text === '' ? `${anUpstream} is overloaded${answered}.` : text;
    case 'timeout':
      return text === '' ? `${anUpstream} took too long${answered}.` : text;
    case 'quota':
      return text === '' ? `${anUpstream}'s account has no credit left${answered}.` : text;
    default:
      return text === '' ? `${anUpstream} refused the request without saying why${answered}.` : text;
  }
}
