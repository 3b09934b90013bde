import { parse as parseSecondly, TomlError, type TomlTable, type TomlValue } from 'smol-toml';
import { ParseError } from 'toml-eslint-parser';
import { type ConfigEdit, type ConfigFormat, type ReadConfig, UneditableConfig } from './config-format.ts';
import { type ConfigPath, type ConfigValue, describePath } from './config-value.ts';
import { removeFromToml, restoreInToml, setInToml } from './toml-edit.ts';
import { findInToml, parseToml } from './toml-tree.ts';

const byteOrderMark = '\uFEFF';

/** TOML 1.1: Codex reads it with Rust's `toml`, whose grammar takes it. */
export const tomlFormat: ConfigFormat = {
  read: (content) => read(withoutMark(content)),
  edit: (content, edit) =>
    content.slice(0, content.length - withoutMark(content).length) + apply(withoutMark(content), edit),
  rawValue: (content, path) => {
    const text = withoutMark(content);
    const found = findInToml(parseToml(text), keysOf(path));
    return found?.kind === 'value' ? text.slice(...found.node.value.range) : null;
  },
  parseRaw: (raw) => parseValues(`value = ${raw}`).value,
  hasCommentAt: (content, path) => {
    const program = parseToml(withoutMark(content));
    const found = findInToml(program, keysOf(path));
    if (found === null) return false;
    const [from, to] = found.node.range;
    const next = found.kind === 'table' ? Math.min(...tablesAfter(program.body[0].body, to), content.length) : to;
    return program.comments.some(({ range: [at] }) => at > from && at < next);
  },
  isBlank: (content) => withoutMark(content).trim() === '',
};

function tablesAfter(
  body: readonly { readonly type: string; readonly range: readonly [number, number] }[],
  offset: number,
): readonly number[] {
  return body.flatMap(({ type, range: [at] }) => (type === 'TOMLTable' && at >= offset ? [at] : []));
}

function withoutMark(content: string): string {
  return content.startsWith(byteOrderMark) ? content.slice(byteOrderMark.length) : content;
}

/** Integers beyond what a double holds come as bigint, so that no two different ones look alike. */
function parseValues(text: string): Readonly<Record<string, ConfigValue>> {
  return plainTable(parseSecondly(text, { integersAsBigInt: 'asNeeded' }));
}

/** smol-toml's tables have no prototype, which would tell them from the objects that they are compared with. */
function plainTable(table: TomlTable): Readonly<Record<string, ConfigValue>> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, plainValue(value)]));
}

function plainValue(value: TomlValue): ConfigValue {
  if (Array.isArray(value)) return value.map(plainValue);
  return typeof value === 'object' && !(value instanceof Date) ? plainTable(value) : value;
}

function read(text: string): ReadConfig {
  const refuse = (message: string, line: number | null = null, column: number | null = null): ReadConfig => ({
    ok: false,
    problem: { message, line, column },
  });
  try {
    const value = parseValues(text);
    parseToml(text);
    return { ok: true, value };
  } catch (error) {
    if (error instanceof TomlError) {
      const [first = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
      return refuse(inWords(first), error.line, error.column);
    }
    if (error instanceof ParseError) return refuse(inWords(error.message), error.lineNumber, error.column + 1);
    if (error instanceof RangeError) return refuse('is nested too deeply');
    throw error;
  }
}

function inWords(message: string): string {
  return `is not TOML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

function keysOf(path: ConfigPath): readonly string[] {
  return path.map((step) => {
    if (typeof step === 'string') return step;
    throw new UneditableConfig({ message: `${describePath(path)} is an item of a list`, line: null, column: null });
  });
}

function apply(text: string, edit: ConfigEdit): string {
  const path = keysOf(edit.path);
  try {
    switch (edit.kind) {
      case 'set':
        return setInToml(text, path, edit.value);
      case 'restore':
        return restoreInToml(text, path, edit.raw);
      case 'remove':
        return removeFromToml(text, path);
    }
  } catch (error) {
    // A step of the edit made a key stand twice: the file defines it in a way that lets nothing be added.
    if (!(error instanceof ParseError)) throw error;
    throw new UneditableConfig({ message: `${describePath(edit.path)} has no place`, line: null, column: null });
  }
}
