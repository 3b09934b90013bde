import { type Node, type ParseError, type ParseErrorCode, parseTree } from 'jsonc-parser';
import type { JsonValue } from '../../src-shared/json.ts';
import { type DocumentPath, type SettingsProblem, writePath } from './problem.ts';

/** A settings file as text: JSON with comments and trailing commas; a byte order mark stays in front when the text is written again. */
export interface SettingsDocument {
  readonly bom: string;
  /** Without the byte order mark; all offsets count in it. */
  readonly text: string;
  readonly root: Node;
}

export type ReadDocument =
  | { readonly ok: true; readonly document: SettingsDocument; readonly value: JsonValue }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] };

/** Parses without judging what the keys mean. Refuses what a JSON parser would silently resolve: keys that stand twice. */
export function readDocument(content: string): ReadDocument {
  const bom = content.startsWith('\uFEFF') ? '\uFEFF' : '';
  const text = content.slice(bom.length);
  if (text.trim() === '') {
    return {
      ok: false,
      problems: [{ ...positionAt(text, 0), path: '', message: 'the file is empty; write at least {}' }],
    };
  }
  const errors: ParseError[] = [];
  let root: Node | undefined;
  try {
    root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  } catch (error) {
    // The parser recurses; only absurd nesting overflows its stack.
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, problems: [{ line: 1, column: 1, path: '', message: 'is nested too deeply' }] };
  }
  const first = errors[0];
  if (first !== undefined || root === undefined) {
    const message = first === undefined ? 'is not JSON' : syntaxMessage(first);
    return { ok: false, problems: [{ ...positionAt(text, first?.offset ?? 0), path: '', message }] };
  }
  const problems: SettingsProblem[] = [];
  const value = toValue(root, [], text, problems);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, document: { bom, text, root }, value };
}

/** Line and column, both from 1. CRLF, LF and CR end a line. */
export function positionAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

function toValue(node: Node, path: DocumentPath, text: string, problems: SettingsProblem[]): JsonValue {
  if (node.type === 'array')
    return (node.children ?? []).map((child, index) => toValue(child, [...path, index], text, problems));
  if (node.type !== 'object') return node.value;
  const entries = new Map<string, JsonValue>();
  for (const property of node.children ?? []) {
    const [keyNode, valueNode] = property.children ?? [];
    if (keyNode === undefined || valueNode === undefined) continue;
    const key = String(keyNode.value);
    const problem = (message: string): void => {
      problems.push({ ...positionAt(text, keyNode.offset), path: writePath([...path, key]), message });
    };
    if (entries.has(key)) problem('stands twice');
    if (key === '__proto__') problem('is not a key of the settings');
    else entries.set(key, toValue(valueNode, [...path, key], text, problems));
  }
  return Object.fromEntries(entries);
}

/** What is wrong with the syntax, in words without a full stop. */
export function syntaxMessage({ error }: ParseError): string {
  return syntaxMessages[error] ?? 'is not JSON';
}

/** By jsonc-parser's ParseErrorCode, which is a const enum and so has no values here. */
const syntaxMessages: Readonly<Partial<Record<ParseErrorCode, string>>> = {
  1: 'there is a symbol that JSON does not know',
  2: 'the number is not written as JSON writes numbers',
  3: 'a property name in double quotes is expected here',
  4: 'a value is expected here',
  5: 'a colon is expected here',
  6: 'a comma is expected here',
  7: 'a closing brace is expected here',
  8: 'a closing bracket is expected here',
  9: 'the file should end here',
  10: 'a comment stands where none is allowed',
  11: 'the comment does not end',
  12: 'the string does not end',
  13: 'the number does not end',
  14: 'the \\u escape is not whole',
  15: 'the string has an escape that JSON does not know',
  16: 'the string has a control character; write it as an escape',
};
