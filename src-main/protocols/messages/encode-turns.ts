import { encodedCallId } from '../conversation/call-ids.ts';
import type { EncodeOptions } from '../conversation/codec.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import type { Block, ReasoningBlock, ToolCallBlock, ToolResultBlock, Turn } from '../conversation/request.ts';
import { readToolInput } from '../conversation/tool-input.ts';
import { toolOfIdentity, type UpstreamNames } from '../conversation/tool-names.ts';
import { encodeContent, isContentBlock, kept, sanitised, textBlock } from './encode-content.ts';
import type { WireBlock, WireMessage } from './request-blocks.ts';

interface Context {
  readonly options: EncodeOptions;
  readonly names: UpstreamNames;
  readonly diagnostics: Diagnostics;
}

/** Stands where the API wants a user turn and the conversation has none. */
const opening = '.';
/** Asks for an answer where the upstream doesn't continue an assistant message. */
const nudge = 'Continue.';

/**
 * The turns of a repaired history (each call followed by exactly its results, see repair-history.ts) as messages that keep the API's
 * rules: they begin with a user's, no two of one role in a row, results first in their turn, calls last in theirs, none empty. Each
 * turn's blocks depend on what came before it only, so that the prompt cache holds.
 */
export function encodeTurns(turns: readonly Turn[], context: Context): readonly WireMessage[] {
  const { options, diagnostics } = context;
  const messages: WireMessage[] = [];
  const taken = new Set<string>();
  let openIds: readonly string[] = [];
  const add = (role: WireMessage['role'], content: WireBlock[]): void => {
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(...content);
    else if (content.length > 0) messages.push({ role, content });
  };
  for (const turn of turns) {
    switch (turn.role) {
      case 'system':
        add('system', encodeContent(turn.blocks.filter(isContentBlock), options.flags, diagnostics));
        break;
      case 'assistant': {
        openIds = turn.blocks.filter(isCall).map((call) => {
          const id = encodedCallId(call.id, 'messages', taken, options.supplies);
          taken.add(id);
          return id;
        });
        const content = encodeAssistant(turn.blocks, openIds, context);
        if (messages.length === 0 && content.length > 0) {
          diagnostics.add(
            'repaired',
            'messages',
            'A conversation must begin with the user; a dot stands for that turn.',
          );
          add('user', textBlock(opening, options.flags));
        }
        add('assistant', content);
        break;
      }
      case 'user':
        add('user', encodeUser(turn.blocks, openIds, context));
        openIds = [];
        break;
    }
  }
  return ended(messages, context);
}

/** The last message is the user's, or an assistant's that the upstream is able to continue. */
function ended(messages: WireMessage[], { options, diagnostics }: Context): readonly WireMessage[] {
  const last = messages.at(-1);
  if (last === undefined) {
    diagnostics.add('repaired', 'messages', 'There was nothing but instructions; a dot stands for what the user says.');
    messages.push({ role: 'user', content: textBlock(opening, options.flags) });
  } else if (last.role === 'assistant' && !options.flags.prefill) {
    diagnostics.add(
      'approximated',
      'prefill',
      'The upstream does not continue an assistant message; it was asked to go on from it.',
    );
    messages.push({ role: 'user', content: textBlock(nudge, options.flags) });
  } else if (last.role === 'assistant') {
    // The API refuses a beginning that ends in whitespace.
    const block = last.content.at(-1);
    if (block?.type === 'text')
      last.content[last.content.length - 1] = { ...block, text: String(block.text).trimEnd() };
  }
  return messages;
}

function encodeUser(blocks: readonly Block[], openIds: readonly string[], context: Context): WireBlock[] {
  const results: WireBlock[] = [];
  for (const block of blocks) {
    const id = openIds[results.length];
    if (block.kind === 'tool-result' && id !== undefined) results.push(encodeResult(block, id, context));
  }
  return [...results, ...blocks.flatMap((block) => encodeSpoken(block, context))];
}

/** Calls stand last: the API wants their results right behind them. */
function encodeAssistant(blocks: readonly Block[], ids: readonly string[], context: Context): WireBlock[] {
  const calls = blocks.filter(isCall).map((call, at) => encodeCall(call, ids[at] ?? call.id, context));
  return [...blocks.flatMap((block) => encodeSpoken(block, context)), ...calls];
}

/** What a turn says besides calls and results; refusals and summaries are said as text. */
function encodeSpoken(block: Block, { options, diagnostics }: Context): WireBlock[] {
  const { flags } = options;
  if (isContentBlock(block)) return encodeContent([block], flags, diagnostics);
  switch (block.kind) {
    case 'refusal':
      return textBlock(block.text, flags);
    case 'compaction':
      if (block.text !== null) return textBlock(block.text, flags);
      diagnostics.add(
        'dropped',
        'compaction',
        'The summary of earlier turns can only be read by the provider that made it.',
      );
      return [];
    case 'reasoning':
      return encodeReasoning(block, options, diagnostics);
    case 'tool-call':
    case 'tool-result':
    case 'web-search': // made plain before, or an opaque block where it is the upstream's own
    case 'tool-change': // changes the list of tools only
      return [];
  }
}

/**
 * Thinking goes back only with the signature it came with, exactly as it came: the API refuses any other (case E18). Signatures are bound
 * to the model. What a Messages server signed without our knowing goes back as it is; the server knows its own.
 */
function encodeReasoning(
  block: ReasoningBlock,
  { upstream, flags }: EncodeOptions,
  diagnostics: Diagnostics,
): WireBlock[] {
  const { carried } = block;
  const extras = kept(block.extras, flags);
  if (carried?.kind === 'foreign' && (carried.signature !== undefined || carried.redacted !== undefined)) {
    return [thinking(block.text, carried.signature, carried.redacted, extras)];
  }
  if (carried?.kind !== 'ours') {
    diagnostics.add('dropped', 'thinking', 'Earlier reasoning without a signature can not be given back in Messages.');
    return [];
  }
  const { state } = carried;
  const isOwn = state.upstream === upstream.id && state.model === upstream.model;
  if (!isOwn || (state.signature === undefined && state.redacted === undefined)) {
    diagnostics.add('dropped', 'thinking', 'Earlier reasoning did not come from this model of this upstream.');
    return [];
  }
  return [thinking(block.text === '' ? (state.text ?? '') : block.text, state.signature, state.redacted, extras)];
}

function thinking(
  text: string,
  signature: string | undefined,
  redacted: string | undefined,
  extras: ReturnType<typeof kept>,
): WireBlock {
  return signature === undefined
    ? { type: 'redacted_thinking', data: redacted ?? '', ...extras }
    : { type: 'thinking', thinking: text, signature, ...extras };
}

function encodeCall(call: ToolCallBlock, id: string, { options, names, diagnostics }: Context): WireBlock {
  const named = { name: call.name, ...(call.namespace !== undefined && { namespace: call.namespace }) };
  const input = call.toolKind === 'custom' ? { input: call.input } : inputOf(call, diagnostics);
  return {
    type: 'tool_use',
    id,
    name: names.nameOf(named),
    input: sanitised(input),
    ...kept(call.extras, options.flags),
  };
}

/** The API takes objects only; what can't be read goes back in the shape in which Claude Code itself keeps such input. */
function inputOf(call: ToolCallBlock, diagnostics: Diagnostics) {
  const input = readToolInput(call.input);
  if (input.kind === 'object') return input.value;
  diagnostics.add(
    'repaired',
    call.id,
    'The arguments of an earlier tool call are no JSON object; they were wrapped in one.',
  );
  return { __unparsedToolInput: { raw: call.input, len: call.input.length } };
}

/** Images and documents stay in the result, where Messages takes them. */
function encodeResult(block: ToolResultBlock, id: string, { options, names, diagnostics }: Context): WireBlock {
  const { flags } = options;
  const content = encodeContent(block.parts, flags, diagnostics);
  if (block.loadedTools.length > 0) {
    const loaded = block.loadedTools.map((name) => names.nameOf(toolOfIdentity(name))).join(', ');
    const plural = block.loadedTools.length === 1 ? 'It is' : 'They are';
    content.unshift(...textBlock(`Loaded tools: ${loaded}. ${plural} now callable.`, flags));
  }
  // The API refuses an error that says nothing.
  if (block.isError && content.length === 0) content.push(...textBlock('The tool failed.', flags));
  return {
    type: 'tool_result',
    tool_use_id: id,
    ...(content.length > 0 && { content }),
    ...(block.isError && { is_error: true }),
    ...kept(block.extras, flags),
  };
}

function isCall(block: Block): block is ToolCallBlock {
  return block.kind === 'tool-call';
}
