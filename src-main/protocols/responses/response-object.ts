import { isObject, type JsonObject, type JsonValue } from '../../../src-shared/json.ts';
import type { AnswerContext } from '../conversation/codec.ts';

/** What of a response changes while it is made. */
export interface ResponseState {
  readonly id: string;
  readonly model: string;
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly output: JsonObject[];
  /** Seconds since 1970. */
  readonly completedAt: number | null;
  readonly error: JsonObject | null;
  readonly incompleteReason: 'max_output_tokens' | 'content_filter' | null;
  readonly usage: JsonObject | null;
  /** False asks Codex to send the same request again, because the model has not ended its turn. */
  readonly endTurn?: false;
}

/** A response of which nothing has come yet. */
export function newResponse(id: string, model: string): ResponseState {
  return {
    id,
    model,
    status: 'in_progress',
    output: [],
    completedAt: null,
    error: null,
    incompleteReason: null,
    usage: null,
  };
}

/** The part of a response object that changes; `echoedFields` are the rest. */
export function changingFields(state: ResponseState): JsonObject {
  return {
    id: state.id,
    object: 'response',
    status: state.status,
    model: state.model,
    completed_at: state.completedAt,
    error: state.error,
    incomplete_details: state.incompleteReason === null ? null : { reason: state.incompleteReason },
    output: state.output,
    usage: state.usage,
    ...(state.endTurn !== undefined && { end_turn: state.endTurn }),
  };
}

/**
 * The part of a response object that repeats the request, with OpenAI's defaults where the client said nothing: all keys that OpenAI
 * sends always (reference protocol.md §6.1), for clients in typed languages want them there.
 */
export function echoedFields({ request, receivedAt }: Pick<AnswerContext, 'request' | 'receivedAt'>): JsonObject {
  const body = request.extras.responses ?? {};
  const text = objectOr(body.text, {});
  return {
    created_at: Math.floor(receivedAt / 1000),
    background: false,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    metadata: objectOr(body.metadata, {}),
    moderation: null,
    frequency_penalty: 0,
    presence_penalty: 0,
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    prompt_cache_retention: body.prompt_cache_retention ?? null,
    reasoning: { effort: null, summary: null, ...objectOr(body.reasoning, {}) },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: typeof body.service_tier === 'string' && body.service_tier !== 'auto' ? body.service_tier : 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? 1,
    text: { ...text, format: objectOr(text.format, { type: 'text' }), verbosity: text.verbosity ?? 'medium' },
    tool_choice: body.tool_choice ?? 'auto',
    tools: Array.isArray(body.tools) ? body.tools : [],
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? 1,
    truncation: body.truncation ?? 'disabled',
    user: body.user ?? null,
  };
}

function objectOr(value: JsonValue | undefined, otherwise: JsonObject): JsonObject {
  return isObject(value) ? (value as JsonObject) : otherwise; // an object in a JSON value holds JSON values
}
