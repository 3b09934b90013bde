import { isObject } from '../../src-shared/json.ts';
import type { Route } from '../models/route.types.ts';
import { answerAsStream } from '../protocols/chat/answer-chunk.ts';
import { decodeChatAnswer } from '../protocols/chat/decode-answer.ts';
import { encodeChatErrorChunk } from '../protocols/chat/errors.ts';
import { createPassThroughWatch } from '../protocols/chat/pass-through-watch.ts';
import { decodeChatError, decodeChatErrorObject } from '../protocols/chat/upstream-error.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { anUpstream, nameUpstream } from '../protocols/conversation/name-upstream.ts';
import { spliceJson } from '../protocols/conversation/splice-json.ts';
import type { UpstreamResponse } from '../upstreams/client.types.ts';
import { pageInstead, recogniseAnswer } from './answer-form.ts';
import { refuse } from './answer-output.ts';
import { ClientStream, drained } from './client-stream.ts';
import { type Exchange, failureOf } from './exchange.ts';
import type { GatewayOptions } from './options.ts';
import type { GatewayParts } from './parts.ts';
import { errorLimit } from './round.ts';
import { responseHead } from './wire-head.ts';

export interface PassThrough {
  readonly parts: GatewayParts;
  readonly options: GatewayOptions;
  readonly exchange: Exchange;
  readonly route: Route;
  /** Below the upstream's API, e.g. `/chat/completions`. */
  readonly path: string;
  /** The client's body: a JSON object with a `model`. */
  readonly body: Uint8Array;
  readonly stream: boolean;
}

/** Headers of the upstream that clients act on; nothing else of it is passed on. */
const forwardedHeaders = ['retry-after', 'retry-after-ms', 'x-should-retry'];
/** JSON answers up to this length are held until they are whole, bytes. */
const heldAnswer = 4 * 1024 * 1024;
/** So much of a JSON answer is read that has to go out as a stream, bytes. */
const streamedAnswer = 64 * 1024 * 1024;
const keepAlive = ': keep-alive\n\n';

/**
 * Sends a Chat client's request to a Chat upstream and its answer back, byte for byte but for `model` and the keys of an alias's
 * `defaults` that the client left out. A stream that ends with neither finish reason nor `[DONE]` gets one error chunk.
 */
export async function passThrough(request: PassThrough): Promise<void> {
  const { parts, options, exchange, route, path, stream } = request;
  const chat = path === '/chat/completions';
  const body = spliceJson(request.body, route.upstreamModel, chat ? route.defaults : {});
  let betweenEvents = true;
  const client = new ClientStream(exchange.response, {
    headers: { 'x-request-id': exchange.id },
    keepAliveMs: options.keepAliveMs,
    keepAlive: () => (betweenEvents ? keepAlive : ''),
    sent: (chunk) => exchange.passed('gateway-to-agent', chunk),
  });
  const fail = (error: ConversationError): void => {
    if (!exchange.response.headersSent) {
      refuse(exchange, error);
      return;
    }
    exchange.error = error;
    if (!client.opened) {
      exchange.response.destroy(); // half a JSON answer is out: a broken connection is all that can still be said
      return;
    }
    void client.write(`${betweenEvents ? '' : '\n\n'}${encodeChatErrorChunk(error)}`);
    client.end();
  };
  const hold = stream ? setTimeout(() => client.open(), parts.settings().gateway.holdStatusSeconds * 1000) : null;
  try {
    const answered = await parts.client.send(route.target, {
      method: 'POST',
      path,
      body,
      stream,
      timeouts: route.timeouts,
      signal: exchange.signal,
      sending: (make) => {
        exchange.headed('gateway-to-server', make);
        exchange.passed('gateway-to-server', body);
      },
    });
    exchange.headed('server-to-gateway', () => responseHead(answered));
    if (answered.status < 200 || answered.status > 299) return await passError(request, answered, client, fail);
    // By what came, not only by what was asked: a stream that was not asked for must not be held until it is whole.
    const { form, response } = await recogniseAnswer(answered);
    if (form === 'page') return fail(pageInstead(route.target.id));
    if (form === 'json') return await passAnswer(request, response, client, fail);
    client.open(headersFor(exchange, response, 'text/event-stream'));
    const watch = createPassThroughWatch();
    for await (const chunk of response.body) {
      exchange.passed('server-to-gateway', chunk);
      exchange.contentSent();
      watch.push(chunk);
      betweenEvents = endsEvent(chunk);
      const ready = client.write(chunk);
      if (ready !== undefined) await ready;
    }
    const seen = watch.end();
    exchange.usage = seen.usage;
    betweenEvents = !seen.insideEvent;
    if (seen.error !== null) exchange.error = nameUpstream(seen.error, route.target.id);
    else if (!seen.finished)
      return fail({ kind: 'upstream-cut', message: `The answer of ${route.target.id} ended before it was whole.` });
    client.end();
  } catch (thrown) {
    if (!exchange.signal.aborted) fail(failureOf(thrown));
  } finally {
    if (hold !== null) clearTimeout(hold);
  }
}

/**
 * A JSON answer. A client can do nothing with half of one, so it is held until it is whole and a cut can still be an error; a very large
 * one goes on in pieces as it comes.
 */
async function passAnswer(
  request: PassThrough,
  response: UpstreamResponse,
  client: ClientStream,
  fail: (error: ConversationError) => void,
): Promise<void> {
  if (request.stream) return passToStream(request, response, client, fail);
  const { exchange, route } = request;
  const { response: out } = exchange;
  const headers = headersFor(exchange, response, 'application/json');
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    exchange.passed('server-to-gateway', chunk);
    held.push(chunk);
    length += chunk.length;
    if (length <= heldAnswer) continue;
    if (!out.headersSent) out.writeHead(response.status, headers);
    const ready = send(exchange, Buffer.concat(held));
    held = [];
    if (!ready) await drained(out);
  }
  const rest = Buffer.concat(held);
  if (!out.headersSent) {
    const problem = readAnswer(exchange, rest.toString('utf8'));
    if (problem !== null) return fail(nameUpstream(problem, route.target.id));
    out.writeHead(response.status, { ...headers, 'content-length': rest.length });
  }
  send(exchange, rest);
  out.end();
}

/** A JSON answer for a client that wants a stream: where the status was held for so long that one was opened, it is said in its form. */
async function passToStream(
  { exchange, route }: PassThrough,
  response: UpstreamResponse,
  client: ClientStream,
  fail: (error: ConversationError) => void,
): Promise<void> {
  const text = await response.text(streamedAnswer);
  exchange.passed('server-to-gateway', text);
  const problem = readAnswer(exchange, text);
  if (problem !== null) return fail(nameUpstream(problem, route.target.id));
  if (client.opened) {
    exchange.contentSent();
    await client.write(answerAsStream(text) ?? '');
    client.end();
    return;
  }
  exchange.response.writeHead(response.status, headersFor(exchange, response, 'application/json'));
  send(exchange, Buffer.from(text));
  exchange.response.end();
}

/** False where the client has to catch up before it is sent more. */
function send(exchange: Exchange, bytes: Uint8Array): boolean {
  exchange.passed('gateway-to-agent', bytes);
  exchange.contentSent();
  return exchange.response.write(bytes);
}

/** Keeps an answer's figures for the log; the error, where the body is one or is no answer at all, whatever its status says. */
function readAnswer(exchange: Exchange, text: string): ConversationError | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = null; // told below with all else that is no answer
  }
  if (!isObject(body)) {
    return { kind: 'upstream-failure', message: `${anUpstream} answered with something that is no JSON object.` };
  }
  const { error, choices } = body;
  if (choices === undefined && (isObject(error) || (typeof error === 'string' && error !== ''))) {
    return decodeChatErrorObject(body);
  }
  exchange.toolsCalled = [];
  for (const part of decodeChatAnswer(body)) {
    if (part.kind === 'usage') exchange.usage = part.usage;
    else if (part.kind === 'finish') exchange.finishReason = part.reason;
    else if (part.kind === 'tool-call' && part.name !== undefined) exchange.toolsCalled.push(part.name);
  }
  return null;
}

/**
 * An error goes on in the server's own bytes where they are OpenAI's shape, say nothing that must not leave, and mean what the status
 * says; else in our words: a refused upstream key is not the client's 401, an overflow has one code, a web page is no answer.
 */
async function passError(
  { exchange, route }: PassThrough,
  response: UpstreamResponse,
  client: ClientStream,
  fail: (error: ConversationError) => void,
): Promise<void> {
  const text = await response.text(errorLimit);
  exchange.passed('server-to-gateway', text);
  const error = decodeChatError(response.status, response.headers, text);
  const named = nameUpstream(error, route.target.id);
  if (client.opened || !isNative(error, response.status, text)) return fail(named);
  exchange.error = named;
  exchange.passed('gateway-to-agent', text);
  exchange.response.writeHead(response.status, headersFor(exchange, response, 'application/json'));
  exchange.response.end(text);
}

const nativeKinds: ReadonlySet<ConversationError['kind']> = new Set([
  'invalid-request',
  'unsupported',
  'not-found',
  'unknown-model',
  'rate-limit',
]);

function isNative(error: ConversationError, status: number, text: string): boolean {
  if (status < 400 || status > 499 || !nativeKinds.has(error.kind)) return false;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return false; // a page or plain text: said again in OpenAI's shape
  }
  return (
    isObject(body) &&
    Object.keys(body).every((key) => key === 'error') &&
    isObject(body.error) &&
    body.error.message === error.message
  );
}

/** `type`: what the body is, where the server calls it something else. */
function headersFor(exchange: Exchange, response: UpstreamResponse, type: string): Record<string, string> {
  const declared = response.headers['content-type'] ?? '';
  const headers: Record<string, string> = {
    'x-request-id': exchange.id,
    'content-type': declared.includes(type) ? declared : type,
  };
  for (const [name, value] of Object.entries(response.headers)) {
    if (forwardedHeaders.includes(name) || name.startsWith('x-ratelimit-')) headers[name] = value;
  }
  const upstreamId = response.headers['x-request-id'] ?? response.headers['request-id'];
  if (upstreamId !== undefined) headers['x-upstream-request-id'] = upstreamId;
  return headers;
}

function endsEvent(chunk: Uint8Array): boolean {
  const last = chunk.length - 1;
  if (chunk[last] !== 0x0a) return false;
  return chunk[last - 1] === 0x0a || (chunk[last - 1] === 0x0d && chunk[last - 2] === 0x0a);
}
