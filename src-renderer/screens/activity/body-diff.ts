import { isObject } from '../../../src-shared/json.ts';
import { type LineChange, lineChanges } from '../../../src-shared/line-changes.ts';
import type { DiffLine, Hunk } from '../../components/diff-rows.ts';

/** How the body that went to the server differs from the agent's. */
export type BodyDiff =
  | { readonly kind: 'equal' }
  /** Nothing but the model's name. */
  | { readonly kind: 'model'; readonly before: string; readonly after: string }
  | { readonly kind: 'lines'; readonly hunks: readonly Hunk[] }
  /** One of them is no JSON, or its end was not kept. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'too-large' };

/** Longest body that is compared, in characters, and most lines that it may have as indented JSON: more would make the window slow. */
export const longestBody = 2_000_000;
export const mostLines = 50_000;
/** Lines between two that both bodies have once: beyond so many differences they count as replaced. */
const mostDifferences = 200;
const contextLines = 3;
/** Most that is shown of a line, in characters, and how much of that before the first difference. */
const longestLine = 500;
const shownBefore = 100;

/** Compares two bodies as indented JSON. How a line is indented, and whether a comma follows, makes no difference. */
export function bodyDiff(agentBody: string, serverBody: string): BodyDiff {
  if (Math.max(agentBody.length, serverBody.length) > longestBody) return { kind: 'too-large' };
  const [before, after] = [parsed(agentBody), parsed(serverBody)];
  if (before === undefined || after === undefined) return { kind: 'unreadable' };
  if (JSON.stringify(before) === JSON.stringify(after)) return { kind: 'equal' };
  const names = onlyModels(before, after);
  if (names !== null) return { kind: 'model', ...names };
  const [from, to] = [linesOf(before), linesOf(after)];
  if (Math.max(from.length, to.length) > mostLines) return { kind: 'too-large' };
  return { kind: 'lines', hunks: hunksOf(from, to, changesBetween(from.map(bare), to.map(bare))) };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // told as unreadable
  }
}

function onlyModels(before: unknown, after: unknown): { readonly before: string; readonly after: string } | null {
  if (!isObject(before) || !isObject(after)) return null;
  if (typeof before.model !== 'string' || typeof after.model !== 'string') return null;
  const same = JSON.stringify({ ...before, model: after.model }) === JSON.stringify(after);
  return same ? { before: before.model, after: after.model } : null;
}

function linesOf(value: unknown): readonly string[] {
  return JSON.stringify(value, null, 2).split('\n');
}

function bare(line: string): string {
  return line.trim().replace(/,$/, '');
}

/**
 * Lines that both have exactly once and in the same order stay; what is between them is compared line by line ("patience diff", Bram Cohen). So
 * it takes no time even where a translation wraps each tool and message anew.
 */
function changesBetween(from: readonly string[], to: readonly string[]): readonly LineChange[] {
  const changes: LineChange[] = [];
  let [x, y] = [0, 0];
  for (const [endX, endY] of [...anchors(from, to), [from.length, to.length] as const]) {
    for (const change of lineChanges(from.slice(x, endX), to.slice(y, endY), mostDifferences)) {
      changes.push({
        fromStart: x + change.fromStart,
        fromEnd: x + change.fromEnd,
        toStart: y + change.toStart,
        toEnd: y + change.toEnd,
      });
    }
    [x, y] = [endX + 1, endY + 1];
  }
  return changes;
}

/** The longest ascending run of pairs of lines that both have once. */
function anchors(from: readonly string[], to: readonly string[]): readonly (readonly [number, number])[] {
  const [inFrom, inTo] = [onlyOnce(from), onlyOnce(to)];
  interface Link {
    readonly pair: readonly [number, number];
    readonly previous: Link | null;
  }
  /** By length: the run of that length that ends furthest up in `to`. */
  const ends: Link[] = [];
  for (const [line, x] of inFrom) {
    const y = inTo.get(line);
    if (y === undefined) continue;
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle]?.pair[1] ?? 0) < y) low = middle + 1;
      else high = middle;
    }
    ends[low] = { pair: [x, y], previous: ends[low - 1] ?? null };
  }
  const run: (readonly [number, number])[] = [];
  for (let link = ends.at(-1) ?? null; link !== null; link = link.previous) run.push(link.pair);
  return run.reverse();
}

/** Each line that stands there once, with its index, ascending. */
function onlyOnce(lines: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const several = new Set<string>();
  for (const [index, line] of lines.entries()) {
    if (found.has(line)) several.add(line);
    else found.set(line, index);
  }
  for (const line of several) found.delete(line);
  return found;
}

/** The changes with the lines around them; what is further from any stays folded. */
function hunksOf(from: readonly string[], to: readonly string[], changes: readonly LineChange[]): readonly Hunk[] {
  const hunks: DiffLine[][] = [];
  let shownTo = 0;
  for (const [index, { fromStart, fromEnd, toStart, toEnd }] of changes.entries()) {
    const last = hunks.at(-1);
    const start = Math.max(shownTo, fromStart - contextLines);
    const hunk = last !== undefined && start === shownTo ? last : [];
    if (hunk !== last) hunks.push(hunk);
    const kept = (x: number): void => void hunk.push(keptLine(from, to, x, x + toEnd - fromEnd));
    for (let x = start; x < fromStart; x += 1) hunk.push(keptLine(from, to, x, x + toStart - fromStart));
    const differAt = (at: number): number =>
      fromStart + at < fromEnd && toStart + at < toEnd
        ? firstDifference(from[fromStart + at] ?? '', to[toStart + at] ?? '')
        : 0;
    for (let x = fromStart; x < fromEnd; x += 1) {
      const text = excerpt(from[x] ?? '', differAt(x - fromStart));
      hunk.push({ kind: 'removed', text, before: x + 1, after: null, ended: true });
    }
    for (let y = toStart; y < toEnd; y += 1) {
      const text = excerpt(to[y] ?? '', differAt(y - toStart));
      hunk.push({ kind: 'added', text, before: null, after: y + 1, ended: true });
    }
    shownTo = Math.min(changes[index + 1]?.fromStart ?? from.length, fromEnd + contextLines);
    for (let x = fromEnd; x < shownTo; x += 1) kept(x);
  }
  return hunks;
}

function keptLine(from: readonly string[], to: readonly string[], x: number, y: number): DiffLine {
  const [text, textAfter] = [excerpt(from[x] ?? '', 0), excerpt(to[y] ?? '', 0)];
  return { kind: 'kept', text, textAfter, before: x + 1, after: y + 1, ended: true };
}

/** Behind the indentation, which differs for itself. */
function firstDifference(one: string, other: string): number {
  const [a, b] = [one.trimStart(), other.trimStart()];
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

/** A long line's part around the place where it differs. */
function excerpt(line: string, differsAt: number): string {
  if (line.length <= longestLine) return line;
  const indentation = line.length - line.trimStart().length;
  const start = indentation + differsAt <= longestLine - shownBefore ? 0 : indentation + differsAt - shownBefore;
  const shown = line.slice(start, start + longestLine);
  const left = `${start > 0 ? '…' : ''}${shown}${start + longestLine < line.length ? '…' : ''}`;
  return `${left} (${line.length.toLocaleString('en')} characters)`;
}
