import type { JsonObject, JsonValue } from '../../../src-shared/json.ts';
import type { EncodedRequest, EncodeOptions } from '../conversation/codec.ts';
import { Diagnostics } from '../conversation/diagnostics.ts';
import { foldSystemTurns } from '../conversation/fold-system-turns.ts';
import { offeredTools } from '../conversation/offered-tools.ts';
import { repairHistory } from '../conversation/repair-history.ts';
import type { ConversationRequest, Turn } from '../conversation/request.ts';
import { sanitiseText } from '../conversation/sanitise-text.ts';
import { plainSearches } from '../conversation/web-search-history.ts';
import { answerSchema } from './answer-schema.ts';
import { neededBetas } from './betas.ts';
import { markForCache } from './cache-marks.ts';
import { encodeContent, sanitised, textBlock } from './encode-content.ts';
import { type EncodedThinking, encodeThinking } from './encode-thinking.ts';
import { encodeToolKeys, runsItself } from './encode-tools.ts';
import { encodeTurns } from './encode-turns.ts';
import { encodeWebSearch } from './web-search.ts';

/** The API wants a limit; this one is asked for where neither client, alias nor model names one (what Claude Code asks for). */
const usualMaxTokens = 32_000;

/** What a client of this protocol may say beside what the conversation holds; other keys are written anew, or ask for betas of its own. */
const passedKeys = [
  'service_tier',
  'context_management',
  'container',
  'mcp_servers',
  'inference_geo',
  'speed',
] as const;

/**
 * A conversation as the body of a Messages request (reference protocol.md §7.1, §7.3). Always streaming: for a client that wants JSON the
 * gateway folds the stream. `options.flags` say what the upstream can take, `options.defaults` fill keys that the conversation leaves open.
 */
export function encodeMessagesRequest(request: ConversationRequest, options: EncodeOptions): EncodedRequest {
  const diagnostics = new Diagnostics();
  const { flags, defaults } = options;
  const offered = offeredTools(request, options, diagnostics, (tool) => runsItself(tool, options));
  const searched = plainSearches(nativeSearches(request.turns, options), offered.searchTool);
  const folded = foldSystemTurns(repairHistory(searched, diagnostics), flags.midSystem);
  const spoken = encodeTurns(folded.turns, { options, names: offered.names, diagnostics });
  const maxTokens = limitOf(request, options);
  const thinking = encodeThinking(request, maxTokens, spoken, options, diagnostics);
  const toolKeys = encodeToolKeys(request, offered, thinking.enabled, options, diagnostics);
  const instructions = [
    ...encodeContent([...request.system, ...folded.system], flags, diagnostics),
    ...jsonRule(request, options, diagnostics),
  ];
  const declared = Array.isArray(toolKeys.tools) ? (toolKeys.tools as JsonObject[]) : [];
  const { system, tools, messages } = flags.cacheControl
    ? markForCache(instructions, declared, spoken)
    : { system: instructions, tools: declared, messages: spoken };
  const body: JsonObject = {
    model: options.upstream.model,
    max_tokens: maxTokens,
    ...(system.length > 0 && { system: [...system] }),
    messages: messages.map(({ role, content }) => ({ role, content })),
    ...toolKeys,
    ...(tools.length > 0 && { tools: [...tools] }),
    ...encodeStops(request, diagnostics),
    ...encodeSampling(request, thinking.enabled, options, diagnostics),
    ...(thinking.thinking !== undefined && { thinking: thinking.thinking }),
    ...encodeOutputConfig(request, thinking, diagnostics),
    ...(flags.sendUser && request.user !== undefined && { metadata: { user_id: options.supplies.hash(request.user) } }),
    ...passedOn(request),
    stream: true,
  };
  for (const [key, value] of Object.entries(defaults)) if (!(key in body) && value !== undefined) body[key] = value;
  const betas = neededBetas(body);
  return {
    body,
    headers: {
      'anthropic-version': '2023-06-01',
      ...(betas.length > 0 && { 'anthropic-beta': betas.join(',') }),
    },
    toolNames: offered.toolNames,
    diagnostics: diagnostics.list(),
  };
}

/** Searches that a Messages server ran go back to one as they came, with what it sealed in their results; others are made plain. */
function nativeSearches(turns: readonly Turn[], { flags }: EncodeOptions): readonly Turn[] {
  if (!flags.hostedTools) return turns;
  return turns.map((turn) => ({
    ...turn,
    blocks: turn.blocks.flatMap((block) => {
      if (block.kind !== 'web-search' || block.extras?.messages?.content === undefined) return [block];
      return encodeWebSearch(block).map((raw) => ({
        kind: 'opaque' as const,
        protocol: 'messages' as const,
        what: String(raw.type),
        raw,
      }));
    }),
  }));
}

function limitOf(
  { maxOutputTokens: wanted }: ConversationRequest,
  { defaults, maxOutputTokens }: EncodeOptions,
): number {
  const usual = typeof defaults.max_tokens === 'number' ? defaults.max_tokens : (maxOutputTokens ?? usualMaxTokens);
  return Math.max(1, Math.min(wanted ?? usual, maxOutputTokens ?? Number.POSITIVE_INFINITY));
}

/** The API refuses stop sequences of whitespace alone. */
function encodeStops({ stopSequences }: ConversationRequest, diagnostics: Diagnostics): JsonObject {
  const stops = stopSequences.filter((stop) => stop.trim() !== '').map(sanitiseText);
  if (stops.length < stopSequences.length)
    diagnostics.add('dropped', 'stop', 'The API refuses stop sequences of whitespace alone.');
  return stops.length > 0 ? { stop_sequences: stops } : {};
}

/** Anthropic's temperature ends at 1 where OpenAI's ends at 2; a model that thinks takes neither it nor top_k, and no narrow top_p. */
function encodeSampling(
  { temperature, topP, topK }: ConversationRequest,
  thinks: boolean,
  { flags }: EncodeOptions,
  diagnostics: Diagnostics,
): JsonObject {
  const drop = (what: string, why: string): JsonObject => {
    diagnostics.add('dropped', what, why);
    return {};
  };
  const thinkingWhy = 'A model that thinks takes no such parameter.';
  const heat = (): JsonObject => {
    if (temperature === undefined) return {};
    if (!flags.sampling) return drop('temperature', 'The model takes no sampling parameters.');
    if (thinks) return temperature === 1 ? {} : drop('temperature', thinkingWhy);
    if (temperature <= 1) return { temperature: Math.max(0, temperature) };
    diagnostics.add('approximated', 'temperature', 'Messages knows none above 1, so it is 1.');
    return { temperature: 1 };
  };
  const nucleus = (): JsonObject => {
    if (topP === undefined || topP === 1) return {};
    if (!flags.sampling) return drop('top_p', 'The model takes no sampling parameters.');
    if (thinks && topP < 0.95) return drop('top_p', thinkingWhy);
    if (!thinks && temperature !== undefined)
      return drop('top_p', 'Messages models take temperature or top_p, not both.');
    return { top_p: topP };
  };
  const most = (): JsonObject => {
    if (topK === undefined) return {};
    if (!flags.topK) return drop('top_k', 'The upstream does not know it.');
    return thinks ? drop('top_k', thinkingWhy) : { top_k: topK };
  };
  return { ...heat(), ...nucleus(), ...most() };
}

/** Messages has no JSON without a schema: the model is told. */
function jsonRule({ output }: ConversationRequest, { flags }: EncodeOptions, diagnostics: Diagnostics) {
  if (output.kind !== 'json-object') return [];
  diagnostics.add(
    'approximated',
    'response_format',
    'Messages has no JSON mode; the model was asked for JSON in words.',
  );
  return textBlock('Answer with one valid JSON object and nothing else.', flags);
}

function encodeOutputConfig(
  { output, verbosity }: ConversationRequest,
  { effort }: EncodedThinking,
  diagnostics: Diagnostics,
): JsonObject {
  if (verbosity !== undefined) diagnostics.add('dropped', 'verbosity', 'The upstream does not know it.');
  const config: JsonObject = {
    ...(effort !== undefined && { effort }),
    ...(output.kind === 'json-schema' && {
      format: { type: 'json_schema', schema: sanitised(answerSchema(output.schema)) },
    }),
  };
  return Object.keys(config).length > 0 ? { output_config: config } : {};
}

function passedOn({ extras }: ConversationRequest): JsonObject {
  const said = extras.messages ?? {};
  return Object.fromEntries(
    passedKeys.flatMap((key): [string, JsonValue][] => {
      const value = said[key];
      return value === undefined || value === null ? [] : [[key, value]];
    }),
  );
}
