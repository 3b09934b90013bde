import { describe, expect, test } from 'vitest';
import { readToolInput } from '../../../../src-main/protocols/conversation/tool-input.ts';

describe('the arguments of a function call', () => {
  test.each([
    ['{"a":1}', '{"a":1}', false],
    ['', '{}', false],
    [' \n', '{}', false],
    ['null', '{}', false],
    ['"{\\"a\\":1}"', '{"a":1}', true],
    ['{"a":[1,2,],}', '{"a":[1,2]}', true],
    ['{"a":"x\ny\tz"}', '{"a":"x\\ny\\tz"}', true],
    ["{'a': 'it\\'s \"b\"', \"c\": [True, False, None]}", '{"a": "it\'s \\"b\\"", "c": [true, false, null]}', true],
    ['{"a":"True, it is",}', '{"a":"True, it is"}', true],
    ['{"a":"one,} \\" two,]",}', '{"a":"one,} \\" two,]"}', true],
  ])('%j is %s', (text, object, repaired) => {
    expect(readToolInput(text)).toEqual({ kind: 'object', value: JSON.parse(object), text: object, repaired });
  });

  test.each([
    '{"a":',
    '{"a":"x',
    '[1]',
    '1',
    '"text"',
    "{'a':'it's'}",
    "{'a':'x",
    '{"a":True',
    '{a:1}',
    '{"a":1}}',
    'none',
  ])('%j is not read', (text) => {
    expect(readToolInput(text)).toEqual({ kind: 'unreadable' });
  });

  test('a megabyte of broken text is told quickly', () => {
    expect(readToolInput(`{"a":"${'\\"x'.repeat(300_000)}`).kind).toBe('unreadable');
  });
});
