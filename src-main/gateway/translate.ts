import type { JsonObject } from '../../src-shared/json.ts';
import type { Route } from '../models/route.types.ts';
import type { PromptSize } from '../models/token-counter.ts';
import { type Assembler, createAssembler } from '../protocols/conversation/assembler.ts';
import type { AnswerContext, ClientCodec, EncodedRequest, UpstreamCodec } from '../protocols/conversation/codec.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import type { OwnToolCall } from '../protocols/conversation/events.ts';
import type { ConversationRequest, ToolResultBlock } from '../protocols/conversation/request.ts';
import { type AnswerOutput, jsonOutput, type OutputOptions, streamOutput } from './answer-output.ts';
import { type Exchange, failureOf } from './exchange.ts';
import type { Elsewhere } from './failover.ts';
import type { GatewayOptions } from './options.ts';
import type { OwnToolResult } from './own-tools.ts';
import type { GatewayParts } from './parts.ts';
import { type RoundParts, type RoundRequest, runRound } from './round.ts';
import { toldTruncation, untoldOverflow, withLoadedWindow } from './silent-truncation.ts';
import type { TakeTurn, Turn } from './turns.ts';

export interface Translation {
  readonly parts: GatewayParts;
  readonly options: GatewayOptions;
  readonly exchange: Exchange;
  readonly route: Route;
  readonly client: ClientCodec;
  readonly upstream: UpstreamCodec;
  readonly request: ConversationRequest;
  /** What the answer's encoder is told of the request. */
  readonly context: AnswerContext;
  /** Handed the whole answer of a protocol in which it can be asked for again. */
  readonly keep?: (answer: JsonObject) => void;
  readonly elsewhere?: Elsewhere;
  /** Asked before each round. */
  readonly turn: TakeTurn;
}

/** The request in the upstream's protocol. */
export function encodeFor(
  { parts, options, route, upstream }: Pick<Translation, 'parts' | 'options' | 'route' | 'upstream'>,
  request: ConversationRequest,
): EncodedRequest {
  return upstream.encodeRequest(request, {
    flags: route.flags,
    upstream: { id: route.target.id, model: route.upstreamModel },
    defaults: route.defaults,
    ...(route.maxOutputTokens !== null && { maxOutputTokens: route.maxOutputTokens }),
    ownTools: options.ownTools.names,
    supplies: parts.supplies,
  });
}

/**
 * Answers by asking an upstream of another protocol: once, and again for each time that the model called tools which the gateway runs
 * itself. All rounds join into one answer.
 */
export async function translate(translation: Translation): Promise<void> {
  const { parts, options, exchange, route, client, request } = translation;
  let conversation = request;
  let encoded = encodeFor(translation, conversation);
  exchange.diagnose(encoded.diagnostics);
  let sent = roundRequest(encoded);
  const assembler = createAssembler({
    supplies: parts.supplies,
    answerId: parts.supplies.newId(client.answerIdPrefix),
    model: request.model,
    origin: { upstream: route.target.id, model: route.upstreamModel },
    toolNames: encoded.toolNames,
    usedCallIds: callIdsOf(request),
    estimatedInputTokens: parts.tokens.estimate(route, sizeOf(sent, request)),
    flags: route.flags,
    ...(route.contextWindow !== null && { contextWindow: route.contextWindow }),
  });
  const to: OutputOptions = {
    exchange,
    codec: client,
    context: translation.context,
    supplies: parts.supplies,
    ...(translation.keep !== undefined && { keep: translation.keep }),
  };
  const output = request.stream ? streamOutput({ ...to, keepAliveMs: options.keepAliveMs }) : jsonOutput(to);
  let left = false;
  const elsewhere = (error: ConversationError): boolean => {
    left ||= !assembler.started && translation.elsewhere?.(error) === true;
    return left;
  };
  // As long as another server may answer, nothing is said of who does.
  const open = (): void => (translation.elsewhere === undefined ? void output.emit(assembler.start()) : output.wait());
  const hold = request.stream ? setTimeout(open, parts.settings().gateway.holdStatusSeconds * 1000) : null;
  const round = {
    exchange,
    route,
    client: parts.client,
    codec: translation.upstream,
    assembler,
    output,
    usageWaitMs: options.usageWaitMs,
    answering: open,
    elsewhere,
  };
  try {
    for (;;) {
      exchange.asked = encoded.body;
      const error =
        (await untoldOverflow(parts.tokens, route, encoded.body, sizeOf(sent, request), exchange.signal)) ??
        (await askInTurn(translation, round, conversation, encoded.body, sent));
      if (left || (error !== null && elsewhere(error))) return output.leave();
      if (error !== null) await output.emit(assembler.push({ kind: 'error', error }));
      if (exchange.signal.aborted || assembler.state !== 'own-tools') break;
      const next = await runOwnTools(translation, assembler, output);
      if (next === null) break;
      conversation = { ...conversation, toolChoice: { mode: 'auto' }, turns: [...conversation.turns, ...next] };
      encoded = encodeFor(translation, conversation);
      sent = roundRequest(encoded);
      exchange.round += 1;
    }
  } finally {
    if (hold !== null) clearTimeout(hold);
  }
  exchange.diagnose(assembler.diagnostics);
  const usage = exchange.usage;
  if (usage !== null && usage.estimated !== true) {
    const truncation = toldTruncation(parts.tokens, route, sizeOf(sent, request), usage);
    if (truncation !== null) exchange.diagnose([truncation]);
    const promptTokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
    const chatBody = translation.upstream.protocol === 'chat' ? encoded.body : null;
    parts.tokens.learn(route, sizeOf(sent, request), promptTokens, chatBody);
  }
}

/** One round, once more with less room for the answer where that is what the server wants; as `runRound`. */
async function askInTurn(
  translation: Translation,
  round: RoundParts,
  conversation: ConversationRequest,
  body: JsonObject,
  sent: RoundRequest,
): Promise<ConversationError | null> {
  let turn: Turn | null;
  try {
    turn = await translation.turn();
  } catch (thrown) {
    return translation.exchange.signal.aborted ? null : failureOf(thrown);
  }
  if (turn === null) return null;
  try {
    const { parts, exchange } = translation;
    const loaded = await withLoadedWindow(parts, translation.route);
    const size = sizeOf(sent, conversation);
    const overflow = loaded && (await untoldOverflow(parts.tokens, loaded, body, size, exchange.signal));
    if (overflow !== null) return overflow;
    const error = await runRound(round, inSlot(sent, turn.slot));
    const room = error === null ? null : roomForAnswer(body, error);
    if (room === null) return error;
    // Encoded anew and not only with another figure: a thinking budget must fit into it.
    const shorter = roundRequest(encodeFor(translation, { ...conversation, maxOutputTokens: room }));
    return await runRound(round, inSlot(shorter, turn.slot));
  } finally {
    turn.end();
  }
}

/** Runs the calls of the round that ended; the turns to ask on with, or null where the answer ended here. */
async function runOwnTools(
  { options, exchange }: Translation,
  assembler: Assembler,
  output: AnswerOutput,
): Promise<ConversationRequest['turns'] | null> {
  const calls = assembler.ownCalls();
  const fail = (error: ConversationError): null => {
    void output.emit([{ kind: 'error', error }]);
    return null;
  };
  if (exchange.round + 1 >= options.maxRounds) {
    return fail({
      kind: 'upstream-failure',
      message: `The model called the gateway's own tools in ${options.maxRounds} answers in a row.`,
    });
  }
  const answered = assembler.assistantBlocks();
  let results: readonly OwnToolResult[];
  try {
    results = await Promise.all(calls.map((call) => options.ownTools.run(call, exchange.signal)));
  } catch (thrown) {
    return exchange.signal.aborted ? null : fail(failureOf(thrown));
  }
  if (exchange.signal.aborted) return null;
  await output.emit(assembler.nextRound(results.map((result) => result.block)));
  return [
    { role: 'assistant', blocks: answered },
    { role: 'user', blocks: calls.map((call, at) => resultBlock(call, results[at])) },
  ];
}

function resultBlock(call: OwnToolCall, result: OwnToolResult | undefined): ToolResultBlock {
  return {
    kind: 'tool-result',
    callId: call.id,
    toolKind: 'function',
    parts: [{ kind: 'text', text: result?.text ?? '' }],
    isError: false,
    loadedTools: [],
  };
}

function roundRequest({ body, headers }: EncodedRequest): RoundRequest {
  return { body: Buffer.from(JSON.stringify(body)), ...(headers !== undefined && { headers }) };
}

/** What its prompt's tokens are estimated from. */
function sizeOf({ body }: RoundRequest, { tools }: ConversationRequest): PromptSize {
  return { bytes: body.length, hasTools: tools.length > 0 };
}

/** The request with the slot of llama-server that it is for. */
function inSlot(request: RoundRequest, slot: number | null): RoundRequest {
  if (slot === null) return request;
  return { ...request, body: Buffer.concat([request.body.subarray(0, -1), Buffer.from(`,"id_slot":${slot}}`)]) };
}

function callIdsOf(request: ConversationRequest): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const turn of request.turns) for (const block of turn.blocks) if (block.kind === 'tool-call') ids.add(block.id);
  return ids;
}

/**
 * The output limit that fits, where the prompt fits the context window and only prompt and answer together do not (vLLM refuses such a
 * request whole; reference protocol spec §8.3). Null where that is not so.
 */
function roomForAnswer(body: JsonObject, error: ConversationError): number | null {
  const { promptTokens, contextWindow } = error.overflow ?? {};
  if (error.kind !== 'context-overflow' || promptTokens === undefined || contextWindow === undefined) return null;
  const room = contextWindow - promptTokens;
  const asked = ['max_tokens', 'max_completion_tokens', 'max_output_tokens']
    .map((field) => body[field])
    .find((limit) => typeof limit === 'number');
  // Below a few hundred tokens the answer would be cut at once: the client had better compact.
  return asked !== undefined && room >= 256 && room < asked ? room : null;
}
