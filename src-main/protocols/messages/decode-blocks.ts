import type { JsonObject } from '../../../src-shared/json.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import { readReasoningState } from '../conversation/reasoning-state.ts';
import type {
  Block,
  ReasoningBlock,
  TextBlock,
  ToolChangeBlock,
  ToolResultBlock,
  ToolResultPart,
  Turn,
} from '../conversation/request.ts';
import { decodeDocument, decodeImage, decodeSearchResult, opaque } from './decode-media.ts';
import { decodeSearch, isSearch, searchResultsOf } from './decode-search.ts';
import { decodeTool } from './decode-tools.ts';
import { WireError } from './wire.ts';
import { extrasOf, type Field, objectAt, optionalText, text } from './wire-fields.ts';

const textKeys = new Set(['type', 'text']);
const toolUseKeys = new Set(['type', 'id', 'name', 'input']);
const toolResultKeys = new Set(['type', 'tool_use_id', 'content', 'is_error']);
const reasoningKeys = new Set(['type', 'thinking', 'signature', 'data']);
const compactionKeys = new Set(['type', 'content']);

/**
 * The content of one message as blocks. `path` leads to the content (`messages.3.content`). Throws a WireError where a block lacks
 * what we need; a block of an unknown type becomes opaque.
 */
export function decodeContent(
  content: unknown,
  path: string,
  role: Turn['role'],
  diagnostics: Diagnostics,
): readonly Block[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  if (!Array.isArray(content))
    throw new WireError(path, content === undefined ? 'Field required' : 'Input should be a valid list');
  const searchResults = searchResultsOf(content);
  const blocks: Block[] = [];
  for (const [at, value] of content.entries()) {
    const field = objectAt(value, `${path}.${at}`);
    if (isSearch(field.value)) {
      const block = decodeSearch(field, searchResults);
      if (block !== null) blocks.push(block);
    } else blocks.push(...decodeBlock(field, role, diagnostics));
  }
  return blocks;
}

/** A text block; used for the system prompt too. Throws a WireError. */
export function decodeText(field: Field): TextBlock {
  return { kind: 'text', text: text(field, 'text'), ...extrasOf(field.value, textKeys) };
}

/** Claude Code's accounting line, which changes with every request and would cost the whole prompt cache (protocol.md finding 2). */
export function isBillingHeader(block: Block): boolean {
  return block.kind === 'text' && block.text.startsWith('x-anthropic-billing-header');
}

function decodeBlock(field: Field, role: Turn['role'], diagnostics: Diagnostics): readonly Block[] {
  const type = text(field, 'type');
  switch (type) {
    case 'thinking':
    case 'redacted_thinking':
      if (role === 'assistant') return [decodeReasoning(field)];
      // Text that a client plants as thinking in its own turn must not become the model's own thought.
      diagnostics.add('dropped', field.path, `A ${type} block stood in a ${role} turn, where no model reasons.`);
      return [];
    case 'tool_use':
      return [
        {
          kind: 'tool-call',
          id: text(field, 'id'),
          name: text(field, 'name'),
          toolKind: 'function',
          input: inputText(field.value.input),
          ...extrasOf(field.value, toolUseKeys),
        },
      ];
    case 'tool_result':
      return [decodeToolResult(field)];
    case 'tool_addition':
    case 'tool_removal':
      return [decodeToolChange(field, type)];
    case 'tool_search_tool_result':
      return referencedTools(field.value.content).map((name) => ({
        kind: 'tool-change',
        change: { kind: 'load', name },
      }));
    case 'compaction':
      return [
        { kind: 'compaction', text: optionalText(field, 'content') ?? null, ...extrasOf(field.value, compactionKeys) },
      ];
    default:
      return [decodePart(field, type)];
  }
}

/** What may stand in a turn as well as in a tool result. */
function decodePart(field: Field, type: string): ToolResultPart {
  switch (type) {
    case 'text':
      return decodeText(field);
    case 'image':
      return decodeImage(field);
    case 'document':
      return decodeDocument(field, (content, path) => decodeParts(content, path).parts);
    case 'search_result':
      return decodeSearchResult(field);
    default:
      return opaque(field.value, type);
  }
}

function decodeParts(
  content: unknown,
  path: string,
): { readonly parts: readonly ToolResultPart[]; readonly loadedTools: readonly string[] } {
  if (content === undefined || content === null) return { parts: [], loadedTools: [] };
  if (typeof content === 'string')
    return { parts: content === '' ? [] : [{ kind: 'text', text: content }], loadedTools: [] };
  if (!Array.isArray(content)) throw new WireError(path, 'Input should be a valid list');
  const parts: ToolResultPart[] = [];
  const loadedTools: string[] = [];
  for (const [at, value] of content.entries()) {
    const field = objectAt(value, `${path}.${at}`);
    const type = text(field, 'type');
    if (type === 'tool_reference') loadedTools.push(...referencedTools(field.value));
    else parts.push(decodePart(field, type));
  }
  return { parts, loadedTools };
}

function decodeToolResult(field: Field): ToolResultBlock {
  return {
    kind: 'tool-result',
    callId: text(field, 'tool_use_id'),
    toolKind: 'function',
    ...decodeParts(field.value.content, `${field.path}.content`),
    isError: field.value.is_error === true,
    ...extrasOf(field.value, toolResultKeys),
  };
}

/** Our own blob, another maker's, or none: an empty signature carries nothing. */
function decodeReasoning(field: Field): ReasoningBlock {
  const redacted = optionalText(field, 'data') ?? '';
  const signature = optionalText(field, 'signature') ?? '';
  const block = {
    kind: 'reasoning',
    text: optionalText(field, 'thinking') ?? '',
    ...extrasOf(field.value, reasoningKeys),
  } as const;
  const blob = signature === '' ? redacted : signature;
  if (blob === '') return block;
  const state = readReasoningState(blob);
  if (state !== null) return { ...block, carried: { kind: 'ours', state } };
  return {
    ...block,
    carried: { kind: 'foreign', ...(signature !== '' && { signature }), ...(redacted !== '' && { redacted }) },
  };
}

/** Anthropic beta mid-conversation-tool-changes-2026-07-01: `{tool:{type:"tool_reference",name}|{type:"tool_definition",definition}}`. */
function decodeToolChange(field: Field, type: 'tool_addition' | 'tool_removal'): ToolChangeBlock {
  const tool = isObject(field.value.tool) ? field.value.tool : field.value;
  if (type === 'tool_addition' && isObject(tool.definition)) {
    return {
      kind: 'tool-change',
      change: { kind: 'add', tool: decodeTool(tool.definition, `${field.path}.tool.definition`) },
    };
  }
  const name = toolName(tool);
  if (name === null) throw new WireError(`${field.path}.tool.name`, 'Field required');
  return { kind: 'tool-change', change: { kind: type === 'tool_addition' ? 'load' : 'remove', name } };
}

/** Names in a `tool_reference`, a list of them, or an object that holds such a list. */
function referencedTools(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencedTools);
  if (!isObject(value)) return [];
  const name = toolName(value);
  return name === null ? referencedTools(value.tool_references) : [name];
}

function toolName(value: Readonly<Record<string, unknown>>): string | null {
  const name = value.tool_name ?? value.name;
  return typeof name === 'string' ? name : null;
}

function inputText(input: JsonObject[string]): string {
  if (typeof input === 'string') return input;
  return input === undefined || input === null ? '{}' : JSON.stringify(input);
}
