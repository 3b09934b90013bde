import type { JsonValue } from '../../src-shared/json.ts';
import { type ConfigFormat, UneditableConfig } from './config-format.ts';
import {
  type ConfigPath,
  type ConfigValue,
  describePath,
  isEmptyContainer,
  isWithin,
  leavesOf,
  samePath,
  sameValue,
  valueAt,
  withoutValue,
  withValue,
} from './config-value.ts';
import { merged } from './text-merge.ts';

/** A value that is to stand in a configuration. An object's properties are set one by one beside those that stand there. */
export interface WantedValue {
  readonly path: ConfigPath;
  readonly value: JsonValue;
}

/** The values that are to stand beside what stands in a file without us. */
export type WantedValues = (base: ConfigValue) => readonly WantedValue[];

/** One value of ours in the user's file. */
export interface OwnedValue {
  readonly path: ConfigPath;
  /** The value that stood here before, as it was written; null where none did. */
  readonly before: string | null;
  readonly value: JsonValue;
}

/** What is ours in one file, and the two texts that show where. */
export interface OwnedText {
  /** The whole text without what is ours, and with it: as they were when we wrote last. */
  readonly base: string;
  readonly written: string;
  readonly values: readonly OwnedValue[];
  /** Containers that we made for them: they go when nothing is left in them. */
  readonly containers: readonly ConfigPath[];
}

/** The text without what is ours, and what of ours was changed by someone else and so stays as they left it. */
export interface Subtracted {
  readonly text: string;
  readonly left: readonly ConfigPath[];
}

/** Throws an UneditableConfig where the text can't be read. */
export function readOrThrow(format: ConfigFormat, text: string): ConfigValue {
  const read = format.read(text);
  if (read.ok) return read.value;
  throw new UneditableConfig(read.problem);
}

/**
 * Puts values into a text in which nothing is ours. Values that stand there already stay the user's own. Throws an UneditableConfig where
 * the text can't be read, or has no place for a value.
 */
export function addValues(format: ConfigFormat, base: string, wantedOf: WantedValues): OwnedText {
  const baseValue = readOrThrow(format, base);
  const wanted = wantedOf(baseValue);
  const values = wanted
    .flatMap((one) => missingLeaves(baseValue, one))
    .map(({ path, value }): OwnedValue => ({ path, before: format.rawValue(base, path), value }));
  const written = putAll(format, base, baseValue, wanted);
  return { base, written, values, containers: newContainers(baseValue, values) };
}

/** The same for a text in which an earlier set-up stands: what changes is changed in place, so that the difference is small. */
export function replaceValues(
  format: ConfigFormat,
  current: string,
  owned: OwnedText,
  wanted: WantedValues,
): OwnedText {
  const base = subtract(format, owned, current).text;
  const fresh = addValues(format, base, wanted);
  const inPlace = changedInPlace(format, current, owned, fresh);
  return inPlace === null ? fresh : { ...fresh, written: inPlace };
}

/** Takes exactly what is ours out of the text as it is now, puts back what it replaced, and leaves everything else to the byte. */
export function subtract(format: ConfigFormat, owned: OwnedText, current: string): Subtracted {
  if (current === owned.written) return { text: owned.base, left: [] };
  if (current === owned.base) return { text: current, left: [] };
  const value = readOrThrow(format, current);
  const same = owned.values.filter((one) => sameValue(valueAt(value, one.path), one.value));
  const reads = (text: string | null, expected: ConfigValue): text is string => {
    const read = text === null ? null : format.read(text);
    return read?.ok === true && sameValue(read.value, expected);
  };
  const leftBy = (intact: readonly OwnedValue[]): readonly ConfigPath[] =>
    owned.values
      .filter((one) => !intact.includes(one) && valueAt(value, one.path) !== undefined)
      .map(({ path }) => path);
  const byText = merged(owned.written, owned.base, current);
  if (reads(byText, withoutOwned(format, value, same, owned.containers))) return { text: byText, left: leftBy(same) };

  // A comment in a list of ours, or in an item of one, would go with it: we write none.
  const intact = same.filter((one) => !isContainer(one.value) || !format.hasCommentAt(current, one.path));
  const left = leftBy(intact);
  const expected = withoutOwned(format, value, intact, owned.containers);
  const byValue = removeOneByOne(format, current, intact, owned.containers);
  if (reads(byValue, expected)) return { text: withEmptyOnesAsBefore(format, owned, byValue), left };
  // A comment keeps a container that would else be empty.
  const read = format.read(byValue);
  const kept = owned.containers.filter((path) => read.ok && isEmptyContainer(valueAt(read.value, path)));
  const withKept = kept.reduce<ConfigValue>(
    (all, path) => withValue(all, path, Array.isArray(valueAt(value, path)) ? [] : {}),
    expected,
  );
  if (read.ok && sameValue(read.value, withKept)) return { text: withEmptyOnesAsBefore(format, owned, byValue), left };
  throw new UneditableConfig({
    message: 'what is ours in it could not be told from the rest',
    line: null,
    column: null,
  });
}

/** Containers of the user's that were empty before ours came, and are again, as they were written then: `{}`, not over two lines. */
function withEmptyOnesAsBefore(format: ConfigFormat, { base, values }: OwnedText, text: string): string {
  const baseValue = readOrThrow(format, base);
  const above = values.flatMap(({ path }) => path.slice(1).map((_, index) => path.slice(0, index + 1)));
  const empty = above.filter((path) => isEmptyContainer(valueAt(baseValue, path)));
  const inside = (raw: string): string => raw.slice(1, -1).trim();
  return empty.reduce((rest, path) => {
    const [before, now] = [format.rawValue(base, path), format.rawValue(rest, path)];
    const isOnlyBlanksApart = before !== null && now !== null && before !== now && inside(before) === inside(now);
    return isOnlyBlanksApart ? format.edit(rest, { kind: 'restore', path, raw: before }) : rest;
  }, text);
}

/** What of ours is not as we wrote it: changed, or gone. */
export function drift(format: ConfigFormat, owned: OwnedText, current: string): readonly ConfigPath[] {
  if (current === owned.written) return [];
  const read = format.read(current);
  if (!read.ok) return owned.values.map(({ path }) => path);
  return owned.values.filter(({ path, value }) => !sameValue(valueAt(read.value, path), value)).map(({ path }) => path);
}

/** The single values that have to be written; an object that replaces something that is none is one value. */
function missingLeaves(base: ConfigValue, { path, value }: WantedValue): readonly WantedValue[] {
  return leavesOf(path, value).flatMap((leaf) => {
    const blocked = leaf.path.findIndex(
      (_, index) => index >= path.length && !isContainer(valueAt(base, leaf.path.slice(0, index))),
    );
    const whole = blocked === -1 ? leaf.path : leaf.path.slice(0, blocked);
    if (whole.length < leaf.path.length && valueAt(base, whole) !== undefined) {
      throw new UneditableConfig({ message: `${describePath(whole)} is no object`, line: null, column: null });
    }
    return sameValue(valueAt(base, leaf.path), leaf.value) ? [] : [leaf];
  });
}

function isContainer(value: ConfigValue): boolean {
  return typeof value === 'object' && value !== null;
}

/** Whole new objects in one piece, the rest value by value; the outcome is checked by the second parser. */
function putAll(format: ConfigFormat, base: string, baseValue: ConfigValue, wanted: readonly WantedValue[]): string {
  let text = base;
  let expected = baseValue;
  const put = ({ path, value }: WantedValue): void => {
    const present = valueAt(expected, path);
    if (sameValue(present, value)) return;
    const isItem = typeof (path.at(-1) ?? '') !== 'string';
    if (
      !isItem &&
      isContainer(present) &&
      !Array.isArray(present) &&
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value)
    ) {
      for (const [key, inner] of Object.entries(value)) {
        if (inner !== undefined) put({ path: [...path, key], value: inner });
      }
      return;
    }
    refuseBlocked(expected, path);
    if (present !== undefined && format.rawValue(text, path) === null) {
      throw new UneditableConfig({ message: `${describePath(path)} is a table`, line: null, column: null });
    }
    text = format.edit(text, { kind: 'set', path, value });
    expected = withValue(expected, path, value);
  };
  for (const one of wanted) put(one);
  const read = format.read(text);
  if (read.ok && sameValue(read.value, expected)) return text;
  throw new UneditableConfig({
    message: 'it is written in a way into which these values do not fit',
    line: null,
    column: null,
  });
}

function refuseBlocked(root: ConfigValue, path: ConfigPath): void {
  for (let length = 1; length < path.length; length += 1) {
    const above = path.slice(0, length);
    const value = valueAt(root, above);
    if (value === undefined) return;
    if (isContainer(value) && Array.isArray(value) === (typeof path[length] !== 'string')) continue;
    const kind = typeof path[length] === 'string' ? 'object' : 'list';
    throw new UneditableConfig({ message: `${describePath(above)} is no ${kind}`, line: null, column: null });
  }
}

function newContainers(base: ConfigValue, values: readonly OwnedValue[]): readonly ConfigPath[] {
  const containers: ConfigPath[] = [];
  for (const { path } of values) {
    for (let length = 1; length < path.length; length += 1) {
      const above = path.slice(0, length);
      if (valueAt(base, above) === undefined && !containers.some((known) => samePath(known, above)))
        containers.push(above);
    }
  }
  return containers;
}

/** The current text with the new values in the place of the old ones; null where that comes out otherwise than starting afresh. */
function changedInPlace(format: ConfigFormat, current: string, owned: OwnedText, fresh: OwnedText): string | null {
  const value = readOrThrow(format, current);
  const gone = owned.values.filter(
    (one) =>
      sameValue(valueAt(value, one.path), one.value) && !fresh.values.some(({ path }) => samePath(path, one.path)),
  );
  const unused = owned.containers.filter((path) => !fresh.containers.some((kept) => samePath(kept, path)));
  try {
    const cleared = removeOneByOne(format, current, gone, unused);
    const text = fresh.values.reduce(
      (edited, one) =>
        sameValue(valueAt(readOrThrow(format, edited), one.path), one.value)
          ? edited
          : format.edit(edited, { kind: 'set', path: one.path, value: one.value }),
      cleared,
    );
    return sameValue(readOrThrow(format, text), readOrThrow(format, fresh.written)) ? text : null;
  } catch (error) {
    if (error instanceof UneditableConfig) return null;
    throw error;
  }
}

function withoutOwned(
  format: ConfigFormat,
  value: ConfigValue,
  intact: readonly OwnedValue[],
  containers: readonly ConfigPath[],
): ConfigValue {
  const without = intact.reduce<ConfigValue>(
    (rest, { path, before }) =>
      before === null ? withoutValue(rest, path) : withValue(rest, path, format.parseRaw(before)),
    value,
  );
  return deepestFirst(containers).reduce<ConfigValue>(
    (rest, path) => (isEmptyContainer(valueAt(rest, path)) ? withoutValue(rest, path) : rest),
    without,
  );
}

function removeOneByOne(
  format: ConfigFormat,
  current: string,
  intact: readonly OwnedValue[],
  containers: readonly ConfigPath[],
): string {
  // Containers that are all ours go in one piece, the outermost of them.
  const value = readOrThrow(format, current);
  const whole = containers.filter((path) => {
    const inside = intact.filter((one) => isWithin(one.path, path));
    const rest = withoutOwned(format, value, inside, containers);
    return inside.length > 0 && valueAt(rest, path) === undefined && !format.hasCommentAt(current, path);
  });
  const outermost = whole.filter((path) => !whole.some((outer) => isWithin(path, outer)));
  let text = current;
  for (const { path, before } of intact.toReversed()) {
    if (outermost.some((container) => isWithin(path, container))) continue;
    text = format.edit(text, before === null ? { kind: 'remove', path } : { kind: 'restore', path, raw: before });
  }
  for (const path of outermost.toReversed()) text = format.edit(text, { kind: 'remove', path });
  for (const path of deepestFirst(containers)) {
    const left = valueAt(readOrThrow(format, text), path);
    if (isEmptyContainer(left) && !format.hasCommentAt(text, path)) text = format.edit(text, { kind: 'remove', path });
  }
  return text;
}

function deepestFirst(paths: readonly ConfigPath[]): readonly ConfigPath[] {
  return paths.toSorted((one, other) => other.length - one.length);
}
