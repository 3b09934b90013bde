import type { ConversationError } from '../protocols/conversation/error.ts';
import type { UpstreamResponse } from '../upstreams/client.types.ts';
import { textOf } from '../upstreams/response-body.ts';

/** So much of an error's body is read, bytes. */
export const errorLimit = 64 * 1024;

export interface RecognisedAnswer {
  readonly form: 'stream' | 'json' | 'page';
  /** The answer from its first byte on; what was given in must not be read any more. */
  readonly response: UpstreamResponse;
}

/**
 * What an answer of status 200 is. A declared event stream or web page is taken at its word, at once; anything else is told by its first
 * byte, for which is waited: servers send streams as JSON or plain text, and JSON without a type.
 */
export async function recogniseAnswer(response: UpstreamResponse): Promise<RecognisedAnswer> {
  const type = response.headers['content-type'] ?? '';
  if (type.includes('event-stream')) return { form: 'stream', response };
  if (type.includes('html')) return { form: 'page', response };
  const iterator = response.body[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let first: number | undefined;
  while (first === undefined) {
    const next = await iterator.next();
    if (next.done === true) break;
    read.push(next.value);
    first = next.value.find((byte) => byte > 0x20 && !byteOrderMark.has(byte));
  }
  const body = resumed(read, iterator);
  return {
    form: formOf(first === undefined ? '' : String.fromCharCode(first)),
    response: { ...response, body, text: (limit) => textOf(body, limit) },
  };
}

/** What a web page with status 200 is: a proxy's log-in, or another server altogether. */
export function pageInstead(upstream: string): ConversationError {
  const message = `${upstream} answered with a web page instead of a completion. Check its base URL.`;
  return { kind: 'upstream-failure', message };
}

const byteOrderMark: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf]);

/** A stream starts with a comment or with the name of a field: data, event, id, retry (WHATWG HTML §9.2.5). */
function formOf(first: string): RecognisedAnswer['form'] {
  if (first === '<') return 'page';
  return first !== '' && ':deir'.includes(first) ? 'stream' : 'json';
}

async function* resumed(read: readonly Uint8Array[], iterator: AsyncIterator<Uint8Array>) {
  try {
    yield* read;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
