import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editJson, type JsonEdit } from '../../../../src-main/protocols/conversation/edit-json.ts';

const edited = (text: string, ...edits: readonly JsonEdit[]): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(editJson(new TextEncoder().encode(text), edits));

describe('changing single values of a JSON text', () => {
  test('leaves every other byte: space, order, escapes, spellings of numbers', () => {
    const text = '\ufeff { "a" : [ 1.50e+2 , {"s":"gr\\u00fc\\u00df"} ],\t"b":{"c" : null} }\n';
    expect(edited(text, { path: ['a', 1, 's'], value: 'x' })).toBe(text.replace('"gr\\u00fc\\u00df"', '"x"'));
    expect(edited(text, { path: ['b'], value: [1] })).toBe(text.replace('{"c" : null}', '[1]'));
    expect(edited(text)).toBe(text);
  });

  test('takes members and elements out, with their commas', () => {
    expect(edited('{"a":1 ,"b":2, "c":3}', { path: ['b'], value: undefined })).toBe('{"a":1,"c":3}');
    expect(edited('{"a":[1, 2, 3]}', { path: ['a', 0], value: undefined }, { path: ['a', 2], value: undefined })).toBe(
      '{"a":[2]}',
    );
    expect(edited('{"a":[ 1 ]}', { path: ['a', 0], value: undefined })).toBe('{"a":[]}');
    expect(edited('[{"a":1}]', { path: [0, 'a'], value: undefined })).toBe('[{}]');
  });

  test('a path that leads nowhere changes nothing', () => {
    const text = '{"a":[1],"b":"s"}';
    const nowhere = [['c'], ['a', 4], ['a', 'x'], ['b', 'c'], ['a', 0, 'd']];
    expect(edited(text, ...nowhere.map((path) => ({ path, value: 0 })))).toBe(text);
  });

  test('whatever the text, it reads as the same value with the change', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), fc.nat(), value, fc.boolean(), (list, at, replacement, out) => {
        const index = at % list.length;
        const change = { path: ['x', index], value: out ? undefined : JSON.parse(JSON.stringify(replacement)) };
        const expected = out ? list.toSpliced(index, 1) : list.with(index, replacement);
        const text = edited(JSON.stringify({ before: 1, x: list, after: list }, null, 1), change);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ before: 1, x: expected, after: list })));
      }),
    );
  });
});
