import { parseSync } from 'vite';

/**
 * What a source file imports and which of the machine's globals it uses, from its syntax tree. Vite brings the parser (oxc), so this needs no
 * package of its own; dependency-cruiser and madge would lean on the TypeScript compiler's API, which TypeScript 7 no longer has.
 *
 * @typedef {{ specifier: string, line: number }} Import
 * @typedef {{ name: string, line: number }} Use
 */

/** Globals that make a function depend on more than its arguments. `Date` is checked apart: `new Date(ms)` and `Date.parse` are pure. */
const impureGlobals = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'requestAnimationFrame',
  'performance',
  'crypto',
  'process',
  'Buffer',
  'fetch',
  'WebSocket',
  'XMLHttpRequest',
  'EventSource',
  'globalThis',
  'global',
  'window',
  'navigator',
  'require',
]);

/** @param {unknown} value @returns {value is Record<string, any> & { type: string, start: number }} */
const isNode = (value) =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** A string literal's or plain template's value, else null. @param {any} node @returns {string | null} */
function text(node) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TSLiteralType') return text(node.literal);
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].value.cooked;
  return null;
}

/**
 * @param {string} path  its extension tells the language
 * @param {string} source
 * @returns {{ imports: Import[], impure: Use[] }} static, re-exporting, type and dynamic imports (a dynamic one whose name is computed has the
 * specifier "<computed>"), and the impure globals the file does not declare itself. Throws where the file does not parse.
 */
export function readSource(path, source) {
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  /** @type {Import[]} */
  const imports = [];
  /** @type {Use[]} */
  const impure = [];
  /** @type {Set<string>} */
  const declared = new Set();
  /** @param {number} offset */
  const line = (offset) => source.slice(0, offset).split('\n').length;

  /** @param {any} node @param {any} parent @param {string} key */
  const visit = (node, parent, key) => {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSImportType':
      case 'TSExternalModuleReference': {
        const target = node.source ?? node.argument ?? node.expression;
        if (target) imports.push({ specifier: text(target) ?? '<computed>', line: line(node.start) });
        break;
      }
      case 'CallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'require')
          imports.push({ specifier: text(node.arguments[0]) ?? '<computed>', line: line(node.start) });
        break;
      case 'ObjectPattern':
        for (const property of node.properties) {
          const bound = property.value ?? property.argument;
          const target = bound.type === 'AssignmentPattern' ? bound.left : bound;
          if (target.type === 'Identifier') declared.add(target.name);
        }
        break;
      case 'Identifier':
        recordUse(node, parent, key);
        break;
    }
    for (const [name, child] of Object.entries(node)) {
      if (name === 'parent') continue;
      for (const item of Array.isArray(child) ? child : [child]) if (isNode(item)) visit(item, node, name);
    }
  };

  /** @param {any} node @param {any} parent @param {string} key */
  const recordUse = (node, parent, key) => {
    const isName =
      (parent.type === 'MemberExpression' && key === 'property' && !parent.computed) ||
      (key === 'key' && !parent.computed) ||
      parent.type.startsWith('TS');
    if (isName) return;
    if ((parent.type === 'VariableDeclarator' && key === 'id') || key === 'params' || key === 'local')
      declared.add(node.name);
    else if (impureGlobals.has(node.name)) impure.push({ name: node.name, line: line(node.start) });
    else if (node.name === 'Math' && parent.type === 'MemberExpression' && parent.property.name === 'random')
      impure.push({ name: 'Math.random', line: line(node.start) });
    else if (node.name === 'Date') {
      const pure =
        (parent.type === 'NewExpression' && parent.arguments.length > 0) ||
        (parent.type === 'MemberExpression' && ['parse', 'UTC'].includes(parent.property.name)) ||
        (parent.type === 'BinaryExpression' && parent.operator === 'instanceof');
      if (!pure) impure.push({ name: 'Date', line: line(node.start) });
    }
  };

  visit(program, { type: 'File' }, '');
  return { imports, impure: impure.filter((use) => !declared.has(use.name)) };
}
