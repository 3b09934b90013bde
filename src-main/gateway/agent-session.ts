import type { IncomingHttpHeaders } from 'node:http';

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
