import type { JsonObject } from '../../../src-shared/json.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import { ConversationFailure } from '../conversation/error.ts';
import type { Block, TextBlock, Tool, ToolResultBlock, Turn } from '../conversation/request.ts';
import { identity } from '../conversation/tool-names.ts';
import { type CallOutput, decodeCall, decodeCallOutput } from './decode-calls.ts';
import { decodeContent, opaque } from './decode-content.ts';
import { decodeHostedItem } from './decode-hosted.ts';
import { decodeCompaction, decodeReasoning } from './decode-reasoning.ts';
import { decodeTools } from './decode-tools.ts';
import { extrasOf, type Field, leftover, missing, objectAt, optionalText, text, WireError } from './request-wire.ts';
import { TurnList } from './turn-list.ts';

/** What the items of `input` say. */
export interface DecodedInput {
  /** Texts of the developer and system messages that come before everything else. */
  readonly system: readonly TextBlock[];
  readonly turns: readonly Turn[];
  /** Tools that items declare. */
  readonly tools: readonly Tool[];
  /** `reasoning` and `text` of the last configuration_update that names them. */
  readonly reasoning?: JsonObject;
  readonly text?: JsonObject;
}

const messageKeys = new Set(['type', 'role', 'content']);
const systemKeys = new Set(['type', 'content']);
const outputKeys = new Set(['type', 'call_id', 'output']);

/**
 * The items as turns. Reasoning, messages and calls of the assistant that follow one another are one turn (an assistant message right
 * behind another one begins a new turn), and so are outputs; a user's or a later developer's message is a turn of its own. What of an
 * item has no field of its own stays in `extras.responses`: of the turn for user and system turns, of the block for outputs and
 * assistant's items; a message's own keys (id, status, phase) stand under `item` there. Throws a WireError, or a ConversationFailure
 * for a reference to an item that nobody put in its place.
 */
export function decodeInput(input: string | readonly unknown[], diagnostics: Diagnostics): DecodedInput {
  if (typeof input === 'string')
    return { system: [], turns: [{ role: 'user', blocks: [{ kind: 'text', text: input }] }], tools: [] };
  const reader = new ItemReader(diagnostics);
  for (const [at, item] of input.entries()) reader.read(objectAt(item, `input[${at}]`));
  return reader.end();
}

class ItemReader {
  readonly #diagnostics: Diagnostics;
  readonly #turns: TurnList;
  readonly #system: TextBlock[] = [];
  readonly #tools: Tool[] = [];
  readonly #callIds = new Set<string>();
  readonly #callIdsOfItems = new Map<string, string>();
  #reasoning: JsonObject | undefined;
  #text: JsonObject | undefined;

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
    this.#turns = new TurnList(diagnostics);
  }

  end(): DecodedInput {
    return {
      system: this.#system,
      turns: this.#turns.end(),
      tools: this.#tools,
      ...(this.#reasoning !== undefined && { reasoning: this.#reasoning }),
      ...(this.#text !== undefined && { text: this.#text }),
    };
  }

  read(field: Field): void {
    const type = typeOf(field);
    switch (type) {
      case 'message':
        this.#message(field);
        return;
      case 'reasoning':
        this.#turns.addReasoning(decodeReasoning(field));
        return;
      case 'compaction':
      case 'compaction_summary':
      case 'context_compaction':
        this.#turns.addUser({ role: 'user', blocks: [decodeCompaction(field)] });
        return;
      case 'compaction_trigger': // the gateway's business
        this.#turns.addUser({ role: 'user', blocks: [opaque(field.value, type)] });
        return;
      case 'additional_tools':
        this.#tools.push(...decodeTools(field.value.tools, `${field.path}.tools`));
        return;
      case 'configuration_update':
        if (isObject(field.value.reasoning)) this.#reasoning = field.value.reasoning as JsonObject;
        if (isObject(field.value.text)) this.#text = field.value.text as JsonObject;
        return;
      case 'tool_search_output':
        this.#foundTools(field);
        return;
      case 'item_reference':
        throw new ConversationFailure({
          kind: 'not-found',
          message: `Item with id '${text(field, 'id')}' not found. Send the item itself instead of a reference to it.`,
          param: field.path,
        });
      default:
        this.#callOrOther(field, type);
    }
  }

  #message(field: Field): void {
    const role = text(field, 'role');
    const blocks = decodeContent(field.value.content, `${field.path}.content`);
    switch (role) {
      case 'user':
        this.#turns.addUser({ role: 'user', blocks, ...extrasOf(field.value, messageKeys) });
        return;
      case 'assistant': {
        const item = leftover(field.value, messageKeys);
        this.#turns.addMessage(item === undefined ? blocks : blocks.map((block) => withItem(block, item)));
        return;
      }
      case 'developer':
      case 'system':
        if (this.#turns.isEmpty) this.#leading(blocks, leftover(field.value, systemKeys) ?? {}, field.path);
        else this.#turns.addSystem({ role: 'system', blocks, ...extrasOf(field.value, systemKeys) });
        return;
      default:
        throw new WireError(
          `${field.path}.role`,
          'invalid_value',
          `Invalid value: '${role}'. Supported values are: 'assistant', 'system', 'developer', and 'user'.`,
        );
    }
  }

  #leading(blocks: readonly Block[], item: JsonObject, path: string): void {
    for (const block of blocks) {
      if (block.kind === 'text') this.#system.push(withItem(block, item));
      else
        this.#diagnostics.add(
          'dropped',
          path,
          `Instructions can only be text; the ${block.kind} among them was left out.`,
        );
    }
  }

  #callOrOther(field: Field, type: string): void {
    const call = decodeCall(field, type);
    if (call !== null) {
      this.#callIds.add(call.id);
      const itemId = optionalText(field, 'id');
      if (itemId !== undefined) this.#callIdsOfItems.set(itemId, call.id);
      this.#turns.addAssistant([call]);
      return;
    }
    const output = decodeCallOutput(field, type, (itemId) => this.#callIdsOfItems.get(itemId));
    if (output !== null) {
      const isPlain = type === 'function_call_output' || type === 'custom_tool_call_output';
      this.#output(field, output, isPlain ? extrasOf(field.value, outputKeys) : { extras: { responses: field.value } });
      return;
    }
    const block = decodeHostedItem(field, type, this.#diagnostics);
    if (type.endsWith('_output') || type.endsWith('_response')) this.#turns.addResults([block]);
    else this.#turns.addAssistant([block]);
  }

  /** An output whose call is not in the conversation is told as text: strict servers refuse it as a result. */
  #output(field: Field, output: CallOutput, extras: Pick<ToolResultBlock, 'extras'>): void {
    if (this.#callIds.has(output.callId)) {
      this.#turns.addResults([{ kind: 'tool-result', ...output, loadedTools: [], ...extras }]);
      return;
    }
    this.#diagnostics.add(
      'approximated',
      field.path,
      'The call that this output belongs to is not in the conversation; the output is told as text.',
    );
    const name = optionalText(field, 'name');
    const head = name === undefined ? 'Result of an earlier tool call:' : `Result of the tool ${name}:`;
    this.#turns.addUser({ role: 'user', blocks: [{ kind: 'text', text: head }, ...output.parts], ...extras });
  }

  /** The tools a search found can be called from here on. */
  #foundTools(field: Field): void {
    const callId = optionalText(field, 'call_id');
    const tools = decodeTools(field.value.tools, `${field.path}.tools`);
    const changes = tools.map((tool): Block => ({ kind: 'tool-change', change: { kind: 'add', tool } }));
    if (callId === undefined || !this.#callIds.has(callId)) {
      this.#turns.addResults([opaque(field.value, 'tool_search_output'), ...changes]);
      return;
    }
    const result: ToolResultBlock = {
      kind: 'tool-result',
      callId,
      toolKind: 'function',
      parts: tools.length === 0 ? [{ kind: 'text', text: 'No tools were found.' }] : [],
      isError: false,
      loadedTools: tools.map(identity),
      extras: { responses: field.value },
    };
    this.#turns.addResults([result, ...changes]);
  }
}

/** An item without a type is a message where it has a role, else a reference to an item. */
function typeOf({ value, path }: Field): string {
  const { type, role, id } = value;
  if (typeof type === 'string') return type;
  if (role !== undefined) return 'message';
  if (typeof id === 'string') return 'item_reference';
  throw missing(`${path}.type`);
}

function withItem<Kind extends Block>(block: Kind, item: JsonObject): Kind {
  if (!('extras' in block)) return { ...block, extras: { responses: { item } } };
  return { ...block, extras: { responses: { ...block.extras?.responses, item } } };
}
