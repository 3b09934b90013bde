import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import { openSocket, type Way } from './open-socket.ts';

const idleMs = 4000;

/**
 * One connection to one origin, for one request at a time. It knows whether its socket has served a request before, which undici's pools
 * don't tell and which decides whether a request that died may be repeated; and it can be closed while it is still connecting.
 */
export class Connection {
  /** Which connections may stand for one another. */
  readonly place: string;
  #client: Client;
  #socket: Socket | null = null;
  #served = 0;

  /** `onClosed` is called when its socket is gone; it must not be used after that. */
  constructor(place: string, way: Way, onClosed: (connection: Connection) => void) {
    this.place = place;
    this.#client = new Client(way.origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      // Shorter than the 5 s after which node and uvicorn close an idle socket; a server's Keep-Alive hint shortens it further.
      keepAliveTimeout: idleMs,
      connect: (_options, callback) => {
        this.#served = 0;
        const adopt = (socket: Socket): void => {
          this.#socket = socket;
          socket.once('close', () => {
            if (this.#socket === socket) onClosed(this);
          });
        };
        const opening = openSocket(way, (error, socket) => {
          if (socket === null) return callback(error ?? new Error('not connected'), null);
          // In a tunnel it is another one than the one that was opened.
          if (socket !== opening) adopt(socket);
          callback(null, socket);
        });
        adopt(opening);
      },
    });
  }

  /** True where the socket is open and has answered before. */
  get reusable(): boolean {
    return this.#served > 0 && this.#socket !== null && !this.#socket.destroyed && !this.#client.destroyed;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(options, handler);
  }

  /** Bytes that its socket has received so far. */
  get bytesRead(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  /** To be called when a request goes out. Returns true where the socket has served another before. */
  countRequest(): boolean {
    this.#served += 1;
    return this.#served > 1;
  }

  /** Closes the socket at once, in any phase. */
  close(): Promise<void> {
    this.#socket?.destroy();
    return this.#client.destroyed ? Promise.resolve() : this.#client.destroy();
  }
}
