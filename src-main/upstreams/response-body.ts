const highWaterBytes = 256 * 1024;

/** Lets a source be stopped, resumed and given up. */
export interface BodySource {
  pause(): void;
  resume(): void;
  /** The reader leaves before the end. */
  cancel(): void;
}

/** An answer's body between the socket and its one reader: a queue of chunks with backpressure (256 KiB). */
export class ResponseBody implements AsyncIterable<Uint8Array> {
  readonly #source: BodySource;
  #chunks: Uint8Array[] = [];
  #queuedBytes = 0;
  #paused = false;
  #ended = false;
  #error: unknown = null;
  #waiting: { resolve: (result: IteratorResult<Uint8Array>) => void; reject: (error: unknown) => void } | null = null;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** True while the reader is behind: the silence is then ours, not the server's. */
  get paused(): boolean {
    return this.#paused;
  }

  push(chunk: Uint8Array): void {
    if (this.#ended) return;
    const waiting = this.#waiting;
    if (waiting !== null) {
      this.#waiting = null;
      waiting.resolve({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.byteLength;
    if (this.#queuedBytes > highWaterBytes && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
  }

  /** Ends the body after what is queued; with an error it is thrown there, at once where `drop` is set. */
  end(error: unknown = null, drop = false): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    if (drop) this.#chunks = [];
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    if (error === null) waiting.resolve({ done: true, value: undefined });
    else waiting.reject(error);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => this.#next(),
      return: () => {
        this.#chunks = [];
        if (!this.#ended) {
          this.#ended = true;
          this.#source.cancel();
        }
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #next(): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#queuedBytes -= chunk.byteLength;
      if (this.#paused && this.#queuedBytes <= highWaterBytes / 2 && !this.#ended) {
        this.#paused = false;
        this.#source.resume();
      }
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#ended) {
      const error = this.#error;
      this.#error = null;
      return error === null ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }
}

/** The whole body as UTF-8 text; what is beyond `limit` bytes is not waited for. */
export async function textOf(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let left = limit;
  for await (const chunk of body) {
    text += decoder.decode(chunk.subarray(0, left), { stream: true });
    left -= chunk.byteLength;
    if (left < 0) return text;
  }
  return text + decoder.decode();
}
