import type { Diagnostic } from '../../src-shared/diagnostic.ts';
import type { Route } from '../models/route.types.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { readErrorFields } from '../protocols/conversation/error-fields.ts';
import { nameUpstream } from '../protocols/conversation/name-upstream.ts';
import type { PassThroughCodec } from '../protocols/conversation/pass-through.ts';
import { classifyFailure } from '../protocols/conversation/upstream-failure.ts';
import type { UpstreamResponse } from '../upstreams/client.types.ts';
import { errorLimit, pageInstead, recogniseAnswer } from './answer-form.ts';
import { refuse } from './answer-output.ts';
import { requestIdHeader } from './client-shape.ts';
import { ClientStream } from './client-stream.ts';
import { passThroughCodec } from './codecs.ts';
import { failureOf } from './exchange.ts';
import type { Elsewhere } from './failover.ts';
import { sendWhenLoaded } from './loading-wait.ts';
import { describeRepair, type Repair, type RepairMemory, repairFor } from './native-repairs.ts';
import type { GatewayOptions } from './options.ts';
import type { GatewayParts } from './parts.ts';
import { headersFor, passAnswer, passError } from './pass-through-answer.ts';
import { betasOf, passedRequest } from './pass-through-request.ts';
import { learnPassedPrompt, passedOverflow } from './passed-prompt.ts';
import type { Received } from './receive.ts';
import { withLoadedWindow } from './silent-truncation.ts';
import type { TakeTurn, Turn } from './turns.ts';
import { responseHead } from './wire-head.ts';

export interface PassThrough {
  readonly parts: GatewayParts;
  readonly options: GatewayOptions;
  readonly received: Received;
  readonly route: Route;
  /** Below the upstream's API, e.g. `/chat/completions`. */
  readonly path: string;
  readonly repairs: RepairMemory;
  readonly elsewhere?: Elsewhere;
  readonly turn: TakeTurn;
}

/** `translate`: the server refuses the request in its own protocol, and nothing was sent to the client. `done`: it was answered, or goes elsewhere. */
export type Passed = 'done' | 'translate';

/** A request that a server refuses is changed and sent again so often at most. */
const maxRepairs = 6;

/**
 * Sends a client's request to an upstream of its own protocol and the answer back, byte for byte but for what pass-through-request.ts says. A stream
 * that ends without its protocol's end gets the protocol's error. A request that the server refuses since it is older than the client is repaired, as
 * long as nothing of an answer was sent (native-repairs.ts).
 */
export async function passThrough(request: PassThrough): Promise<Passed> {
  const { parts, options, received, route, path } = request;
  const { exchange } = received;
  const codec = passThroughCodec(exchange.protocol);
  const stream = received.body.stream === true && path === codec.path;
  if (path === codec.path) exchange.asked = received.body;
  let watch = codec.createWatch();
  let betweenEvents = true;
  const client = new ClientStream(exchange.response, {
    headers: { [requestIdHeader(codec.protocol)]: exchange.id },
    keepAliveMs: options.keepAliveMs,
    keepAlive: () => (betweenEvents ? codec.keepAlive : ''),
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
    void client.write(`${betweenEvents ? '' : '\n\n'}${watch.failure(error)}`);
    client.end();
  };
  const hold = stream ? setTimeout(() => client.open(), parts.settings().gateway.holdStatusSeconds * 1000) : null;
  let turn: Turn | null = null;
  try {
    const overflow = path === codec.path ? await passedOverflow(request) : null;
    if (overflow !== null) {
      fail(overflow);
      return 'done';
    }
    turn = await request.turn();
    if (turn === null) return 'done';
    const loaded = path === codec.path ? await withLoadedWindow(parts, route) : null;
    const tooLong = loaded && (await passedOverflow({ ...request, route: loaded }));
    if (tooLong !== null) {
      fail(tooLong);
      return 'done';
    }
    const taken = await untilTaken(request, turn.slot, codec, client, fail);
    if (taken === 'translate' || taken === 'done') return taken;
    // By what came, not only by what was asked: a stream that was not asked for must not be held until it is whole.
    const { form, response } = await recogniseAnswer(taken);
    if (form === 'page') fail(pageInstead(route.target.id));
    else if (form === 'json')
      await passAnswer({ exchange, codec, upstream: route.target.id, stream, response, client, fail });
    else {
      client.open(headersFor(exchange, codec, response, 'text/event-stream'));
      watch = codec.createWatch();
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
      if (seen.error === null && !seen.finished)
        fail({ kind: 'upstream-cut', message: `The answer of ${route.target.id} ended before it was whole.` });
      else {
        if (seen.missing !== '') void client.write(`${betweenEvents ? '' : '\n\n'}${seen.missing}`);
        client.end();
      }
    }
  } catch (thrown) {
    if (exchange.signal.aborted) return 'done';
    const error = failureOf(thrown);
    if (!exchange.answered && request.elsewhere?.(error) === true) client.leave();
    else fail(error);
  } finally {
    turn?.end();
    if (path === codec.path) learnPassedPrompt(request);
    if (hold !== null) clearTimeout(hold);
  }
  return 'done';
}

/** Sends the request, repaired again and again where it is refused, until it is taken; what can't be repaired is told to the client. */
async function untilTaken(
  request: PassThrough,
  slot: number | null,
  codec: PassThroughCodec,
  client: ClientStream,
  fail: (error: ConversationError) => void,
): Promise<UpstreamResponse | Passed> {
  const { received, route, path, repairs: memory } = request;
  const { exchange, body } = received;
  const upstream = route.target.id;
  const known = memory.of(route, codec.protocol);
  let repairs = known;
  while (!repairs.some(({ kind }) => kind === 'translate')) {
    const { answered, diagnostics } = await sendRepaired(request, slot, codec, repairs);
    if (answered.status >= 200 && answered.status <= 299) {
      if (repairs !== known) memory.learn(route, codec.protocol, repairs);
      exchange.diagnose([...diagnostics, ...repairs.map((repair) => describeRepair(repair, upstream))]);
      return answered;
    }
    const text = await answered.text(errorLimit);
    exchange.passed('server-to-gateway', text);
    const error = classifyFailure({ status: answered.status, headers: answered.headers }, readErrorFields(text.trim()));
    if (request.elsewhere?.(nameUpstream(error, upstream)) === true) {
      client.leave();
      return 'done';
    }
    const isRepairable = codec.protocol !== 'chat' && path === codec.path && repairs.length < maxRepairs;
    const betas = betasOf(exchange.request.headers, route);
    const refused = { protocol: codec.protocol, body, betas, error, tried: repairs };
    const repair = isRepairable ? repairFor(refused) : null;
    if (repair?.kind === 'translate') memory.learn(route, codec.protocol, [repair]);
    if (repair === null || (repair.kind === 'translate' && client.opened)) {
      passError({ exchange, codec, upstream, response: answered, client, fail }, text, error);
      return 'done';
    }
    repairs = [...repairs, repair];
    exchange.round += 1;
  }
  exchange.diagnose([describeRepair({ kind: 'translate' }, upstream)]);
  return 'translate';
}

async function sendRepaired(
  { parts, received, route, path }: PassThrough,
  slot: number | null,
  codec: PassThroughCodec,
  repairs: readonly Repair[],
): Promise<{ readonly answered: UpstreamResponse; readonly diagnostics: readonly Diagnostic[] }> {
  const { exchange, bytes, body } = received;
  const withDefaults = path === codec.path;
  const passed = passedRequest({ exchange, route, codec, bytes, body, withDefaults, repairs, slot });
  const answered = await sendWhenLoaded(
    { exchange, route, client: parts.client },
    {
      method: 'POST',
      path: path + passed.query,
      body: passed.bytes,
      headers: passed.headers,
      stream: withDefaults && body.stream === true,
      timeouts: route.timeouts,
      signal: exchange.signal,
      sending: (make) => {
        exchange.headed('gateway-to-server', make);
        exchange.passed('gateway-to-server', passed.bytes);
      },
    },
  );
  exchange.headed('server-to-gateway', () => responseHead(answered));
  return { answered, diagnostics: passed.diagnostics };
}

function endsEvent(chunk: Uint8Array): boolean {
  const last = chunk.length - 1;
  if (chunk[last] !== 0x0a) return false;
  return chunk[last - 1] === 0x0a || (chunk[last - 1] === 0x0d && chunk[last - 2] === 0x0a);
}
