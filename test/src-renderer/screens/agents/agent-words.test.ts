import { describe, expect, test } from 'vitest';
import {
  type Standing,
  sinceWords,
  standingOf,
  stateWords,
} from '../../../../src-renderer/screens/agents/agent-words.ts';
import type { AgentConflict, AgentEntry } from '../../../../src-shared/agents.ts';

const now = new Date(2026, 10, 21, 12).getTime();
const agent: AgentEntry = {
  id: 'codex',
  label: 'Codex',
  installed: true,
  version: '0.169.0',
  tooOld: null,
  quiet: true,
  state: 'not-set-up',
  model: null,
  slots: {},
  baseUrl: null,
  since: null,
  files: ['/home/me/.codex/config.toml'],
  drift: [],
  kept: null,
  otherScopes: [],
  conflicts: [],
};
const setUp: AgentEntry = {
  ...agent,
  state: 'set-up',
  slots: { default: 'coder' },
  since: new Date(now).toISOString(),
};
const conflict: AgentConflict = { kind: 'gateway', what: 'a', effect: 'b', remedy: 'c' };

describe('an agent’s state', () => {
  test.each<[AgentEntry, Standing, string]>([
    [{ ...agent, installed: false }, 'not-installed', 'Not installed'],
    [agent, 'not-set-up', 'Not set up · uses its own account or settings'],
    [{ ...agent, baseUrl: 'http://box/v1' }, 'not-set-up', 'Not set up · calls http://box/v1'],
    [{ ...agent, kept: 'coder' }, 'off', 'Switched off · coder is remembered'],
    [setUp, 'set-up', 'Set up · coder · since today'],
    [{ ...setUp, installed: false }, 'set-up', 'Set up · coder · since today'],
    [{ ...setUp, conflicts: [{ ...conflict, harmless: true }] }, 'set-up', 'Set up · coder · since today'],
    [{ ...setUp, conflicts: [conflict] }, 'conflict', 'Set up, but something is in the way · coder · since today'],
    [{ ...setUp, state: 'drifted' }, 'drifted', 'Changed outside Dragoman · coder'],
  ])('%#: is told in words', (entry, standing, words) => {
    expect(standingOf(entry)).toBe(standing);
    expect(stateWords(entry, now).join(' · ')).toBe(words);
  });

  test('its age is that of the user’s days', () => {
    const at = (...date: [number, number, number, number]) => sinceWords(new Date(...date).toISOString(), now);
    expect(at(2026, 10, 21, 0)).toBe('since today');
    expect(at(2026, 10, 20, 23)).toBe('since yesterday');
    expect(at(2026, 10, 20, 0)).toBe('since yesterday');
    expect(at(2026, 10, 17, 9)).toBe('since Tuesday');
    expect(at(2026, 10, 14, 23)).toBe('since 14 November');
    expect(at(2025, 11, 24, 9)).toBe('since 24 December 2025');
  });
});
