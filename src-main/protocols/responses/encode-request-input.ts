import type { JsonObject } from '../../../src-shared/json.ts';
import { encodedCallId, upstreamCallId } from '../conversation/call-ids.ts';
import type { EncodeOptions } from '../conversation/codec.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import type { Block, Extras, TextBlock, ToolCallBlock, ToolResultBlock, Turn } from '../conversation/request.ts';
import { sanitiseJsonText, sanitiseText } from '../conversation/sanitise-text.ts';
import { readToolInput } from '../conversation/tool-input.ts';
import { toolOfIdentity } from '../conversation/tool-names.ts';
import {
  type ContentContext,
  inputParts,
  inputText,
  isContentPart,
  isInputBlock,
  partKeys,
} from './encode-request-content.ts';
import { reasoningItem } from './encode-request-reasoning.ts';
import type { EncodedTools } from './encode-request-tools.ts';

interface Context extends ContentContext {
  readonly options: EncodeOptions;
  readonly tools: EncodedTools;
}

/** A message that can still grow. `keys`: what it has beside its content. */
interface OpenMessage {
  readonly keys: JsonObject | null;
  readonly content: JsonObject[];
}

/** Longest call id that the Responses API takes, in characters. */
const longestId = 64;

/**
 * Leading instructions, joined. Those that came as messages of their own stay such, in their role, where the upstream takes all of
 * Responses; chat templates behind other servers want one system message.
 */
export function encodeSystem(
  system: readonly TextBlock[],
  full: boolean,
): { readonly instructions: string; readonly items: readonly JsonObject[] } {
  const instructions: string[] = [];
  const messages = new Map<JsonObject, JsonObject[]>();
  for (const { text, extras } of system) {
    if (text === '') continue;
    const keys = full ? itemKeys(extras) : null;
    if (keys === null) {
      instructions.push(text);
      continue;
    }
    const content = messages.get(keys);
    if (content === undefined) messages.set(keys, [inputText(text)]);
    else content.push(inputText(text));
  }
  const items = [...messages].map(([keys, content]): JsonObject => ({ type: 'message', ...keys, content }));
  return { instructions: sanitiseText(instructions.join('\n\n')), items };
}

/** The turns of a repaired history (each call followed by exactly its results, see repair-history.ts) as items. */
export function encodeTurns(turns: readonly Turn[], context: Context): readonly JsonObject[] {
  const items: JsonObject[] = [];
  const taken = new Set<string>();
  let openIds: readonly string[] = [];
  for (const turn of turns) {
    switch (turn.role) {
      case 'system': {
        const content = inputParts(turn.blocks.filter(isInputBlock), context);
        const keys = context.flags.fullResponses ? turn.extras?.responses : undefined;
        if (content.length > 0) items.push({ type: 'message', role: 'developer', ...keys, content: [...content] });
        break;
      }
      case 'user':
        items.push(...encodeUser(turn, openIds, context));
        openIds = [];
        break;
      case 'assistant':
        openIds = turn.blocks.filter((block) => block.kind === 'tool-call').map(({ id }) => callId(id, taken, context));
        items.push(...encodeAssistant(turn.blocks, openIds, context));
        break;
    }
  }
  return items;
}

function callId(clientId: string, taken: Set<string>, { flags, options }: Context): string {
  const own = upstreamCallId(clientId);
  const fits = flags.toolCallIds === 'any' && own !== '' && own.length <= longestId && !taken.has(own);
  const id = fits ? own : encodedCallId(clientId, flags.toolCallIds, taken, options.supplies);
  taken.add(id);
  return id;
}

/** The outputs of calls first, then one message with what the user says, then items that only Responses knows. */
function encodeUser(turn: Turn, openIds: readonly string[], context: Context): readonly JsonObject[] {
  const results = turn.blocks.filter((block) => block.kind === 'tool-result');
  const items = results.flatMap((block, at) => {
    const id = openIds[at];
    return id === undefined ? [] : [encodeResult(block, id, context)];
  });
  const content: JsonObject[] = [];
  for (const block of turn.blocks) {
    if (block.kind === 'opaque' && !isContentPart(block.what)) items.push(...rawItem(block, context));
    else if (isInputBlock(block)) content.push(...inputParts([block], context));
    else if (block.kind === 'compaction') {
      const whole = block.extras?.responses;
      if (block.text !== null) content.push(inputText(block.text));
      else if (context.flags.fullResponses && whole !== undefined) items.push(whole);
      else
        context.diagnostics.add(
          'dropped',
          'compaction',
          'The summary of earlier turns can only be read by the provider that made it.',
        );
    }
  }
  const keys = context.flags.fullResponses ? turn.extras?.responses : undefined;
  return content.length === 0 ? items : [...items, { type: 'message', role: 'user', ...keys, content }];
}

function encodeAssistant(blocks: readonly Block[], ids: readonly string[], context: Context): readonly JsonObject[] {
  const items: JsonObject[] = [];
  let message: OpenMessage | null = null;
  let reasoning: JsonObject[] = [];
  let calls = 0;
  const add = (item: JsonObject) => {
    message = null;
    items.push(...reasoning, item);
    reasoning = [];
  };
  const say = (part: JsonObject, extras: Extras | undefined) => {
    const keys = context.flags.fullResponses ? itemKeys(extras) : null;
    if (message !== null && message.keys === keys) {
      message.content.push(part);
      return;
    }
    const content = [part];
    add({ type: 'message', role: 'assistant', ...keys, content });
    message = { keys, content };
  };
  for (const block of blocks) {
    switch (block.kind) {
      case 'reasoning': {
        const item = reasoningItem(block, context.options, context.diagnostics);
        if (item === null) break;
        message = null;
        reasoning.push(item);
        break;
      }
      case 'tool-call':
        add(encodeCall(block, ids[calls++] ?? block.id, context));
        break;
      case 'text': {
        const whole = wholeItem(block.extras, context);
        if (whole !== null) add(whole);
        else if (block.text !== '')
          say(
            { type: 'output_text', text: sanitiseText(block.text), ...partKeys(block.extras, context.flags) },
            block.extras,
          );
        break;
      }
      case 'refusal':
        say({ type: 'refusal', refusal: sanitiseText(block.text) }, block.extras);
        break;
      case 'opaque':
        if (!isContentPart(block.what)) for (const item of rawItem(block, context)) add(item);
        break;
      case 'search-result':
      case 'compaction':
        if (block.text !== null) say({ type: 'output_text', text: sanitiseText(block.text) }, undefined);
        break;
      case 'image':
      case 'document':
      case 'audio':
        context.diagnostics.add('dropped', block.kind, 'An assistant message can only hold text.');
        break;
      default:
        break; // results and tool changes are written elsewhere; searches were made plain before
    }
  }
  if (reasoning.length > 0)
    context.diagnostics.add('repaired', 'reasoning', 'Reasoning that led to no message or call was left out.');
  return items;
}

function encodeCall(call: ToolCallBlock, id: string, context: Context): JsonObject {
  const { flags, tools, diagnostics } = context;
  const full = flags.fullResponses;
  const whole = wholeItem(call.extras, context);
  if (whole !== null) return { ...whole, ...(whole.call_id !== undefined && { call_id: id }) };
  const { namespace } = call;
  const named =
    full && namespace !== undefined
      ? { name: call.name, namespace }
      : { name: tools.offered.names.nameOf({ name: call.name, ...(namespace !== undefined && { namespace }) }) };
  const keys = full ? call.extras?.responses : undefined;
  if (call.toolKind === 'custom' && full)
    return { type: 'custom_tool_call', ...keys, call_id: id, ...named, input: sanitiseText(call.input) };
  const text = call.toolKind === 'custom' ? JSON.stringify({ input: call.input }) : argumentsOf(call, diagnostics);
  return { type: 'function_call', ...keys, call_id: id, ...named, arguments: sanitiseJsonText(text) };
}

/** JSON text of an object. What can't be read goes back in the shape in which Claude Code itself keeps such input. */
function argumentsOf(call: ToolCallBlock, diagnostics: Diagnostics): string {
  const input = readToolInput(call.input);
  if (input.kind === 'object') return input.text;
  diagnostics.add(
    'repaired',
    call.id,
    'The arguments of an earlier tool call are no JSON object; they were wrapped in one.',
  );
  return JSON.stringify({ __unparsedToolInput: { raw: call.input, len: call.input.length } });
}

function encodeResult(block: ToolResultBlock, id: string, context: Context): JsonObject {
  const full = context.flags.fullResponses;
  const whole = wholeItem(block.extras, context);
  if (whole !== null) return { ...whole, ...(whole.call_id !== undefined && { call_id: id }) };
  const parts = [...inputParts(block.parts, context)];
  if (block.loadedTools.length > 0) {
    const names = block.loadedTools.map((name) => context.tools.offered.names.nameOf(toolOfIdentity(name)));
    const plural = names.length === 1 ? 'It is' : 'They are';
    parts.unshift(inputText(`Loaded tools: ${names.join(', ')}. ${plural} now callable.`));
  }
  if (block.isError) markError(parts);
  const texts = parts.map(({ type, text }) => (type === 'input_text' && typeof text === 'string' ? text : null));
  const output = texts.every((text) => text !== null) ? texts.join('\n') : parts;
  const type = block.toolKind === 'custom' && full ? 'custom_tool_call_output' : 'function_call_output';
  return { type, ...(full && block.extras?.responses), call_id: id, output };
}

/** Says that the tool failed, unless the text does so itself: Responses has no `is_error`. */
function markError(parts: JsonObject[]): void {
  const text = parts[0]?.text;
  if (typeof text !== 'string') parts.unshift(inputText('Error: the tool failed.'));
  else if (!/^\s*[<[(]?\w*error/i.test(text)) parts[0] = inputText(`Error: ${text}`);
}

/** An item that decode-input kept whole because the conversation says it in other words. */
function wholeItem(extras: Extras | undefined, { flags }: Context): JsonObject | null {
  const item = extras?.responses;
  return flags.fullResponses && typeof item?.type === 'string' ? item : null;
}

function rawItem(block: Block & { readonly kind: 'opaque' }, { flags, diagnostics }: Context): readonly JsonObject[] {
  if (block.protocol === 'responses' && flags.fullResponses) return [block.raw];
  diagnostics.add('dropped', block.what, 'This upstream has no such item; it was left out.');
  return [];
}

/** What a message has beside its content: role, id, status, phase. */
function itemKeys(extras: Extras | undefined): JsonObject | null {
  const item = extras?.responses?.item;
  return typeof item === 'object' && item !== null && !Array.isArray(item) ? item : null;
}
