import type { JsonObject } from '../../../src-shared/json.ts';
import type { WebSearchBlock } from '../conversation/request.ts';

/** The pages that a search found, as Chat names the sources of an answer. Which words rest on which page nobody has said: the span is empty. */
export function citationsOf({ result }: WebSearchBlock): readonly JsonObject[] {
  if (result?.kind !== 'hits') return [];
  return result.hits.map(({ url, title }) => ({
    type: 'url_citation',
    url_citation: { url, title, start_index: 0, end_index: 0 },
  }));
}
