import type { Protocol } from '../../src-shared/protocol.ts';
import { serverKind } from '../../src-shared/server-kinds.ts';
import type { Route } from '../models/route.types.ts';
import { chatUpstream } from '../protocols/chat/index.ts';
import type { AnswerContext, ClientCodec } from '../protocols/conversation/codec.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { asksForCompaction, compactionTrigger, summaryRequest } from '../protocols/responses/compaction.ts';
import { compactClient } from '../protocols/responses/index.ts';
import { agentSession } from './agent-session.ts';
import { answerHere } from './answer-here.ts';
import { jsonOutput, refuse, streamOutput } from './answer-output.ts';
import { backgroundRoute } from './background-calls.ts';
import { requestIdHeader, sendJson } from './client-shape.ts';
import { clientCodec, passThroughCodec, upstreamCodec } from './codecs.ts';
import { countNatively } from './count-natively.ts';
import type { Exchange } from './exchange.ts';
import { type Elsewhere, withFailover } from './failover.ts';
import { createRepairMemory } from './native-repairs.ts';
import type { GatewayOptions } from './options.ts';
import type { GatewayParts } from './parts.ts';
import { passThrough } from './pass-through.ts';
import { createPromptMemory, type PromptMemory } from './prompt-memory.ts';
import { decodeFrom, findRoute, type Received, receive } from './receive.ts';
import { createRepeatedFailures } from './repeated-failures.ts';
import type { ResponseStore } from './response-store.ts';
import { keepIn, withHistory } from './responses-history.ts';
import { encodeFor, translate } from './translate.ts';
import { createTurns } from './turns.ts';

/** The endpoints that take a model's name and a body. Each answers the response whole, in the exchange's protocol. */
export interface Api {
  /** The next answer in a conversation: `/v1/messages`, `/v1/chat/completions`, `/v1/responses`. */
  conversation(exchange: Exchange): Promise<void>;
  countTokens(exchange: Exchange): Promise<void>;
  embeddings(exchange: Exchange): Promise<void>;
  /** `/v1/responses/compact`: a conversation in short, for going on with. */
  compact(exchange: Exchange): Promise<void>;
}

/** @param store what clients of Responses may name again */
export function createApi(parts: GatewayParts, options: GatewayOptions, store: ResponseStore): Api {
  const repairs = createRepairMemory();
  const failures = createRepeatedFailures(parts.supplies.now);
  const turns = createTurns(parts.ready);
  const prompts = createPromptMemory();

  /** True where the request was answered from memory; else how it ends will be remembered. */
  function failsAgain({ exchange, bytes }: Received): boolean {
    const known = failures.recall(exchange.key.id, bytes);
    if (known !== null) {
      const why =
        'It failed in the same way again and again, so it was answered from memory and not sent to the server.';
      exchange.diagnose([{ kind: 'dropped', what: 'the request', why }]);
      refuse(exchange, known);
      return true;
    }
    exchange.response.once('close', () => {
      // What never reached a server costs nothing to answer again.
      if (exchange.modelId !== null && !exchange.signal.aborted) failures.learn(exchange.key.id, bytes, exchange.error);
    });
    return false;
  }

  /** Answers by an upstream that is spoken to in `protocol`. */
  async function translated(
    received: Received,
    route: Route,
    protocol: Protocol,
    client: ClientCodec = clientCodec(received.exchange.protocol),
    elsewhere?: Elsewhere,
  ): Promise<void> {
    const { exchange } = received;
    const upstream = upstreamCodec(protocol);
    const history = exchange.protocol === 'responses' ? withHistory(store, received) : null;
    if (exchange.protocol === 'responses' && history === null) return;
    const request = decodeFrom(parts, history ?? received, client, protocol);
    if (request === null) return;
    const userAgent = exchange.request.headers['user-agent'] ?? null;
    const context: AnswerContext = { request, userAgent, receivedAt: parts.supplies.now() };
    const estimate = (): number =>
      parts.tokens.estimate(route, { bytes: received.bytes.length, hasTools: request.tools.length > 0 });
    const here =
      exchange.protocol === 'messages'
        ? answerHere(request, options.ownTools.names.has('web-search'), estimate, parts.supplies)
        : null;
    if (here === null) {
      const isSummary = asksForCompaction(request);
      const asked = isSummary ? summaryRequest(request) : request;
      const keep = history === null || isSummary ? undefined : keepIn(store, parts, history);
      const kept = keep !== undefined && { keep };
      const left = elsewhere !== undefined && { elsewhere };
      return translate({
        parts,
        options,
        exchange,
        route,
        client,
        upstream,
        request: asked,
        context,
        turn: turns.at(route, received),
        ...kept,
        ...left,
      });
    }
    const to = { exchange, codec: client, context, supplies: parts.supplies };
    const output = request.stream ? streamOutput({ ...to, keepAliveMs: options.keepAliveMs }) : jsonOutput(to);
    await output.emit(here);
  }

  return {
    async conversation(exchange) {
      const received = await receive(parts, exchange);
      if (received !== null && failsAgain(received)) return;
      const route = received === null ? null : await findRoute(parts, received);
      if (received === null || route === null) return;
      const session = agentSession(exchange.request.headers, received.body);
      exchange.promptReuse = comparedBy(prompts, exchange, session);
      const first = await backgroundRoute(parts, received, route);
      await withFailover(exchange, turns.share(first, received), async (chosen, elsewhere) => {
        const to = await withContext(parts, exchange, chosen);
        const protocol = to.upstreamProtocol(exchange.protocol);
        const isRewritten = protocol === 'chat' && to.rewritesChat === true;
        if (protocol !== exchange.protocol || isRewritten)
          return translated(received, to, protocol, undefined, elsewhere);
        const { path } = passThroughCodec(protocol);
        const left = elsewhere !== undefined && { elsewhere };
        const turn = turns.at(to, received);
        const passed = await passThrough({ parts, options, received, route: to, path, repairs, turn, ...left });
        if (passed === 'done' || exchange.signal.aborted) return;
        const other = fallbackProtocol(to, protocol);
        exchange.routed(to.modelId, other);
        await translated(received, to, other, undefined, elsewhere);
      });
    },

    async countTokens(exchange) {
      const received = await receive(parts, exchange);
      const found = received === null ? null : await findRoute(parts, received);
      if (received === null || found === null) return;
      const route = turns.ofConversation(found, received);
      if (route.upstreamProtocol(exchange.protocol) === exchange.protocol) {
        const counted = await countNatively(parts, received, route);
        if (exchange.signal.aborted) return;
        if (counted !== null) return sendCount(exchange, counted);
      }
      const client = clientCodec(exchange.protocol);
      const history = exchange.protocol === 'responses' ? withHistory(store, received) : null;
      if (exchange.protocol === 'responses' && history === null) return;
      const request = decodeFrom(parts, history ?? received, client, 'chat');
      if (request === null) return;
      // Counted as a Chat request, whatever the server speaks: the figure is an estimate then.
      const encoded = encodeFor({ parts, options, route, upstream: chatUpstream }, request);
      const tokens = await parts.tokens.count(route, encoded.body, exchange.signal);
      if (!exchange.signal.aborted) sendCount(exchange, tokens);
    },

    async embeddings(exchange) {
      const received = await receive(parts, exchange);
      const route = received === null ? null : await findRoute(parts, received);
      if (received === null || route === null) return;
      // Vectors of another model can't be compared with those that the alias gave before.
      const [away] = route.passedOver ?? [];
      if (away !== undefined) return refuse(exchange, { kind: 'unknown-model', message: away, param: 'model' });
      if (!speaksChat(route)) return refuse(exchange, untranslatable(route));
      const turn = turns.at(route, received, false);
      await passThrough({ parts, options, received, route, path: '/embeddings', repairs, turn });
    },

    async compact(exchange) {
      const received = await receive(parts, exchange);
      const route = received === null ? null : await findRoute(parts, received);
      if (received === null || route === null) return;
      await withFailover(exchange, turns.share(route, received), async (chosen, elsewhere) => {
        const to = await withContext(parts, exchange, chosen);
        const protocol = to.upstreamProtocol(exchange.protocol);
        if (protocol === exchange.protocol) {
          const left = elsewhere !== undefined && { elsewhere };
          const path = '/responses/compact';
          const turn = turns.at(to, received);
          const passed = await passThrough({ parts, options, received, route: to, path, repairs, turn, ...left });
          if (passed === 'done' || exchange.signal.aborted) return;
        }
        const history = withHistory(store, received);
        if (history === null) return;
        const { previous_response_id: _, ...body } = history.body;
        const asked = { ...body, input: [...history.items, compactionTrigger], store: false, stream: false };
        const other = protocol === exchange.protocol ? fallbackProtocol(to, protocol) : protocol;
        await translated({ ...received, body: asked }, to, other, compactClient(history.items), elsewhere);
      });
    },
  };
}

/** Made here, where it holds nothing of the request's bytes, which an exchange outlives: 2,000 streams grew the process by 140 MB with them, by 90 without. */
function comparedBy(prompts: PromptMemory, exchange: Exchange, session: string): Exchange['promptReuse'] {
  return (asked) =>
    prompts.compare({
      keyId: exchange.key.id,
      modelId: exchange.modelId ?? '',
      session,
      body: asked,
      usage: exchange.usage,
    });
}

/** The route with the context window that the user wants of its model. */
async function withContext({ variant }: GatewayParts, exchange: Exchange, route: Route): Promise<Route> {
  if (route.variant === undefined || variant === undefined) return route;
  const { route: to, failure } = await variant(route);
  if (failure !== null) {
    const why = `${route.modelId} was asked with the window it has. ${failure}`;
    exchange.diagnose([
      { kind: 'approximated', what: `a context window of ${route.variant.contextWindow} tokens`, why },
    ]);
  }
  return to;
}

function sendCount(exchange: Exchange, tokens: number): void {
  const headers = { [requestIdHeader(exchange.protocol)]: exchange.id };
  const object = exchange.protocol === 'responses' && { object: 'response.input_tokens' };
  const body = { ...object, input_tokens: tokens };
  exchange.passed('gateway-to-agent', sendJson(exchange.response, 200, headers, body));
}

function speaksChat({ target }: Route): boolean {
  return serverKind(target.kind.id).protocols?.includes('chat') ?? true;
}

/** What a request is translated to that its server refuses in `refused`: Chat, or the same protocol written anew where the server has no other. */
function fallbackProtocol(route: Route, refused: Protocol): Protocol {
  return speaksChat(route) ? 'chat' : refused;
}

function untranslatable(route: Route): ConversationError {
  return { kind: 'unsupported', message: `Dragoman can't translate this request for ${route.target.id}.` };
}
