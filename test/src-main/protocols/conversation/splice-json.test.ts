import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { spliceJson } from '../../../../src-main/protocols/conversation/splice-json.ts';
import type { JsonObject } from '../../../../src-shared/json.ts';

function splice(text: string, model = 'new', absent: JsonObject = {}): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
    spliceJson(new TextEncoder().encode(text), model, absent),
  );
}

// `parse` of jsonc-parser is the judge where names are arbitrary: JSON.parse of V8 14 confuses one-character names that are written as escapes
// ({"a":0,"\\":1} read often makes it read {"a":0,"\"":1} as the same).

describe('another model in the same bytes', () => {
  test.each<[string, string, string]>([
    ['alone', '{"model":"old"}', '{"model":"new"}'],
    [
      'with space everywhere',
      ' {\n\t"model" :\r\n "old" , "a" : 1.0e2 } \n',
      ' {\n\t"model" :\r\n "new" , "a" : 1.0e2 } \n',
    ],
    ['last', '{"a":[{"model":"x"}],"model":"old"}', '{"a":[{"model":"x"}],"model":"new"}'],
    ['only at the top level', '{"a":{"model":"x"},"model":"old"}', '{"a":{"model":"x"},"model":"new"}'],
    ['every one of several', '{"model":"a","b":2,"model":"c"}', '{"model":"new","b":2,"model":"new"}'],
    ['with an escaped name', '{"mod\\u0065l":"old"}', '{"mod\\u0065l":"new"}'],
    ['whatever its value was', '{"model":{"x":["}"]},"a":"\\"}"}', '{"model":"new","a":"\\"}"}'],
    ['a number', '{"model":-1.5e+3}', '{"model":"new"}'],
    ['escapes in its value', '{"model":"a\\"b\\\\","c":1}', '{"model":"new","c":1}'],
    ['a byte order mark', '\uFEFF{"model":"old"}', '\uFEFF{"model":"new"}'],
    ['other names that look like it', '{"models":1,"Model":2,"model ":3}', '{"models":1,"Model":2,"model ":3}'],
    ['no model', '{"a":1}', '{"a":1}'],
    ['an empty object', ' { } ', ' { } '],
  ])('%s', (_, before, after) => {
    expect(splice(before)).toBe(after);
  });

  test('a name with quotes, backslashes and characters beyond ASCII is written as JSON', () => {
    expect(JSON.parse(splice('{"model":"old"}', 'a"b\\c/é😀'))).toEqual({ model: 'a"b\\c/é😀' });
  });

  test('absent members are added before the brace, present ones are left alone', () => {
    expect(splice('{"model":"old","temperature":1 \n}', 'new', { temperature: 0.1, top_p: 0.5, stop: ['a'] })).toBe(
      '{"model":"new","temperature":1,"top_p":0.5,"stop":["a"] \n}',
    );
    expect(splice('{"temp\\u0065rature":null}', 'new', { temperature: 0.1 })).toBe('{"temp\\u0065rature":null}');
    expect(splice('{ }', 'new', { a: 1, b: undefined })).toBe('{ "a":1}');
  });

  test('the bytes handed in are not changed', () => {
    const body = new TextEncoder().encode('{"model":"old"}');
    spliceJson(body, 'new');
    expect(new TextDecoder().decode(body)).toBe('{"model":"old"}');
  });

  test.each(['', '[]', '"model"', '{"model"', '{"a":', '{"a":"', '{"a":1 "b"}', '{,}'])(
    '%j is refused, not guessed at',
    (text) => {
      expect(() => splice(text)).toThrow(RangeError);
    },
  );

  test('what JSON.parse reads afterwards is the old object with the new members, and putting the old model back gives the old bytes', () => {
    const space = fc.stringMatching(/^[ \t\n\r]{0,3}$/);
    const value = fc.jsonValue();
    const names = fc.oneof(fc.string(), fc.constantFrom('a', 'temperature', 'messages', '{', 'é', '😀'));
    const members = fc.array(
      fc.tuple(
        names.filter((name) => name !== 'model' && name !== '__proto__'),
        value,
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(
        members,
        members,
        fc.string(),
        space,
        fc.constantFrom('"model"', '"m\\u006fdel"', '"\\u006d\\u006f\\u0064\\u0065\\u006c"'),
        fc.string(),
        (before, after, old, gap, name, model) => {
          const written = (list: typeof before) =>
            list.map(
              ([key, member]) => `${gap}${JSON.stringify(key)}${gap}:${JSON.stringify(member, null, gap.length)}${gap}`,
            );
          const text = `${gap}{${[...written(before), `${gap}${name}${gap}:${gap}${JSON.stringify(old)}${gap}`, ...written(after)].join(',')}}${gap}`;
          const spliced = splice(text, model, { 'x-default': 1 });
          const parsed: JsonObject = parse(text);
          expect(parse(spliced)).toEqual({
            ...parsed,
            model,
            ...('x-default' in parsed ? {} : { 'x-default': 1 }),
          });
          expect(splice(splice(text, model), old)).toBe(text);
        },
      ),
      { numRuns: 500 },
    );
  });
});
