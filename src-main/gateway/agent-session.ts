import type { IncomingHttpHeaders } from 'node:http';
import { isObject } from '../../src-shared/json.ts';

/** Claude Code: `x-claude-code-session-id`; Codex: `session-id`, `thread-id`; others name it alike (reference agents.md). */
const sessionHeader = /^(?:x-)?(?:[a-z0-9]+-)*(?:session|thread|conversation)[-_]?id$/;

/** What the agent calls the conversation, in its headers or as OpenAI's `prompt_cache_key`; '' where it calls it nothing. */
export function agentSession(headers: IncomingHttpHeaders, body: Readonly<Record<string, unknown>>): string {
  const named = Object.keys(headers)
    .filter((name) => sessionHeader.test(name))
    .toSorted()
    .map((name) => String(headers[name]));
  const key = body.prompt_cache_key;
  return [...named, ...(typeof key === 'string' ? [key] : [])].join(' ');
}

/** Characters that tell the beginnings of conversations apart. */
const toldApartBy = 500;

/** As the agent calls the conversation, else as it begins: one that is not named is known again by the user's first words. */
export function sessionOrStart(headers: IncomingHttpHeaders, body: Readonly<Record<string, unknown>>): string {
  return agentSession(headers, body) || firstWords(body.messages ?? body.input);
}

function firstWords(turns: unknown): string {
  const first = Array.isArray(turns) ? turns.find((turn) => isObject(turn) && turn.role === 'user') : turns;
  const content = isObject(first) ? first.content : first;
  const pieces = Array.isArray(content) ? content.map((part) => (isObject(part) ? part.text : part)) : [content];
  const text = pieces.find((piece) => typeof piece === 'string');
  return typeof text === 'string' ? text.slice(0, toldApartBy) : '';
}
