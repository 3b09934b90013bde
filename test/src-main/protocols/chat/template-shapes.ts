import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rendered } from '../../../../src-main/upstreams/llama-cpp-template-trial.ts';
import { isObject } from '../../../../src-shared/json.ts';

/**
 * The recorded table of message shapes × real chat templates (`template-matrix.json`: refused or not, `template-drop.json`: in the prompt or
 * lost), and which of its shapes a request has. With both, a template of the table answers like a server that has it.
 */

type Row = Readonly<Record<string, unknown>>;
export interface ChatRequest {
  readonly messages: readonly Record<string, unknown>[];
  readonly tools: readonly unknown[];
}
export interface RecordedTemplate {
  readonly name: string;
  /** As `/props` has it; of the template itself only the refusals that the table quotes are known. */
  readonly props: Row;
  /** The shapes that it refuses, with its words, and those of which it loses something. */
  readonly breaks: ReadonlyMap<string, string>;
  readonly loses: ReadonlySet<string>;
}

const isText = (message: Row) => message.content !== null && message.content !== undefined && message.content !== '';
const callsOf = (message: Row | undefined): readonly unknown[] =>
  Array.isArray(message?.tool_calls) ? message.tool_calls : [];
const idOf = (call: unknown) => (isObject(call) ? String(call.id) : '');

type Shape = (messages: readonly Row[], tools: readonly unknown[]) => boolean;
const pairs = (messages: readonly Row[], test: (before: Row, after: Row) => boolean) =>
  messages.some((after, at) => {
    const before = messages[at - 1];
    return before !== undefined && test(before, after);
  });
const spokenBefore = (messages: readonly Row[], at: number) =>
  messages.slice(0, at).some(({ role }) => role !== 'system');

/** What each shape is, by the table's names; those that hold several traits are taken apart by what the template said. */
const shapes: Readonly<Record<string, Shape>> = {
  system_late: (messages) => messages.some(({ role }, at) => role === 'system' && spokenBefore(messages, at)),
  two_systems: (messages) => pairs(messages, (a, b) => a.role === 'system' && b.role === 'system'),
  system_last: (messages) => messages.at(-1)?.role === 'system' && spokenBefore(messages, messages.length),
  system_only: (messages) => messages.every(({ role }) => role === 'system'),
  two_users: (messages) => pairs(messages, (a, b) => a.role === 'user' && b.role === 'user'),
  assistant_first: (messages) => messages.find(({ role }) => role !== 'system')?.role === 'assistant',
  two_assistants: (messages) =>
    pairs(messages, (a, b) => [a, b].every((one) => one.role === 'assistant' && callsOf(one).length === 0)),
  tool_messages: (messages) => messages.some(({ role }) => role === 'tool'),
  tool_call_ids: (messages) => messages.flatMap(callsOf).some((call) => !/^[a-zA-Z0-9]{9}$/.test(idOf(call))),
  tool_round_then_user: (messages) => pairs(messages, (a, b) => a.role === 'tool' && b.role === 'user'),
  two_calls: (messages) => messages.some((message) => callsOf(message).length > 1),
  orphan_result: (messages) =>
    messages.some((message, at) => {
      if (message.role !== 'tool') return false;
      const caller = messages.slice(0, at).findLast(({ role }) => role !== 'tool');
      return !callsOf(caller).some((call) => idOf(call) === message.tool_call_id);
    }),
  tool_result_parts: (messages) => messages.some(({ role, content }) => role === 'tool' && Array.isArray(content)),
  text_with_call: (messages) => messages.some((message) => callsOf(message).length > 0 && isText(message)),
  tools: (_, tools) => tools.length > 0,
  calls: (messages) => messages.some((message) => callsOf(message).length > 0),
};

export function shapesOf({ messages, tools }: ChatRequest): readonly string[] {
  return Object.entries(shapes).flatMap(([name, has]) => (has(messages, tools) ? [name] : []));
}

/** Table rows in which a round of tool calls is part of something else. */
const toolRounds = [
  'tool_round',
  'tool_content_and_call',
  'tool_empty_string_content',
  'args_empty_object',
  'reasoning_back',
  'tool_no_tools_param',
  'tool_result_parts',
  'two_results',
];
/** What the second table calls the shapes. That reasoning is left out of earlier turns is how templates are meant. */
const lostShapes: Readonly<Record<string, string>> = {
  system_late: 'system_late',
  second_system: 'two_systems',
  tools_rendered: 'tools',
  tool_desc: 'tools',
  call_args: 'calls',
  result: 'tool_messages',
  second_result: 'tool_messages',
  result_parts: 'tool_result_parts',
  text_with_call: 'text_with_call',
};

/** Refusals that the table cuts short. */
const sentences = [
  'This model only supports single tool-calls at once!',
  'Tool call IDs should be alphanumeric strings with length 9!',
  'Conversation roles must alternate user/assistant/user/assistant/...',
  'After the optional system message, conversation roles must alternate user/assistant/user/assistant/...',
];

/** Which shape it is that a template refuses in a row of the table. */
function refusedShape(row: string, words: string): string {
  if (!toolRounds.includes(row)) return row;
  if (/length 9/.test(words)) return 'tool_call_ids';
  if (/single tool-call/.test(words)) return 'two_calls';
  return row === 'tool_result_parts' && !/alternat/.test(words) ? row : 'tool_messages';
}

export function recordedTemplates(folder: string): readonly RecordedTemplate[] {
  const read = (name: string): Record<string, Row> =>
    JSON.parse(readFileSync(join(folder, 'model-servers', `template-${name}.json`), 'utf8'));
  const dropped = read('drop');
  return Object.entries(read('matrix')).map(([name, rows]) => {
    const breaks = new Map<string, string>();
    for (const [row, said] of Object.entries(rows)) {
      // What the tiny model made of it is no refusal of the template.
      const words = /Jinja Exception: (.*)$/.exec(typeof said === 'string' ? said : '')?.[1];
      if (words === undefined) continue;
      const whole = sentences.find((sentence) => sentence.startsWith(words)) ?? words;
      breaks.set(refusedShape(row, whole), whole);
    }
    const lost = Object.entries(dropped[name] ?? {}).filter(([, what]) => what === 'DROPPED');
    const loses = new Set(lost.flatMap(([row]) => lostShapes[row] ?? []));
    const refusals = [...breaks.values()].map((words) => `{{ raise_exception("${words}") }}`);
    return {
      name,
      breaks,
      loses,
      props: { chat_template: [name, ...refusals].join('\n'), chat_template_caps: rows.caps },
    };
  });
}

/** What a server with this template makes of a request. */
export function rendered({ breaks, loses }: RecordedTemplate, { messages, tools }: ChatRequest): Rendered {
  const refused = shapesOf({ messages, tools }).find((shape) => breaks.has(shape));
  if (refused !== undefined) return { kind: 'refused', message: `Jinja Exception: ${breaks.get(refused) ?? ''}` };
  const pieces: unknown[] = loses.has('tools') ? [] : [...tools];
  for (const message of messages) {
    const calls = callsOf(message);
    const isLost =
      message.role === 'tool' ? loses.has('tool_messages') : calls.length > 0 && loses.has('text_with_call');
    if (!isLost) pieces.push(message.content);
    if (!loses.has('calls')) pieces.push(...calls);
  }
  return { kind: 'prompt', text: pieces.map((piece) => JSON.stringify(piece)).join('\n') };
}
