import { describe, expect, test } from 'vitest';
import { createSseReader, type SseItem, writeSse } from '../../../src-main/protocols/sse.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string): readonly SseItem[] => {
  const reader = createSseReader();
  return [...reader.push(bytes(text)), ...reader.end()];
};
const data = (text: string, event?: string): SseItem => ({
  kind: 'event',
  event: event === undefined ? { data: text } : { event, data: text },
});

describe('reading server-sent events', () => {
  test.each<[string, string, readonly SseItem[]]>([
    ['line ends of any kind', 'data: a\r\n\r\ndata: b\r\rdata: c\n\n', [data('a'), data('b'), data('c')]],
    ['no space after the colon', 'data:a\n\n', [data('a')]],
    ['several data lines', 'data: a\ndata: b\n\n', [data('a\nb')]],
    ['event names', 'event: error\ndata: a\n\ndata: b\n\n', [data('a', 'error'), data('b')]],
    ['a byte order mark', '\uFEFFdata: a\n\n', [data('a')]],
    ['comments', ':\n\n: hello\n\n', [{ kind: 'alive' }, { kind: 'alive' }]],
    ['unknown fields', 'nonsense\nretry: x\nid: 1\ndata: a\n\n', [data('a')]],
    ['a last event without its blank line', 'data: a', [data('a')]],
    ['nothing', '', []],
  ])('%s', (_, text, items) => expect(read(text)).toEqual(items));

  test('a character that is split over two pieces is whole', () => {
    const reader = createSseReader();
    const body = bytes('data: ü🏔\n\n');
    const items = [...body].flatMap((byte) => reader.push(Uint8Array.of(byte)));
    expect(items).toEqual([data('ü🏔')]);
  });

  test('a line longer than the limit is an error and the end', () => {
    const reader = createSseReader({ maxEventLength: 100 });
    const items = [
      ...reader.push(bytes(`data: ${'x'.repeat(200)}`)),
      ...reader.push(bytes('\n\ndata: a\n\n')),
      ...reader.end(),
    ];
    expect(items).toMatchObject([{ kind: 'error', error: { kind: 'upstream-failure' } }]);
  });

  test('a line of several megabytes is read', () => {
    const reader = createSseReader();
    const long = 'x'.repeat(5_000_000);
    const body = bytes(`data: ${long}\n\n`);
    const items: SseItem[] = [];
    for (let at = 0; at < body.length; at += 65_536) items.push(...reader.push(body.subarray(at, at + 65_536)));
    expect(items).toEqual([data(long)]);
  });
});

test('what is written is read again', () => {
  expect(read(writeSse('{"a":1}', 'x') + writeSse('{}'))).toEqual([data('{"a":1}', 'x'), data('{}')]);
});
