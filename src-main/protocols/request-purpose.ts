import type { ActivityPurpose } from '../../src-shared/activity.ts';
import { isObject } from '../../src-shared/json.ts';

type Body = Readonly<Record<string, unknown>>;

const byPath: Readonly<Record<string, ActivityPurpose>> = {
  '/v1/messages': 'chat',
  '/v1/messages/count_tokens': 'count',
  '/v1/chat/completions': 'chat',
  '/v1/embeddings': 'embeddings',
  '/v1/responses': 'chat',
  '/v1/responses/compact': 'compact',
  '/v1/responses/input_tokens': 'count',
};

/** How the last word of an agent's request begins when it wants its conversation summed up (Claude Code 2.1.329; Codex 0.169.0). */
const wantsSummary = /^\s*(?:CRITICAL: Respond with TEXT ONLY|You are performing a CONTEXT CHECKPOINT)/;
/** The same where it wants a title (OpenCode 1.18.33). */
const wantsTitle = /^\s*Generate a title\b/;

/** OpenCode's words for it, a message or a block of their own: nobody else begins so. */
const titleCommand = 'Generate a title for this conversation:';

/** What a request wants, told by its path and by the signs that agents give; `body` as the client sent it, in any protocol. */
export function requestPurpose(path: string, body: Body): ActivityPurpose {
  const purpose = byPath[path] ?? 'other';
  if (purpose !== 'chat') return purpose;
  if (isCompaction(body)) return 'compact';
  return isTitle(body) ? 'title' : 'chat';
}

/**
 * True for a request that an agent makes beside the conversation, told by a sign that nothing else gives: a title, in OpenCode's very words (1.18.33) or as an
 * answer that can hold nothing else (Codex 0.169.0). A compaction is none: what it leaves out is lost for the conversation.
 */
export function isBackgroundCall(path: string, body: Body): boolean {
  if (requestPurpose(path, body) !== 'title') return false;
  return answersWithTitle(body) || lastWords(body).some((text) => text.trim() === titleCommand);
}

function isCompaction(body: Body): boolean {
  if (turnKind(body) === 'compaction') return true;
  const last = turnsOf(body).at(-1);
  return (
    (isObject(last) && last.type === 'compaction_trigger') || lastWords(body).some((text) => wantsSummary.test(text))
  );
}

/** A title needs no tools; it is asked for by the shape of the answer (Claude Code, Codex' TUI), or in words. */
function isTitle(body: Body): boolean {
  if (Array.isArray(body.tools) && body.tools.length > 0) return false;
  return answersWithTitle(body) || lastWords(body).some((text) => wantsTitle.test(text));
}

/** What Codex says of a request: turn, compaction, prewarm. */
function turnKind({ client_metadata: metadata }: Body): unknown {
  const told = isObject(metadata) ? metadata['x-codex-turn-metadata'] : null;
  if (typeof told !== 'string') return null;
  try {
    const turn: unknown = JSON.parse(told);
    return isObject(turn) ? turn.request_kind : null;
  } catch {
    return null; // not as Codex writes it: it tells nothing
  }
}

/** True where the answer has to be an object that holds a title and nothing else. */
function answersWithTitle({ output_config, text, response_format }: Body): boolean {
  const [format] = [output_config, text].flatMap((said) =>
    isObject(said) && isObject(said.format) ? [said.format] : [],
  );
  const chat = isObject(response_format) ? response_format.json_schema : null;
  const schema = format?.schema ?? (isObject(chat) ? chat.schema : null);
  const properties = isObject(schema) && isObject(schema.properties) ? Object.keys(schema.properties) : [];
  return properties.length === 1 && properties[0] === 'title';
}

function turnsOf({ messages, input }: Body): readonly unknown[] {
  if (Array.isArray(messages)) return messages;
  return Array.isArray(input) ? input : [{ role: 'user', content: input }];
}

/** The texts of what the user said last: agents put several into one message, or into several in a row. */
function lastWords(body: Body): readonly string[] {
  const turns = turnsOf(body);
  const before = turns.findLastIndex((turn) => !isObject(turn) || turn.role !== 'user');
  return turns.slice(before + 1).flatMap((turn) => (isObject(turn) ? textsOf(turn.content) : []));
}

function textsOf(content: unknown): readonly string[] {
  if (typeof content === 'string') return [content];
  if (!Array.isArray(content)) return [];
  return content.flatMap((block: unknown) => (isObject(block) && typeof block.text === 'string' ? [block.text] : []));
}
