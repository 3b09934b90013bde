import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { isObject } from '../../src-shared/json.ts';

/** Counts o200k tokens in a worker thread that starts with the first count and ends after minutes without one. */
export interface Tokenizer {
  /** Tokens of all texts together. Rejects where the worker fails, and with the signal's reason on an abort. */
  count(texts: readonly string[], signal: AbortSignal): Promise<number>;
  /** Whether a count costs no loading now. */
  isLoaded(): boolean;
  close(): Promise<void>;
}

const idleMs = 300_000;

/** The worker stands beside this file's source; in a build beside the entry, above the chunks. */
function workerUrl(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('./tokenizer-worker.ts', import.meta.url);
  const beside = new URL('./tokenizer-worker.js', import.meta.url);
  return existsSync(beside) ? beside : new URL('../tokenizer-worker.js', import.meta.url);
}

interface Waiting {
  readonly resolve: (count: number) => void;
  readonly reject: (error: unknown) => void;
}

export function createTokenizer(): Tokenizer {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let nextId = 0;
  let idleTimer: NodeJS.Timeout | undefined;

  function failAll(error: Error): void {
    worker = null;
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  }

  function running(): Worker {
    if (worker !== null) return worker;
    // Flags meant for the main program (--input-type, --inspect-brk) are not the worker's.
    const started = new Worker(workerUrl(), { execArgv: [] });
    started.on('message', (message: unknown) => {
      if (!isObject(message) || typeof message.id !== 'number' || typeof message.count !== 'number') return;
      waiting.get(message.id)?.resolve(message.count);
      waiting.delete(message.id);
      // A worker with nothing to do keeps no process alive.
      if (waiting.size === 0) started.unref();
    });
    started.on('error', (error) => failAll(error instanceof Error ? error : new Error(String(error))));
    started.on('exit', () => {
      if (worker === started) failAll(new Error('the tokenizer ended'));
    });
    worker = started;
    return started;
  }

  async function close(): Promise<void> {
    clearTimeout(idleTimer);
    const ending = worker;
    failAll(new Error('the tokenizer was closed'));
    await ending?.terminate();
  }

  return {
    count(texts, signal) {
      signal.throwIfAborted();
      clearTimeout(idleTimer);
      idleTimer = setTimeout(() => void close(), idleMs);
      idleTimer.unref();
      const id = nextId++;
      return new Promise<number>((resolve, reject) => {
        const onAbort = (): void => {
          waiting.delete(id);
          reject(signal.reason);
        };
        const settled =
          <T>(then: (value: T) => void) =>
          (value: T): void => {
            signal.removeEventListener('abort', onAbort);
            then(value);
          };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.set(id, { resolve: settled(resolve), reject: settled(reject) });
        const asked = running();
        asked.ref();
        asked.postMessage({ id, texts });
      });
    },
    isLoaded: () => worker !== null,
    close,
  };
}
