import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findJsonFault, locateJsonError } from '../../../../src-main/protocols/conversation/json-position.ts';

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the place where a body stops being JSON', () => {
  test.each<[string, string]>([
    ['', 'line 1, column 1: expected a value'],
    ['   ', 'line 1, column 4: expected a value'],
    ['{"a": 1,}', 'line 1, column 9: expected a property name in double quotes'],
    ['{"a": 1\n "b": 2}', 'line 2, column 2: expected "," or "}"'],
    ['{"a" 1}', 'line 1, column 6: expected ":"'],
    ['{a: 1}', 'line 1, column 2: expected a property name in double quotes or "}"'],
    ['[1 2]', 'line 1, column 4: expected "," or "]"'],
    ['[1,]', 'line 1, column 4: expected a value'],
    ['[,]', 'line 1, column 2: expected a value or "]"'],
    ['[01]', 'line 1, column 2: expected a value or "]"'],
    ["{'a': 1}", 'line 1, column 2: expected a property name in double quotes or "}"'],
    ['{"a": tru}', 'line 1, column 7: expected a value'],
    ['{"a": "b', 'line 1, column 9: expected the closing quote of a string'],
    ['{"a": "b\\x"}', 'line 1, column 9: expected a valid escape'],
    ['{"a": "b\nc"}', 'line 1, column 9: expected no raw control character in a string'],
    ['{} x', 'line 1, column 4: expected nothing more after the value'],
    ['{\r\n  "a": [1, 2\r\n}', 'line 3, column 1: expected "," or "]"'],
    ['{"a": 1', 'line 1, column 8: expected "," or "}"'],
    ['{"a": // why\n 1}', 'line 1, column 7: expected a value'],
  ])('%j', (text, expected) => {
    expect(parses(text)).toBe(false);
    expect(locateJsonError(text)).toBe(expected);
  });

  test('a fault is found exactly where JSON.parse finds one, whatever was done to the text', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', '"', '\\', ',', '}', ']', '{', ':', '0', 'e', '\n', '\u0001', 'é'),
        (json, at, put) => {
          const place = at % (json.length + 1);
          const text = json.slice(0, place) + put + json.slice(place + 1);
          expect(findJsonFault(text) === null).toBe(parses(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('nothing of the body is quoted', () => {
    expect(locateJsonError('{"secret-name": "secret-value" oops}')).not.toMatch(/secret|oops/);
  });

  test('depth and length need no stack', () => {
    expect(locateJsonError('['.repeat(1_000_000))).toBe('line 1, column 1000001: expected a value or "]"');
    expect(locateJsonError(`"${'x'.repeat(8_000_000)}`)).toBe(
      'line 1, column 8000002: expected the closing quote of a string',
    );
  });
});
