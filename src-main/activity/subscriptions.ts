import type { ActivityBatch, ActivityOverview, ActivityRow, ContentPiece } from '../../src-shared/activity.ts';

/** Batches come this far apart at least, in milliseconds. */
const batchMs = 100;
/** What a slow reader may let wait: beyond it the oldest content, or everything, is left out and the batch says so. */
const maxWaitingCharacters = 512 * 1024;
const maxWaitingRows = 5_000;

/** Who listens to the log, each with what it has not been told yet. Publishing costs nothing while nobody listens, and never waits. */
export class Subscriptions {
  readonly #overview: () => ActivityOverview;
  readonly #subscribers = new Set<Subscriber>();
  #closed = false;

  constructor(overview: () => ActivityOverview) {
    this.#overview = overview;
  }

  get listening(): boolean {
    return this.#subscribers.size > 0;
  }

  row(row: ActivityRow): void {
    for (const subscriber of this.#subscribers) subscriber.row(row);
  }

  content(piece: ContentPiece): void {
    for (const subscriber of this.#subscribers) subscriber.content(piece);
  }

  /** Something of the overview changed. */
  overview(): void {
    for (const subscriber of this.#subscribers) subscriber.wake();
  }

  /** What was told before no longer holds: everything is to be asked for anew. */
  incomplete(): void {
    for (const subscriber of this.#subscribers) subscriber.incomplete();
  }

  /** Yields `first` and then batches until the signal, or `close`, ends it. */
  async *listen(first: readonly ActivityRow[], signal: AbortSignal | undefined): AsyncGenerator<ActivityBatch, void> {
    if (this.#closed || signal?.aborted === true) return;
    const subscriber = new Subscriber();
    this.#subscribers.add(subscriber);
    const stop = (): void => subscriber.stop();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      yield { rows: first, content: [], overview: this.#overview(), incomplete: false };
      while (await subscriber.ready()) yield { ...subscriber.take(), overview: this.#overview() };
    } finally {
      signal?.removeEventListener('abort', stop);
      subscriber.stop();
      this.#subscribers.delete(subscriber);
    }
  }

  /** Ends all subscriptions, for good. */
  close(): void {
    this.#closed = true;
    for (const subscriber of this.#subscribers) subscriber.stop();
  }
}

class Subscriber {
  #rows = new Map<string, ActivityRow>();
  #content: ContentPiece[] = [];
  #characters = 0;
  #incomplete = false;
  #pending = false;
  #stopped = false;
  #takenAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #resolve: ((going: boolean) => void) | null = null;

  row(row: ActivityRow): void {
    this.#rows.set(row.id, row);
    if (this.#rows.size > maxWaitingRows) {
      this.#rows.clear();
      this.#incomplete = true;
    }
    this.wake();
  }

  content(piece: ContentPiece): void {
    const last = this.#content.at(-1);
    const goesOn = last?.id === piece.id && last.kind === piece.kind && last.call === piece.call && piece.text !== '';
    if (last !== undefined && goesOn)
      this.#content[this.#content.length - 1] = { ...last, text: last.text + piece.text };
    else this.#content.push(piece);
    this.#characters += piece.text.length;
    if (this.#characters > maxWaitingCharacters || this.#content.length > maxWaitingRows) {
      this.#content = [];
      this.#characters = 0;
      this.#incomplete = true;
    }
    this.wake();
  }

  incomplete(): void {
    this.#incomplete = true;
    this.wake();
  }

  wake(): void {
    this.#pending = true;
    this.#settle();
  }

  /** Resolves when there is something to take and the last batch is long enough ago; false when it is over. */
  ready(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#settle();
    });
  }

  take(): Omit<ActivityBatch, 'overview'> {
    const batch = { rows: [...this.#rows.values()], content: this.#content, incomplete: this.#incomplete };
    this.#rows = new Map();
    this.#content = [];
    this.#characters = 0;
    this.#incomplete = false;
    this.#pending = false;
    this.#takenAt = performance.now();
    return batch;
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#resolve?.(false);
    this.#resolve = null;
  }

  #settle(): void {
    if (this.#resolve === null || this.#timer !== null) return;
    if (this.#stopped) this.stop();
    else if (this.#pending) this.#startTimer();
  }

  #startTimer(): void {
    const wait = Math.max(0, batchMs - (performance.now() - this.#takenAt));
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#resolve?.(true);
      this.#resolve = null;
    }, wait);
  }
}
