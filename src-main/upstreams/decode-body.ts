import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ConversationFailure } from '../protocols/conversation/error.ts';

const decompressors: Readonly<Record<string, () => NodeJS.ReadWriteStream & AsyncIterable<Uint8Array>>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * The body without its content coding. Some proxies compress whatever was asked of them; each piece is given on as soon as it can be read.
 *
 * @param coding the header `content-encoding`; the body is returned as it is where it names none
 * @param upstream its id, for the words of a failure: an unknown coding or broken data ends the body by a ConversationFailure
 */
export function decodeBody(
  body: AsyncIterable<Uint8Array>,
  coding: string | undefined,
  upstream: string,
): AsyncIterable<Uint8Array> {
  const name = (coding ?? '').trim().toLowerCase();
  return name === '' || name === 'identity' ? body : decompressed(body, name, upstream);
}

async function* decompressed(body: AsyncIterable<Uint8Array>, name: string, upstream: string) {
  const create = Object.hasOwn(decompressors, name) ? decompressors[name] : undefined;
  try {
    if (create === undefined) throw new Error('unknown');
    const decompressor = create();
    // What goes wrong on either side comes out of the loop: there is nothing left to do in the callback.
    pipeline(Readable.from(body, { objectMode: false }), decompressor, () => undefined);
    yield* decompressor;
  } catch (problem) {
    if (problem instanceof ConversationFailure) throw problem;
    const message = `${upstream} answered in a content coding that can't be read, though none was asked for.`;
    throw new ConversationFailure({ kind: 'upstream-failure', message }, { cause: problem });
  }
}
