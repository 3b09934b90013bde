import type { RequestListener } from 'node:http';
import { type Listener, type ListenResult, listen } from './listen.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Why the gateway is not where it should be. */
export interface ListenTrouble extends Address {
  readonly reason: Extract<ListenResult, { ok: false }>['reason'] | 'not-allowed';
  readonly message: string;
}

export interface MovableListenerOptions {
  readonly handler: RequestListener;
  /** Where to listen, asked anew each time. */
  readonly wanted: () => Address;
  /** Why that address must not be opened; null where it may. */
  readonly refusal: (wanted: Address) => string | null;
  /** How long requests may take at an address that was left; milliseconds. */
  readonly drainMs: number;
  /** Called after each move, each failed one, and when an address that was left is closed for good. */
  readonly onChange: () => void;
}

/** The gateway's listener, which goes where it is wanted while requests run. */
export interface MovableListener {
  current(): Listener;
  /** Addresses that were left and where requests still finish. */
  finishing(): readonly string[];
  /** Why it did not get where it is wanted; null where it is there. */
  trouble(): ListenTrouble | null;
  /** Goes where it is wanted, where that is another place. Resolves when it is there or has failed. */
  follow(): Promise<void>;
  /** Takes nothing new, lets requests in flight end for `graceMs` at most. */
  close(graceMs: number): Promise<void>;
}

export type OpenResult =
  | { readonly ok: true; readonly listener: MovableListener }
  | { readonly ok: false; readonly trouble: ListenTrouble };

/** Opens the wanted address. */
export async function openMovableListener(options: MovableListenerOptions): Promise<OpenResult> {
  const { handler, wanted, refusal, drainMs, onChange } = options;
  let bound = wanted();
  const refused = refusal(bound);
  if (refused !== null) return { ok: false, trouble: { ...bound, reason: 'not-allowed', message: refused } };
  const first = await listen(handler, bound.host, bound.port);
  if (!first.ok) return { ok: false, trouble: troubleOf(first, bound) };
  let listener = first.listener;
  let trouble: ListenTrouble | null = null;
  let moving: Promise<void> = Promise.resolve();
  let closed = false;
  const draining = new Map<Listener, Promise<void>>();

  function leave(old: Listener): void {
    const ended = old.close(drainMs).finally(() => {
      draining.delete(old);
      onChange();
    });
    draining.set(old, ended);
  }

  /** Opens the new address before the old one closes, except where only the host differs: one port can't be bound twice. */
  async function move(): Promise<void> {
    const next = wanted();
    if (closed) return;
    if (next.host === bound.host && next.port === bound.port) {
      if (trouble !== null) tell(null);
      return;
    }
    const why = refusal(next);
    if (why !== null) return tell({ ...next, reason: 'not-allowed', message: why });
    const old = listener;
    const samePort = next.port === old.port;
    if (samePort) leave(old);
    const opened = await listen(handler, next.host, next.port);
    if (opened.ok) {
      listener = opened.listener;
      bound = next;
      if (!samePort) leave(old);
      return tell(null);
    }
    const failed = troubleOf(opened, next);
    if (!samePort) return tell(failed);
    const back = await listen(handler, old.host, old.port);
    if (back.ok) listener = back.listener;
    tell(back.ok ? failed : { ...failed, message: `${failed.message} ${back.message}` });
  }

  function tell(next: ListenTrouble | null): void {
    trouble = next;
    onChange();
  }

  return {
    ok: true,
    listener: {
      current: () => listener,
      finishing: () => [...draining.keys()].map(({ url }) => url),
      trouble: () => trouble,
      follow: () => {
        moving = moving.then(move);
        return moving;
      },
      async close(graceMs) {
        closed = true;
        await moving;
        await Promise.all([listener.close(graceMs), ...draining.values()]);
      },
    },
  };
}

function troubleOf({ reason, message }: Extract<ListenResult, { ok: false }>, address: Address): ListenTrouble {
  return { ...address, reason, message };
}
