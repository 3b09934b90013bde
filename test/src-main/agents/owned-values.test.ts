import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfigEdit, type ConfigFormat, UneditableConfig } from '../../../src-main/agents/config-format.ts';
import { jsonFormat } from '../../../src-main/agents/json-format.ts';
import {
  addValues,
  drift,
  type OwnedText,
  replaceValues,
  subtract,
  type WantedValue,
} from '../../../src-main/agents/owned-values.ts';
import { tomlFormat } from '../../../src-main/agents/toml-format.ts';
import {
  commentedJsonIngredients,
  type Ingredients,
  jsoncIngredients,
  jsonIngredients,
  tomlIngredients,
} from './config-ingredients.ts';
import { jsonFile, tomlFile } from './generated-configs.ts';

const runs = 2_000;
const strict = jsonFormat({ comments: false, trailingCommas: false });
const commented = jsonFormat({ comments: true, trailingCommas: false });
const jsonc = jsonFormat({ comments: true, trailingCommas: true });

const wantedJson: readonly WantedValue[] = [
  { path: ['$schema'], value: 'https://example.test/schema.json' },
  { path: ['env'], value: { BASE_URL: 'http://127.0.0.1:4747', MODEL: 'ollama/qwen3:4b', TIMEOUT: '3000000' } },
  {
    path: ['provider', 'dragoman'],
    value: { name: 'Dragoman', options: { timeout: false }, models: { 'a/b': { limit: 1 } } },
  },
  { path: ['model'], value: 'dragoman/a' },
];
const otherJson: readonly WantedValue[] = [
  { path: ['env'], value: { BASE_URL: 'http://127.0.0.1:4748', MODEL: 'ollama/other' } },
  { path: ['model'], value: 'dragoman/b' },
];
const wantedToml: readonly WantedValue[] = [
  { path: ['model'], value: 'ollama/qwen3:4b' },
  { path: ['model_provider'], value: 'dragoman' },
  {
    path: ['model_providers', 'dragoman'],
    value: { name: 'Dragoman', base_url: 'http://127.0.0.1:4747/v1', supports_websockets: false },
  },
  { path: ['features', 'x'], value: 3 },
];
const otherToml: readonly WantedValue[] = [
  { path: ['model'], value: 'ollama/other' },
  { path: ['model_provider'], value: 'dragoman' },
  { path: ['model_providers', 'dragoman', 'base_url'], value: 'http://127.0.0.1:1/v1' },
];

interface Case {
  readonly name: string;
  readonly format: ConfigFormat;
  readonly files: fc.Arbitrary<string>;
  readonly ingredients: Ingredients;
  readonly wanted: readonly WantedValue[];
  readonly other: readonly WantedValue[];
  /** What begins a comment; null where there are none. */
  readonly comment: string | null;
}
const cases: readonly Case[] = [
  {
    name: 'JSON',
    format: strict,
    files: jsonFile({ comments: false, trailingCommas: false }),
    ingredients: jsonIngredients,
    wanted: wantedJson,
    other: otherJson,
    comment: null,
  },
  {
    name: 'JSON with comments',
    format: commented,
    files: jsonFile({ comments: true, trailingCommas: false }),
    ingredients: commentedJsonIngredients,
    wanted: wantedJson,
    other: otherJson,
    comment: '//',
  },
  {
    name: 'JSONC',
    format: jsonc,
    files: jsonFile({ comments: true, trailingCommas: true }),
    ingredients: jsoncIngredients,
    wanted: wantedJson,
    other: otherJson,
    comment: '//',
  },
  {
    name: 'TOML',
    format: tomlFormat,
    files: tomlFile(),
    ingredients: tomlIngredients,
    wanted: wantedToml,
    other: otherToml,
    comment: '#',
  },
];

/** Null where the file has something of another kind where ours should go. */
function added(format: ConfigFormat, text: string, wanted: readonly WantedValue[]): OwnedText | null {
  try {
    return addValues(format, text, () => wanted);
  } catch (error) {
    if (error instanceof UneditableConfig) return null;
    throw error;
  }
}

/** Whether every character of `part` stands in `whole` in the same order. */
function isKeptIn(part: string, whole: string): boolean {
  let at = 0;
  for (const letter of part) {
    at = whole.indexOf(letter, at);
    if (at === -1) return false;
    at += letter.length;
  }
  return true;
}

const withoutBlanks = (text: string): string => text.replaceAll(/\s/g, '');

const mark = '"what ours stands in the place of"';

/** The text as it was, without the values that ours stand in the place of. */
function withoutReplaced(format: ConfigFormat, { base, values }: OwnedText): string {
  const replaced = values.filter(({ before }) => before !== null);
  const marked = replaced.reduce((text, { path }) => format.edit(text, { kind: 'restore', path, raw: mark }), base);
  return marked.replaceAll(mark, '');
}

/** Of 2,000 files so many must have each odd way of writing. The rarest come some fifteen times, so that chance alone leaves none out. */
const fewest = 1;

describe.each(cases)('our values in any $name file', ({ format, files, ingredients, wanted, other, comment }) => {
  const valid = files.filter((text) => format.read(text).ok);

  it('leave every byte outside them as it was, and are undone to the byte', { timeout: 120_000 }, () => {
    const seen = new Map(Object.keys(ingredients).map((name) => [name, 0]));
    let [done, replaced] = [0, 0];
    fc.assert(
      fc.property(valid, (text) => {
        const owned = added(format, text, wanted);
        if (owned === null) return;
        done += 1;
        if (owned.values.some(({ before }) => before !== null)) replaced += 1;
        for (const [name, stands] of Object.entries(ingredients)) {
          if (stands(text)) seen.set(name, (seen.get(name) ?? 0) + 1);
        }
        expect(isKeptIn(withoutReplaced(format, owned), owned.written)).toBe(true);
        expect(subtract(format, owned, owned.written)).toEqual({ text, left: [] });
        expect(drift(format, owned, owned.written)).toEqual([]);
      }),
      { numRuns: runs },
    );
    expect(done).toBeGreaterThan(runs / 2);
    expect(replaced).toBeGreaterThan(fewest);
    expect([...seen].filter(([, times]) => times < fewest)).toEqual([]);
  });

  it('are refused a file that does not parse, with the line', { timeout: 120_000 }, () => {
    let refused = 0;
    fc.assert(
      fc.property(valid, fc.nat(), fc.constantFrom('"', '{', ']', '= =', '\u0000'), (text, at, splinter) => {
        const where = at % (text.length + 1);
        const broken = text.slice(0, where) + splinter + text.slice(where);
        const read = format.read(broken);
        if (read.ok) return;
        refused += 1;
        expect(() => addValues(format, broken, () => wanted)).toThrow(UneditableConfig);
        expect(read.problem.line).toBeGreaterThan(0);
        expect(read.problem.line).toBeLessThanOrEqual(broken.split(/\r\n|\n|\r/).length);
      }),
      { numRuns: runs / 4 },
    );
    expect(refused).toBeGreaterThan(runs / 8);
  });

  it('go while what others wrote since stays', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(valid, fc.string({ maxLength: 10 }), (text, note) => {
        const owned = added(format, text, wanted);
        if (owned === null) return;
        const foreign: WantedValue = { path: ['written since'], value: note };
        const changed = format.edit(owned.written, { kind: 'set', ...foreign });
        const { text: rest, left } = subtract(format, owned, changed);
        expect(left).toEqual([]);
        // Which blanks are whose is not to be told where both were written to the same place.
        expect(isKeptIn(withoutBlanks(text), withoutBlanks(rest))).toBe(true);
        expect(format.read(rest)).toEqual(format.read(format.edit(text, { kind: 'set', ...foreign })));
      }),
      { numRuns: runs },
    );
  });

  it('go while notes and values that others wrote since stay to the byte', { timeout: 120_000 }, () => {
    const changes: readonly ((text: string) => string)[] = [
      (text) => text.replace('"🐫"', '"camel"').replace('42', '43'),
      (text) => (comment === null ? `${text}\n` : `${text}\n${comment} at the end\n`),
      (text) => (comment === null ? ` ${text}` : `${comment} in front\n${text}`),
    ];
    fc.assert(
      fc.property(valid, fc.nat(changes.length - 1), (text, which) => {
        // In front of a byte order mark nothing may stand; a note alone is no file that an agent can read.
        const owned = text.startsWith('\uFEFF') || text.trim() === '' ? null : added(format, text, wanted);
        // A value that ours stands in the place of is not there to be changed.
        if (owned === null || owned.values.some(({ before }) => before !== null)) return;
        const change = changes[which] ?? ((same: string) => same);
        expect(subtract(format, owned, change(owned.written)).text).toBe(change(text));
      }),
      { numRuns: runs },
    );
  });

  it('are replaced by others, which are undone to the same bytes', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(valid, (text) => {
        const first = added(format, text, wanted);
        if (first === null) return;
        const second = replaceValues(format, first.written, first, () => other);
        expect(second.base).toBe(text);
        expect(subtract(format, second, second.written).text).toBe(text);
      }),
      { numRuns: runs / 4 },
    );
  });
});

it('values between lines of ours go one by one: the last line of a file has no end and is a line of the user’s all the same', () => {
  const text = 'features.model = "text"\n"a b" = 42';
  const owned = addValues(tomlFormat, text, () => wantedToml);
  expect(owned.written).toMatch(/^features\.x = 3\n"a b" = 42\nmodel = /m);
  expect(subtract(tomlFormat, owned, owned.written.replace('42', '43')).text).toBe(text.replace('42', '43'));
});

describe('where the text that others wrote since can’t simply be merged', () => {
  it('an object that was empty before ours came is as it was', () => {
    const text = '{\n  "env": {}\n}\n';
    const owned = addValues(strict, text, () => wantedJson);
    const since: ConfigEdit = { kind: 'set', path: ['hooks'], value: { Stop: [1] } };
    const { text: rest } = subtract(strict, owned, strict.edit(owned.written, since));
    expect(rest).toBe(strict.edit(text, since));
  });

  it('a list of ours in which someone wrote a note stays, and is told', () => {
    const model = { path: ['models', { item: { id: 'a' } }], value: { id: 'a', input: ['text'] } };
    const owned = addValues(jsonc, '{\n  "mine": 1\n}\n', () => [...wantedJson, model]);
    const since = owned.written.replace('"id": "a",', '"id": "a", // not this one');
    const { text, left } = subtract(jsonc, owned, since);
    expect(text).toContain('// not this one');
    expect(jsonc.read(text)).toEqual({ ok: true, value: { mine: 1, models: [model.value] } });
    expect(left).toEqual([model.path]);
  });
});
