import { isIP, connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { Client, type Dispatcher } from 'undici';

const idleMs = 4000;

/**
 * One connection to one origin, for one request at a time. It knows whether its socket has served a request before, which undici's pools
 * don't tell and which decides whether a request that died may be repeated; and it can be closed while it is still connecting.
 */
export class Connection {
  readonly origin: string;
  #client: Client;
  #socket: Socket | null = null;
  #served = 0;

  /** `onClosed` is called when its socket is gone; it must not be used after that. */
  constructor(origin: string, onClosed: (connection: Connection) => void) {
    this.origin = origin;
    this.#client = new Client(origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      // Shorter than the 5 s after which node and uvicorn close an idle socket; a server's Keep-Alive hint shortens it further.
      keepAliveTimeout: idleMs,
      connect: (options, callback) => {
        const secure = options.protocol === 'https:';
        const address = {
          host: options.hostname,
          port: Number(options.port) || (secure ? 443 : 80),
          // `localhost` may resolve to ::1 while the server listens on 127.0.0.1 only.
          autoSelectFamily: true,
          noDelay: true,
          keepAlive: true,
        };
        const servername = options.servername || options.hostname;
        const socket = secure
          ? tlsConnect({ ...address, ALPNProtocols: ['http/1.1'], servername: isIP(servername) ? '' : servername })
          : netConnect(address);
        this.#socket = socket;
        this.#served = 0;
        let told = false;
        const failed = (error: Error): void => {
          if (told) return;
          told = true;
          callback(error, null);
        };
        socket.once(secure ? 'secureConnect' : 'connect', () => {
          if (told) return;
          told = true;
          callback(null, socket);
        });
        socket.on('error', failed);
        socket.once('close', () => {
          failed(new Error('closed while connecting'));
          if (this.#socket === socket) onClosed(this);
        });
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
