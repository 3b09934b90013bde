import { isObject } from '../../../src-shared/json.ts';
import type { Part } from '../conversation/events.ts';
import { namespacedName, readServerCall } from './upstream-calls.ts';

/** What a fragment is a piece of. */
export type Channel = 'text' | 'refusal' | 'summary' | 'reasoning-text' | 'arguments';

/** Where an event says it belongs. Servers leave out any of it, and some send another id with every event. */
export interface Place {
  readonly id?: string | undefined;
  readonly index?: number | undefined;
  /** Which content or summary part of the item. */
  readonly part: number;
}

interface Item {
  readonly type: string;
  /** Counts the items in the order in which they began; stands for the index, which some servers repeat. */
  readonly ordinal: number;
  readonly id: string | undefined;
  readonly index: number | undefined;
  /** A call's id, once it is known. */
  callId: string | undefined;
  /** How many characters of each channel and part were handed on. */
  readonly sent: Map<string, number>;
  /** Reasoning that comes both raw and as a summary is taken from where it came first. */
  reasoning: 'summary' | 'reasoning-text' | undefined;
  /** The reasoning's item id was handed on. */
  named: boolean;
  done: boolean;
}

const itemTypes: Readonly<Record<Channel, readonly string[]>> = {
  text: ['message'],
  refusal: ['message'],
  summary: ['reasoning'],
  'reasoning-text': ['reasoning'],
  arguments: ['function_call', 'custom_tool_call'],
};

/**
 * Follows the output items of one response. Everything is said several times on this wire: in deltas, at the end of each part, at the
 * end of the item and once more in the last event. Whatever came first is handed on at once, and later only what was still missing, so
 * that servers which leave out any of it are understood and nothing comes twice.
 */
export class OutputItems {
  readonly #items: Item[] = [];
  readonly #byId = new Map<string, Item>();
  readonly #byIndex = new Map<number, Item>();
  /** What the assembler has open: a text part, one item's reasoning, or a call. */
  #open: string | null = null;

  /** `response.output_item.added`. What the item holds already is not read: it comes again, and `encrypted_content` only then is final. */
  added(raw: unknown, index: number | undefined, parts: Part[]): void {
    if (isObject(raw)) this.#begin(raw, index, parts);
  }

  /** A fragment of an item's text, reasoning or arguments. */
  delta(channel: Channel, place: Place, text: string, parts: Part[]): void {
    if (text === '') return;
    const item = this.#itemOf(channel, place, parts);
    if (item !== null) this.#hand(item, channel, place.part, text, parts);
  }

  /** All of what the deltas of one part brought, or should have. */
  whole(channel: Channel, place: Place, text: string, parts: Part[]): void {
    if (text === '') return;
    const item = this.#itemOf(channel, place, parts);
    if (item !== null) this.#handRest(item, channel, place.part, text, parts);
  }

  /** `response.output_item.done`. */
  finished(raw: unknown, index: number | undefined, parts: Part[]): void {
    if (!isObject(raw) || typeof raw.type !== 'string') return;
    const known =
      this.#known(raw.type, idOf(raw), index) ?? this.#items.find(({ type, done }) => type === raw.type && !done);
    this.#finish(known ?? this.#begin(raw, index, parts), raw, parts);
  }

  /** The `output` of the last event or of a whole JSON answer: what of it did not come before. */
  output(list: unknown, parts: Part[]): void {
    if (!Array.isArray(list)) return;
    const streamed = [...this.#items];
    const seen = new Map<string, number>();
    for (const [index, raw] of list.entries()) {
      if (!isObject(raw) || typeof raw.type !== 'string') continue;
      const { type } = raw;
      const nth = seen.get(type) ?? 0;
      seen.set(type, nth + 1);
      const id = idOf(raw);
      const byId = id === undefined ? undefined : this.#byId.get(id);
      const item = byId ?? streamed.filter((one) => one.type === type)[nth];
      this.#finish(item ?? this.#begin(raw, index, parts), raw, parts);
    }
  }

  #begin(raw: Readonly<Record<string, unknown>>, index: number | undefined, parts: Part[]): Item {
    const id = idOf(raw);
    const item: Item = {
      type: typeof raw.type === 'string' ? raw.type : '',
      ordinal: this.#items.length,
      id,
      index,
      callId: undefined,
      sent: new Map(),
      reasoning: undefined,
      named: false,
      done: false,
    };
    this.#items.push(item);
    if (id !== undefined) this.#byId.set(id, item);
    if (index !== undefined) this.#byIndex.set(index, item);
    if (itemTypes.arguments.includes(item.type)) this.#nameCall(item, raw, parts);
    return item;
  }

  #known(type: string, id: string | undefined, index: number | undefined): Item | undefined {
    const byId = id === undefined ? undefined : this.#byId.get(id);
    if (byId !== undefined) return byId;
    const byIndex = index === undefined ? undefined : this.#byIndex.get(index);
    return byIndex?.type === type && !byIndex.done ? byIndex : undefined;
  }

  /** The item of a fragment; one that was never announced is begun here. `null` for a fragment of an item that is not read. */
  #itemOf(channel: Channel, { id, index }: Place, parts: Part[]): Item | null {
    const types = itemTypes[channel];
    const byId = id === undefined ? undefined : this.#byId.get(id);
    if (byId !== undefined) return types.includes(byId.type) ? byId : null;
    const byIndex = index === undefined ? undefined : this.#byIndex.get(index);
    if (byIndex !== undefined && types.includes(byIndex.type)) return byIndex;
    const latest = this.#items.findLast((item) => types.includes(item.type) && !item.done);
    if (latest !== undefined) return latest;
    if (channel === 'arguments') return null; // of a call without a name: all of it comes again with the item
    return this.#begin({ type: types[0], ...(id !== undefined && { id }) }, index, parts);
  }

  #finish(item: Item, raw: Readonly<Record<string, unknown>>, parts: Part[]): void {
    if (item.done) return;
    switch (item.type) {
      case 'message':
        this.#finishMessage(item, raw.content, parts);
        break;
      case 'reasoning':
        this.#finishReasoning(item, raw, parts);
        break;
      case 'function_call':
      case 'custom_tool_call':
        this.#finishCall(item, raw, parts);
        break;
      default:
        this.#open = null;
        parts.push(...readServerCall(raw, item.ordinal));
    }
    item.done = true;
  }

  #finishMessage(item: Item, content: unknown, parts: Part[]): void {
    const list: readonly unknown[] = Array.isArray(content) ? content : [content];
    for (const [at, part] of list.entries()) {
      if (typeof part === 'string') this.#handRest(item, 'text', at, part, parts);
      if (!isObject(part)) continue;
      if (typeof part.text === 'string') this.#handRest(item, 'text', at, part.text, parts);
      if (typeof part.refusal === 'string') this.#handRest(item, 'refusal', at, part.refusal, parts);
      if (Array.isArray(part.annotations) && part.annotations.length > 0) {
        parts.push({
          kind: 'diagnostic',
          what: 'annotations',
          why: 'The client has no block for it; it was left out.',
        });
      }
    }
    if (this.#open?.startsWith(`${item.ordinal}:`) === true) this.#endBlock(parts);
  }

  #finishReasoning(item: Item, raw: Readonly<Record<string, unknown>>, parts: Part[]): void {
    for (const [channel, list] of [
      ['reasoning-text', raw.content],
      ['summary', raw.summary],
    ] as const) {
      if (!Array.isArray(list)) continue;
      for (const [at, part] of list.entries()) {
        if (isObject(part) && typeof part.text === 'string') this.#handRest(item, channel, at, part.text, parts);
      }
    }
    const encrypted = raw.encrypted_content;
    if (typeof encrypted === 'string' && encrypted !== '') {
      const id = idOf(raw) ?? item.id;
      this.#switchTo(`${item.ordinal}:reasoning`, parts);
      parts.push({ kind: 'reasoning-state', encrypted, ...(id !== undefined && { itemId: id }) });
    }
    if (this.#open === `${item.ordinal}:reasoning`) this.#endBlock(parts);
  }

  #finishCall(item: Item, raw: Readonly<Record<string, unknown>>, parts: Part[]): void {
    if (item.callId === undefined) this.#nameCall(item, raw, parts);
    const input = item.type === 'custom_tool_call' ? raw.input : raw.arguments;
    const text = typeof input === 'string' ? input : isObject(input) ? JSON.stringify(input) : '';
    this.#handRest(item, 'arguments', 0, text, parts);
    // The assembler ends what began last; a call that the output limit cut stays open.
    const isLast = item.ordinal === this.#items.length - 1 && this.#open === `${item.ordinal}:call`;
    if (isLast && raw.status !== 'incomplete') this.#endBlock(parts);
  }

  #nameCall(item: Item, raw: Readonly<Record<string, unknown>>, parts: Part[]): void {
    const callId = typeof raw.call_id === 'string' && raw.call_id !== '' ? raw.call_id : item.id;
    if (typeof raw.name !== 'string' || raw.name === '') return;
    item.callId = callId;
    this.#open = `${item.ordinal}:call`;
    const name =
      typeof raw.namespace === 'string' && raw.namespace !== '' ? namespacedName(raw.namespace, raw.name) : raw.name;
    parts.push({ kind: 'tool-call', index: item.ordinal, name, ...(callId !== undefined && { id: callId }) });
  }

  #handRest(item: Item, channel: Channel, part: number, text: string, parts: Part[]): void {
    const rest = text.slice(item.sent.get(`${channel}:${part}`) ?? 0);
    if (rest !== '') this.#hand(item, channel, part, rest, parts);
  }

  #hand(item: Item, channel: Channel, part: number, text: string, parts: Part[]): void {
    const key = `${channel}:${part}`;
    const sent = item.sent.get(key);
    if (channel === 'summary' || channel === 'reasoning-text') {
      item.reasoning ??= channel;
      if (item.reasoning !== channel) return;
      this.#switchTo(`${item.ordinal}:reasoning`, parts);
      // The parts of one item are one thought.
      const separator = sent === undefined && item.sent.size > 0 ? '\n\n' : '';
      const field = channel === 'summary' ? 'summary' : 'reasoning_text';
      parts.push({ kind: 'reasoning', text: separator + text, field });
      if (!item.named && text.trim() !== '') {
        item.named = true;
        // Without encrypted content the id is all that the reasoning can be told by.
        if (item.id !== undefined) parts.push({ kind: 'reasoning-state', itemId: item.id });
      }
    } else if (channel === 'arguments') {
      this.#open = `${item.ordinal}:call`;
      const id = item.callId;
      parts.push({ kind: 'tool-call', index: item.ordinal, arguments: text, ...(id !== undefined && { id }) });
    } else {
      this.#switchTo(`${item.ordinal}:${key}`, parts);
      parts.push({ kind: channel, text });
    }
    item.sent.set(key, (sent ?? 0) + text.length);
  }

  /** Two parts of one kind in a row are two blocks. */
  #switchTo(open: string, parts: Part[]): void {
    if (this.#open !== null && this.#open !== open && !this.#open.endsWith(':call')) parts.push({ kind: 'block-end' });
    this.#open = open;
  }

  #endBlock(parts: Part[]): void {
    parts.push({ kind: 'block-end' });
    this.#open = null;
  }
}

function idOf(raw: Readonly<Record<string, unknown>>): string | undefined {
  return typeof raw.id === 'string' && raw.id !== '' ? raw.id : undefined;
}
