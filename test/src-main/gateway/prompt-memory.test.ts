import { describe, expect, test } from 'vitest';
import { agentSession } from '../../../src-main/gateway/agent-session.ts';
import { type AskedPrompt, createPromptMemory } from '../../../src-main/gateway/prompt-memory.ts';
import type { Usage } from '../../../src-shared/usage.ts';

const tool = (name: string) => ({ type: 'function', function: { name, parameters: { type: 'object' } } });
const user = (content: unknown) => ({ role: 'user', content });
const answer = (content: string, more = {}) => ({ role: 'assistant', content, ...more });
const first = { tools: [tool('a'), tool('b')], messages: [{ role: 'system', content: 'You help.' }, user('Do it.')] };
const second = {
  ...first,
  messages: [...first.messages, answer('Done.', { reasoning_content: 'Hm.' }), user('More.')],
};
const usage: Usage = { inputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 1 };

function memory() {
  const prompts = createPromptMemory();
  return (body: AskedPrompt['body'], more: Partial<AskedPrompt> = {}) =>
    prompts.compare({ keyId: 'k', modelId: 'up/m', session: '', usage, ...more, body });
}

describe('the prompts of one conversation', () => {
  test('one that is only added to can be reused up to what is new', () => {
    const compare = memory();
    expect(compare(first)).toBeNull();
    const reuse = compare(second);
    expect(reuse).toMatchObject({ source: 'computed', changedAt: null });
    expect(reuse?.share).toBeGreaterThan(0.6);
    expect(reuse?.share).toBeLessThan(1);
    expect(compare(second)).toEqual({ share: 1, source: 'computed', changedAt: null });
  });

  test.each([
    [
      'the system prompt',
      'messages[0].content',
      (body: typeof second) => ({
        ...body,
        messages: [{ role: 'system', content: 'cch=2' }, ...body.messages.slice(1)],
      }),
    ],
    ['a tool that was added', 'tools[2]', (body: typeof second) => ({ ...body, tools: [...body.tools, tool('c')] })],
    ['a tool that was taken away', 'tools[1]', (body: typeof second) => ({ ...body, tools: body.tools.slice(0, 1) })],
    [
      'a tool that is described otherwise',
      'tools[0]',
      (body: typeof second) => ({ ...body, tools: [tool('A'), tool('b')] }),
    ],
    [
      'reasoning that was dropped',
      'messages[2].reasoning_content',
      (body: typeof second) => ({ ...body, messages: body.messages.map(({ role, content }) => ({ role, content })) }),
    ],
    ['an effort', 'reasoning_effort', (body: typeof second) => ({ ...body, reasoning_effort: 'low' })],
    [
      'an argument of the template',
      'chat_template_kwargs',
      (body: typeof second) => ({ ...body, chat_template_kwargs: { enable_thinking: false } }),
    ],
  ])('names what changed first: %s', (_what, path, change) => {
    const compare = memory();
    compare(second);
    const changed = change(second);
    expect(compare({ ...changed, messages: [...changed.messages, answer('Yes.'), user('And?')] })?.changedAt).toBe(
      path,
    );
  });

  test('Messages: the system prompt’s block and the content block are named; cache marks are no change', () => {
    const compare = memory();
    const text = (value: string, more = {}) => ({ type: 'text', text: value, ...more });
    const mark = { cache_control: { type: 'ephemeral' } };
    const system = [text('billing cch=1'), text('You help.', mark)];
    compare({ system, messages: [user([text('Do it.', mark)])] });
    const next = [user([text('Do it.')]), answer('Done.'), user([text('reminder 1'), text('More.', mark)])];
    expect(compare({ system, messages: next })).toMatchObject({ changedAt: null });
    const reworded = [...next.slice(0, 2), user([text('reminder 2'), text('More.')]), answer('x'), user('y')];
    expect(compare({ system, messages: reworded })?.changedAt).toBe('messages[2].content[0]');
    expect(compare({ system: [text('billing cch=2'), system[1]], messages: reworded })?.changedAt).toBe('system[0]');
  });

  test('Responses: instructions and items', () => {
    const compare = memory();
    const input = [user('Do it.'), { type: 'function_call', call_id: 'c', name: 'a', arguments: '{}' }];
    compare({ instructions: 'x', input });
    expect(
      compare({ instructions: 'x', input: [...input, { type: 'function_call_output', call_id: 'c', output: 'y' }] })
        ?.changedAt,
    ).toBeNull();
    const changed = [input[0], { ...input[1], arguments: '{ }' }];
    expect(compare({ instructions: 'x', input: changed })?.changedAt).toBe('input[1].arguments');
    expect(compare({ instructions: 'z', input: changed })?.changedAt).toBe('instructions');
    expect(compare({ input: 'only words' })).toBeNull();
  });

  test('the server’s own figures count, also where they say that nothing was reused', () => {
    const compare = memory();
    expect(compare(first, { usage: { ...usage, cacheTold: true } })).toEqual({
      share: 0,
      source: 'server',
      changedAt: null,
    });
    expect(compare(second, { usage: { ...usage, cacheReadTokens: 30, cacheTold: true } })).toEqual({
      share: 0.75,
      source: 'server',
      changedAt: null,
    });
    expect(compare(second, { usage: null })?.source).toBe('computed');
  });
});

describe('what is no change of a conversation', () => {
  test.each([
    [
      'a title that is asked for in between',
      { body: { messages: [{ role: 'system', content: 'A title, please.' }, user('<text>Do it.</text>')] } },
    ],
    ['a subagent', { body: { ...first, messages: [{ role: 'system', content: 'You search.' }, user('Find it.')] } }],
    ['another key', { keyId: 'other', body: { ...first, tools: [] } }],
    ['another model', { modelId: 'up/n', body: { ...first, tools: [] } }],
    ['another session of the agent', { session: 's2', body: { ...first, tools: [] } }],
  ])('%s', (_what, { body, ...more }) => {
    const compare = memory();
    compare(first);
    expect(compare(body, more)).toBeNull();
    expect(compare(second)?.changedAt).toBeNull();
  });

  test('two conversations that begin alike', () => {
    const compare = memory();
    const other = { ...first, messages: [...first.messages, answer('No.'), user('Why?')] };
    compare(first);
    compare(second);
    compare(other);
    const next = (body: typeof second) => ({ ...body, messages: [...body.messages, answer('So.'), user('Ok.')] });
    expect(compare(next(second))?.changedAt).toBeNull();
    expect(compare(next(other))?.changedAt).toBeNull();
  });

  test('going back to an earlier point', () => {
    const compare = memory();
    compare(second);
    expect(compare(first)).toMatchObject({ share: 1, changedAt: null });
  });
});

test('it forgets the oldest of many conversations', () => {
  const compare = memory();
  for (let at = 0; at < 150; at++) compare({ messages: [user(`task ${at}`)] });
  expect(compare({ messages: [user('task 149')] })).not.toBeNull();
  expect(compare({ messages: [user('task 0')] })).toBeNull();
});

test('a request without messages is no prompt', () => {
  const compare = memory();
  for (const body of [{}, { messages: [] }, { messages: 'x' }, { input: [] }, { messages: [null, 3] }]) {
    expect(() => compare(body)).not.toThrow();
  }
});

test('a session is what an agent calls it, in headers of any such name and in the body', () => {
  expect(agentSession({ 'x-claude-code-session-id': 'a', 'user-agent': 'x', 'x-request-id': 'r' }, {})).toBe('a');
  expect(
    agentSession({ 'session-id': 'a', 'thread-id': 'b', 'x-client-request-id': 'c' }, { prompt_cache_key: 'd' }),
  ).toBe('a b d');
  expect(agentSession({ session_id: 'a' }, { prompt_cache_key: 3 })).toBe('a');
  expect(agentSession({}, {})).toBe('');
});
