/** One line of a unified diff. Line numbers count from 1; null on the side where the line is not. */
export interface DiffLine {
  readonly kind: 'kept' | 'added' | 'removed';
  readonly text: string;
  /** Of a kept line that stands otherwise indented afterwards: how it stands there. */
  readonly textAfter?: string;
  readonly before: number | null;
  readonly after: number | null;
  /** False where the file ends with this line and without a line end. */
  readonly ended: boolean;
}

/** Lines that stand together in the file. */
export type Hunk = readonly DiffLine[];

/** What stands side by side: the line before and the line after; null where there is none. */
export interface SideBySide {
  readonly before: DiffLine | null;
  readonly after: DiffLine | null;
}

/** The hunks of one file's unified diff, as the service writes it. */
export function readDiff(diff: string): readonly Hunk[] {
  const hunks: DiffLine[][] = [];
  let before = 0;
  let after = 0;
  // The first two lines name the file.
  for (const line of diff.split('\n').slice(2)) {
    const range = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    const hunk = hunks.at(-1);
    if (range !== null) {
      before = Number(range[1]);
      after = Number(range[2]);
      hunks.push([]);
    } else if (hunk !== undefined) {
      const [mark, text] = [line.charAt(0), line.slice(1).replace(/\r$/, '')];
      const last = hunk.at(-1);
      if (mark === '+') hunk.push({ kind: 'added', text, before: null, after: after++, ended: true });
      else if (mark === '-') hunk.push({ kind: 'removed', text, before: before++, after: null, ended: true });
      else if (mark === ' ') hunk.push({ kind: 'kept', text, before: before++, after: after++, ended: true });
      else if (mark === '\\' && last !== undefined) hunk[hunk.length - 1] = { ...last, ended: false };
    }
  }
  return hunks;
}

/** Each removed line beside the added one that takes its place. */
export function sideBySide(hunk: Hunk): readonly SideBySide[] {
  const rows: SideBySide[] = [];
  for (let index = 0; index < hunk.length; ) {
    const line = hunk[index];
    if (line === undefined) break;
    if (line.kind === 'kept') {
      rows.push({ before: line, after: { ...line, text: line.textAfter ?? line.text } });
      index += 1;
      continue;
    }
    let end = index;
    while (hunk[end] !== undefined && hunk[end]?.kind !== 'kept') end += 1;
    const changed = hunk.slice(index, end);
    const removed = changed.filter(({ kind }) => kind === 'removed');
    const added = changed.filter(({ kind }) => kind === 'added');
    for (let at = 0; at < Math.max(removed.length, added.length); at += 1) {
      rows.push({ before: removed[at] ?? null, after: added[at] ?? null });
    }
    index = end;
  }
  return rows;
}
