import { type AST, parseTOML } from 'toml-eslint-parser';

/** Where a key stands: as `key = value`, or as a table of its own under `[key]`. */
export type TomlPlace =
  | { readonly kind: 'value'; readonly node: AST.TOMLKeyValue }
  | { readonly kind: 'table'; readonly node: AST.TOMLTable };

/** A `key = value` with its whole path from the top of the file, wherever it stands. */
export interface TomlEntry {
  readonly path: readonly string[];
  readonly node: AST.TOMLKeyValue;
  /** What it stands in; its own key's first part follows this one's path. */
  readonly parent: AST.TOMLTopLevelTable | AST.TOMLTable | AST.TOMLInlineTable;
  readonly parentPath: readonly string[];
}

/** Without a byte order mark. Throws the parser's ParseError. */
export function parseToml(text: string): AST.TOMLProgram {
  return parseTOML(text, { tomlVersion: '1.1' });
}

/** All entries in the order of the file, those of inline tables behind the entry that holds them; nothing of arrays of tables. */
export function tomlEntries(program: AST.TOMLProgram): readonly TomlEntry[] {
  const top = program.body[0];
  const inTable = (
    body: readonly (AST.TOMLKeyValue | AST.TOMLTable)[],
    parent: TomlEntry['parent'],
    parentPath: readonly string[],
  ): readonly TomlEntry[] =>
    body.flatMap((node) => {
      if (node.type === 'TOMLTable') {
        const path = tablePath(node);
        return path === null ? [] : inTable(node.body, node, path);
      }
      const path = [...parentPath, ...keyNames(node.key)];
      const inner = node.value.type === 'TOMLInlineTable' ? inTable(node.value.body, node.value, path) : [];
      return [{ path, node, parent, parentPath }, ...inner];
    });
  return inTable(top.body, top, []);
}

/** A table's path; null for one that stands in an array of tables. */
export function tablePath(table: AST.TOMLTable): readonly string[] | null {
  const path = table.resolvedKey.filter((step) => typeof step === 'string');
  return path.length === table.resolvedKey.length && table.kind === 'standard' ? path : null;
}

export function tomlTables(program: AST.TOMLProgram): readonly AST.TOMLTable[] {
  return program.body[0].body.filter((node) => node.type === 'TOMLTable');
}

export function findInToml(program: AST.TOMLProgram, path: readonly string[]): TomlPlace | null {
  const entry = tomlEntries(program).find((candidate) => equal(candidate.path, path));
  if (entry !== undefined) return { kind: 'value', node: entry.node };
  const table = tomlTables(program).find((candidate) => equal(tablePath(candidate) ?? [], path));
  return table === undefined ? null : { kind: 'table', node: table };
}

export function equal(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && startsWith(one, other);
}

export function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.every((step, index) => path[index] === step);
}

function keyNames(key: AST.TOMLKey): readonly string[] {
  return key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
}
