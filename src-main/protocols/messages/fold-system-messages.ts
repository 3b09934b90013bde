import { isObject } from '../../../src-shared/json.ts';
import type { JsonEdit } from '../conversation/edit-json.ts';

type Message = Record<string, unknown>;

/**
 * Takes messages of role `system` out of a Messages request, for servers that know only user and assistant: as conversation/fold-system-turns.ts does
 * with turns, their text goes into the user message before, else into the next one, behind tool results, which have to come first; those before all
 * others go to `system`, where there is one. Empty where there are none.
 */
export function foldSystemMessages(body: Readonly<Record<string, unknown>>): readonly JsonEdit[] {
  const messages = Array.isArray(body.messages) ? body.messages.filter(isObject) : [];
  if (!messages.some(isSystem)) return [];
  const first = messages.findIndex((message) => !isSystem(message));
  const leading = messages
    .slice(0, first < 0 ? messages.length : first)
    .flatMap((message) => blocksOf(message.content));
  const folded: Message[] = [];
  let held: unknown[] = body.system === undefined ? leading.flatMap(reminder) : [];
  for (const message of first < 0 ? [] : messages.slice(first)) {
    const previous = folded.at(-1);
    if (isSystem(message)) {
      const reminders = blocksOf(message.content).flatMap(reminder);
      if (held.length === 0 && previous?.role === 'user') {
        folded[folded.length - 1] = { ...previous, content: [...blocksOf(previous.content), ...reminders] };
      } else held.push(...reminders);
    } else if (message.role === 'user' && held.length > 0) {
      folded.push({ ...message, content: behindResults(blocksOf(message.content), held) });
      held = [];
    } else {
      if (held.length > 0) folded.push({ role: 'user', content: held });
      held = [];
      folded.push(message);
    }
  }
  if (held.length > 0) folded.push({ role: 'user', content: held });
  const edits: JsonEdit[] = [{ path: ['messages'], value: plain(folded) }];
  if (leading.length > 0 && body.system !== undefined)
    edits.push({ path: ['system'], value: plain([...blocksOf(body.system), ...leading]) });
  return edits;
}

function isSystem(message: Message): boolean {
  return message.role === 'system';
}

function blocksOf(content: unknown): unknown[] {
  if (Array.isArray(content)) return content;
  return typeof content === 'string' && content !== '' ? [{ type: 'text', text: content }] : [];
}

function reminder(block: unknown): unknown[] {
  if (!isObject(block) || typeof block.text !== 'string' || block.text === '') return [];
  const { text } = block;
  const wrapped = text.startsWith('<system-reminder>') ? text : `<system-reminder>\n${text}\n</system-reminder>`;
  return [{ ...block, text: wrapped }];
}

function behindResults(blocks: readonly unknown[], added: readonly unknown[]): unknown[] {
  const last = blocks.findLastIndex((block) => isObject(block) && block.type === 'tool_result');
  return [...blocks.slice(0, last + 1), ...added, ...blocks.slice(last + 1)];
}

/** What was parsed from JSON, and put together anew, is JSON. */
function plain(value: unknown): JsonEdit['value'] {
  return JSON.parse(JSON.stringify(value));
}
