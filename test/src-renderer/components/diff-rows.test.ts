import { describe, expect, test } from 'vitest';
import { unifiedDiff } from '../../../src-main/agents/unified-diff.ts';
import { readDiff, sideBySide } from '../../../src-renderer/components/diff-rows.ts';

const lines = (count: number) => Array.from({ length: count }, (_line, index) => `line ${index + 1}\n`);
const diffOf = (from: string | null, to: string | null) => unifiedDiff('/file', from, to, (line) => line);

describe('a diff as the service writes it', () => {
  test('is read with the number of each line, before and after', () => {
    const before = lines(30);
    const after = before.with(4, 'five\n').toSpliced(24, 0, 'new\n');
    const hunks = readDiff(diffOf(before.join(''), after.join('')));
    expect(hunks).toHaveLength(2);
    for (const line of hunks.flat()) {
      const text = `${line.text}\n`;
      if (line.before !== null) expect(before[line.before - 1]).toBe(text);
      if (line.after !== null) expect(after[line.after - 1]).toBe(text);
    }
    expect(hunks.flat().filter(({ kind }) => kind !== 'kept')).toEqual([
      { kind: 'removed', text: 'line 5', before: 5, after: null, ended: true },
      { kind: 'added', text: 'five', before: null, after: 5, ended: true },
      { kind: 'added', text: 'new', before: null, after: 25, ended: true },
    ]);
  });

  test('of a new file, or of one that goes, has only one side', () => {
    expect(readDiff(diffOf(null, 'a\nb\n'))).toEqual([
      [
        { kind: 'added', text: 'a', before: null, after: 1, ended: true },
        { kind: 'added', text: 'b', before: null, after: 2, ended: true },
      ],
    ]);
    expect(readDiff(diffOf('a\n', null))[0]).toEqual([
      { kind: 'removed', text: 'a', before: 1, after: null, ended: true },
    ]);
  });

  test('tells where a file ends without a line end, and takes lines that look like its own marks for text', () => {
    const [hunk] = readDiff(diffOf('-- old\n+x', '-- old\n++ new\n'));
    expect(hunk?.map(({ kind, text, ended }) => [kind, text, ended])).toEqual([
      ['kept', '-- old', true],
      ['removed', '+x', false],
      ['added', '++ new', true],
    ]);
    const [removed] = readDiff(diffOf('-- a\nb\n', 'b\n'));
    expect(removed?.[0]).toMatchObject({ kind: 'removed', text: '-- a' });
  });

  test('shows no carriage return', () => {
    expect(readDiff(diffOf('a\r\n', 'b\r\n'))[0]?.map(({ text }) => text)).toEqual(['a', 'b']);
  });
});

describe('side by side', () => {
  test('a removed line stands beside what takes its place, and further ones beside nothing', () => {
    const [hunk] = readDiff(diffOf('a\nold 1\nold 2\nb\n', 'a\nnew\nb\nlast\n'));
    const rows = sideBySide(hunk ?? []).map(({ before, after }) => [before?.text ?? null, after?.text ?? null]);
    expect(rows).toEqual([
      ['a', 'a'],
      ['old 1', 'new'],
      ['old 2', null],
      ['b', 'b'],
      [null, 'last'],
    ]);
  });
});
