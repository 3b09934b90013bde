import { describe, expect, test } from 'vitest';
import type { DiffLine } from '../../../../src-renderer/components/diff-rows.ts';
import { bodyDiff, longestBody, mostLines } from '../../../../src-renderer/screens/activity/body-diff.ts';

const compare = (before: unknown, after: unknown) => bodyDiff(JSON.stringify(before), JSON.stringify(after));

function hunksOf(before: unknown, after: unknown) {
  const diff = compare(before, after);
  return diff.kind === 'lines' ? diff.hunks : [];
}

const changed = (lines: readonly DiffLine[]) =>
  lines.filter(({ kind }) => kind !== 'kept').map(({ kind, text }) => `${kind === 'added' ? '+' : '-'}${text.trim()}`);

/** A line with a number of its own, so that both sides share it once. */
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

describe('what was changed of a body on its way', () => {
  test('is nothing where both say the same, however they are written', () => {
    expect(bodyDiff('{ "model": "m", "n": 1 }', '{"model":"m","n":1}')).toEqual({ kind: 'equal' });
  });

  test('is the model’s name alone where the rest went through', () => {
    const messages = [{ role: 'user', content: 'hello' }];
    expect(compare({ model: 'coder', messages }, { model: 'qwen3:30b', messages })).toEqual({
      kind: 'model',
      before: 'coder',
      after: 'qwen3:30b',
    });
    expect(compare({ model: 'coder', messages }, { model: 'qwen3:30b', messages, n: 1 }).kind).toBe('lines');
    expect(compare({ messages }, { model: 'm', messages }).kind).toBe('lines');
  });

  test('is told by lines, and what is far from any change stays folded', () => {
    const before = { first: 1, list: numbered(50), last: 'a' };
    const hunks = hunksOf(before, { ...before, first: 2, last: 'b' });
    expect(hunks.map(changed)).toEqual([
      ['-"first": 1,', '+"first": 2,'],
      ['-"last": "a"', '+"last": "b"'],
    ]);
    expect(hunks.map(({ length }) => length)).toEqual([6, 6]);
  });

  test('has each line with its number on both sides', () => {
    const before = { a: 1, list: numbered(9), b: [{ c: 2 }] };
    const after = { z: 0, a: 1, list: numbered(9).toSpliced(4, 1), wrapped: { b: [{ c: 2 }] } };
    const [linesBefore, linesAfter] = [before, after].map((body) => JSON.stringify(body, null, 2).split('\n'));
    for (const { text, textAfter, before: one, after: other } of hunksOf(before, after).flat()) {
      if (one !== null) expect(linesBefore?.[one - 1]).toBe(text);
      if (other !== null) expect(linesAfter?.[other - 1]).toBe(textAfter ?? text);
    }
  });

  test('is neither an indentation nor a comma: a tool that was only wrapped is one that stayed', () => {
    const tool = { name: 'read', description: 'Reads a file.' };
    const schema = { type: 'object', properties: { path: { type: 'string' } } };
    const lines = hunksOf(
      { tools: [{ ...tool, input_schema: schema }] },
      { tools: [{ type: 'function', function: { ...tool, parameters: schema } }] },
    ).flat();
    expect(changed(lines)).toEqual([
      '+"type": "function",',
      '+"function": {',
      '-"input_schema": {',
      '+"parameters": {',
      '+}',
    ]);
    expect(lines.find(({ text }) => text.includes('"read"'))).toMatchObject({
      text: '      "name": "read",',
      textAfter: '        "name": "read",',
    });
  });

  test('is shown of a long line at the place where it differs', () => {
    const text = 'a'.repeat(3_000);
    const [removed, added] = hunksOf({ text: `${text}one` }, { text: `${text}two` })
      .flat()
      .filter(({ kind }) => kind !== 'kept');
    expect(removed?.text).toMatch(/^…a{100}one" \(3,0\d\d characters\)$/);
    expect(added?.text).toMatch(/^…a{100}two" /);
  });

  test('can’t be told of what is no JSON, or cut', () => {
    expect(bodyDiff('{"a": 1', '{"a":1}')).toEqual({ kind: 'unreadable' });
    expect(bodyDiff('{}', '')).toEqual({ kind: 'unreadable' });
  });
});

describe('large bodies', () => {
  test('beyond a length or a count of lines are not compared', () => {
    expect(compare({ a: 'x'.repeat(longestBody) }, { a: 'y' })).toEqual({ kind: 'too-large' });
    expect(compare({ a: new Array(mostLines).fill(1) }, { a: 'y' })).toEqual({ kind: 'too-large' });
  });

  test('of a megabyte are compared at once: a long conversation that was translated', () => {
    const text = 'A sentence of a conversation. '.repeat(10);
    const turns = Array.from({ length: 3_000 }, (_, index) => ({
      role: index % 2 ? 'assistant' : 'user',
      text: `${index} ${text}`,
    }));
    const before = {
      model: 'm',
      messages: turns.map((turn) => ({ role: turn.role, content: [{ type: 'text', text: turn.text }] })),
    };
    const after = { model: 'n', messages: turns.map((turn) => ({ role: turn.role, content: turn.text })) };
    expect(JSON.stringify(before).length).toBeGreaterThan(1_000_000);
    const startedAt = performance.now();
    expect(compare(before, after).kind).toBe('lines');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test('are compared at once where no line is like another’s, and where all are', () => {
    const random = (seed: number) => Array.from({ length: mostLines - 10 }, (_, index) => (index * seed) % 7);
    for (const [one, other] of [
      [random(3), random(5)],
      [numbered(20_000), numbered(20_000).map((line) => `other ${line}`)],
      [numbered(20_000), numbered(20_000).reverse()],
    ]) {
      const startedAt = performance.now();
      expect(compare(one, other).kind).toBe('lines');
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    }
  });
});
