import type { JsonObject } from '../../../src-shared/json.ts';
import type { EncodedRequest, EncodeOptions } from '../conversation/codec.ts';
import { Diagnostics } from '../conversation/diagnostics.ts';
import { foldSystemTurns } from '../conversation/fold-system-turns.ts';
import { repairHistory } from '../conversation/repair-history.ts';
import type { ConversationRequest } from '../conversation/request.ts';
import { sanitiseJson, sanitiseText } from '../conversation/sanitise-text.ts';
import { simplifySchema } from '../conversation/tool-schema.ts';
import { plainSearches } from '../conversation/web-search-history.ts';
import { encodeSystem, encodeTurns } from './encode-messages.ts';
import { encodeReasoning } from './encode-reasoning.ts';
import { encodeToolKeys } from './encode-tool-choice.ts';
import { type EncodedTools, encodeTools } from './encode-tools.ts';
import { placeSystem, shapeMessages } from './message-shape.ts';
import { ownParameters } from './own-parameters.ts';
import type { Message } from './request-messages.ts';
import { toolPrompt } from './tools-as-text.ts';

/** OpenAI takes no more stop sequences than this. */
const mostStops = 4;

/**
 * A conversation as the body of a Chat Completions request. Always streaming: for a client that wants JSON the gateway folds the
 * stream. `options.flags` say what the upstream can take, `options.defaults` fill keys that the conversation leaves open.
 */
export function encodeChatRequest(request: ConversationRequest, options: EncodeOptions): EncodedRequest {
  const diagnostics = new Diagnostics();
  const { flags } = options;
  const tools = encodeTools(request, options, diagnostics);
  const said: JsonObject = {
    model: options.upstream.model,
    messages: [...encodeConversation(request, tools, options, diagnostics)],
    ...encodeToolKeys(request, tools, flags, diagnostics),
    ...encodeLimits(request, options, diagnostics),
    ...encodeSampling(request, options, diagnostics),
    ...encodeReasoning(request.reasoning, flags, diagnostics),
    ...encodeOutput(request, options, diagnostics),
    ...(flags.sendUser && request.user !== undefined && { user: options.supplies.hash(request.user) }),
    stream: true,
    ...(flags.usageInStream && { stream_options: { include_usage: true } }),
  };
  const body: JsonObject = { ...said, ...ownParameters(request.extras.chat ?? {}, said) };
  for (const [key, value] of Object.entries(options.defaults))
    if (!(key in body) && value !== undefined) body[key] = value;
  return { body, toolNames: tools.toolNames, diagnostics: diagnostics.list() };
}

function encodeConversation(
  request: ConversationRequest,
  tools: EncodedTools,
  options: EncodeOptions,
  diagnostics: Diagnostics,
): readonly Message[] {
  const { flags } = options;
  const repaired = repairHistory(plainSearches(request.turns, tools.searchTool), diagnostics);
  const { system, turns } = foldSystemTurns(repaired, flags.midSystem);
  const told = flags.toolFormat === 'text' ? toolPrompt(request, tools, diagnostics) : null;
  const instructions = [...request.system, ...system, ...(told === null ? [] : [told])];
  const first = encodeSystem(instructions, options, diagnostics);
  const spoken = shapeMessages(encodeTurns(turns, { options, names: tools.names, diagnostics }), flags, diagnostics);
  return first === null ? spoken : placeSystem(first, spoken, flags);
}

function encodeLimits(request: ConversationRequest, options: EncodeOptions, diagnostics: Diagnostics): JsonObject {
  const { maxOutputTokens: wanted, stopSequences } = request;
  const limit = wanted === undefined ? undefined : Math.min(wanted, options.maxOutputTokens ?? wanted);
  const stops = stopSequences.filter((stop) => stop !== '').map(sanitiseText);
  if (stops.length > mostStops)
    diagnostics.add('dropped', 'stop_sequences', `Only the first ${mostStops} stop sequences can be sent.`);
  return {
    ...(limit !== undefined && { [options.flags.maxTokensField]: limit }),
    ...(stops.length > 0 && { stop: stops.slice(0, mostStops) }),
  };
}

function encodeSampling(
  { temperature, topP, topK }: ConversationRequest,
  { flags }: EncodeOptions,
  diagnostics: Diagnostics,
): JsonObject {
  if (!flags.sampling && (temperature !== undefined || topP !== undefined)) {
    diagnostics.add('dropped', 'temperature, top_p', 'The model takes no sampling parameters.');
  }
  if (!flags.topK && topK !== undefined) diagnostics.add('dropped', 'top_k', 'The upstream does not know it.');
  return {
    ...(flags.sampling && temperature !== undefined && { temperature }),
    ...(flags.sampling && topP !== undefined && { top_p: topP }),
    ...(flags.topK && topK !== undefined && { top_k: topK }),
  };
}

function encodeOutput(
  { output, verbosity }: ConversationRequest,
  { flags }: EncodeOptions,
  diagnostics: Diagnostics,
): JsonObject {
  // `verbosity` came with OpenAI's reasoning models; servers that size thinking in another way refuse or ignore it.
  const takesVerbosity = flags.reasoningStyle === 'openai';
  if (verbosity !== undefined && !takesVerbosity)
    diagnostics.add('dropped', 'verbosity', 'The upstream does not know it.');
  const spoken = verbosity !== undefined && takesVerbosity ? { verbosity } : {};
  switch (output.kind) {
    case 'text':
      return spoken;
    case 'json-object':
      return { response_format: { type: 'json_object' }, ...spoken };
    case 'json-schema': {
      const schema = sanitiseJson(flags.schemaSubset ? simplifySchema(output.schema) : output.schema);
      const json_schema = { name: output.name, schema, ...(output.strict && { strict: true }) };
      return { response_format: { type: 'json_schema', json_schema }, ...spoken };
    }
  }
}
