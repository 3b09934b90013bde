import type { Dispatcher } from 'undici';
import type { Timeouts } from '../../src-shared/settings.ts';
import { ConversationFailure } from '../protocols/conversation/error.ts';
import type { UpstreamClient, UpstreamRequest, UpstreamResponse } from './client.types.ts';
import { Connection } from './connection.ts';
import { certificatesFailure, connectionFailure, cutFailure, timeoutFailure } from './connection-errors.ts';
import { decodeBody } from './decode-body.ts';
import { isTunnelled, type Way } from './open-socket.ts';
import { type Environment, proxyAuthorization, proxyFor } from './proxy.ts';
import { ResponseBody, textOf } from './response-body.ts';
import { sentHead } from './sent-head.ts';
import type { UpstreamTarget } from './target.ts';
import { createTrust } from './trust.ts';

/** Carries the run's random id upstream, so that a request which comes back to this gateway is known as a loop. */
export const hopHeader = 'x-dragoman-hop';

const idlePerOrigin = 32;
const validHeaderValue = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Framing is ours; the user's `headers` can't change it. */
const ownHeaders: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  hopHeader,
]);

interface Address {
  readonly origin: string;
  readonly path: string;
  readonly search: string;
}

export interface UpstreamClientOptions {
  readonly hopId: string;
  /** Where the system's proxy is read from; absent: there is none. */
  readonly environment?: Environment;
  /** Further certificates that are trusted; absent: the system's. */
  readonly systemCertificates?: () => readonly string[];
}

/** Makes the client that all requests to model servers go through. It follows no redirect. */
export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const trust = createTrust(options.systemCertificates);
  const idle = new Map<string, Connection[]>();
  const addresses = new WeakMap<UpstreamTarget, Address>();

  function addressOf(target: UpstreamTarget): Address {
    const known = addresses.get(target);
    if (known !== undefined) return known;
    const url = new URL(target.apiUrl);
    const query = new URLSearchParams(target.query).toString();
    const address = { origin: url.origin, path: url.pathname.replace(/\/+$/, ''), search: query };
    addresses.set(target, address);
    return address;
  }

  function forget(connection: Connection): void {
    const list = idle.get(connection.place);
    const index = list?.indexOf(connection) ?? -1;
    if (list === undefined || index < 0) return;
    list.splice(index, 1);
    if (list.length === 0) idle.delete(connection.place);
  }

  function take(place: string): Connection | null {
    const connection = idle.get(place)?.pop() ?? null;
    return connection?.reusable === true ? connection : null;
  }

  function giveBack(connection: Connection): void {
    const list = idle.get(connection.place) ?? [];
    if (list.length >= idlePerOrigin) {
      void connection.close();
      return;
    }
    list.push(connection);
    idle.set(connection.place, list);
  }

  function headersFor(target: UpstreamTarget, request: UpstreamRequest, secret: string | null): Record<string, string> {
    const headers: Record<string, string> = {
      accept: request.accept ?? (request.stream ? 'text/event-stream' : 'application/json'),
    };
    if (request.body !== undefined) headers['content-type'] = 'application/json';
    const given = [target.kind.headers, request.headers, target.headers].flatMap((some) => Object.entries(some ?? {}));
    for (const [name, value] of given) {
      const lower = name.toLowerCase();
      if (!ownHeaders.has(lower)) headers[lower] = value;
    }
    if (secret !== null)
      headers[target.secretHeader] = target.secretHeader === 'authorization' ? `Bearer ${secret}` : secret;
    headers['accept-encoding'] = 'identity';
    headers[hopHeader] = options.hopId;
    return headers;
  }

  async function wayTo(target: UpstreamTarget, { origin }: Address): Promise<Way> {
    const proxy = proxyFor(new URL(origin), target.proxy ?? 'system', options.environment ?? {});
    const insecure = target.tls?.insecure ?? false;
    const secure = origin.startsWith('https:') || proxy?.protocol === 'https:';
    try {
      return { origin, proxy, insecure, trusted: secure ? await trust.contextOf(target.tls?.caFile ?? null) : null };
    } catch (error) {
      throw certificatesFailure(target, error);
    }
  }

  async function send(target: UpstreamTarget, request: UpstreamRequest): Promise<UpstreamResponse> {
    request.signal.throwIfAborted();
    const secret = await secretOf(target);
    request.signal.throwIfAborted();
    const address = addressOf(target);
    const path = address.path + request.path;
    const search = searchBehind(path, target, address.search);
    const way = await wayTo(target, address);
    request.signal.throwIfAborted();
    const headers = headersFor(target, request, secret);
    request.sending?.(() => sentHead(`${request.method} ${address.origin}${path}${search}`, headers, target, secret));
    const plainProxy = isTunnelled(way) ? null : way.proxy;
    const authorization = plainProxy === null ? null : proxyAuthorization(plainProxy);
    const dispatch: Dispatcher.DispatchOptions = {
      method: request.method,
      path: plainProxy === null ? path + search : address.origin + path + search,
      headers: authorization === null ? headers : { ...headers, 'proxy-authorization': authorization },
      body: request.body ?? null,
      reset: request.stream && target.kind.closesAfterStream,
    };
    const attempt = (connection: Connection): Promise<UpstreamResponse> =>
      new Attempt(target, request, connection, giveBack).run(dispatch);
    const place = placeOf(target, way);
    const fresh = (): Connection => new Connection(place, way, forget);
    try {
      return await attempt(take(place) ?? fresh());
    } catch (error) {
      // Other idle sockets may be as dead as this one: the second attempt gets a new one.
      if (error instanceof StaleConnection) return attempt(fresh());
      throw error;
    }
  }

  return {
    send,
    async close() {
      const connections = [...idle.values()].flat();
      idle.clear();
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

/** Connections are shared by what they lead to, through which proxy, and how the server was checked. */
function placeOf(target: UpstreamTarget, { origin, proxy, insecure }: Way): string {
  return [origin, proxy?.href ?? '', target.tls?.caFile ?? '', String(insecure)].join(' ');
}

/** The target's query as it goes behind a path; what the path's own query says overrules it. */
function searchBehind(path: string, target: UpstreamTarget, search: string): string {
  const at = path.indexOf('?');
  if (search === '' || at < 0) return search === '' ? '' : `?${search}`;
  const own = new URLSearchParams(path.slice(at));
  const rest = new URLSearchParams(Object.entries(target.query).filter(([name]) => !own.has(name))).toString();
  return rest === '' ? '' : `&${rest}`;
}

async function secretOf(target: UpstreamTarget): Promise<string | null> {
  const secret = await target.secret();
  switch (secret.kind) {
    case 'none':
      return null;
    case 'unavailable':
      throw new ConversationFailure({ kind: 'upstream-authentication', message: secret.message });
    case 'secret':
      if (!validHeaderValue.test(secret.value)) {
        const message = `The secret of ${target.id} holds characters that no header can carry. Store it again.`;
        throw new ConversationFailure({ kind: 'upstream-authentication', message });
      }
      return secret.value;
  }
}

/** A reused socket died before any byte of the answer: the server had closed it when we wrote. Never leaves this file. */
class StaleConnection extends Error {}

/** One request on one connection: its three timers, its abort, its answer. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly #target: UpstreamTarget;
  readonly #connection: Connection;
  readonly #giveBack: (connection: Connection) => void;
  readonly #signal: AbortSignal;
  readonly #timeouts: Timeouts;
  readonly #onAbort = (): void => this.#stop(this.#signal.reason);
  #timer: NodeJS.Timeout | undefined;
  #reused = false;
  #bytesBefore = 0;
  #body: ResponseBody | null = null;
  #over = false;
  #resolve: (response: UpstreamResponse) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(
    target: UpstreamTarget,
    request: UpstreamRequest,
    connection: Connection,
    giveBack: (connection: Connection) => void,
  ) {
    this.#target = target;
    this.#connection = connection;
    this.#giveBack = giveBack;
    this.#signal = request.signal;
    this.#timeouts = request.timeouts ?? target.timeouts;
  }

  run(options: Dispatcher.DispatchOptions): Promise<UpstreamResponse> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#signal.addEventListener('abort', this.#onAbort, { once: true });
      this.#startTimer('connectMs');
      this.#connection.dispatch(options, this);
    });
  }

  onRequestStart(): void {
    this.#reused = this.#connection.countRequest();
    this.#bytesBefore = this.#connection.bytesRead;
    this.#startTimer('firstByteMs');
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // 100 Continue, 103 Early Hints: the answer itself is still to come.
    if (status < 200) return;
    this.#startTimer('idleMs');
    const body = new ResponseBody({
      pause: () => controller.pause(),
      resume: () => {
        this.#timer?.refresh();
        controller.resume();
      },
      cancel: () => this.#stop(null),
    });
    this.#body = body;
    const { 'content-encoding': coding, ...others } = lastValues(headers);
    const decoded = decodeBody(body, coding, this.#target.id);
    this.#resolve({ status, headers: others, body: decoded, text: (limit) => textOf(decoded, limit) });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#timer?.refresh();
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#finish();
    this.#body?.end();
    this.#giveBack(this.#connection);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    if (this.#body !== null) this.#stop(cutFailure(this.#target, error));
    else if (this.#reused && this.#connection.bytesRead === this.#bytesBefore) this.#stop(new StaleConnection());
    else this.#stop(connectionFailure(this.#target, error));
  }

  #startTimer(limit: keyof Timeouts): void {
    clearTimeout(this.#timer);
    const ms = this.#timeouts[limit];
    this.#timer = setTimeout(() => {
      if (limit === 'idleMs' && this.#body?.paused === true) this.#timer?.refresh();
      else this.#stop(timeoutFailure(this.#target, limit, ms));
    }, ms);
  }

  #finish(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  /** Ends the attempt before its time and closes the connection. */
  #stop(error: unknown): void {
    if (this.#over) return;
    this.#finish();
    const aborted = this.#signal.aborted;
    this.#body?.end(error, aborted);
    this.#reject(error);
    void this.#connection.close();
  }
}

function lastValues(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) flat[name.toLowerCase()] = last;
  }
  return flat;
}
