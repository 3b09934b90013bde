import type { AnyContractRouter } from '@orpc/contract';
import { ORPCError, onError, type Router } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { ipcMain, type MessagePortMain, type WebContents } from 'electron';
import { z } from 'zod';
import { isWindowAddress } from './app-protocol.ts';
import type { Channel } from './channel.ts';

export interface WindowPortOptions {
  readonly channel: Channel;
  /** The window's page, where there is one now. */
  readonly contents: () => WebContents | null;
  /** What is served; it may have to wait for the service. */
  readonly router: Promise<Router<AnyContractRouter, Record<never, never>>>;
  readonly report: (message: string) => void;
}

/**
 * The one place where a contract is handed to the window: over a MessagePort that the top frame of our own page sent. Anything else on the
 * channel is closed and reported. What is asked before the router is there waits in the port.
 */
export function handOutPort({ channel, contents, router, report }: WindowPortOptions): void {
  const handler = router.then(
    (ready) =>
      new RPCHandler(ready, {
        // A refusal is an answer; everything else is a bug and belongs into the log.
        interceptors: [onError((error) => void (error instanceof ORPCError || report(String(error))))],
      }),
  );
  // Where the service never runs, each port that waits is closed below; without a window nobody waits.
  handler.catch(() => undefined);
  let open: MessagePortMain | null = null;
  ipcMain.on(channel, (event) => {
    const [port, ...more] = event.ports;
    for (const surplus of more) surplus.close();
    if (port === undefined) return;
    const { sender, senderFrame } = event;
    const isOurs =
      sender === contents() &&
      senderFrame !== null &&
      senderFrame === sender.mainFrame &&
      senderFrame.parent === null &&
      isWindowAddress(senderFrame.url);
    if (!isOurs) {
      report(`a frame at ${senderFrame?.url ?? 'an unknown address'} asked for the control interface and was refused`);
      port.close();
      return;
    }
    // A page that was loaded anew asks again; its former self is gone.
    open?.close();
    open = port;
    handler.then(
      (ready) => {
        ready.upgrade(checked(port, report));
        port.start();
      },
      () => port.close(),
    );
  });
}

const id = z.union([z.string(), z.number()]);
/** oRPC's messages as its client writes them: a request, an event of a stream that the client sends, the end of one. */
const messageSchema = z.union([
  z.object({
    i: id,
    t: z.literal(1).optional(),
    p: z.object({ u: z.string().startsWith('/'), h: z.record(z.string(), z.unknown()).optional() }),
  }),
  z.object({ i: id, t: z.literal(3), p: z.object({ e: z.string() }) }),
  z.object({ i: id, t: z.literal(4) }),
]);

/** A port that lets only messages of the control interface through, as text; anything else closes it: no page of ours sends that. */
function checked(port: MessagePortMain, report: (message: string) => void) {
  return {
    on: (event: string, listener: (event?: { data: unknown }) => void): void => {
      if (event === 'close') port.on('close', () => listener());
      if (event !== 'message') return;
      port.on('message', ({ data }) => {
        if (isMessage(data)) return listener({ data });
        report('the window sent something that is no message of the control interface');
        port.close();
      });
    },
    postMessage: (data: unknown): void => port.postMessage(data),
  };
}

function isMessage(data: unknown): boolean {
  if (typeof data !== 'string') return false;
  try {
    return messageSchema.safeParse(JSON.parse(data)).success;
  } catch {
    return false; // No JSON: JSON.parse says so by throwing.
  }
}
