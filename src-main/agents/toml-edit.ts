import type { AST } from 'toml-eslint-parser';
import { isObject, type JsonObject, type JsonValue } from '../../src-shared/json.ts';
import { equal, parseToml, startsWith, tablePath, tomlEntries, tomlTables } from './toml-tree.ts';

/** The text of a value that stood in a file before. */
class RawValue {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Written = JsonValue | RawValue;

/**
 * The text with a value at `path`, where the file's own way of writing has the place for it: the value that is there is replaced; else it
 * goes behind the last key of its table, inline or not, with dotted keys where the file defines that table by them; else the table is
 * made at the end of the file. Without a byte order mark; the text must be TOML.
 */
export function setInToml(text: string, path: readonly string[], value: JsonValue): string {
  return put(text, path, value);
}

/** The same with a value as it was written once. */
export function restoreInToml(text: string, path: readonly string[], raw: string): string {
  return put(text, path, new RawValue(raw));
}

function put(text: string, path: readonly string[], value: Written): string {
  if (isTable(value)) {
    return Object.entries(value).reduce(
      (edited, [key, inner]) => (inner === undefined ? edited : put(edited, [...path, key], inner)),
      text,
    );
  }
  const program = parseToml(text);
  const entries = tomlEntries(program);
  const present = entries.find((entry) => equal(entry.path, path));
  if (present !== undefined) return splice(text, present.node.value.range, writeValue(value));
  const line = (parentPath: readonly string[]): string =>
    `${path.slice(parentPath.length).map(writeKey).join('.')} = ${writeValue(value)}`;

  // Deepest first: what stands in an inline table can be nowhere else.
  const inline = entries.findLast(
    ({ path: at, node }) => node.value.type === 'TOMLInlineTable' && startsWith(path, at),
  );
  if (inline?.node.value.type === 'TOMLInlineTable') return addToInline(text, inline.node.value, line(inline.path));

  const dotted = entries.findLast(
    (entry) =>
      entry.parent.type !== 'TOMLInlineTable' &&
      startsWith(path, entry.parentPath) &&
      entry.path.length > entry.parentPath.length + 1 &&
      sharedLength(entry.path, path) > entry.parentPath.length,
  );
  const table = tomlTables(program).find((candidate) => equal(tablePath(candidate) ?? [], path.slice(0, -1)));
  if (table !== undefined && path.length > 1) return addToTable(text, table, line(path.slice(0, -1)));
  if (dotted !== undefined) return addBehind(text, dotted.node, line(dotted.parentPath));
  if (path.length === 1) return addToTop(text, program, line([]));
  return addTable(text, path.slice(0, -1), line(path.slice(0, -1)));
}

/** The text without anything at or below `path`; each table's header takes the empty line before it along. */
export function removeFromToml(text: string, path: readonly string[]): string {
  const program = parseToml(text);
  const entry = tomlEntries(program).findLast((candidate) => startsWith(candidate.path, path));
  const table = tomlTables(program).findLast((candidate) => startsWith(tablePath(candidate) ?? [], path));
  // From the end to the start: a header goes after what stands below it.
  if (entry !== undefined && (table === undefined || entry.node.range[0] > table.range[0])) {
    const { node, parent } = entry;
    const rest =
      parent.type === 'TOMLInlineTable'
        ? removeFromInline(text, parent, node)
        : splice(text, [lineStart(text, node.range[0]), behindLine(text, node.range[1])], '');
    return removeFromToml(rest, path);
  }
  if (table === undefined) return text;
  const start = lineStart(text, table.range[0]);
  const blank = /(?<=\n)[ \t]*\r?\n$/.exec(text.slice(0, start))?.[0].length ?? 0;
  return removeFromToml(splice(text, [start - blank, behindLine(text, table.key.range[1])], ''), path);
}

function isTable(value: Written): value is JsonObject {
  return isObject(value) && !(value instanceof RawValue);
}

function addToInline(text: string, table: AST.TOMLInlineTable, written: string): string {
  const last = table.body.at(-1);
  if (last === undefined) return splice(text, table.range, `{ ${written} }`);
  return splice(text, [last.range[1], last.range[1]], `, ${written}`);
}

function removeFromInline(text: string, table: AST.TOMLInlineTable, node: AST.TOMLKeyValue): string {
  const index = table.body.indexOf(node);
  const previous = table.body[index - 1];
  const next = table.body[index + 1];
  if (previous !== undefined) return splice(text, [previous.range[1], node.range[1]], '');
  if (next !== undefined) return splice(text, [node.range[0], next.range[0]], '');
  return splice(text, table.range, '{}');
}

function addToTable(text: string, table: AST.TOMLTable, written: string): string {
  const last = table.body.at(-1);
  return last === undefined
    ? addLine(text, table.key.range[1], indentAt(text, table.range[0]), written)
    : addBehind(text, last, written);
}

function addBehind(text: string, node: AST.TOMLKeyValue, written: string): string {
  return addLine(text, node.range[1], indentAt(text, node.range[0]), written);
}

/** A key of no table stands before the first table: behind the last such key, else before the first table and the comment on it. */
function addToTop(text: string, program: AST.TOMLProgram, written: string): string {
  const last = program.body[0].body.findLast((node) => node.type === 'TOMLKeyValue');
  if (last !== undefined) return addBehind(text, last, written);
  const [first] = tomlTables(program);
  if (first === undefined) return addAtEnd(text, written);
  const before = text.slice(0, lineStart(text, first.range[0]));
  const at = before.length - (/(?:^|(?<=\n))(?:[ \t]*#[^\n]*\n)+$/.exec(before)?.[0].length ?? 0);
  return splice(text, [at, at], `${written}${lineEnd(text)}${lineEnd(text)}`);
}

function addTable(text: string, path: readonly string[], written: string): string {
  const gap = text === '' || /\n[ \t]*\r?\n$/.test(text) ? '' : lineEnd(text);
  const unfinished = text !== '' && !text.endsWith('\n');
  return `${text}${unfinished ? lineEnd(text) : ''}${gap}[${path.map(writeKey).join('.')}]${lineEnd(text)}${written}${unfinished ? '' : lineEnd(text)}`;
}

function addAtEnd(text: string, written: string): string {
  return text === '' || text.endsWith('\n') ? `${text}${written}${lineEnd(text)}` : `${text}${lineEnd(text)}${written}`;
}

/** A line of its own behind the one of this offset. */
function addLine(text: string, offset: number, indent: string, written: string): string {
  const at = behindLine(text, offset);
  const ended = text.slice(0, at).endsWith('\n');
  return splice(text, [at, at], ended ? `${indent}${written}${lineEnd(text)}` : `${lineEnd(text)}${indent}${written}`);
}

function sharedLength(one: readonly string[], other: readonly string[]): number {
  const difference = one.findIndex((step, index) => step !== other[index]);
  return difference === -1 ? one.length : difference;
}

function writeKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : writeString(key);
}

function writeValue(value: Written): string {
  if (Array.isArray(value)) return `[${value.map(writeValue).join(', ')}]`;
  if (value instanceof RawValue) return value.text;
  if (isObject(value)) {
    const inner = Object.entries(value).flatMap(([key, one]) =>
      one === undefined ? [] : [`${writeKey(key)} = ${writeValue(one)}`],
    );
    return inner.length === 0 ? '{}' : `{ ${inner.join(', ')} }`;
  }
  if (typeof value === 'string') return writeString(value);
  if (value === null) throw new Error('TOML has no null');
  return String(value);
}

/** A basic string. Its escapes are JSON's, but for the delete character, which JSON lets stand. */
function writeString(value: string): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
}

function splice(text: string, [from, to]: readonly [number, number], replacement: string): string {
  return text.slice(0, from) + replacement + text.slice(to);
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Behind the line end of the line in which `offset` stands. */
function behindLine(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at === -1 ? text.length : at + 1;
}

function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? '';
}

function lineEnd(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}
