/** Runs of whole lines that two texts do not share: `[fromStart, fromEnd)` of one became `[toStart, toEnd)` of the other. */
export interface LineChange {
  readonly fromStart: number;
  readonly fromEnd: number;
  readonly toStart: number;
  readonly toEnd: number;
}

/** Lines with their ends; the last one may have none. */
export function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * What changed between two lists of lines, by Myers' O(ND) algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986).
 * Beyond `mostDifferences` changed lines the middle counts as replaced altogether, so that no pair of texts takes long.
 */
export function lineChanges(
  from: readonly string[],
  to: readonly string[],
  mostDifferences = 1_000,
): readonly LineChange[] {
  let head = 0;
  while (head < from.length && head < to.length && from[head] === to[head]) head += 1;
  let tail = 0;
  while (tail < from.length - head && tail < to.length - head && from.at(-1 - tail) === to.at(-1 - tail)) tail += 1;
  const a = from.slice(head, from.length - tail);
  const b = to.slice(head, to.length - tail);
  if (a.length === 0 && b.length === 0) return [];
  const kept = commonLines(a, b, mostDifferences);
  const changes: LineChange[] = [];
  let x = 0;
  let y = 0;
  for (const [keptX, keptY] of [...kept, [a.length, b.length] as const]) {
    if (keptX > x || keptY > y) {
      changes.push({ fromStart: head + x, fromEnd: head + keptX, toStart: head + y, toEnd: head + keptY });
    }
    x = keptX + 1;
    y = keptY + 1;
  }
  return changes;
}

/** Pairs of indexes of lines that stay, ascending. */
function commonLines(
  a: readonly string[],
  b: readonly string[],
  mostDifferences: number,
): readonly (readonly [number, number])[] {
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: ReadonlyMap<number, number>[] = [];
  for (let depth = 0; depth <= Math.min(a.length + b.length, mostDifferences); depth += 1) {
    trace.push(new Map(furthest));
    for (let k = -depth; k <= depth; k += 2) {
      let x = stepOf(furthest, k, depth);
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      furthest.set(k, x);
      if (x >= a.length && x - k >= b.length) return backtrack(trace, a.length, b.length);
    }
  }
  return [];
}

/** Where the path on diagonal `k` starts after one more difference: below a deletion or right of an insertion, whichever is further. */
function stepOf(furthest: ReadonlyMap<number, number>, k: number, depth: number): number {
  const down = furthest.get(k + 1) ?? -1;
  const right = (furthest.get(k - 1) ?? -1) + 1;
  return k === -depth || (k !== depth && right <= down) ? down : right;
}

function backtrack(
  trace: readonly ReadonlyMap<number, number>[],
  endX: number,
  endY: number,
): readonly (readonly [number, number])[] {
  const kept: (readonly [number, number])[] = [];
  let x = endX;
  let y = endY;
  for (let depth = trace.length - 1; depth >= 0; depth -= 1) {
    const furthest = trace[depth] ?? new Map<number, number>();
    const k = x - y;
    const start = stepOf(furthest, k, depth);
    while (x > start && y > start - k) {
      x -= 1;
      y -= 1;
      kept.push([x, y]);
    }
    if (depth === 0) break;
    const down = k === -depth || (k !== depth && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
    if (down) y -= 1;
    else x -= 1;
  }
  return kept.reverse();
}
