import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { Protocol } from '../../../src-shared/protocol.ts';
import type { Decoded, Supplies } from '../conversation/codec.ts';
import { Diagnostics } from '../conversation/diagnostics.ts';
import { reasoningEfforts } from '../conversation/reasoning-effort.ts';
import type { ConversationRequest, OutputFormat, ReasoningRequest } from '../conversation/request.ts';
import { decodeMessages } from './decode-messages.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { reportLosses } from './own-parameters.ts';
import { missing, optionalNumber, RequestError, someText, wrongType } from './request-fields.ts';

/** Top-level keys that the canonical conversation holds in full. */
const heldKeys = new Set([
  ...['model', 'messages', 'tools', 'functions', 'tool_choice', 'function_call', 'parallel_tool_calls', 'stream'],
  ...['max_tokens', 'max_completion_tokens', 'stop', 'temperature', 'top_p', 'top_k', 'response_format', 'verbosity'],
  ...['reasoning_effort', 'user', 'prompt_cache_key'],
]);

/**
 * A Chat Completions request (parsed JSON) as a canonical conversation. What only Chat knows goes to `extras.chat`. Wrong shapes of what
 * we need give an `invalid-request` in OpenAI's words; unknown keys and values pass.
 */
export function decodeChatRequest(body: unknown, _supplies: Supplies, to?: Protocol): Decoded {
  const diagnostics = new Diagnostics();
  try {
    const request = decode(body, to === 'chat', diagnostics);
    return { ok: true, request, diagnostics: diagnostics.list() };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { ok: false, error: { kind: 'invalid-request', message: error.message, param: error.path } };
  }
}

function decode(body: unknown, toChat: boolean, diagnostics: Diagnostics): ConversationRequest {
  if (!isObject(body)) throw wrongType('body', 'an object', body);
  const { model, messages } = body;
  if (typeof model !== 'string') throw model === undefined ? missing('model') : wrongType('model', 'a string', model);
  if (!Array.isArray(messages))
    throw messages === undefined ? missing('messages') : wrongType('messages', 'an array of objects', messages);
  if (messages.length === 0)
    throw new RequestError(
      'messages',
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    );
  const limit = optionalNumber(body, 'max_completion_tokens') ?? optionalNumber(body, 'max_tokens');
  const temperature = optionalNumber(body, 'temperature');
  const topP = optionalNumber(body, 'top_p');
  const topK = optionalNumber(body, 'top_k');
  const reasoning = decodeReasoningRequest(body, diagnostics);
  const user = someText(body.user) ?? someText(body.safety_identifier);
  const conversationId = someText(body.prompt_cache_key);
  const { verbosity } = body;
  reportLosses(body, toChat, diagnostics);
  return {
    model,
    ...decodeMessages(messages, diagnostics),
    tools: decodeTools(body),
    toolChoice: decodeToolChoice(body, diagnostics),
    ...(typeof body.parallel_tool_calls === 'boolean' && { parallelToolCalls: body.parallel_tool_calls }),
    // llama.cpp's clients say -1 for "no limit".
    ...(limit !== undefined && limit > 0 && { maxOutputTokens: Math.floor(limit) }),
    stopSequences: decodeStops(body.stop),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && topK > 0 && { topK }),
    ...(reasoning !== undefined && { reasoning }),
    output: decodeOutput(body.response_format, diagnostics),
    ...((verbosity === 'low' || verbosity === 'medium' || verbosity === 'high') && { verbosity }),
    stream: body.stream === true,
    ...(user !== undefined && { user }),
    ...(conversationId !== undefined && { conversationId }),
    extras: { chat: restOf(body as JsonObject) },
  };
}

function decodeStops(stop: unknown): readonly string[] {
  if (typeof stop === 'string') return [stop];
  if (stop === undefined || stop === null) return [];
  if (!Array.isArray(stop) || !stop.every((item) => typeof item === 'string'))
    throw wrongType('stop', 'one of a string or array of strings', stop);
  return stop;
}

/**
 * Thinking as clients ask for it: OpenAI's `reasoning_effort`, OpenRouter's `reasoning`, `thinking` of DeepSeek and z.ai, and the keys of
 * Qwen's chat templates. What switches it off wins.
 */
function decodeReasoningRequest(body: Record<string, unknown>, diagnostics: Diagnostics): ReasoningRequest | undefined {
  const reasoning = record(body.reasoning);
  const thinking = record(body.thinking);
  const template = record(body.chat_template_kwargs);
  const word = someText(body.reasoning_effort) ?? someText(reasoning.effort) ?? someText(template.reasoning_effort);
  const effort = reasoningEfforts.find((known) => known === word);
  if (word !== undefined && effort === undefined)
    diagnostics.add('dropped', 'reasoning_effort', `The effort "${word.slice(0, 40)}" is not known.`);
  const switches = [body.enable_thinking, template.enable_thinking, template.thinking, reasoning.enabled];
  if (effort === 'none' || thinking.type === 'disabled' || switches.includes(false)) return { enabled: false };
  const budget = [reasoning.max_tokens, thinking.budget_tokens, body.thinking_budget, body.thinking_budget_tokens].find(
    (value) => typeof value === 'number' && value > 0,
  );
  const isAsked = effort !== undefined || typeof thinking.type === 'string' || switches.includes(true);
  if (typeof budget !== 'number' && !isAsked) return undefined;
  return {
    enabled: true,
    ...(effort !== undefined && { effort }),
    ...(typeof budget === 'number' && { budget }),
  };
}

function decodeOutput(format: unknown, diagnostics: Diagnostics): OutputFormat {
  if (!isObject(format) || format.type === 'text') return { kind: 'text' };
  if (format.type === 'json_object') return { kind: 'json-object' };
  const wanted = record(format.json_schema);
  if (format.type === 'json_schema' && isObject(wanted.schema)) {
    return {
      kind: 'json-schema',
      name: someText(wanted.name) ?? 'answer',
      schema: wanted.schema as JsonObject,
      strict: wanted.strict === true,
    };
  }
  diagnostics.add('dropped', 'response_format', 'It is of no known form, so the answer is plain text.');
  return { kind: 'text' };
}

function restOf(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !heldKeys.has(key)));
}

function record(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}
