import { isObject } from '../../src-shared/json.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { readErrorFields } from '../protocols/conversation/error-fields.ts';
import { anUpstream, nameUpstream } from '../protocols/conversation/name-upstream.ts';
import type { PassThroughCodec } from '../protocols/conversation/pass-through.ts';
import { classifyFailure } from '../protocols/conversation/upstream-failure.ts';
import type { UpstreamResponse } from '../upstreams/client.types.ts';
import { requestIdHeader } from './client-shape.ts';
import { type ClientStream, drained } from './client-stream.ts';
import { upstreamCodec } from './codecs.ts';
import type { Exchange } from './exchange.ts';

/** JSON answers up to this length are held until they are whole, bytes. */
const heldAnswer = 4 * 1024 * 1024;
/** So much of a JSON answer is read that has to go out as a stream, bytes. */
const streamedAnswer = 64 * 1024 * 1024;

export interface PassedAnswer {
  readonly exchange: Exchange;
  readonly codec: PassThroughCodec;
  readonly upstream: string;
  /** The client asked for a stream. */
  readonly stream: boolean;
  readonly response: UpstreamResponse;
  readonly client: ClientStream;
  readonly fail: (error: ConversationError) => void;
}

/**
 * A JSON answer. A client can do nothing with half of one, so it is held until it is whole and a cut can still be an error; a very large
 * one goes on in pieces as it comes.
 */
export async function passAnswer(answer: PassedAnswer): Promise<void> {
  if (answer.stream) return passToStream(answer);
  const { exchange, codec, response, upstream, fail } = answer;
  const { response: out } = exchange;
  const headers = headersFor(exchange, codec, response, 'application/json');
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
    const { problem } = readAnswer(exchange, codec, rest.toString('utf8'));
    if (problem !== null) return fail(nameUpstream(problem, upstream));
    out.writeHead(response.status, { ...headers, 'content-length': rest.length });
  }
  send(exchange, rest);
  out.end();
}

/** A JSON answer for a client that asked for a stream, and reads nothing else: it is said as one. */
async function passToStream({ exchange, codec, upstream, response, client, fail }: PassedAnswer): Promise<void> {
  const text = await response.text(streamedAnswer);
  exchange.passed('server-to-gateway', text);
  const { problem, body } = readAnswer(exchange, codec, text);
  if (problem !== null) return fail(nameUpstream(problem, upstream));
  client.open(headersFor(exchange, codec, response, 'text/event-stream'));
  exchange.contentSent();
  await client.write(codec.answerAsStream(body));
  client.end();
}

/** False where the client has to catch up before it is sent more. */
function send(exchange: Exchange, bytes: Uint8Array): boolean {
  exchange.passed('gateway-to-agent', bytes);
  exchange.contentSent();
  return exchange.response.write(bytes);
}

/** Keeps an answer's figures for the log. `problem`: the body is an error, or is no answer at all, whatever its status says. */
function readAnswer(
  exchange: Exchange,
  codec: PassThroughCodec,
  text: string,
): { readonly problem: ConversationError | null; readonly body: Readonly<Record<string, unknown>> } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = null; // told below with all else that is no answer
  }
  if (!isObject(body)) {
    const message = `${anUpstream} answered with something that is no JSON object.`;
    return { problem: { kind: 'upstream-failure', message }, body: {} };
  }
  if (!codec.isAnswer(body)) {
    return { problem: classifyFailure({ status: null, headers: {} }, readErrorFields(body)), body };
  }
  exchange.toolsCalled = [];
  for (const part of upstreamCodec(codec.protocol).decodeAnswer(body)) {
    if (part.kind === 'usage') exchange.usage = part.usage;
    else if (part.kind === 'finish') exchange.finishReason = part.reason;
    else if (part.kind === 'tool-call' && part.name !== undefined) exchange.toolsCalled.push(part.name);
  }
  return { problem: null, body };
}

/** Headers of every server that clients act on. */
const forwardedHeaders: ReadonlySet<string> = new Set(['retry-after', 'retry-after-ms', 'x-should-retry']);

/** The server's headers that go on. `type`: what the body is, where the server calls it something else. */
export function headersFor(
  exchange: Exchange,
  codec: PassThroughCodec,
  response: UpstreamResponse,
  type: string,
): Record<string, string> {
  const declared = response.headers['content-type'] ?? '';
  const headers: Record<string, string> = {
    [requestIdHeader(codec.protocol)]: exchange.id,
    'content-type': declared.includes(type) ? declared : type,
  };
  for (const [name, value] of Object.entries(response.headers)) {
    if (forwardedHeaders.has(name) || codec.responseHeaders.test(name)) headers[name] = value;
  }
  const upstreamId = response.headers['x-request-id'] ?? response.headers['request-id'];
  if (upstreamId !== undefined) headers['x-upstream-request-id'] = upstreamId;
  return headers;
}

const nativeKinds: ReadonlySet<ConversationError['kind']> = new Set([
  'invalid-request',
  'unsupported',
  'not-found',
  'unknown-model',
  'rate-limit',
]);

/**
 * An error goes on in the server's own bytes where they are the protocol's shape, say nothing that must not leave, and mean what the status
 * says; else in our words: a refused upstream key is not the client's 401, an overflow has one code, a web page is no answer.
 *
 * @param text the answer's body, or the start of it
 * @param error what it says
 */
export function passError(answer: Omit<PassedAnswer, 'stream'>, text: string, error: ConversationError): void {
  const { exchange, codec, upstream, response, client, fail } = answer;
  const named = nameUpstream(error, upstream);
  if (client.opened || !isNative(codec, error, response.status, text)) {
    fail(named);
    return;
  }
  exchange.error = named;
  exchange.passed('gateway-to-agent', text);
  exchange.response.writeHead(response.status, headersFor(exchange, codec, response, 'application/json'));
  exchange.response.end(text);
}

function isNative(codec: PassThroughCodec, error: ConversationError, status: number, text: string): boolean {
  if (status < 400 || status > 499 || !nativeKinds.has(error.kind)) return false;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return false; // a page or plain text: said again in the protocol's shape
  }
  return (
    isObject(body) &&
    Object.keys(body).every((key) => codec.errorKeys.includes(key)) &&
    isObject(body.error) &&
    body.error.message === error.message
  );
}
