import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { Part } from '../conversation/events.ts';
import { decodeSearch } from './decode-search.ts';
import { readStop } from './read-stop.ts';
import { UsageReader } from './read-usage.ts';
import { decodeMessagesErrorObject } from './upstream-error.ts';

/** A block that is open on the wire. */
interface OpenBlock {
  readonly type: string;
  readonly start: JsonObject;
  /** Of a call: its arguments so far. */
  json: string;
  signature: string;
}

/**
 * Reads the events of one streamed answer. Tolerates what the documentation allows and servers were seen to do: events and blocks of
 * types we do not know, content in a block's start, input in one piece, no index, figures of usage anywhere.
 */
export class EventReader {
  readonly #usage = new UsageReader();
  readonly #blocks = new Map<number, OpenBlock>();
  /** Searches whose results have not come yet, by id. */
  readonly #searches = new Map<string, JsonObject>();
  #latest = 0;

  /** @param event parsed data of an event, `type` being the event's name where the data has none */
  read(event: Record<string, unknown>): readonly Part[] {
    switch (event.type) {
      case 'message_start':
        return this.#start(isObject(event.message) ? event.message : {});
      case 'content_block_start':
        return this.#open(this.#index(event), isObject(event.content_block) ? (event.content_block as JsonObject) : {});
      case 'content_block_delta':
        return this.#grow(this.#index(event), isObject(event.delta) ? event.delta : {});
      case 'content_block_stop':
        return this.#close(this.#index(event));
      case 'message_delta':
        return this.#finish(isObject(event.delta) ? event.delta : {}, event.usage);
      case 'message_stop':
        return [...this.#openSearches(), { kind: 'done' }];
      case 'ping':
        return [{ kind: 'alive' }];
      case 'error':
        return [{ kind: 'error', error: decodeMessagesErrorObject(event) }];
      default:
        if (isObject(event.error)) return [{ kind: 'error', error: decodeMessagesErrorObject(event) }];
        return [leftOut(`event ${String(event.type).slice(0, 40)}`)];
    }
  }

  /** A whole message, as the events that would have told it. */
  readMessage(message: Record<string, unknown>): readonly Part[] {
    const content = Array.isArray(message.content) ? message.content : [];
    return [
      ...this.#start(message),
      ...content.flatMap((block, index) =>
        isObject(block) ? [...this.#open(index, block as JsonObject), ...this.#close(index)] : [],
      ),
      ...this.#finish(message, message.usage),
      ...this.#openSearches(),
      { kind: 'done' },
    ];
  }

  #index({ index }: Record<string, unknown>): number {
    if (typeof index === 'number') this.#latest = index;
    return this.#latest;
  }

  #start(message: Record<string, unknown>): readonly Part[] {
    const usage = this.#usage.read(message.usage);
    return [
      {
        kind: 'start',
        ...(typeof message.id === 'string' && { responseId: message.id }),
        ...(typeof message.model === 'string' && { model: message.model }),
      },
      ...(usage === null ? [] : [{ kind: 'usage', usage } as const]),
    ];
  }

  #open(index: number, start: JsonObject): readonly Part[] {
    const type = String(start.type);
    const block: OpenBlock = { type, start, json: '', signature: '' };
    this.#blocks.set(index, block);
    switch (type) {
      case 'text':
        return [...citations(start.citations), ...text(start.text)];
      case 'thinking':
        if (typeof start.signature === 'string') block.signature = start.signature;
        return thinking(start.thinking);
      case 'redacted_thinking':
        return typeof start.data === 'string' ? [{ kind: 'reasoning-state', redacted: start.data }] : [];
      case 'tool_use':
        return [
          {
            kind: 'tool-call',
            index,
            ...(typeof start.id === 'string' && start.id !== '' && { id: start.id }),
            ...(typeof start.name === 'string' && start.name !== '' && { name: start.name }),
          },
        ];
      case 'server_tool_use':
        return start.name === 'web_search' ? [] : [leftOut(`${type} ${String(start.name).slice(0, 40)}`)];
      case 'web_search_tool_result':
        return this.#searchResult(start);
      default:
        return [leftOut(`content block ${type.slice(0, 40)}`)];
    }
  }

  #grow(index: number, delta: Record<string, unknown>): readonly Part[] {
    const block = this.#blocks.get(index);
    switch (delta.type) {
      case 'text_delta':
        return text(delta.text);
      case 'thinking_delta':
        return thinking(delta.thinking);
      case 'signature_delta':
        if (block !== undefined && typeof delta.signature === 'string') block.signature += delta.signature;
        return [];
      case 'input_json_delta': {
        const piece = typeof delta.partial_json === 'string' ? delta.partial_json : '';
        if (block === undefined || piece === '') return [];
        block.json += piece;
        return block.type === 'tool_use' ? [{ kind: 'tool-call', index, arguments: piece }] : [];
      }
      case 'citations_delta':
        return citations([delta.citation]);
      default:
        // Deltas of blocks that are left out are left out with them.
        return block !== undefined && known.has(block.type)
          ? [leftOut(`delta ${String(delta.type).slice(0, 40)}`)]
          : [];
    }
  }

  #close(index: number): readonly Part[] {
    const block = this.#blocks.get(index);
    if (block === undefined) return [];
    this.#blocks.delete(index);
    switch (block.type) {
      case 'thinking':
        return [
          ...(block.signature === '' ? [] : [{ kind: 'reasoning-state', signature: block.signature } as const]),
          { kind: 'block-end' },
        ];
      case 'text':
        return [{ kind: 'block-end' }];
      case 'tool_use': {
        // No `block-end`: a call that was cut is closed on the wire too, and is known by its arguments only.
        const { input } = block.start;
        const whole = isObject(input) && block.json === '' ? JSON.stringify(input) : '';
        return whole === '' ? [] : [{ kind: 'tool-call', index, arguments: whole }];
      }
      case 'server_tool_use':
        if (block.start.name === 'web_search') this.#searchCalled(block);
        return [];
      default:
        return [];
    }
  }

  #searchCalled({ start, json }: OpenBlock): void {
    const id = typeof start.id === 'string' ? start.id : '';
    this.#searches.set(id, { ...start, id, input: parsedInput(json) ?? start.input ?? {} });
  }

  #searchResult(result: JsonObject): readonly Part[] {
    const id = typeof result.tool_use_id === 'string' ? result.tool_use_id : '';
    const call = this.#searches.get(id);
    this.#searches.delete(id);
    const value = call ?? { type: 'server_tool_use', id, name: 'web_search', input: {} };
    const block = decodeSearch({ value, path: 'content' }, new Map([[id, result]]));
    return block === null ? [] : [{ kind: 'web-search', block }];
  }

  /** Searches that the server has begun and will go on with in its next answer (`pause_turn`). */
  #openSearches(): readonly Part[] {
    const calls = [...this.#searches.values()];
    this.#searches.clear();
    return calls.flatMap((value): readonly Part[] => {
      const block = decodeSearch({ value, path: 'content' }, new Map());
      return block === null ? [] : [{ kind: 'web-search', block }];
    });
  }

  #finish(delta: Record<string, unknown>, raw: unknown): readonly Part[] {
    const usage = this.#usage.read(raw);
    return [
      ...this.#openSearches(),
      ...(usage === null ? [] : [{ kind: 'usage', usage } as const]),
      ...readStop(delta),
    ];
  }
}

/** Blocks whose deltas we read. */
const known = new Set(['text', 'thinking', 'tool_use']);

function text(value: unknown): readonly Part[] {
  return typeof value === 'string' && value !== '' ? [{ kind: 'text', text: value }] : [];
}

function thinking(value: unknown): readonly Part[] {
  return typeof value === 'string' && value !== '' ? [{ kind: 'reasoning', text: value, field: 'thinking' }] : [];
}

function citations(value: unknown): readonly Part[] {
  if (!Array.isArray(value) || value.length === 0) return [];
  return [{ kind: 'diagnostic', what: 'citations', why: 'The client was not told on which passages the text rests.' }];
}

function leftOut(what: string): Part {
  return { kind: 'diagnostic', what, why: 'The client has no block for it; it was left out.' };
}

/** `null` for text that is no JSON object. */
function parsedInput(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? (value as JsonObject) : null;
  } catch {
    return null; // cut, or nothing: what stood in the block's start counts
  }
}
