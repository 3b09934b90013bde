import type { JsonObject, JsonValue } from '../../../src-shared/json.ts';
import type { WebSearchBlock } from '../conversation/request.ts';

/** A search that the server ran, as the two blocks that Messages has for it; the second is absent while there is no result. */
export function encodeWebSearch(block: WebSearchBlock): readonly JsonObject[] {
  const id = block.id.startsWith('srvtoolu_') ? block.id : `srvtoolu_${block.id}`;
  const call = { type: 'server_tool_use', id, name: 'web_search', input: { query: block.query } };
  if (block.result === null) return [call];
  return [call, { type: 'web_search_tool_result', tool_use_id: id, content: resultContent(block) }];
}

function resultContent({ result, extras }: WebSearchBlock): JsonValue {
  const native = extras?.messages?.content; // what Anthropic itself sent, with its encrypted content
  if (native !== undefined) return native;
  if (result === null || result.kind === 'error') {
    return { type: 'web_search_tool_result_error', error_code: result?.code ?? 'unavailable' };
  }
  return result.hits.map(({ title, url, pageAge }) => ({
    type: 'web_search_result',
    title,
    url,
    encrypted_content: '',
    page_age: pageAge ?? null,
  }));
}
