import type { JsonObject } from '../../../src-shared/json.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { Decoded, Supplies } from '../conversation/codec.ts';
import { Diagnostics } from '../conversation/diagnostics.ts';
import { reasoningEfforts } from '../conversation/reasoning-effort.ts';
import type { ConversationRequest, OutputFormat, ReasoningRequest, TextBlock, Turn } from '../conversation/request.ts';
import { decodeContent, decodeText, isBillingHeader } from './decode-blocks.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { parseRequest, WireError, type WireRequest } from './wire.ts';
import { extrasOf, objectAt, text } from './wire-fields.ts';

/** Top-level keys that the canonical conversation holds in full. */
const heldKeys = new Set([
  ...[
    'model',
    'messages',
    'system',
    'max_tokens',
    'stop_sequences',
    'temperature',
    'top_p',
    'top_k',
    'stream',
    'tools',
    'tool_choice',
  ],
]);
const turnKeys = new Set(['role', 'content']);

/** Keys whose loss changes what the model does or sees (the line is drawn in conversation/diagnostics.ts). */
const lostKeys = ['container', 'mcp_servers', 'compaction', 'thread', 'fallbacks'];

/**
 * A Messages request (parsed JSON) as a canonical conversation. System turns stay where they are, deferred tools stay deferred; what
 * only Anthropic knows goes to `extras.messages`. Wrong shapes of what we need give an `invalid-request` with Anthropic's wording.
 */
export function decodeMessagesRequest(body: unknown, _supplies: Supplies): Decoded {
  const diagnostics = new Diagnostics();
  try {
    const request = decode(body, diagnostics);
    return { ok: true, request, diagnostics: diagnostics.list() };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return {
      ok: false,
      error: { kind: 'invalid-request', message: error.message, ...(error.path !== '' && { param: error.path }) },
    };
  }
}

function decode(body: unknown, diagnostics: Diagnostics): ConversationRequest {
  const wire = parseRequest(body);
  const reasoning = decodeReasoningRequest(wire, diagnostics);
  const user = wire.metadata?.user_id;
  const conversationId = sessionOf(user);
  reportLosses(wire, diagnostics);
  return {
    model: wire.model,
    system: decodeSystem(wire.system),
    turns: wire.messages.map((message, at) => decodeTurn(message, `messages.${at}`, diagnostics)),
    tools: decodeTools(wire.tools ?? []),
    ...decodeToolChoice(wire.tool_choice),
    ...(typeof wire.max_tokens === 'number' && { maxOutputTokens: wire.max_tokens }),
    stopSequences: wire.stop_sequences ?? [],
    ...(typeof wire.temperature === 'number' && { temperature: wire.temperature }),
    ...(typeof wire.top_p === 'number' && { topP: wire.top_p }),
    ...(typeof wire.top_k === 'number' && { topK: wire.top_k }),
    ...(reasoning !== undefined && { reasoning }),
    output: decodeOutput(wire),
    stream: wire.stream === true,
    ...(typeof user === 'string' && { user }),
    ...(conversationId !== undefined && { conversationId }),
    extras: extrasOf(wire as JsonObject, heldKeys).extras ?? {},
  };
}

function decodeSystem(system: WireRequest['system']): readonly TextBlock[] {
  if (system === undefined || system === null) return [];
  if (typeof system === 'string')
    return system === '' ? [] : [{ kind: 'text', text: system } as const].filter((block) => !isBillingHeader(block));
  return system
    .map((block, at) => decodeText(objectAt(block, `system.${at}`)))
    .filter((block) => !isBillingHeader(block));
}

function decodeTurn(message: unknown, path: string, diagnostics: Diagnostics): Turn {
  const field = objectAt(message, path);
  const role = decodeRole(text(field, 'role'), path);
  const blocks = decodeContent(field.value.content, `${path}.content`, role, diagnostics);
  const kept = role === 'system' ? blocks.filter((block) => !isBillingHeader(block)) : blocks;
  return { role, blocks: kept, ...extrasOf(field.value, turnKeys) };
}

/** Claude Code may send `ctx` and `msg` (backends.md §0.9). */
function decodeRole(role: string, path: string): Turn['role'] {
  switch (role) {
    case 'user':
    case 'ctx':
    case 'msg':
      return 'user';
    case 'assistant':
      return 'assistant';
    case 'system':
    case 'developer':
      return 'system';
    default:
      throw new WireError(`${path}.role`, "Input should be 'user', 'assistant' or 'system'");
  }
}

/** Without `thinking` nothing is asked for: an effort alone (Claude Code's web searches) has nothing to size. */
function decodeReasoningRequest(wire: WireRequest, diagnostics: Diagnostics): ReasoningRequest | undefined {
  const effortText = wire.output_config?.effort;
  const effort = reasoningEfforts.find((known) => known === effortText);
  if (typeof effortText === 'string' && effort === undefined)
    diagnostics.add('dropped', 'output_config.effort', `The effort "${effortText}" is not known.`);
  switch (wire.thinking?.type) {
    case undefined:
      return undefined;
    case 'disabled':
      return { enabled: false };
    default: {
      const budget = wire.thinking?.budget_tokens;
      return { enabled: true, ...(effort !== undefined && { effort }), ...(typeof budget === 'number' && { budget }) };
    }
  }
}

/** `strict` stays false: to make a schema strict-legal one must change what it requires (protocol.md §3.1). */
function decodeOutput(wire: WireRequest): OutputFormat {
  const format = wire.output_config?.format ?? wire.output_format;
  if (!isObject(format) || format.type !== 'json_schema' || !isObject(format.schema)) return { kind: 'text' };
  return { kind: 'json-schema', name: 'structured_output', schema: format.schema as JsonObject, strict: false };
}

/** Claude Code's user_id is a JSON text that names the session. */
function sessionOf(user: string | null | undefined): string | undefined {
  if (typeof user !== 'string' || !user.startsWith('{')) return undefined;
  try {
    const parsed: unknown = JSON.parse(user);
    return isObject(parsed) && typeof parsed.session_id === 'string' && parsed.session_id !== ''
      ? parsed.session_id
      : undefined;
  } catch {
    return undefined; // some other client's user id
  }
}

function reportLosses(wire: WireRequest, diagnostics: Diagnostics): void {
  for (const key of lostKeys) {
    const value = wire[key];
    if (value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)) {
      diagnostics.add('dropped', key, 'Only Anthropic can do this; the request goes on without it.');
    }
  }
  const management = wire.context_management;
  const edits = isObject(management) && Array.isArray(management.edits) ? management.edits : [];
  for (const edit of edits) {
    if (isObject(edit) && edit.keep !== 'all')
      diagnostics.add('dropped', `context_management ${String(edit.type)}`, 'The history is sent whole.');
  }
}
