import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfigFormat, UneditableConfig } from '../../../src-main/agents/config-format.ts';
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
    wanted: wantedJson,
    other: otherJson,
    comment: null,
  },
  {
    name: 'JSON with comments',
    format: commented,
    files: jsonFile({ comments: true, trailingCommas: false }),
    wanted: wantedJson,
    other: otherJson,
    comment: '//',
  },
  {
    name: 'JSONC',
    format: jsonc,
    files: jsonFile({ comments: true, trailingCommas: true }),
    wanted: wantedJson,
    other: otherJson,
    comment: '//',
  },
  { name: 'TOML', format: tomlFormat, files: tomlFile(), wanted: wantedToml, other: otherToml, comment: '#' },
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

describe.each(cases)('our values in any $name file', ({ format, files, wanted, other, comment }) => {
  const valid = files.filter((text) => format.read(text).ok);

  it('leave every byte outside them as it was, and are undone to the byte', { timeout: 120_000 }, () => {
    let done = 0;
    fc.assert(
      fc.property(valid, (text) => {
        const owned = added(format, text, wanted);
        if (owned === null) return;
        done += 1;
        if (owned.values.every(({ before }) => before === null)) expect(isKeptIn(text, owned.written)).toBe(true);
        expect(subtract(format, owned, owned.written)).toEqual({ text, left: [] });
        expect(drift(format, owned, owned.written)).toEqual([]);
      }),
      { numRuns: runs },
    );
    expect(done).toBeGreaterThan(runs / 2);
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
        // In front of a byte order mark nothing may stand.
        const owned = text.startsWith('\uFEFF') ? null : added(format, text, wanted);
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
