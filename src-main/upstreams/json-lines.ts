import { StringDecoder } from 'node:string_decoder';
import { ConversationFailure } from '../protocols/conversation/error.ts';

/** Longest line that is read, characters: a line of these tells of progress and is short. */
const longestLine = 64 * 1024;

/** The values of a body of one JSON value a line; lines without sense are passed over. Throws a ConversationFailure on a line without end. */
export async function* jsonLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.write(Buffer.from(chunk))).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine)
      throw new ConversationFailure({
        kind: 'upstream-failure',
        message: 'It answered with a line that does not end.',
      });
    for (const line of lines) yield* parsedLine(line);
  }
  yield* parsedLine(rest + decoder.end());
}

function parsedLine(line: string): readonly unknown[] {
  try {
    return line.trim() === '' ? [] : [JSON.parse(line)];
  } catch {
    return [];
  }
}
