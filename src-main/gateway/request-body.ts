import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { isObject } from '../../src-shared/json.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { locateJsonError } from '../protocols/conversation/json-position.ts';

export type ReadBody =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly error: ConversationError };

export type ParsedBody =
  | { readonly ok: true; readonly body: Record<string, unknown> }
  | { readonly ok: false; readonly error: ConversationError };

type Decompress = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

/** Content codings that are taken; zstd where this Node has it. */
const decompressors: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ['gzip', promisify(zlib.gunzip)],
  ['x-gzip', promisify(zlib.gunzip)],
  ['deflate', promisify(zlib.inflate)],
  ['br', promisify(zlib.brotliDecompress)],
  ...('zstdDecompress' in zlib ? [['zstd', promisify(zlib.zstdDecompress)] as const] : []),
]);

/** After a refusal the rest of an upload is read and thrown away for this long, so that the client sees the answer, milliseconds. */
const lingerMs = 5_000;

/**
 * The request's body, decoded.
 *
 * @param maxBytes limit of the decoded body, and of the encoded one
 * @throws where the client leaves in the middle of it
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  const coding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const decompress = decompressors.get(coding);
  if (decompress === undefined && coding !== 'identity' && coding !== '') {
    return {
      ok: false,
      error: {
        kind: 'unsupported',
        message: 'The content-encoding of the request body is not supported; gzip, br, zstd and identity are.',
      },
    };
  }
  const declared = Number(request.headers['content-length'] ?? 0);
  const encoded = declared > maxBytes ? null : await collect(request, maxBytes);
  if (encoded === null) {
    return { ok: false, error: tooLarge(maxBytes) };
  }
  if (decompress === undefined || encoded.length === 0) return { ok: true, bytes: encoded };
  try {
    return { ok: true, bytes: await decompress(encoded, { maxOutputLength: maxBytes }) };
  } catch (problem) {
    if (problem instanceof RangeError) return { ok: false, error: tooLarge(maxBytes) };
    return { ok: false, error: { kind: 'invalid-request', message: `The request body is not valid ${coding} data.` } };
  }
}

/** The body as a JSON object, or an error that says where it is wrong and quotes nothing of it. */
export function parseBody(bytes: Buffer): ParsedBody {
  if (bytes.length === 0) return invalid('The request body is empty; a JSON object is wanted.');
  if (!isUtf8(bytes)) return invalid('The request body is not valid UTF-8.');
  const text = bytes.toString('utf8', bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // The engine's own words quote the body and carry no position: they are not used.
    return invalid(`The request body is not valid JSON: ${locateJsonError(text)}`);
  }
  if (!isObject(body)) return invalid('The request body must be a JSON object.');
  return { ok: true, body };
}

function invalid(message: string): ParsedBody {
  return { ok: false, error: { kind: 'invalid-request', message } };
}

function tooLarge(maxBytes: number): ConversationError {
  return { kind: 'too-large', message: `The request body is larger than ${Math.round(maxBytes / 1024 / 1024)} MiB.` };
}

/** Null where there is more than `maxBytes`. */
async function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const onData = (piece: Buffer): void => {
      length += piece.length;
      if (length > maxBytes) settle(() => resolve(null));
      else pieces.push(piece);
    };
    const onEnd = (): void =>
      settle(() => resolve(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, length)));
    const onGone = (): void => settle(() => reject(new Error('the client left before its request was whole')));
    const settle = (finish: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      finish();
    };
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

/** Lets a client whose request is refused before it was read send it to its end: in the middle of it, many would not look at the answer. */
export function discardBody(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), lingerMs).unref();
  request.once('close', () => clearTimeout(timer));
  request.on('error', () => clearTimeout(timer)); // the client left: nothing is owed to it any more
  request.resume();
}
