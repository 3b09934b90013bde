/** The last so many milliseconds count. */
const windowMs = 2_000;
const slotMs = 100;
const slots = windowMs / slotMs;

/** Counts how many pieces of text, reasoning and tool calls a second came in lately, over all answers. Servers send about one a token. */
export class StreamRate {
  readonly #now: () => number;
  readonly #counts = new Uint32Array(slots);
  #slot = 0;

  /** `now`: milliseconds of any clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
    this.#slot = Math.floor(now() / slotMs);
  }

  push(pieces: readonly { readonly text: string }[]): void {
    const tokens = pieces.filter(({ text }) => text !== '').length;
    if (tokens === 0) return;
    this.#moveOn();
    const at = this.#slot % slots;
    this.#counts[at] = (this.#counts[at] ?? 0) + tokens;
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
