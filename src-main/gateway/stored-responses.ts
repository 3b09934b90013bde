import type { IncomingMessage } from 'node:http';
import type { JsonObject } from '../../src-shared/json.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { pathOf } from './client-shape.ts';
import type { ResponseStore } from './response-store.ts';

export type StoredAnswer =
  | { readonly ok: true; readonly body: JsonObject }
  | { readonly ok: false; readonly error: ConversationError };

/**
 * What `/v1/responses/{id}` and the paths below it answer from the store: the response, its input items, its deletion, and that it can't be
 * cancelled, for it is over.
 */
export function answerFromStore(store: ResponseStore, keyId: string, request: IncomingMessage): StoredAnswer {
  const [id = '', below] = pathOf(request).slice('/v1/responses/'.length).split('/').map(decodeURIComponent);
  const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
  const stored = store.find(keyId, id);
  if (stored === null) return failed({ kind: 'not-found', message: `Response with id '${id}' not found.` });
  if (request.method === 'DELETE' && below === undefined) {
    store.remove(keyId, id);
    return { ok: true, body: { id, object: 'response', deleted: true } };
  }
  if (below === 'cancel') {
    return failed({
      kind: 'invalid-request',
      message: 'Only background responses can be cancelled; this one is over.',
    });
  }
  if (below === 'input_items') {
    const earlier = stored.previousId === null ? [] : (store.itemsUpTo(keyId, stored.previousId) ?? []);
    return { ok: true, body: page([...earlier, ...stored.input], query) };
  }
  if (query.get('stream') === 'true') {
    const message = 'A response that is stored here can’t be streamed again. Retrieve it without `stream`.';
    return failed({ kind: 'unsupported', message, param: 'stream' });
  }
  return { ok: true, body: stored.response };
}

/** A page of a list, newest first unless `order` says otherwise; `limit` is 20 where it is not 1 to 100. */
function page(items: readonly JsonObject[], query: URLSearchParams): JsonObject {
  const ordered = query.get('order') === 'asc' ? items : items.toReversed();
  const wished = Number(query.get('limit') ?? 20);
  const limit = Number.isInteger(wished) && wished >= 1 && wished <= 100 ? wished : 20;
  const after = query.get('after');
  const from = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  const data = ordered.slice(from, from + limit);
  return {
    object: 'list',
    data,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: from + limit < ordered.length,
  };
}

function failed(error: ConversationError): StoredAnswer {
  return { ok: false, error };
}
