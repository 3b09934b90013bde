import type { JsonObject } from '../../../src-shared/json.ts';
import type { EncodedRequest, EncodeOptions } from '../conversation/codec.ts';
import { Diagnostics } from '../conversation/diagnostics.ts';
import { foldSystemTurns } from '../conversation/fold-system-turns.ts';
import { repairHistory } from '../conversation/repair-history.ts';
import type { Block, ConversationRequest, Turn, WebSearchBlock } from '../conversation/request.ts';
import { sanitiseJson } from '../conversation/sanitise-text.ts';
import { simplifySchema } from '../conversation/tool-schema.ts';
import { plainSearches } from '../conversation/web-search-history.ts';
import { encodeToolKeys } from './encode-request-choice.ts';
import { encodeSystem, encodeTurns } from './encode-request-input.ts';
import { encodeReasoning } from './encode-request-reasoning.ts';
import { type EncodedTools, encodeTools } from './encode-request-tools.ts';

/** The API refuses a smaller limit of output tokens. */
const fewestTokens = 16;
/** Longest key of a prompt cache, in characters. */
const longestKey = 64;
const reasoningState = 'reasoning.encrypted_content';

/** Keys of a Responses client that the conversation has no field for and that another server of this protocol understands. */
const passedOn = new Set([
  'context_management',
  'max_tool_calls',
  'metadata',
  'moderation',
  'prompt_cache_options',
  'prompt_cache_retention',
  'service_tier',
  'top_logprobs',
  'truncation',
]);

/**
 * A conversation as the body of a Responses request (reference protocol.md §7.4). Always streaming, and never stored at the upstream:
 * the whole history is sent each time, so the model's reasoning comes and goes as `encrypted_content`.
 */
export function encodeResponsesRequest(request: ConversationRequest, options: EncodeOptions): EncodedRequest {
  const diagnostics = new Diagnostics();
  const { flags, supplies } = options;
  const tools = encodeTools(request, options, diagnostics);
  const { conversationId, user } = request;
  const body: JsonObject = {
    model: options.upstream.model,
    ...encodeConversation(request, tools, options, diagnostics),
    ...encodeToolKeys(request, tools, flags, diagnostics),
    ...encodeLimits(request, options, diagnostics),
    ...encodeSampling(request, options, diagnostics),
    ...encodeReasoning(request, options, diagnostics),
    ...encodeText(request, options, diagnostics),
    ...encodeInclude(request, tools),
    ...(flags.fullResponses && passedKeys(request.extras.responses ?? {})),
    ...(conversationId !== undefined && {
      prompt_cache_key: conversationId.length <= longestKey ? conversationId : supplies.hash(conversationId),
    }),
    ...(flags.sendUser && user !== undefined && { safety_identifier: supplies.hash(user) }),
    store: false,
    stream: true,
  };
  for (const [key, value] of Object.entries(options.defaults))
    if (!(key in body) && value !== undefined) body[key] = value;
  return { body, toolNames: tools.toolNames, diagnostics: diagnostics.list() };
}

function encodeConversation(
  request: ConversationRequest,
  tools: EncodedTools,
  options: EncodeOptions,
  diagnostics: Diagnostics,
): JsonObject {
  const { flags } = options;
  const full = flags.fullResponses;
  const searched = full ? request.turns.map(withSearchItems) : request.turns;
  const repaired = repairHistory(plainSearches(searched, tools.offered.searchTool), diagnostics);
  const { system, turns } = foldSystemTurns(repaired, full || flags.midSystem);
  const { instructions, items } = encodeSystem([...request.system, ...system], full);
  const knowsFiles = request.extras.responses !== undefined || request.extras.chat !== undefined;
  const input = encodeTurns(turns, { options, tools, flags, knowsFiles, diagnostics });
  return { ...(instructions !== '' && { instructions }), input: [...items, ...input] };
}

/** Searches that a Responses server ran go back as the items they were. */
function withSearchItems(turn: Turn): Turn {
  if (!turn.blocks.some((block) => block.kind === 'web-search')) return turn;
  return { ...turn, blocks: turn.blocks.map((block) => (block.kind === 'web-search' ? searchItem(block) : block)) };
}

function searchItem(block: WebSearchBlock): Block {
  const item = block.extras?.responses;
  const what = 'web_search_call';
  if (item?.type === what) return { kind: 'opaque', protocol: 'responses', what, raw: item };
  const id = /^(?:srvtoolu_)?(ws_.+)$/.exec(block.id)?.[1];
  if (id === undefined) return block;
  const action = { type: 'search', query: block.query, queries: [block.query] };
  return { kind: 'opaque', protocol: 'responses', what, raw: { type: what, id, status: 'completed', action } };
}

function encodeLimits(request: ConversationRequest, options: EncodeOptions, diagnostics: Diagnostics): JsonObject {
  const { maxOutputTokens: wanted, stopSequences } = request;
  if (stopSequences.some((stop) => stop !== ''))
    diagnostics.add('dropped', 'stop_sequences', 'The Responses API has no stop sequences.');
  if (wanted === undefined) return {};
  return { max_output_tokens: Math.max(fewestTokens, Math.min(wanted, options.maxOutputTokens ?? wanted)) };
}

function encodeSampling(
  { temperature, topP, topK }: ConversationRequest,
  { flags }: EncodeOptions,
  diagnostics: Diagnostics,
): JsonObject {
  if (!flags.sampling && (temperature !== undefined || topP !== undefined))
    diagnostics.add('dropped', 'temperature, top_p', 'The model takes no sampling parameters.');
  if (topK !== undefined) diagnostics.add('dropped', 'top_k', 'The Responses API does not know it.');
  return {
    ...(flags.sampling && temperature !== undefined && { temperature }),
    ...(flags.sampling && topP !== undefined && { top_p: topP }),
  };
}

function encodeText(
  { output, verbosity, extras }: ConversationRequest,
  { flags }: EncodeOptions,
  diagnostics: Diagnostics,
): JsonObject {
  // `verbosity` came with OpenAI's reasoning models; others refuse or ignore it.
  const takesVerbosity = flags.reasoningStyle === 'openai' || extras.responses !== undefined;
  if (verbosity !== undefined && !takesVerbosity)
    diagnostics.add('dropped', 'verbosity', 'The upstream does not know it.');
  const text: JsonObject = verbosity !== undefined && takesVerbosity ? { verbosity } : {};
  if (output.kind === 'json-object') text.format = { type: 'json_object' };
  if (output.kind === 'json-schema') {
    const schema = sanitiseJson(flags.schemaSubset ? simplifySchema(output.schema) : output.schema);
    text.format = { type: 'json_schema', name: output.name, schema, strict: output.strict };
  }
  return Object.keys(text).length === 0 ? {} : { text };
}

/** The model's state always; where it searches the web, also what it found. */
function encodeInclude({ extras }: ConversationRequest, tools: EncodedTools): JsonObject {
  const wished = extras.responses?.include;
  const searches = tools.offered.tools.some(
    ({ offered }) => offered.kind === 'upstream' && offered.tool.hosted === 'web-search',
  );
  const include = new Set([
    ...(Array.isArray(wished) ? wished : []),
    reasoningState,
    ...(searches ? ['web_search_call.action.sources'] : []),
  ]);
  return { include: [...include] };
}

function passedKeys(extras: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(extras).filter(([key, value]) => passedOn.has(key) && value !== null));
}
