import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../src-main/settings/document.ts';
import { editText, type SettingsEdit } from '../../../src-main/settings/edit-text.ts';

function edited(text: string, edit: SettingsEdit): string {
  const read = readDocument(text);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const result = editText(read.document, edit);
  expect(readDocument(result).ok, result).toBe(true);
  return result;
}
const append = (value: string): SettingsEdit => ({ kind: 'append', path: ['keys'], value });

describe('editing the settings', () => {
  it('makes the object that a new property belongs to', () => {
    const edit: SettingsEdit = { kind: 'set', path: ['slots', 'default'], value: 'coder' };
    expect(edited('{\n  "keys": [] // mine\n}\n', edit)).toBe(
      '{\n  "keys": [], // mine\n  "slots": {\n    "default": "coder"\n  }\n}\n',
    );
    expect(edited('{ "slots": { "opus": "x" } }', edit)).toBe('{ "slots": { "opus": "x", "default": "coder" } }');
  });
  it('adds to a list on lines of its own and leaves the end-of-line comment where it was', () => {
    expect(edited('{\n  "keys": [\n    "a" // phone\n    // more to come\n  ] // all\n}\n', append('b'))).toBe(
      '{\n  "keys": [\n    "a", // phone\n    "b"\n    // more to come\n  ] // all\n}\n',
    );
  });
  it('adds behind a trailing comma and leaves one again', () => {
    expect(edited('{\n\t"keys": [\n\t\t"a", // x\n\t],\n}', append('b'))).toBe(
      '{\n\t"keys": [\n\t\t"a", // x\n\t\t"b",\n\t],\n}',
    );
  });
  it('adds to a list that stands on one line on that line', () => {
    expect(edited('{ "keys": ["a" /* first */], "x": 1 } // end', append('b'))).toBe(
      '{ "keys": ["a", "b" /* first */], "x": 1 } // end',
    );
  });
  it('makes a list that is missing, behind the last property, whose comment stays its own', () => {
    expect(edited('{\n  "gateway": { "port": 1 } // mine\n}', append('b'))).toBe(
      '{\n  "gateway": { "port": 1 }, // mine\n  "keys": [\n    "b"\n  ]\n}',
    );
  });
  it('fills an empty object or list, keeping a comment in it', () => {
    expect(edited('{}', append('b'))).toBe('{\n  "keys": [\n    "b"\n  ]\n}');
    expect(edited('{\n  "keys": [ // none yet\n  ]\n}', append('b'))).toBe(
      '{\n  "keys": [ // none yet\n    "b"\n  ]\n}',
    );
  });
  it('writes with the tabs and the line ends of the file', () => {
    const text = '{\r\n\t"keys": [\r\n\t\t"a"\r\n\t]\r\n}\r\n';
    expect(edited(text, { kind: 'append', path: ['keys'], value: { id: 'b' } })).toBe(
      '{\r\n\t"keys": [\r\n\t\t"a",\r\n\t\t{\r\n\t\t\t"id": "b"\r\n\t\t}\r\n\t]\r\n}\r\n',
    );
  });
  it("takes an item away with its own comment and leaves the next one's", () => {
    expect(
      edited('{\n  "keys": [\n    "a", // phone\n    // laptop\n    "b"\n  ]\n}', {
        kind: 'remove',
        path: ['keys', 0],
      }),
    ).toBe('{\n  "keys": [\n    // laptop\n    "b"\n  ]\n}');
  });
  it('takes the last item away and the comma before it', () => {
    expect(edited('{\n  "keys": [\n    "a", // phone\n    "b"\n  ]\n}', { kind: 'remove', path: ['keys', 1] })).toBe(
      '{\n  "keys": [\n    "a" // phone\n  ]\n}',
    );
    expect(edited('{"keys":["a","b"]}', { kind: 'remove', path: ['keys', 1] })).toBe('{"keys":["a"]}');
    expect(edited('{"keys":["a", "b"]}', { kind: 'remove', path: ['keys', 0] })).toBe('{"keys":["b"]}');
    expect(edited('{ "keys": [ "a", "b" ] }', { kind: 'remove', path: ['keys', 1] })).toBe('{ "keys": [ "a" ] }');
    expect(edited('{"keys":["a"]}', { kind: 'remove', path: ['keys', 0] })).toBe('{"keys":[]}');
  });
  it('is undone to the byte by taking the added item away', () => {
    for (const text of [
      '{\n  "keys": [\n    "a" // x\n  ]\n}',
      '{ "keys": ["a"] }',
      '{\r\n "keys": [\r\n  "a"\r\n ]\r\n}',
    ]) {
      expect(edited(edited(text, append('b')), { kind: 'remove', path: ['keys', 1] })).toBe(text);
    }
  });
  it('sets a property of an item and leaves the rest', () => {
    expect(
      edited('{"upstreams":[{"id":"a" /* A */}]}', {
        kind: 'set',
        path: ['upstreams', 0, 'secret'],
        value: { from: 'keychain' },
      }),
    ).toBe('{"upstreams":[{"id":"a", "secret": { "from": "keychain" } /* A */}]}');
    expect(edited('{"slots":{"opus":"a"}}', { kind: 'set', path: ['slots', 'opus'], value: 'b' })).toBe(
      '{"slots":{"opus":"b"}}',
    );
  });
});
