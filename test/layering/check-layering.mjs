import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix, relative, sep } from 'node:path';
import { areas, confined } from './rules.mjs';
import { readSource } from './source-imports.mjs';

/**
 * Checks every source file below src-main/, src-shared/ and src-renderer/ against test/layering/rules.mjs.
 * @param {string} root  folder of the repository
 * @returns {string[]} one sentence for each violation, `file:line: …`, sorted; empty where the layers hold
 */
export function layeringViolations(root) {
  const files = sourceFiles(root);
  /** @type {string[]} */
  const violations = [];
  /** @type {Map<string, string[]>} */
  const graph = new Map();
  for (const file of files) {
    const area = areaOf(file);
    const { imports, impure } = readSource(file, readFileSync(join(root, file), 'utf8'));
    graph.set(file, []);
    for (const { specifier, line } of imports) {
      const at = `${file}:${line}`;
      const target = resolve(root, file, specifier);
      if (target !== null) graph.get(file)?.push(target);
      const why = target === null ? outsideViolation(file, area, specifier) : insideViolation(area, target);
      if (why !== null) violations.push(`${at}: ${why}`);
    }
    if (area?.pure)
      for (const { name, line } of impure)
        violations.push(`${file}:${line}: uses ${name}, but ${area.area} is pure: it must be handed in`);
    if (area === undefined) violations.push(`${file}:1: belongs to no area of test/layering/rules.mjs`);
  }
  return [...violations, ...cycles(graph)].sort();
}

/** @param {string} root @returns {string[]} paths from the root with forward slashes */
function sourceFiles(root) {
  return ['src-main', 'src-shared', 'src-renderer']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name) && !/\.d\.[cm]?ts$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** @param {string} path @param {string} pattern @returns {boolean} whether the pattern (`*`: one name) is the path or a folder or prefix of it */
function covers(path, pattern) {
  if (!pattern.includes('*')) return path.startsWith(pattern);
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  return new RegExp(`^${source}$`).test(path);
}

/** @param {string} file */
const areaOf = (file) =>
  areas.filter(({ area }) => file.startsWith(area)).sort((a, b) => b.area.length - a.area.length)[0];

/**
 * The file of ours that a relative import names, as a path from the root; null for a package. Assets (`./style.css?inline`) count as files.
 * @param {string} root @param {string} file @param {string} specifier
 */
function resolve(root, file, specifier) {
  if (!specifier.startsWith('.') && !specifier.startsWith('/')) return null;
  const path = posix.normalize(posix.join(posix.dirname(file), specifier.replace(/\?.*$/, '')));
  const candidates = [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`];
  return candidates.find((candidate) => /\.\w+$/.test(candidate) && existsSync(join(root, candidate))) ?? path;
}

/** @param {(typeof areas)[number] | undefined} area @param {string} target */
function insideViolation(area, target) {
  if (area === undefined || target.startsWith('src-shared/')) return null;
  const forbidden = (area.mayNotImport ?? []).some((pattern) => covers(target, pattern));
  const allowed = areaOf(target) === area || area.mayImport.some((pattern) => covers(target, pattern));
  return allowed && !forbidden ? null : `imports ${target}, which ${area.area} may not`;
}

/** @param {string} file @param {(typeof areas)[number] | undefined} area @param {string} specifier */
function outsideViolation(file, area, specifier) {
  if (specifier === '<computed>') return 'imports a computed name, which no check can follow';
  const parts = specifier.split('/');
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
  const rule = confined.find((entry) => entry.package === name);
  if (rule && !rule.to.some((prefix) => file.startsWith(prefix)))
    return `imports ${name}, which only ${rule.to.join(', ')} may`;
  if (area === undefined || area.packages === 'any') return null;
  if (isBuiltin(specifier)) return `imports ${specifier}, but ${area.area} uses no module of Node`;
  return area.packages === 'no-node' || area.packages.includes(name)
    ? null
    : `imports ${name}, which ${area.area} may not`;
}

/**
 * Groups of files that import one another in a circle (types too: they still can't be read apart).
 * @param {Map<string, string[]>} graph @returns {string[]}
 */
function cycles(graph) {
  /** @type {Map<string, 'open' | 'done'>} */
  const state = new Map();
  /** @type {string[]} */
  const found = [];
  /** @param {string} file @param {readonly string[]} path */
  const visit = (file, path) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push(`${file}:1: imports itself in a circle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`);
      return;
    }
    state.set(file, 'open');
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}
