import { findNodeAtLocation, type Node, type ParseError, parseTree } from 'jsonc-parser';
import { positionAt, syntaxMessage } from '../settings/document.ts';
import { editText } from '../settings/edit-text.ts';
import { type ConfigEdit, type ConfigFormat, type ReadConfig, UneditableConfig } from './config-format.ts';
import { type ConfigPath, type ConfigValue, describePath, indexOfItem } from './config-value.ts';

/** What an agent's own parser takes beyond JSON. Where it takes less than the file has, it ignores the whole file. */
export interface JsonDialect {
  readonly comments: boolean;
  readonly trailingCommas: boolean;
}

const byteOrderMark = '\uFEFF';
/** A string, a comment, or a comma with nothing but blanks up to a closing bracket. */
const token = /"(?:[^"\\]|\\.)*"|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//g;
const stringOrTrailingComma = /"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g;

export function jsonFormat(dialect: JsonDialect): ConfigFormat {
  return {
    read: (content) => read(content, dialect),
    edit: (content, edit) => {
      const bom = content.startsWith(byteOrderMark) ? byteOrderMark : '';
      const text = content.slice(bom.length);
      return bom + editDocument(text.trim() === '' ? `{}${text === '' ? '\n' : text}` : text, edit);
    },
    rawValue: (content, path) => {
      const text = withoutMark(content);
      const node = nodeAt(parseLoosely(text), path);
      return node === undefined ? null : text.slice(node.offset, node.offset + node.length);
    },
    parseRaw: (raw) => parseSecondly(raw),
    hasCommentAt: (content, path) => {
      const text = withoutMark(content);
      const node = nodeAt(parseLoosely(text), path);
      const inside = node === undefined ? '' : text.slice(node.offset, node.offset + node.length);
      return (inside.match(token) ?? []).some((piece) => !piece.startsWith('"'));
    },
    isBlank: (content) => /^\s*(?:\{\s*\}\s*)?$/.test(withoutMark(content)),
  };
}

function withoutMark(content: string): string {
  return content.startsWith(byteOrderMark) ? content.slice(byteOrderMark.length) : content;
}

function read(content: string, { comments, trailingCommas }: JsonDialect): ReadConfig {
  const text = withoutMark(content);
  if (text.trim() === '') return { ok: true, value: {} };
  const refuse = (message: string, offset: number): ReadConfig => ({
    ok: false,
    problem: { message, ...positionAt(text, offset) },
  });
  const errors: ParseError[] = [];
  try {
    const root = parseTree(text, errors, { allowTrailingComma: trailingCommas, disallowComments: !comments });
    const [first] = errors;
    if (first !== undefined) return refuse(syntaxMessage(first), first.offset);
    if (root?.type !== 'object') return refuse('an object is expected here', root?.offset ?? 0);
    return { ok: true, value: comments ? parseSecondly(text) : JSON.parse(text) };
  } catch (error) {
    // The parsers recurse; only absurd nesting overflows their stack.
    if (error instanceof RangeError) return refuse('is nested too deeply', 0);
    if (error instanceof SyntaxError) return refuse(`is not JSON: ${error.message}`, 0);
    throw error;
  }
}

/** The platform's own parser, which shares nothing with jsonc-parser; comments and trailing commas are taken away for it. */
function parseSecondly(text: string): ConfigValue {
  const plain = text.replace(token, (piece) => (piece.startsWith('"') ? piece : ' '));
  return JSON.parse(plain.replace(stringOrTrailingComma, (piece) => (piece === ',' ? '' : piece)));
}

/** The tree of a text that was read before. Of keys that stand twice the last one counts, as in every parser of JSON. */
function parseLoosely(text: string): Node {
  const root = parseTree(text.trim() === '' ? '{}' : text, [], { allowTrailingComma: true, disallowComments: false });
  if (root === undefined) throw new UneditableConfig({ message: 'is not JSON', line: null, column: null });
  shadowEarlierKeys(root);
  return root;
}

/** Gives the earlier ones of equal keys a name that no path has, so that they stay where they are and are never found. */
function shadowEarlierKeys(node: Node): void {
  const seen = new Set<unknown>();
  for (const child of node.children?.toReversed() ?? []) {
    const [key] = child.children ?? [];
    if (node.type === 'object' && key !== undefined) {
      if (seen.has(key.value)) Object.assign(key, { value: Symbol('stands again') });
      else seen.add(key.value);
    }
    shadowEarlierKeys(child);
  }
}

/** The path in jsonc-parser's terms, as far as it exists: items of lists by their index. */
function located(
  root: Node,
  path: ConfigPath,
): { readonly found: (string | number)[]; readonly node: Node | undefined } {
  let node: Node | undefined = root;
  const found: (string | number)[] = [];
  for (const step of path) {
    let segment: string | number;
    if (typeof step === 'string') {
      if (node !== undefined && node.type !== 'object') throw noPlace(path);
      segment = step;
    } else {
      if (node !== undefined && node.type !== 'array') throw noPlace(path);
      segment = indexOfItem((node?.children ?? []).map(plainValue), step);
    }
    found.push(segment);
    const parent: Node | undefined = node;
    node = parent === undefined || segment === -1 ? undefined : findNodeAtLocation(parent, [segment]);
  }
  return { found, node };
}

function nodeAt(root: Node, path: ConfigPath): Node | undefined {
  return located(root, path).node;
}

function plainValue(node: Node): ConfigValue {
  if (node.type === 'array') return (node.children ?? []).map(plainValue);
  if (node.type !== 'object') return node.value;
  return Object.fromEntries(
    (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
      key === undefined || value === undefined ? [] : [[String(key.value), plainValue(value)] as const],
    ),
  );
}

function noPlace(path: ConfigPath): UneditableConfig {
  return new UneditableConfig({
    message: `${describePath(path)} has no place: what stands above it is of another kind`,
    line: null,
    column: null,
  });
}

function editDocument(text: string, edit: ConfigEdit): string {
  const root = parseLoosely(text);
  const { found, node } = located(root, edit.path);
  const document = { bom: '', text, root };
  switch (edit.kind) {
    case 'remove':
      return node === undefined ? text : editText(document, { kind: 'remove', path: found });
    case 'restore': {
      const withPlace = node === undefined ? editDocument(text, { kind: 'set', path: edit.path, value: null }) : text;
      const place = nodeAt(parseLoosely(withPlace), edit.path);
      if (place === undefined) throw noPlace(edit.path);
      return withPlace.slice(0, place.offset) + edit.raw + withPlace.slice(place.offset + place.length);
    }
    case 'set': {
      const last = found.at(-1);
      const above = found.slice(0, -1);
      if (last === -1) return editText(document, { kind: 'append', path: above, value: edit.value });
      if (typeof last === 'number') throw noPlace(edit.path);
      if (last === undefined || above.includes(-1)) throw noPlace(edit.path);
      return editText(document, { kind: 'set', path: pathTo(above, last), value: edit.value });
    }
  }
}

function pathTo(above: readonly (string | number)[], last: string): [...(string | number)[], string] {
  return [...above, last];
}
