import { describe, expect, test } from 'vitest';
import { createSessionMoves } from '../../../src-main/models/session-moves.ts';

const change = (from: string, to: string) => new Map([[from, to]]);

describe('a running session', () => {
  test('goes over to the new model with its next request, by whichever name it asks', () => {
    const moves = createSessionMoves();
    expect(moves.nameFor('claude', 's1', 'box/a')).toBe('box/a');
    expect(moves.nameFor('claude', 's1', 'claude-local/box/a')).toBe('claude-local/box/a');
    moves.move('claude', change('box/a', 'box/b'));
    expect(moves.nameFor('claude', 's1', 'box/a')).toBe('box/b');
    expect(moves.nameFor('claude', 's1', 'claude-local/box/a')).toBe('box/b');
  });

  test('goes on moving, there and back', () => {
    const moves = createSessionMoves();
    moves.nameFor('claude', 's1', 'box/a');
    moves.move('claude', change('box/a', 'box/b'));
    moves.move('claude', change('box/b', 'box/c'));
    expect(moves.nameFor('claude', 's1', 'box/a')).toBe('box/c');
    moves.move('claude', change('box/c', 'box/a'));
    expect(moves.nameFor('claude', 's1', 'box/a')).toBe('box/a');
  });

  test('keeps a model that was not changed', () => {
    const moves = createSessionMoves();
    moves.nameFor('claude', 's1', 'box/other');
    moves.move('claude', change('box/a', 'box/b'));
    expect(moves.nameFor('claude', 's1', 'box/other')).toBe('box/other');
  });
});

test('a session that begins after the change means what it asks for', () => {
  const moves = createSessionMoves();
  moves.nameFor('claude', 's1', 'box/a');
  moves.move('claude', change('box/a', 'box/b'));
  expect(moves.nameFor('claude', 's2', 'box/a')).toBe('box/a');
});

test('another agent’s sessions do not move', () => {
  const moves = createSessionMoves();
  moves.nameFor('codex', 's1', 'box/a');
  moves.move('claude', change('box/a', 'box/b'));
  expect(moves.nameFor('codex', 's1', 'box/a')).toBe('box/a');
});

test('the session that asked longest ago is forgotten first', () => {
  const moves = createSessionMoves();
  moves.nameFor('claude', 'old', 'box/a');
  for (let at = 0; at < 1999; at += 1) moves.nameFor('claude', `s${at}`, 'box/a');
  moves.nameFor('claude', 'old', 'box/a');
  moves.nameFor('claude', 'one more', 'box/a');
  moves.move('claude', change('box/a', 'box/b'));
  expect(moves.nameFor('claude', 'old', 'box/a')).toBe('box/b');
  expect(moves.nameFor('claude', 's0', 'box/a')).toBe('box/a');
});
