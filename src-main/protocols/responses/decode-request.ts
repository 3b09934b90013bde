import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { Decoded, Supplies } from '../conversation/codec.ts';
import { Diagnostics } from '../conversation/diagnostics.ts';
import { ConversationFailure } from '../conversation/error.ts';
import { reasoningEfforts } from '../conversation/reasoning-effort.ts';
import type { ConversationRequest, OutputFormat, ReasoningRequest, TextBlock, Turn } from '../conversation/request.ts';
import { decodeInput } from './decode-input.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { leftover, missing, parseRequest, WireError, type WireRequest } from './request-wire.ts';

/** Top-level keys that the canonical conversation holds in full. */
const heldKeys = new Set([
  ...[
    'model',
    'input',
    'instructions',
    'stream',
    'max_output_tokens',
    'temperature',
    'top_p',
    'parallel_tool_calls',
    'tools',
  ],
]);

/**
 * A Responses request (parsed JSON) as a canonical conversation. What has no field, or one that says less (`reasoning`, `text`,
 * `tool_choice`), stays in `extras.responses`: there the gateway finds `previous_response_id`, `store`, `background`, `conversation`
 * and `prompt`. It has to put the items of earlier responses and those that are referred to in `input` itself: a reference that is left
 * is a `not-found`. Wrong shapes of what we need give an `invalid-request` in OpenAI's words, with `param`.
 */
export function decodeResponsesRequest(body: unknown, _supplies: Supplies): Decoded {
  const diagnostics = new Diagnostics();
  try {
    const request = decode(body, diagnostics);
    return { ok: true, request, diagnostics: diagnostics.list() };
  } catch (error) {
    if (error instanceof ConversationFailure) return { ok: false, error: error.error };
    if (!(error instanceof WireError)) throw error;
    const { message, path, code } = error;
    return {
      ok: false,
      error: { kind: 'invalid-request', message, upstreamCode: code, ...(path !== '' && { param: path }) },
    };
  }
}

function decode(body: unknown, diagnostics: Diagnostics): ConversationRequest {
  const wire = parseRequest(body);
  const input = decodeInput(inputOf(wire), diagnostics);
  const tools = [...decodeTools(wire.tools, 'tools'), ...input.tools];
  const reasoning = decodeReasoningRequest({ ...wire.reasoning, ...input.reasoning }, diagnostics);
  const user = wire.user ?? wire.safety_identifier;
  const conversationId = conversationIdOf(wire);
  reportLosses(wire, diagnostics);
  return {
    model: wire.model,
    system: [...decodeInstructions(wire.instructions, diagnostics), ...input.system],
    turns: tools.length === 0 ? withoutToolChanges(input.turns) : input.turns,
    tools,
    toolChoice: decodeToolChoice(wire.tool_choice),
    ...(typeof wire.parallel_tool_calls === 'boolean' && { parallelToolCalls: wire.parallel_tool_calls }),
    ...(typeof wire.max_output_tokens === 'number' && { maxOutputTokens: wire.max_output_tokens }),
    stopSequences: [],
    ...(typeof wire.temperature === 'number' && { temperature: wire.temperature }),
    ...(typeof wire.top_p === 'number' && { topP: wire.top_p }),
    ...(reasoning !== undefined && { reasoning }),
    output: decodeFormat(input.text?.format ?? wire.text?.format),
    ...decodeVerbosity(wire.text?.verbosity, diagnostics),
    stream: wire.stream === true,
    ...(typeof user === 'string' && { user }),
    ...(conversationId !== undefined && { conversationId }),
    extras: { responses: leftover(wire as JsonObject, heldKeys) ?? {} },
  };
}

function inputOf({ input, previous_response_id }: WireRequest): string | readonly unknown[] {
  if (input !== undefined && input !== null && input.length > 0) return input;
  if (typeof previous_response_id === 'string') return [];
  throw missing('input');
}

/** A request without tools (Codex compacts with none) is to call none, those neither that a search found earlier. */
function withoutToolChanges(turns: readonly Turn[]): readonly Turn[] {
  return turns.map((turn) => ({ ...turn, blocks: turn.blocks.filter(({ kind }) => kind !== 'tool-change') }));
}

/** A list of items stands in responses that are read back, and some clients send it on. */
function decodeInstructions(instructions: WireRequest['instructions'], diagnostics: Diagnostics): readonly TextBlock[] {
  if (instructions === undefined || instructions === null || instructions === '') return [];
  if (typeof instructions === 'string') return [{ kind: 'text', text: instructions }];
  const { system, turns } = decodeInput(instructions, diagnostics);
  const said = turns.flatMap(({ blocks }) => blocks.filter((block) => block.kind === 'text'));
  return [...system, ...said].map(({ kind, text }) => ({ kind, text }));
}

function decodeReasoningRequest(
  reasoning: NonNullable<WireRequest['reasoning']>,
  diagnostics: Diagnostics,
): ReasoningRequest | undefined {
  const effort = reasoningEfforts.find((known) => known === reasoning.effort);
  if (typeof reasoning.effort === 'string' && effort === undefined)
    diagnostics.add('dropped', 'reasoning.effort', `The effort "${reasoning.effort}" is not known.`);
  const wished = reasoning.summary ?? reasoning.generate_summary;
  const summary = summaries.find((known) => known === wished);
  if (effort === undefined && summary === undefined) return undefined;
  return {
    enabled: effort !== 'none',
    ...(effort !== undefined && { effort }),
    ...(summary !== undefined && { summary }),
  };
}

const summaries = ['auto', 'concise', 'detailed'] as const;
const verbosities = ['low', 'medium', 'high'] as const;

function decodeVerbosity(wished: unknown, diagnostics: Diagnostics): Pick<ConversationRequest, 'verbosity'> {
  const verbosity = verbosities.find((known) => known === wished);
  if (typeof wished === 'string' && verbosity === undefined)
    diagnostics.add('dropped', 'text.verbosity', `The verbosity "${wished}" is not known.`);
  return verbosity === undefined ? {} : { verbosity };
}

function decodeFormat(format: unknown): OutputFormat {
  if (!isObject(format)) return { kind: 'text' };
  if (format.type === 'json_object') return { kind: 'json-object' };
  if (format.type !== 'json_schema' || !isObject(format.schema)) return { kind: 'text' };
  const name = typeof format.name === 'string' && format.name !== '' ? format.name : 'structured_output';
  return { kind: 'json-schema', name, schema: format.schema as JsonObject, strict: format.strict === true };
}

/** Codex names its thread as the key of the prompt cache. */
function conversationIdOf({ prompt_cache_key, client_metadata }: WireRequest): string | undefined {
  const metadata = isObject(client_metadata) ? client_metadata : {};
  const names = [prompt_cache_key, metadata.thread_id, metadata.session_id];
  return names.find((name): name is string => typeof name === 'string' && name !== '');
}

/** The line is drawn in conversation/diagnostics.ts. */
function reportLosses(wire: WireRequest, diagnostics: Diagnostics): void {
  const wantsLogprobs = (wire.include ?? []).includes('message.output_text.logprobs') || (wire.top_logprobs ?? 0) > 0;
  if (wantsLogprobs) diagnostics.add('dropped', 'top_logprobs', 'Answers are given without log probabilities.');
  if (typeof wire.max_tool_calls === 'number')
    diagnostics.add('dropped', 'max_tool_calls', 'The number of tool calls is not limited.');
  if (wire.truncation === 'auto')
    diagnostics.add('dropped', 'truncation', 'The conversation is sent whole; one that is too long is refused.');
  if (Array.isArray(wire.context_management) && wire.context_management.length > 0)
    diagnostics.add('dropped', 'context_management', 'The history is sent whole.');
  if (isObject(wire.moderation))
    diagnostics.add('dropped', 'moderation', 'Only OpenAI can do this; the request goes on without it.');
}
