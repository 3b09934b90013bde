import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ControlParts } from './router.ts';

/** Largest body of a control request, in bytes; a secret has 64 KiB at most. */
const maxBodyBytes = 256 * 1024;

export interface HttpCarrier {
  readonly prefix: '/control';
  handle(req: IncomingMessage, res: ServerResponse): void;
}

/**
 * Serves the control contract over HTTP (oRPC's RPC protocol) on the gateway's listener, which has checked Host and Origin: to this
 * machine only and by this run's token. oRPC is loaded with the first request, to keep the start short.
 */
export function createHttpCarrier(parts: ControlParts, token: string, report: (error: unknown) => void): HttpCarrier {
  let loading: ReturnType<typeof loadHandler> | undefined;

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    loading ??= loadHandler(parts, report);
    const { matched } = await (await loading).handle(req, res, { prefix: '/control', context: {} });
    if (!matched) refuse(res, 404, 'There is no such procedure.');
  }

  return {
    prefix: '/control',
    handle: (req, res) => {
      if (!isLoopback(req.socket.remoteAddress))
        return refuse(res, 403, 'The control interface answers this machine only.');
      if (!isToken(req.headers.authorization, token)) return refuse(res, 401, 'The control token is missing or wrong.');
      answer(req, res).catch((error: unknown) => {
        report(error);
        if (res.headersSent) res.destroy();
        else refuse(res, 500, 'The control interface failed.');
      });
    },
  };
}

async function loadHandler(parts: ControlParts, report: (error: unknown) => void) {
  const [{ RPCHandler, BodyLimitPlugin }, { ORPCError, onError }, { createControlRouter }] = await Promise.all([
    import('@orpc/server/node'),
    import('@orpc/server'),
    import('./router.ts'),
  ]);
  return new RPCHandler(createControlRouter(parts), {
    plugins: [new BodyLimitPlugin({ maxBodySize: maxBodyBytes })],
    // A refusal is an answer; everything else is a bug and belongs into the log.
    interceptors: [onError((error) => void (error instanceof ORPCError || report(error)))],
  });
}

/** Compares hashes, so that neither content nor length shows in the time it takes. */
function isToken(authorization: string | undefined, token: string): boolean {
  const presented = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return presented !== undefined && timingSafeEqual(digest(presented), digest(token));
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);
}

function refuse(res: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ error: { message } });
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}
