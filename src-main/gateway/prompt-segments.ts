import { hash } from 'node:crypto';
import { isObject } from '../../src-shared/json.ts';

/** A piece of a prompt, as far as it can be told by comparing whether a server has read it before. */
export interface PromptSegment {
  /** Where it stands in the request: `tools[2]`, `messages[3].content[0]`. */
  readonly path: string;
  readonly hash: string;
  /** Length of its text, or of its JSON where it is none, in characters. */
  readonly length: number;
}

/** Members of a request of any protocol that stand in the prompt, in the order in which templates write them: what changes the whole prompt first. */
const promptMembers = [
  'chat_template_kwargs',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'tools',
  'system',
  'instructions',
  'messages',
  'input',
] as const;
/** Lists whose elements are pieces of their own; of a message each member is one. */
const turnLists: ReadonlySet<string> = new Set(['messages', 'input']);

/**
 * A request's prompt in pieces, in the order in which a model reads it. Marks that only say where a cache should be written (`cache_control`) wander from
 * request to request and are no part of the prompt.
 *
 * @param body a request of Messages, Chat or Responses, as the server was sent it
 */
export function promptSegments(body: Readonly<Record<string, unknown>>): readonly PromptSegment[] {
  const segments: PromptSegment[] = [];
  const add = (path: string, value: unknown): void => {
    const text = promptText(value);
    if (text !== undefined) segments.push({ path, hash: hash('sha1', text, 'base64'), length: text.length });
  };
  const addElements = (path: string, value: unknown): void => {
    if (!Array.isArray(value)) add(path, value);
    else for (const [at, element] of value.entries()) add(`${path}[${at}]`, element);
  };
  for (const name of promptMembers) {
    const value = body[name];
    if (!turnLists.has(name) || !Array.isArray(value)) {
      addElements(name, value);
      continue;
    }
    for (const [at, turn] of value.entries()) {
      if (!isObject(turn)) add(`${name}[${at}]`, turn);
      else for (const [member, part] of Object.entries(turn)) addElements(`${name}[${at}].${member}`, part);
    }
  }
  return segments;
}

/** What tells one conversation from another: its first message by the user; null where there is none. */
export function firstUserTurn(body: Readonly<Record<string, unknown>>): string | null {
  const turns = body.messages ?? body.input;
  const first = Array.isArray(turns) ? turns.find((turn) => isObject(turn) && turn.role === 'user') : turns;
  const text = promptText(first);
  return text === undefined ? null : hash('sha1', text, 'base64');
}

const mark = 'cache_control';

/** A text as it is, anything else as JSON without marks; undefined where there is nothing. */
function promptText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const text: string | undefined = JSON.stringify(value);
  // A function that looks at each member makes it several times as slow, and marks are few.
  return text?.includes(mark) ? JSON.stringify(value, (key, member) => (key === mark ? undefined : member)) : text;
}
