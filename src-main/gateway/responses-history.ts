import { isObject, type JsonObject } from '../../src-shared/json.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { refuse } from './answer-output.ts';
import type { GatewayParts } from './parts.ts';
import type { Received } from './receive.ts';
import type { ResponseStore } from './response-store.ts';

/** A Responses request whose `input` holds all that the model is to see. */
export interface WithHistory extends Received {
  readonly body: JsonObject;
  /** All that the model is to see. */
  readonly items: readonly JsonObject[];
  /** The items that this request itself brought. */
  readonly added: readonly JsonObject[];
  readonly previousId: string | null;
}

/**
 * Puts the items of the named previous response before those of the request, and stored items in the place of references to them
 * (reference protocol.md §5.5). Instructions are not carried over. Null where the request was refused: for what it names and is not
 * there, or for what is not to be had here.
 */
export function withHistory(store: ResponseStore, received: Received): WithHistory | null {
  const { exchange } = received;
  const body = received.body as JsonObject; // parsed JSON holds JSON values
  const resolved = resolve(store, exchange.key.id, body);
  if ('error' in resolved) {
    refuse(exchange, resolved.error);
    return null;
  }
  const { added, earlier, previousId } = resolved;
  const keeps = store.keeps && body.store !== false;
  const items = [...earlier, ...added];
  // No items: decoding says what is wrong with the input, or that it is missing.
  const input = items.length === 0 ? body.input : items;
  return {
    ...received,
    body: { ...body, store: keeps, ...(input !== undefined && { input }) },
    items,
    added,
    previousId,
  };
}

/** Keeps the answer where the client did not forbid it; undefined where it did. */
export function keepIn(
  store: ResponseStore,
  { supplies }: Pick<GatewayParts, 'supplies'>,
  { exchange, body, added, previousId }: WithHistory,
): ((response: JsonObject) => void) | undefined {
  if (body.store !== true) return undefined;
  return (response) => {
    const input = added.map((item) => ({
      ...item,
      id: typeof item.id === 'string' ? item.id : supplies.newId('msg_'),
    }));
    store.add({ id: String(response.id), keyId: exchange.key.id, previousId, input, response });
  };
}

type Resolved =
  | {
      readonly added: readonly JsonObject[];
      readonly earlier: readonly JsonObject[];
      readonly previousId: string | null;
    }
  | { readonly error: ConversationError };

function resolve(store: ResponseStore, keyId: string, body: JsonObject): Resolved {
  const error = unavailable(body);
  if (error !== null) return { error };
  const added = itemsOf(body.input).map((item) =>
    item.type === 'item_reference' ? (store.findItem(keyId, String(item.id)) ?? item) : item,
  );
  const { previous_response_id: previousId } = body;
  if (typeof previousId !== 'string') return { added, earlier: [], previousId: null };
  const earlier = store.itemsUpTo(keyId, previousId);
  return earlier === null ? { error: noPrevious(previousId) } : { added, earlier, previousId };
}

/** What only OpenAI can do; a client is better told than left to think that it happened. */
function unavailable(body: JsonObject): ConversationError | null {
  if (body.background === true) {
    return unsupported(
      'background',
      'Background responses are not supported here. Send the request without `background`.',
    );
  }
  if (isObject(body.prompt)) {
    return unsupported(
      'prompt',
      'Prompt templates are stored with OpenAI and not to be had here. Send `instructions` and `input`.',
    );
  }
  if (body.conversation !== undefined && body.conversation !== null) {
    const message =
      'Conversations are stored with OpenAI and not to be had here. Use `previous_response_id`, or send the whole input.';
    return unsupported('conversation', message);
  }
  return null;
}

function unsupported(param: string, message: string): ConversationError {
  return { kind: 'unsupported', message, param };
}

function noPrevious(id: string): ConversationError {
  return {
    kind: 'invalid-request',
    message: `Previous response with id '${id}' not found. Send the whole conversation as \`input\`.`,
    param: 'previous_response_id',
    upstreamCode: 'previous_response_not_found',
  };
}

/** A wrong shape gives no items: decoding says what is wrong with it. */
function itemsOf(input: JsonObject[string]): readonly JsonObject[] {
  if (typeof input === 'string') {
    return input === '' ? [] : [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
  }
  return Array.isArray(input) && input.every(isObject) ? (input as JsonObject[]) : [];
}
