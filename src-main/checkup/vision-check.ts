import { crc32, deflateSync } from 'node:zlib';
import { type Check, quoted, unanswered } from './check.ts';

export const vision: Check = {
  id: 'vision',
  run: async (bench) => {
    const remedy = bench.subject.remedies.vision;
    if (bench.subject.flags.vision === false)
      return { result: 'fail', evidence: 'It is known to see no images; none is sent to it.', remedy };
    const data = plainImage([220, 20, 20]).toString('base64');
    const answer = await bench.ask({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
            { type: 'text', text: 'Which colour fills this image? Answer with one word.' },
          ],
        },
      ],
    });
    const failure = unanswered(answer, remedy);
    if (failure !== null) return failure.result === 'fail' ? { ...failure, flags: { vision: false } } : failure;
    if (/\b(red|crimson|scarlet)\b/i.test(answer.text))
      return { result: 'pass', evidence: `It saw a red image: ${quoted(answer.text)}.`, flags: { vision: true } };
    return { result: 'fail', evidence: `It was shown a red image and said ${quoted(answer.text)}.`, remedy };
  },
};

const side = 64;

/** A PNG of one colour (ISO/IEC 15948): signature, header, one compressed run of rows, end. */
function plainImage(rgb: readonly [number, number, number]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, colour without alpha, no interlace
  const row = Buffer.from([0, ...Array.from({ length: side }, () => rgb).flat()]);
  const rows = deflateSync(Buffer.concat(Array.from({ length: side }, () => row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
