import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import type {
  Block,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
  ToolResultPart,
  Turn,
} from '../conversation/request.ts';
import { cacheMark, decodeContent, textBlocks } from './decode-content.ts';
import { decodeReasoning } from './decode-reasoning.ts';
import { type Field, objectAt, RequestError, someText, text } from './request-fields.ts';

export interface DecodedMessages {
  readonly system: readonly TextBlock[];
  readonly turns: readonly Turn[];
}

/** A call that no result has answered yet. */
interface OpenCall {
  readonly id: string;
  readonly name: string;
}

/**
 * The messages as turns: leading system and developer messages are the system prompt, later ones stay in their place; results that
 * follow one another are one user turn. Calls and results of the time before ids (`function_call`, role `function`) are paired by name
 * and order. Throws a RequestError.
 */
export function decodeMessages(messages: readonly unknown[], diagnostics: Diagnostics): DecodedMessages {
  const system: TextBlock[] = [];
  const turns: Turn[] = [];
  const customCalls = new Set<string>();
  let open: OpenCall[] = [];
  let results: Block[] | null = null;
  for (const [at, message] of messages.entries()) {
    const field = objectAt(message, `messages[${at}]`);
    const role = text(field, 'role');
    if (role !== 'tool' && role !== 'function') results = null;
    switch (role) {
      case 'system':
      case 'developer': {
        const said = decodeContent(field.value.content, `${field.path}.content`);
        const texts = textBlocks(said);
        if (texts.length < said.length)
          diagnostics.add('dropped', `${field.path}.content`, 'Instructions can only be text.');
        if (turns.length === 0) system.push(...texts);
        else turns.push({ role: 'system', blocks: texts });
        break;
      }
      case 'user':
        turns.push({ role: 'user', blocks: decodeContent(field.value.content, `${field.path}.content`) });
        break;
      case 'assistant': {
        const calls = decodeCalls(field, at);
        for (const call of calls) if (call.toolKind === 'custom') customCalls.add(call.id);
        open = calls.map(({ id, name }) => ({ id, name }));
        turns.push({ role: 'assistant', blocks: [...decodeAnswer(field, diagnostics), ...calls] });
        break;
      }
      case 'tool':
      case 'function': {
        const callId = calledBy(field, open);
        open = open.filter(({ id }) => id !== callId);
        const result = decodeResult(field, callId, customCalls.has(callId), diagnostics);
        if (results === null) {
          results = [];
          turns.push({ role: 'user', blocks: results });
        }
        results.push(result);
        break;
      }
      default:
        throw new RequestError(
          `${field.path}.role`,
          `Invalid value: '${role.slice(0, 40)}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
        );
    }
  }
  return { system, turns };
}

/** What the model said in an earlier answer, without its calls. */
function decodeAnswer({ value, path }: Field, diagnostics: Diagnostics): readonly Block[] {
  const refusal = someText(value.refusal);
  if (isObject(value.audio))
    diagnostics.add(
      'dropped',
      `${path}.audio`,
      'Spoken answers can only be given back to the provider that gave them.',
    );
  return [
    ...decodeReasoning(value),
    ...decodeContent(withoutThinking(value.content), `${path}.content`),
    ...(refusal === undefined ? [] : [{ kind: 'refusal', text: refusal } as const]),
  ];
}

/** Mistral's thinking parts are read as reasoning. */
function withoutThinking(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.filter((part) => !isObject(part) || part.type !== 'thinking');
}

/** The calls of an answer. One without an id gets one from its place, so that a longer conversation keeps it. */
function decodeCalls({ value, path }: Field, at: number): readonly ToolCallBlock[] {
  const calls: ToolCallBlock[] = [];
  const list = Array.isArray(value.tool_calls) ? value.tool_calls : [];
  for (const [index, item] of list.entries())
    calls.push(decodeCall(objectAt(item, `${path}.tool_calls[${index}]`), `call_${at}_${index}`));
  if (isObject(value.function_call)) {
    const target = objectAt(value.function_call, `${path}.function_call`);
    calls.push({ ...called(target, 'arguments'), id: `call_${at}`, toolKind: 'function' });
  }
  return calls;
}

function decodeCall(field: Field, defaultId: string): ToolCallBlock {
  const { value, path } = field;
  const id = someText(value.id) ?? defaultId;
  if (isObject(value.custom))
    return { ...called(objectAt(value.custom, `${path}.custom`), 'input'), id, toolKind: 'custom' };
  return { ...called(objectAt(value.function, `${path}.function`), 'arguments'), id, toolKind: 'function' };
}

/** Arguments are JSON text; some clients send the object. */
function called(target: Field, key: 'arguments' | 'input'): Pick<ToolCallBlock, 'kind' | 'name' | 'input'> {
  const input = target.value[key];
  const written =
    input === undefined || input === null ? '' : typeof input === 'string' ? input : JSON.stringify(input);
  return { kind: 'tool-call', name: text(target, 'name'), input: written };
}

/** The id of the call that a result answers: the one it names, else the first open call of its name, else the first open one. */
function calledBy({ value, path }: Field, open: readonly OpenCall[]): string {
  const named = someText(value.tool_call_id);
  if (named !== undefined) return named;
  const call = open.find(({ name }) => name === value.name) ?? open[0];
  if (call !== undefined) return call.id;
  if (value.role === 'function') return `call_of_${String(value.name)}`; // answers nothing: the repair of the history reports it
  throw new RequestError(`${path}.tool_call_id`, `Missing required parameter: '${path}.tool_call_id'.`);
}

function decodeResult(field: Field, callId: string, isCustom: boolean, diagnostics: Diagnostics): ToolResultBlock {
  const { value, path } = field;
  const parts: ToolResultPart[] = [];
  for (const block of decodeContent(resultContent(value.content), `${path}.content`)) {
    if (block.kind !== 'refusal') parts.push(block);
    else diagnostics.add('dropped', `${path}.content`, 'A tool result can hold no refusal.');
  }
  return {
    kind: 'tool-result',
    callId,
    toolKind: isCustom ? 'custom' : 'function',
    parts,
    isError: false,
    loadedTools: [],
    ...cacheMark(value),
  };
}

/** Some clients hand over what the tool returned as it is: an object that is no content part is its JSON text. */
function resultContent(content: JsonObject[string]): unknown {
  if (typeof content === 'number' || typeof content === 'boolean') return String(content);
  return isObject(content) && content.type === undefined ? JSON.stringify(content) : content;
}
