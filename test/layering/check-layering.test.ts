import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { root } from '../tiers.mjs';
import { layeringViolations } from './check-layering.mjs';

const trees: string[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

/** The violations of a repository that holds just these files. */
function violationsOf(files: Record<string, string>): readonly string[] {
  const tree = mkdtempSync(join(tmpdir(), 'dragoman-layers-'));
  trees.push(tree);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  return layeringViolations(tree);
}

const target = { 'src-main/gateway/app.ts': 'export const app = 1; export type App = number;' };

describe('the layers of this repository', () => {
  it('hold', () => {
    expect(layeringViolations(root)).toEqual([]);
  });
});

describe('a planted violation is reported', () => {
  it.each([
    ['a plain import', "import { app } from '../gateway/app.ts';"],
    ['a type import', "import type { App } from '../gateway/app.ts';"],
    ['a re-export', "export * from '../gateway/app.ts';"],
    ['a named re-export', "export { app } from '../gateway/app.ts';"],
    ['a dynamic import', "export const load = () => import('../gateway/app.ts');"],
    ['an import type expression', "export type X = import('../gateway/app.ts').App;"],
    ['an import without the extension', "import { app } from '../gateway/app';"],
    ['a template import', 'export const load = () => import(`../gateway/app.ts`);'],
  ])('against the folder table by %s', (_, text) => {
    expect(violationsOf({ ...target, 'src-main/upstreams/x.ts': `\n${text}` })).toEqual([
      'src-main/upstreams/x.ts:2: imports src-main/gateway/app.ts, which src-main/upstreams/ may not',
    ]);
  });

  it.each([
    ['src-shared/x.ts', 'src-main/keys/y.ts'],
    ['src-renderer/x.tsx', 'src-main/keys/y.ts'],
    ['src-main/protocols/conversation/x.ts', 'src-main/protocols/chat/y.ts'],
    ['src-main/protocols/messages/x.ts', 'src-main/protocols/chat/y.ts'],
    ['src-main/protocols/chat/x.ts', 'src-main/upstreams/y.ts'],
    ['src-main/upstreams/x.ts', 'src-main/models/y.ts'],
    ['src-main/models/x.ts', 'src-main/gateway/y.ts'],
    ['src-main/gateway/x.ts', 'src-main/control/y.ts'],
    ['src-main/gateway/x.ts', 'src-main/settings/y.ts'],
    ['src-main/keys/x.ts', 'src-main/upstreams/y.ts'],
    ['src-main/control/x.ts', 'src-main/gateway/y.ts'],
    ['src-main/commands/x.ts', 'src-main/gateway/y.ts'],
    ['src-main/service.ts', 'src-main/desktop/y.ts'],
  ])('%s importing %s', (from, to) => {
    const path = `${'../'.repeat(from.split('/').length - 1)}${to}`;
    const found = violationsOf({ [to]: 'export const y = 1;', [from]: `import { y } from '${path}';` });
    expect(found).toEqual([expect.stringContaining(`${from}:1: imports ${to}`)]);
  });

  it.each([
    ['src-main/gateway/x.ts', 'electron'],
    ['src-main/service.ts', 'electron'],
    ['src-main/settings/x.ts', 'electron-store'],
    ['src-main/upstreams/x.ts', 'keytar'],
    ['src-main/protocols/chat/x.ts', 'node:crypto'],
    ['src-main/protocols/chat/x.ts', 'fs/promises'],
    ['src-main/protocols/conversation/x.ts', 'undici'],
    ['src-main/gateway/x.ts', 'undici'],
    ['src-renderer/x.tsx', 'node:path'],
    ['src-shared/x.ts', 'express'],
  ])('%s importing the package %s', (from, name) => {
    expect(violationsOf({ [from]: `import '${name}';` })).toEqual([
      expect.stringContaining(`${from}:1: imports ${name}`),
    ]);
    expect(violationsOf({ [from]: `export const x = require('${name}');` })[0]).toContain(`${from}:1: imports ${name}`);
  });

  it.each([
    ['Date', 'Date.now()'],
    ['Date', 'new Date()'],
    ['Math.random', 'Math.random()'],
    ['setTimeout', 'setTimeout(() => {}, 1)'],
    ['crypto', 'crypto.randomUUID()'],
    ['performance', 'performance.now()'],
    ['process', 'process.env'],
    ['Buffer', "Buffer.from('')"],
    ['fetch', "fetch('http://localhost')"],
    ['globalThis', 'globalThis.setTimeout'],
  ])('a protocol that uses %s by %s', (name, expression) => {
    expect(violationsOf({ 'src-main/protocols/chat/x.ts': `export const x = () => ${expression};` })).toEqual([
      `src-main/protocols/chat/x.ts:1: uses ${name}, but src-main/protocols/chat/ is pure: it must be handed in`,
    ]);
  });

  it('a circle of files', () => {
    const files = {
      'src-main/keys/a.ts': "import type { B } from './b.ts'; export type A = B;",
      'src-main/keys/b.ts': "import type { C } from './c.ts'; export type B = C;",
      'src-main/keys/c.ts': "import type { A } from './a.ts'; export type C = A;",
    };
    expect(violationsOf(files)).toEqual([
      'src-main/keys/a.ts:1: imports itself in a circle: src-main/keys/a.ts → src-main/keys/b.ts → src-main/keys/c.ts → src-main/keys/a.ts',
    ]);
  });

  it('an import whose name is computed, and a file that the table does not know', () => {
    expect(violationsOf({ 'src-main/keys/a.ts': 'export const load = (name: string) => import(name);' })).toEqual([
      'src-main/keys/a.ts:1: imports a computed name, which no check can follow',
    ]);
    expect(violationsOf({ 'src-main/helpers/a.ts': '' })).toEqual([
      'src-main/helpers/a.ts:1: belongs to no area of test/layering/rules.mjs',
    ]);
  });
});

describe('what the table allows is not reported', () => {
  it.each([
    ['src-main/gateway/x.ts', "import { y } from '../upstreams/y.ts'; setTimeout(() => y, Date.now());"],
    ['src-main/models/x.ts', "import { y } from '../upstreams/y.ts'; import 'node:path'; export { y };"],
    ['src-main/desktop/x.ts', "import 'electron';"],
    ['src-main/secrets/x.ts', "export const load = () => import('keytar');"],
    [
      'src-main/protocols/chat/x.ts',
      "import { z } from 'zod'; export const at = (ms: number) => [z, new Date(ms), Date.parse('')];",
    ],
    [
      'src-main/protocols/chat/x.ts',
      'export const x = ({ process, crypto: c }: Tools) => process(c.window, { fetch: 1 });',
    ],
    [
      'src-main/protocols/chat/x.ts',
      'interface Tools { readonly process: number; fetch(): void } export const x = (t: Tools) => t.fetch();',
    ],
  ])('%s: %s', (path, text) => {
    expect(violationsOf({ 'src-main/upstreams/y.ts': 'export const y = 1;', [path]: text })).toEqual([]);
  });
});
