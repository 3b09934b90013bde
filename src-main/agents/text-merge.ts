import { lineChanges, linesOf } from '../../src-shared/line-changes.ts';

/** Replaces `[from, to)` of a text, in UTF-16 units. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Texts in quotes, words, line ends, runs of blanks, and whatever else as single letters: what a change leaves whole. */
const piece = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[\p{L}\p{N}_]+|\r?\n|[ \t]+|./gsu;

/** What makes the one text of the other: runs of lines, and within each the pieces that differ, cut down to their letters. */
export function splicesBetween(from: string, to: string): readonly Splice[] {
  const lines = splicesOf(linesOf(from), linesOf(to));
  return lines.flatMap((run) => {
    const pieces = splicesOf(from.slice(run.from, run.to).match(piece) ?? [], run.text.match(piece) ?? []);
    return pieces.map((splice) => cutDown(from, { ...splice, from: run.from + splice.from, to: run.from + splice.to }));
  });
}

/** The changes between two texts that are given in parts. */
function splicesOf(from: readonly string[], to: readonly string[]): readonly Splice[] {
  const offsets = offsetsOf(from);
  return lineChanges(from, to).map(({ fromStart, fromEnd, toStart, toEnd }) => ({
    from: offsets[fromStart] ?? 0,
    to: offsets[fromEnd] ?? 0,
    text: to.slice(toStart, toEnd).join(''),
  }));
}

function cutDown(from: string, { from: start, to: end, text }: Splice): Splice {
  const before = from.slice(start, end);
  let head = 0;
  while (head < before.length && head < text.length && before[head] === text[head]) head += 1;
  let tail = 0;
  const longest = Math.min(before.length, text.length) - head;
  while (tail < longest && before.at(-1 - tail) === text.at(-1 - tail)) tail += 1;
  return { from: start + head, to: end - tail, text: text.slice(head, text.length - tail) };
}

function offsetsOf(lines: readonly string[]): readonly number[] {
  const offsets = [0];
  for (const line of lines) offsets.push((offsets.at(-1) ?? 0) + line.length);
  return offsets;
}

/**
 * What `common` becomes when both sides' changes are made to it; null where they change the same place. Changes that only touch each other
 * do not meet: the first side's comes first.
 */
export function merged(common: string, one: string, other: string): string | null {
  const all = [...splicesBetween(common, one), ...splicesBetween(common, other)].toSorted(
    (a, b) => a.from - b.from || a.to - b.to,
  );
  let result = '';
  let at = 0;
  for (const { from, to, text } of all) {
    if (from < at) return null;
    result += common.slice(at, from) + text;
    at = to;
  }
  return result + common.slice(at);
}
