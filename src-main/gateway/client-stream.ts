import type { ServerResponse } from 'node:http';

export interface ClientStreamOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds of silence after which a keep-alive is sent. */
  readonly keepAliveMs: number;
  /** What to send then; '' for nothing. */
  readonly keepAlive: () => string;
  /** Told of all that is sent. */
  readonly sent: (chunk: string | Uint8Array) => void;
}

/**
 * The client's side of a streamed answer: the status stays unsent until `open`, silence is broken by keep-alives, and a client that
 * reads slowly slows the writer down.
 */
export class ClientStream {
  readonly #response: ServerResponse;
  readonly #options: ClientStreamOptions;
  #timer: NodeJS.Timeout | null = null;
  #opened = false;

  constructor(response: ServerResponse, options: ClientStreamOptions) {
    this.#response = response;
    this.#options = options;
    response.once('close', () => this.#stop());
    // An earlier attempt has opened it, and kept the client waiting.
    if (response.headersSent && !response.writableEnded) {
      this.#opened = true;
      this.#awaitSilence();
    }
  }

  get opened(): boolean {
    return this.#opened;
  }

  /** Sends status 200 and the headers, at once. `headers` adds to the stream's own. */
  open(headers: Readonly<Record<string, string>> = {}): void {
    if (this.#opened || this.#response.headersSent || this.#response.destroyed) return;
    this.#opened = true;
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      ...this.#options.headers,
      ...headers,
    });
    this.#response.flushHeaders();
    this.#awaitSilence();
  }

  /** Writes one chunk; the promise, where there is one, resolves when the client has taken enough to be sent more. */
  write(chunk: string | Uint8Array): Promise<void> | undefined {
    if (chunk.length === 0 || this.#response.writableEnded || this.#response.destroyed) return undefined;
    this.open();
    this.#timer?.refresh();
    this.#options.sent(chunk);
    return this.#response.write(chunk) ? undefined : drained(this.#response);
  }

  end(): void {
    this.#stop();
    if (!this.#response.writableEnded) this.#response.end();
  }

  /** Leaves the response, as it is, to another. */
  leave(): void {
    this.#stop();
  }

  #awaitSilence(): void {
    this.#timer = setTimeout(() => this.#keepAlive(), this.#options.keepAliveMs).unref();
  }

  #keepAlive(): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    const text = this.#options.keepAlive();
    if (text !== '' && !this.#response.writableNeedDrain) {
      this.#options.sent(text);
      this.#response.write(text);
    }
    this.#timer?.refresh();
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Resolves when the client has taken enough to be sent more, or is gone. */
export function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}
