import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../src-shared/json.ts';

/** Recorded Chat answers of real servers, and a plain aggregation of them that shares no code with our translation. */

export interface Aggregate {
  text: string;
  reasoning: string;
  calls: { name: string; input: unknown }[];
  finish: string | null;
  usage: { input: number; output: number } | null;
  failed: boolean;
}

const own = join(import.meta.dirname, 'fixtures/recorded/openai-chat');
const fixtures = process.env.DRAGOMAN_FIXTURES ?? '';
const list = (folder: string, pattern: RegExp): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => pattern.test(name))
        .map((name) => join(folder, name))
    : [];
const serverGroups =
  fixtures === ''
    ? []
    : readdirSync(join(fixtures, 'model-servers'), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name);

/** Paths of recorded streams. */
export const recordedStreams = [
  ...list(own, /\.sse$/),
  ...(fixtures === '' ? [] : list(join(fixtures, 'recorded/openai-chat/stream'), /\.sse$/)),
  ...serverGroups.flatMap((group) =>
    list(
      join(fixtures, 'model-servers', group),
      /^(chat.*stream|slow-prompt.*|slow-.*|runner-killed-chat.*|overflow-during.*)\.sse$/,
    ),
  ),
].filter((path) => !path.includes('messages') && !path.includes('responses'));
/** Paths of recorded JSON answers. */
export const recordedAnswers = [
  ...list(own, /\.json$/),
  ...(fixtures === '' ? [] : list(join(fixtures, 'recorded/openai-chat/json'), /\.response\.json$/)),
];

/** A path's last two parts: the test's name. */
export const shortName = (path: string): string => path.split('/').slice(-2).join('/');

/** What a recorded JSON answer says. */
export function aggregateAnswer(path: string): { readonly body: unknown; readonly expected: Aggregate } {
  const body = JSON.parse(readFileSync(path, 'utf8'));
  const expected = newAggregate();
  addChoice(expected, body.choices[0].message ?? {}, body.choices[0].finish_reason);
  addUsage(expected, body.usage);
  return { body, expected };
}

function newAggregate(): Aggregate {
  return { text: '', reasoning: '', calls: [], finish: null, usage: null, failed: false };
}

/** What a recorded stream says. */
export function aggregateStream(body: string): Aggregate {
  const aggregate = newAggregate();
  const open = new Map<unknown, { name: string; text: string }>();
  let last: unknown = 0;
  let done = false;
  for (const line of body.split(/\r?\n/)) {
    if (!line.startsWith('data:')) continue;
    const data = line.slice(5).trim();
    if (data === '[DONE]') done = true;
    if (data === '' || data === '[DONE]') continue;
    const chunk = JSON.parse(data);
    if (chunk.error) aggregate.failed = true;
    const choice = chunk.choices?.[0];
    addUsage(aggregate, chunk.usage ?? chunk.x_groq?.usage);
    if (choice === undefined) continue;
    const { tool_calls, ...delta } = choice.delta ?? {};
    addChoice(aggregate, delta, choice.finish_reason);
    for (const call of tool_calls ?? []) {
      const key = call.index ?? call.id ?? last;
      last = key;
      const entry = open.get(key) ?? { name: '', text: '' };
      open.set(key, entry);
      if (call.function?.name) entry.name = call.function.name;
      entry.text += call.function?.arguments ?? '';
    }
  }
  for (const { name, text } of open.values()) aggregate.calls.push({ name, input: safeParse(text) });
  if (!done && aggregate.finish === null) aggregate.failed = true;
  return aggregate;
}

function addChoice(aggregate: Aggregate, message: Record<string, unknown>, finish: string | null): void {
  const { content } = message;
  if (typeof content === 'string') aggregate.text += content;
  if (Array.isArray(content)) {
    for (const part of content) {
      if (part.type === 'text') aggregate.text += part.text;
      if (part.type === 'thinking')
        aggregate.reasoning += part.thinking.map((piece: { text: string }) => piece.text).join('');
    }
  }
  aggregate.reasoning += String(message.reasoning_content || message.reasoning || '');
  for (const call of Array.isArray(message.tool_calls) ? message.tool_calls : []) {
    aggregate.calls.push({ name: call.function.name, input: safeParse(call.function.arguments) });
  }
  if (finish) aggregate.finish = finish;
}

function addUsage(aggregate: Aggregate, usage: unknown): void {
  if (!isObject(usage) || typeof usage.prompt_tokens !== 'number') return;
  const completion = Number(usage.completion_tokens);
  const details = isObject(usage.completion_tokens_details) ? usage.completion_tokens_details : {};
  const reasoning = Number(details.reasoning_tokens ?? 0);
  const isLeftOut = usage.total_tokens === usage.prompt_tokens + completion + reasoning;
  aggregate.usage = { input: usage.prompt_tokens, output: isLeftOut ? completion + reasoning : completion };
}

function safeParse(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
