import { createServer, type IncomingHttpHeaders } from 'node:http';

export interface PlainRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface PlainAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes as they are; an object as JSON. */
  readonly body: Uint8Array | string | object;
}

export interface PlainServer {
  readonly url: string;
  /** What it was asked, bodies as they came. */
  readonly received: PlainRequest[];
  close(): void;
}

/** A server that answers each request by itself, byte for byte, and keeps what it was sent. */
export async function plainServer(
  answer: (request: PlainRequest, number: number) => PlainAnswer,
): Promise<PlainServer> {
  const received: PlainRequest[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const asked = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces) };
    received.push(asked);
    const { status = 200, headers = {}, body } = answer(asked, received.length - 1);
    const plain = typeof body === 'string' || body instanceof Uint8Array;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(plain ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, received, close: () => server.close() };
}

export const sse = { 'content-type': 'text/event-stream' } as const;
