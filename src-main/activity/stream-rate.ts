/** The last so many milliseconds count. */
const windowMs = 2_000;
const slotMs = 100;
const slots = windowMs / slotMs;

/** Counts how many stream events a second came in lately, over all answers. Servers send about one a token. */
export class StreamRate {
  readonly #now: () => number;
  readonly #counts = new Uint32Array(slots);
  #slot = 0;

  /** `now`: milliseconds of any clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
    this.#slot = Math.floor(now() / slotMs);
  }

  push(chunk: string | Uint8Array): void {
    const events = countEvents(chunk);
    if (events === 0) return;
    this.#moveOn();
    const at = this.#slot % slots;
    this.#counts[at] = (this.#counts[at] ?? 0) + events;
  }

  perSecond(): number {
    this.#moveOn();
    return this.#counts.reduce((sum, count) => sum + count, 0) / (windowMs / 1000);
  }

  #moveOn(): void {
    const now = Math.floor(this.#now() / slotMs);
    if (now - this.#slot >= slots) this.#counts.fill(0);
    else for (let slot = this.#slot + 1; slot <= now; slot += 1) this.#counts[slot % slots] = 0;
    this.#slot = now;
  }
}

function countEvents(chunk: string | Uint8Array): number {
  const bytes =
    typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  let events = 0;
  for (let at = bytes.indexOf('data:'); at !== -1; at = bytes.indexOf('data:', at + 5)) events += 1;
  return events;
}
