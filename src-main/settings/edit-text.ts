import { createScanner, findNodeAtLocation, type Node, type SyntaxKind } from 'jsonc-parser';
import type { JsonValue } from '../../src-shared/json.ts';
import type { SettingsDocument } from './document.ts';
import { type DocumentPath, writePath } from './problem.ts';

/** One change to the settings file. Everything it does not name stays to the byte: comments, order, indentation, line ends. */
export type SettingsEdit =
  /** Sets a property; a new one goes behind the last, and objects above it that are missing are made. */
  | { readonly kind: 'set'; readonly path: readonly [...(string | number)[], string]; readonly value: JsonValue }
  /** Adds an item to the list at `path`; a top-level list that is missing is made. */
  | { readonly kind: 'append'; readonly path: DocumentPath; readonly value: JsonValue }
  | { readonly kind: 'remove'; readonly path: DocumentPath };

/** jsonc-parser's SyntaxKind is a const enum, which has no values here. */
const syntax = { comma: 5, lineComment: 12, blockComment: 13, lineBreak: 14, trivia: 15 } as const satisfies Record<
  string,
  SyntaxKind
>;

/**
 * The text after one edit. `jsonc-parser`'s own `modify` is not used: it gives a neighbour's end-of-line comment to the new
 * item, and takes the next item's comment away with a removed one.
 */
export function editText({ text, root }: SettingsDocument, edit: SettingsEdit): string {
  const node = findNodeAtLocation(root, [...edit.path]);
  switch (edit.kind) {
    case 'append':
      if (node?.type === 'array') return insertLast(text, node, (indent) => writeValue(text, edit.value, indent));
      return setProperty(text, root, edit.path, node, [edit.value]);
    case 'set':
      return setProperty(text, root, edit.path, node, edit.value);
    case 'remove':
      if (node === undefined) throw new Error(`${writePath(edit.path)} is not in the settings`);
      return removeChild(text, node.parent?.type === 'property' ? node.parent : node);
  }
}

function setProperty(text: string, root: Node, path: DocumentPath, node: Node | undefined, value: JsonValue): string {
  if (node !== undefined)
    return splice(text, node.offset, node.offset + node.length, writeValue(text, value, indentAt(text, node.offset)));
  const above = path.slice(0, -1);
  const parent = findNodeAtLocation(root, above);
  const key = path.at(-1);
  if (parent === undefined && typeof key === 'string' && typeof above.at(-1) === 'string')
    return setProperty(text, root, above, undefined, { [key]: value });
  if (parent?.type !== 'object' || typeof key !== 'string')
    throw new Error(`${writePath(path)} has no place in the settings`);
  return insertLast(text, parent, (indent) => `${JSON.stringify(key)}: ${writeValue(text, value, indent)}`);
}

/** Puts something behind the last child of an object or array, on a line of its own where the children stand on lines of their own. */
function insertLast(text: string, container: Node, write: (indent: string) => string): string {
  const last = container.children?.at(-1);
  const closing = container.offset + container.length - 1;
  if (last === undefined) {
    const indent = indentAt(text, container.offset) + indentUnit(text);
    const inside = text.slice(container.offset + 1, closing);
    const lastBreak = /\r?\n[ \t]*$/.exec(inside)?.index ?? -1;
    // A line that is there stays, with its end and the blanks before it.
    const [from, to] = lastBreak === -1 ? [inside.trimEnd().length, inside.length] : [lastBreak, lastBreak];
    const behind = lastBreak === -1 ? `${lineEnd(text)}${indentAt(text, container.offset)}` : '';
    const start = container.offset + 1;
    return splice(text, start + from, start + to, `${lineEnd(text)}${indent}${write(indent)}${behind}`);
  }
  const end = last.offset + last.length;
  const { commaAt, lineEndsAt } = afterItem(text, end, closing);
  const trailing = commaAt === null ? '' : ',';
  if (lineEndsAt === null) {
    // Everything on one line: the new one too. A block comment that follows belongs to what is there already.
    const at = commaAt === null ? end : commaAt + 1;
    return splice(
      text,
      at,
      at,
      `${commaAt === null ? ',' : ''} ${write(indentAt(text, container.offset)).replace(/\s*\r?\n\s*/g, ' ')}${trailing}`,
    );
  }
  const indent = indentAt(text, last.offset);
  const added = splice(text, lineEndsAt, lineEndsAt, `${lineEnd(text)}${indent}${write(indent)}${trailing}`);
  return commaAt === null ? splice(added, end, end, ',') : added;
}

/** Takes an item or property away with its comma, the comment at its line's end, and its lines where nothing else stands on them. */
function removeChild(text: string, child: Node): string {
  const container = child.parent;
  if (container === undefined) throw new Error('the document itself cannot be removed');
  const closing = container.offset + container.length - 1;
  const end = child.offset + child.length;
  const { commaAt, lineEndsAt } = afterItem(text, end, closing);
  const lineStart = child.offset - (/[^\r\n]*$/.exec(text.slice(0, child.offset))?.[0].length ?? 0);
  const ownLines = lineEndsAt !== null && text.slice(lineStart, child.offset).trim() === '';
  const lineBreak = ownLines && text.startsWith('\r\n', lineEndsAt) ? 2 : 1;
  const behindComma = commaAt === null ? end : commaAt + 1;
  const siblings = container.children ?? [];
  const previous = siblings[siblings.indexOf(child) - 1];
  const isLast = commaAt === null && previous !== undefined;
  const blanksBehind = isLast ? 0 : (/^[ \t]*/.exec(text.slice(behindComma))?.[0].length ?? 0);
  const to = ownLines ? lineEndsAt + lineBreak : behindComma + blanksBehind;
  const blanksBefore = isLast ? (/[ \t]*$/.exec(text.slice(0, child.offset))?.[0].length ?? 0) : 0;
  const from = ownLines ? lineStart : child.offset - blanksBefore;
  const removed = splice(text, from, to, '');
  if (commaAt !== null || previous === undefined) return removed;
  // It was the last one without a trailing comma: the one before must not keep its comma either.
  const comma = afterItem(text, previous.offset + previous.length, closing).commaAt;
  return comma === null ? removed : splice(removed, comma, comma + 1, '');
}

/** Where the comma behind an item stands, and where its line ends (comments included); null where the container closes first. */
function afterItem(
  text: string,
  from: number,
  closing: number,
): { readonly commaAt: number | null; readonly lineEndsAt: number | null } {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  let commaAt: number | null = null;
  let lineEndsAt: number | null = null;
  for (;;) {
    const kind = scanner.scan();
    const at = scanner.getTokenOffset();
    if (at >= closing) break;
    if (kind === syntax.lineBreak) lineEndsAt ??= at;
    else if (kind === syntax.comma && commaAt === null) commaAt = at;
    else if (kind !== syntax.lineComment && kind !== syntax.blockComment && kind !== syntax.trivia) break;
  }
  return { commaAt, lineEndsAt: commaAt !== null && lineEndsAt !== null && commaAt > lineEndsAt ? null : lineEndsAt };
}

function writeValue(text: string, value: JsonValue, indent: string): string {
  return JSON.stringify(value, null, indentUnit(text)).replaceAll('\n', lineEnd(text) + indent);
}

function splice(text: string, from: number, to: number, replacement: string): string {
  return text.slice(0, from) + replacement + text.slice(to);
}

/** The blanks that the line of this offset begins with. */
function indentAt(text: string, offset: number): string {
  return /(?:^|[\r\n])([ \t]*)[^\r\n]*$/.exec(text.slice(0, offset))?.[1] ?? '';
}

/** The file's own step of indentation: that of its first indented line; two blanks where it has none. */
function indentUnit(text: string): string {
  return /[\r\n]([ \t]+)\S/.exec(text)?.[1] ?? '  ';
}

function lineEnd(text: string): string {
  return /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
}
