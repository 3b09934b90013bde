import type { JsonObject } from '../../../src-shared/json.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { WebSearchBlock, WebSearchHit } from '../conversation/request.ts';
import { type Field, optionalText, text } from './wire-fields.ts';

/** Whether a block is half of a web search that the server ran: `server_tool_use` web_search or its `web_search_tool_result`. */
export function isSearch(block: JsonObject): boolean {
  return block.type === 'web_search_tool_result' || isSearchCall(block);
}

/** The results in a message's content by the id of their call. */
export function searchResultsOf(content: readonly unknown[]): ReadonlyMap<string, JsonObject> {
  const results = new Map<string, JsonObject>();
  const calls = new Set<unknown>();
  for (const block of content) {
    if (!isObject(block)) continue;
    if (isSearchCall(block)) calls.add(block.id);
    const id = block.tool_use_id;
    if (block.type === 'web_search_tool_result' && typeof id === 'string' && calls.has(id))
      results.set(id, block as JsonObject);
  }
  return results;
}

/** A search as one block; `null` for the result half of one whose call holds it already. Throws a WireError. */
export function decodeSearch(field: Field, results: ReadonlyMap<string, JsonObject>): WebSearchBlock | null {
  if (isSearchCall(field.value)) {
    const id = text(field, 'id');
    const { input } = field.value;
    const query = isObject(input) && typeof input.query === 'string' ? input.query : '';
    return searchBlock(id, query, results.get(id));
  }
  const id = text(field, 'tool_use_id');
  return results.has(id) ? null : searchBlock(id, '', field.value);
}

function isSearchCall(block: Readonly<Record<string, unknown>>): boolean {
  return block.type === 'server_tool_use' && block.name === 'web_search';
}

/** The raw result travels along: its `encrypted_content` means something to Anthropic. */
function searchBlock(id: string, query: string, result: JsonObject | undefined): WebSearchBlock {
  if (result === undefined) return { kind: 'web-search', id, query, result: null };
  const { content } = result;
  const extras = { extras: { messages: { content } } };
  if (!Array.isArray(content)) {
    const code = isObject(content) && typeof content.error_code === 'string' ? content.error_code : 'unavailable';
    return { kind: 'web-search', id, query, result: { kind: 'error', code }, ...extras };
  }
  return { kind: 'web-search', id, query, result: { kind: 'hits', hits: content.flatMap(hit) }, ...extras };
}

function hit(value: unknown): readonly WebSearchHit[] {
  if (!isObject(value)) return [];
  const field = { value: value as JsonObject, path: '' };
  const url = optionalText(field, 'url');
  if (url === undefined) return [];
  const pageAge = optionalText(field, 'page_age');
  return [{ title: optionalText(field, 'title') ?? url, url, ...(pageAge !== undefined && { pageAge }) }];
}
