import { encodedCallId } from '../conversation/call-ids.ts';
import type { EncodeOptions } from '../conversation/codec.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import type { Block, TextBlock, ToolCallBlock, Turn } from '../conversation/request.ts';
import { sanitiseJsonText } from '../conversation/sanitise-text.ts';
import { readToolInput } from '../conversation/tool-input.ts';
import { toolOfIdentity, type UpstreamNames } from '../conversation/tool-names.ts';
import { type ContentBlock, contentOf, encodeParts, isContentBlock } from './encode-content.ts';
import { encodeToolResult } from './encode-tool-result.ts';
import { firstReplayedTurn, noReasoning, type ReplayedReasoning, replayReasoning } from './replay-reasoning.ts';
import type { AssistantMessage, ContentPart, Message, SystemMessage, TextPart, ToolCall } from './request-messages.ts';

interface Context {
  readonly options: EncodeOptions;
  readonly names: UpstreamNames;
  readonly diagnostics: Diagnostics;
}

/** The system prompt as one message, `null` where it says nothing. */
export function encodeSystem(
  system: readonly TextBlock[],
  options: EncodeOptions,
  diagnostics: Diagnostics,
): SystemMessage | null {
  const parts = textParts(encodeParts(system, options.flags, diagnostics));
  return parts.length === 0 ? null : { role: 'system', content: contentOf(parts, '\n\n') };
}

/**
 * The turns of a repaired history (each call followed by exactly its results, see repair-history.ts) as messages. Each turn's
 * messages depend on what came before it only, so that a longer conversation starts with the very same messages.
 */
export function encodeTurns(turns: readonly Turn[], context: Context): readonly Message[] {
  const { options, diagnostics } = context;
  const messages: Message[] = [];
  const taken = new Set<string>();
  const replayFrom = firstReplayedTurn(turns, options.flags);
  let openIds: readonly string[] = [];
  for (const [at, turn] of turns.entries()) {
    switch (turn.role) {
      case 'system': {
        const parts = textParts(encodeParts(turn.blocks.filter(isContentBlock), options.flags, diagnostics));
        if (parts.length > 0) messages.push({ role: 'system', content: contentOf(parts, '\n\n') });
        break;
      }
      case 'assistant': {
        openIds = callsOf(turn).map((call) => {
          const id = encodedCallId(call.id, options.flags.toolCallIds, taken, options.supplies);
          taken.add(id);
          return id;
        });
        const message = encodeAssistant(turn, openIds, at >= replayFrom, context);
        if (message !== null) messages.push(message);
        break;
      }
      case 'user':
        messages.push(...encodeUser(turn, openIds, context));
        openIds = [];
        break;
    }
  }
  return messages;
}

/** Tool messages first, then one user message with the results' media and what the user says. */
function encodeUser(
  turn: Turn,
  openIds: readonly string[],
  { options, names, diagnostics }: Context,
): readonly Message[] {
  const messages: Message[] = [];
  const attached: ContentPart[] = [];
  let answered = 0;
  for (const block of turn.blocks) {
    if (block.kind !== 'tool-result') continue;
    const id = openIds[answered++];
    if (id === undefined) continue;
    const result = encodeToolResult(
      block,
      id,
      (name) => names.nameOf(toolOfIdentity(name)),
      options.flags,
      diagnostics,
    );
    messages.push(result.message);
    attached.push(...result.attached);
  }
  if (attached.length > 0) attached.unshift({ type: 'text', text: 'Attached image(s) from tool result:' });
  const parts = [...attached, ...encodeParts(contentBlocks(turn.blocks, diagnostics), options.flags, diagnostics)];
  if (parts.length > 0) messages.push({ role: 'user', content: contentOf(parts, '\n\n') });
  return messages;
}

function encodeAssistant(
  turn: Turn,
  ids: readonly string[],
  replays: boolean,
  context: Context,
): AssistantMessage | null {
  const { options, diagnostics } = context;
  const spoken = encodeParts(contentBlocks(turn.blocks, diagnostics), options.flags, diagnostics);
  const parts = textParts(spoken);
  if (parts.length < spoken.length) diagnostics.add('dropped', 'image', 'An assistant message can only hold text.');
  const calls = callsOf(turn).map((call, at) => encodeCall(call, ids[at] ?? call.id, context));
  if (parts.length === 0 && calls.length === 0) return null;
  const reasoningBlocks = turn.blocks.filter((block) => block.kind === 'reasoning');
  const reasoning = replays
    ? replayReasoning(reasoningBlocks, options.flags, options.upstream, diagnostics)
    : noReasoning;
  return {
    role: 'assistant',
    content: assistantContent(parts, reasoning),
    ...reasoning.fields,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function assistantContent(
  parts: readonly TextPart[],
  { prefix, part }: ReplayedReasoning,
): AssistantMessage['content'] {
  if (part !== null) return [part, ...parts];
  const content = contentOf(parts, '');
  if (typeof content !== 'string') return prefix === '' ? content : [{ type: 'text', text: prefix }, ...content];
  return prefix + content || null;
}

function encodeCall(call: ToolCallBlock, id: string, { names, diagnostics }: Context): ToolCall {
  const named = { name: call.name, ...(call.namespace !== undefined && { namespace: call.namespace }) };
  const text = call.toolKind === 'custom' ? JSON.stringify({ input: call.input }) : argumentsOf(call, diagnostics);
  return { id, type: 'function', function: { name: names.nameOf(named), arguments: sanitiseJsonText(text) } };
}

/**
 * JSON text of an object: model servers answer 400 or 500 to anything else (backends.md §2). What can't be read goes back in the
 * shape in which Claude Code itself keeps such input.
 */
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

function callsOf(turn: Turn): readonly ToolCallBlock[] {
  return turn.blocks.filter((block) => block.kind === 'tool-call');
}

function textParts(parts: readonly ContentPart[]): TextPart[] {
  return parts.filter((part) => part.type === 'text');
}

/** What a message says besides calls, results and reasoning; refusals and summaries are said as text. */
function contentBlocks(blocks: readonly Block[], diagnostics: Diagnostics): readonly ContentBlock[] {
  return blocks.flatMap((block): readonly ContentBlock[] => {
    if (isContentBlock(block)) return [block];
    switch (block.kind) {
      case 'refusal':
        return [{ kind: 'text', text: block.text }];
      case 'compaction':
        if (block.text !== null) return [{ kind: 'text', text: block.text }];
        diagnostics.add(
          'dropped',
          'compaction',
          'The summary of earlier turns can only be read by the provider that made it.',
        );
        return [];
      default:
        return []; // calls, results, reasoning and tool changes are written elsewhere; searches were made plain before
    }
  });
}
