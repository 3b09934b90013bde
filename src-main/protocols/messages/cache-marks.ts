import type { JsonObject } from '../../../src-shared/json.ts';
import type { WireBlock, WireMessage } from './request-blocks.ts';

const mark = { type: 'ephemeral' };

/**
 * Marks what Anthropic is to cache, for clients that have no way to say it: it caches nothing that is not marked, and takes four marks.
 * They stand at the end of the tools, of the system prompt, and of the last two user turns, so that each request reads what the one before
 * it wrote. Where the client set marks itself, these are all there are.
 */
export function markForCache(
  system: readonly WireBlock[],
  tools: readonly JsonObject[],
  messages: readonly WireMessage[],
): {
  readonly system: readonly WireBlock[];
  readonly tools: readonly JsonObject[];
  readonly messages: readonly WireMessage[];
} {
  const isMarked = [...system, ...tools, ...messages.flatMap(({ content }) => content)].some(holdsMark);
  if (isMarked) return { system, tools, messages };
  const turns = messages.flatMap(({ role }, at) => (role === 'user' ? [at] : [])).slice(-2);
  return {
    system: lastMarked(system),
    tools: lastMarked(tools),
    messages: messages.map((message, at) =>
      turns.includes(at) ? { ...message, content: [...lastMarked(message.content)] } : message,
    ),
  };
}

function lastMarked<Item extends JsonObject>(items: readonly Item[]): readonly Item[] {
  return items.map((item, at) => (at === items.length - 1 ? { ...item, cache_control: mark } : item));
}

/** Also in what a result or a document holds. */
function holdsMark(item: JsonObject): boolean {
  if (item.cache_control !== undefined) return true;
  return Array.isArray(item.content) && item.content.some((part) => isBlock(part) && holdsMark(part));
}

function isBlock(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
