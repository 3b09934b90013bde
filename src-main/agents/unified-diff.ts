import { lineChanges, linesOf } from '../../src-shared/line-changes.ts';

const contextLines = 3;

/**
 * The change of one file as a unified diff, as `diff -u` writes it; '' where nothing changes. A file that is made or goes is `/dev/null` on
 * that side. `conceal` gets every line before it is shown.
 */
export function unifiedDiff(
  path: string,
  from: string | null,
  to: string | null,
  conceal: (line: string) => string,
): string {
  const before = linesOf(from ?? '');
  const after = linesOf(to ?? '');
  const changes = lineChanges(before, after);
  if (changes.length === 0 && from !== null && to !== null) return '';
  const write = (mark: string, line: string): string => {
    const shown = conceal(line.replace(/\n$/, ''));
    return line.endsWith('\n') ? `${mark}${shown}\n` : `${mark}${shown}\n\\ No newline at end of file\n`;
  };
  let text = `--- ${from === null ? '/dev/null' : path}\n+++ ${to === null ? '/dev/null' : path}\n`;
  for (let index = 0; index < changes.length; ) {
    // Changes whose context lines would touch stand in one hunk.
    let last = index;
    while (
      (changes[last + 1]?.fromStart ?? Number.POSITIVE_INFINITY) - (changes[last]?.fromEnd ?? 0) <=
      2 * contextLines
    ) {
      last += 1;
    }
    const [first, end] = [changes[index], changes[last]];
    if (first === undefined || end === undefined) break;
    const fromStart = Math.max(0, first.fromStart - contextLines);
    const fromEnd = Math.min(before.length, end.fromEnd + contextLines);
    const toStart = first.toStart - (first.fromStart - fromStart);
    const toEnd = end.toEnd + (fromEnd - end.fromEnd);
    text += `@@ -${range(fromStart, fromEnd)} +${range(toStart, toEnd)} @@\n`;
    let at = fromStart;
    for (const change of changes.slice(index, last + 1)) {
      text += before
        .slice(at, change.fromStart)
        .map((line) => write(' ', line))
        .join('');
      text += before
        .slice(change.fromStart, change.fromEnd)
        .map((line) => write('-', line))
        .join('');
      text += after
        .slice(change.toStart, change.toEnd)
        .map((line) => write('+', line))
        .join('');
      at = change.fromEnd;
    }
    text += before
      .slice(at, fromEnd)
      .map((line) => write(' ', line))
      .join('');
    index = last + 1;
  }
  return text;
}

/** `start,count` with lines from 1; an empty range names the line before it. */
function range(start: number, end: number): string {
  const count = end - start;
  return `${count === 0 ? start : start + 1}${count === 1 ? '' : `,${count}`}`;
}
