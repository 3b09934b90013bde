import type { JsonObject } from '../../src-shared/json.ts';
import type { Settings } from '../../src-shared/settings.ts';

export interface StoredResponse {
  readonly id: string;
  /** The key that asked for it, and alone may read it. */
  readonly keyId: string;
  readonly previousId: string | null;
  /** The items that this request added; those before it belong to the previous response. */
  readonly input: readonly JsonObject[];
  readonly response: JsonObject;
}

interface Entry {
  readonly stored: StoredResponse;
  /** Bytes of its JSON. */
  readonly size: number;
  /** Milliseconds since 1970. */
  usedAt: number;
}

/**
 * Answers that clients of Responses may name again, in memory only: no more, no bigger and no longer than the settings say. What was not
 * used for the longest time goes first; a conversation that goes on keeps all of its earlier answers.
 */
export class ResponseStore {
  readonly #limits: () => Settings['responses'];
  readonly #now: () => number;
  /** The least recently used first. */
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  constructor(limits: () => Settings['responses'], now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** False where nothing is kept at all. */
  get keeps(): boolean {
    return this.#limits().keepCount > 0;
  }

  add(stored: StoredResponse): void {
    const size = Buffer.byteLength(JSON.stringify([stored.input, stored.response]));
    this.remove(stored.keyId, stored.id);
    this.#entries.set(stored.id, { stored, size, usedAt: this.#now() });
    this.#size += size;
    this.#trim();
  }

  /** Null for one that is not there, or is another key's. */
  find(keyId: string, id: string): StoredResponse | null {
    this.#trim();
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.stored.keyId !== keyId) return null;
    entry.usedAt = this.#now();
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    return entry.stored;
  }

  /** True where it was there. */
  remove(keyId: string, id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.stored.keyId !== keyId) return false;
    this.#entries.delete(id);
    this.#size -= entry.size;
    return true;
  }

  /** All items up to the end of a response, the first of the conversation first; null where one of its responses is gone. */
  itemsUpTo(keyId: string, id: string): readonly JsonObject[] | null {
    const found: StoredResponse[] = [];
    for (let next: string | null = id; next !== null; ) {
      const stored = this.find(keyId, next);
      if (stored === null || found.includes(stored)) return null;
      found.push(stored);
      next = stored.previousId;
    }
    return found.toReversed().flatMap((stored) => [...stored.input, ...outputOf(stored)]);
  }

  /** An item of any response of this key, by its id. */
  findItem(keyId: string, itemId: string): JsonObject | null {
    for (const { stored } of this.#entries.values()) {
      if (stored.keyId !== keyId) continue;
      const item = [...stored.input, ...outputOf(stored)].find(({ id }) => id === itemId);
      if (item !== undefined) return item;
    }
    return null;
  }

  #trim(): void {
    const { keepCount, keepMiB, keepHours } = this.#limits();
    const oldest = this.#now() - keepHours * 3_600_000;
    for (const [id, { stored, usedAt }] of this.#entries) {
      const isOver = this.#entries.size > keepCount || this.#size > keepMiB * 1024 * 1024;
      if (!isOver && usedAt >= oldest) return;
      this.remove(stored.keyId, id);
    }
  }
}

function outputOf({ response }: StoredResponse): readonly JsonObject[] {
  return Array.isArray(response.output) ? (response.output as JsonObject[]) : []; // written by our encoder
}
