import { describe, expect, test } from 'vitest';
import { agentSession, sessionOrStart } from '../../../src-main/gateway/agent-session.ts';

describe('a conversation is called', () => {
  test.each([
    ['Claude Code', { 'x-claude-code-session-id': 's1', 'x-claude-code-agent-id': 'a' }, {}, 's1'],
    ['Codex', { 'session-id': 's1', 'thread-id': 't1' }, {}, 's1 t1'],
    ['OpenAI’s cache key', {}, { prompt_cache_key: 'k' }, 'k'],
    ['nobody', { 'user-agent': 'x' }, {}, ''],
  ])('as %s does', (_, headers, body, expected) => {
    expect(agentSession(headers, body)).toBe(expected);
  });
});

describe('a conversation that nobody names is known by the user’s first words', () => {
  const said = (content: unknown) => ({
    messages: [
      { role: 'system', content: 'x' },
      { role: 'user', content },
    ],
  });
  test.each([
    ['text', said('do it'), 'do it'],
    ['parts', said([{ type: 'image' }, { type: 'text', text: 'do it' }]), 'do it'],
    ['a Responses input', { input: 'do it' }, 'do it'],
    ['items', { input: [{ role: 'user', content: [{ type: 'input_text', text: 'do it' }] }] }, 'do it'],
    ['nothing', {}, ''],
    ['nonsense', { messages: [null, 3, { role: 'user' }] }, ''],
  ])('%s', (_, body, expected) => {
    expect(sessionOrStart({}, body)).toBe(expected);
  });

  test('of which not much is looked at', () => {
    expect(sessionOrStart({}, said('x'.repeat(100_000)))).toHaveLength(500);
  });
});
