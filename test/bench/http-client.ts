import { Agent, request } from 'node:http';

/** Where requests go and how they must look there. */
export interface Side {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Timed {
  readonly status: number;
  /** Milliseconds from sending to the first byte of the body. */
  readonly firstByteMs: number;
  /** Milliseconds from sending to the end. */
  readonly totalMs: number;
  readonly bytes: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Sends a JSON body and times the answer; `onChunk` sees the body as it comes. Rejects where the connection breaks. */
export function timedPost(side: Side, body: string, onChunk?: (chunk: Buffer) => void): Promise<Timed> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    let firstByteMs = Number.NaN;
    let bytes = 0;
    const sent = request(
      side.url,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...side.headers,
        },
      },
      (response) => {
        response.on('data', (chunk: Buffer) => {
          if (bytes === 0) firstByteMs = performance.now() - started;
          bytes += chunk.length;
          onChunk?.(chunk);
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, firstByteMs, totalMs: performance.now() - started, bytes }),
        );
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** timedPost, with any status but 200 an error that shows the answer's beginning. */
export async function goodPost(side: Side, body: string, onChunk?: (chunk: Buffer) => void): Promise<Timed> {
  let beginning = '';
  const answer = await timedPost(side, body, (chunk) => {
    if (beginning.length < 500) beginning += chunk.toString('utf8').slice(0, 500);
    onChunk?.(chunk);
  });
  if (answer.status !== 200) throw new Error(`${side.url} answered ${answer.status}: ${beginning}`);
  return answer;
}
