import { describe, expect, test } from 'vitest';
import {
  type ReasoningState,
  writeReasoningState,
} from '../../../../src-main/protocols/conversation/reasoning-state.ts';
import type { CompatFlags } from '../../../../src-shared/compat-flags.ts';
import { assistant, request, result, text, translate, use, user } from '../messages/translate.ts';

const hello = user('hello');
type Style = CompatFlags['reasoningStyle'];

describe('A34 thinking and effort', () => {
  const adaptive = { thinking: { type: 'adaptive', display: 'updates' }, output_config: { effort: 'xhigh' } };
  const enabled = { thinking: { type: 'enabled', budget_tokens: 4096 } };
  const disabled = { thinking: { type: 'disabled' }, output_config: { effort: 'high' } };
  const on = { enable_thinking: true };
  const cases: readonly [Style, Record<string, unknown>, Record<string, unknown>, Record<string, unknown>][] = [
    ['none', {}, {}, {}],
    ['openai', { reasoning_effort: 'xhigh' }, { reasoning_effort: 'medium' }, { reasoning_effort: 'none' }],
    ['ollama', { reasoning_effort: 'xhigh' }, { reasoning_effort: 'medium' }, { reasoning_effort: 'none' }],
    [
      'chat-template',
      { chat_template_kwargs: { ...on, reasoning_effort: 'xhigh' } },
      { chat_template_kwargs: { ...on, reasoning_effort: 'medium' }, thinking_token_budget: 4096 },
      { chat_template_kwargs: { enable_thinking: false } },
    ],
    [
      'llama-cpp',
      { chat_template_kwargs: { ...on, reasoning_effort: 'xhigh' } },
      { chat_template_kwargs: { ...on, reasoning_effort: 'medium' }, thinking_budget_tokens: 4096 },
      { chat_template_kwargs: { enable_thinking: false } },
    ],
    [
      'thinking-object',
      { thinking: { type: 'enabled' } },
      { thinking: { type: 'enabled' } },
      { thinking: { type: 'disabled' } },
    ],
    [
      'thinking-with-effort',
      { thinking: { type: 'enabled' }, reasoning_effort: 'xhigh' },
      { thinking: { type: 'enabled' }, reasoning_effort: 'medium' },
      { thinking: { type: 'disabled' } },
    ],
    [
      'reasoning-object',
      { reasoning: { effort: 'xhigh' } },
      { reasoning: { max_tokens: 4096 } },
      { reasoning: { enabled: false } },
    ],
    ['enable-thinking', on, { ...on, thinking_budget: 4096 }, { enable_thinking: false }],
  ];
  const keys = [
    'reasoning_effort',
    'chat_template_kwargs',
    'thinking_token_budget',
    'thinking_budget_tokens',
    'thinking',
    'enable_thinking',
    'thinking_budget',
    'reasoning',
  ];
  const sent = (rest: Record<string, unknown>, flags: Partial<CompatFlags>) => {
    const { body } = translate(request([hello], rest), { flags });
    return Object.fromEntries(Object.entries(body).filter(([key]) => keys.includes(key)));
  };

  test.each(cases)('%s', (reasoningStyle, forAdaptive, forEnabled, forDisabled) => {
    expect(sent(adaptive, { reasoningStyle })).toEqual(forAdaptive);
    expect(sent(enabled, { reasoningStyle })).toEqual(forEnabled);
    expect(sent(disabled, { reasoningStyle })).toEqual(forDisabled);
    expect(sent({}, { reasoningStyle })).toEqual({});
    expect(sent({ thinking: { type: 'adaptive' } }, { reasoningStyle })).toEqual({});
  });

  test.each([
    ['xhigh', ['low', 'medium', 'high', 'max'], 'max'],
    ['max', ['low', 'medium', 'high'], 'high'],
    ['minimal', ['low', 'medium', 'high'], 'low'],
  ] as const)('effort %s of %j is %s', (effort, reasoningEfforts, expected) => {
    const rest = { thinking: { type: 'adaptive' }, output_config: { effort } };
    expect(sent(rest, { reasoningStyle: 'openai', reasoningEfforts: [...reasoningEfforts] })).toEqual({
      reasoning_effort: expected,
    });
  });

  test('A35 unknown fields, betas, displays and kinds of thinking are accepted', () => {
    const rest = {
      thinking: { type: 'between_tools', display: 'updates' },
      betas: ['x-2027'],
      brand_new: { a: 1 },
      diagnostics: {},
    };
    expect(translate(request([hello], rest)).all).toEqual([]);
  });
});

describe('reasoning of earlier turns', () => {
  const blob = (state: Partial<ReasoningState>) => {
    const written = writeReasoningState({ upstream: 'local', model: 'qwen', field: 'reasoning_content', ...state });
    if (written === null) throw new Error('too long');
    return written;
  };
  const thought = (signature: string | undefined, thinking = 'hm') => ({
    type: 'thinking',
    thinking,
    ...(signature !== undefined && { signature }),
  });
  const turns = (first: unknown) => [
    hello,
    assistant([first, text('one')]),
    user('next'),
    assistant([first, use('a')]),
    user([result('a', 'A')]),
  ];
  const replayed = (first: unknown, flags: Partial<CompatFlags> = {}) => {
    const { messages, all } = translate(request(turns(first)), { flags });
    return { messages: messages.filter(({ role }) => role === 'assistant'), all };
  };

  test('goes back in the field in which this upstream gave it, on all turns', () => {
    const { messages, all } = replayed(thought(blob({ field: 'reasoning' })));
    expect(messages).toMatchObject([{ reasoning: 'hm' }, { reasoning: 'hm' }]);
    expect(all).toEqual([]);
  });

  test.each([
    ['without a signature', thought(undefined)],
    ['with an empty signature', thought('')],
    ['of another upstream of ours', thought(blob({ upstream: 'other' }))],
    ['of another maker', thought('EqQBCgIYAhIM')],
  ])('%s is not given back by "auto"', (_, block) => {
    const { messages, all } = replayed(block);
    for (const message of messages) expect(message).not.toHaveProperty('reasoning_content');
    expect(all).toMatchObject([{ kind: 'dropped', what: 'thinking' }]);
  });

  test('A20 an explicit policy gives plain text back too, after the last user turn only where told so', () => {
    const { messages } = replayed(thought(''), {
      reasoningReplay: 'reasoning_content',
      reasoningReplayTurns: 'last-turn',
    });
    expect(messages[0]).not.toHaveProperty('reasoning_content');
    expect(messages[1]).toMatchObject({ reasoning_content: 'hm' });
    const other = replayed(thought(blob({ upstream: 'other' })), { reasoningReplay: 'reasoning_content' });
    expect(other.messages).toMatchObject([{ reasoning_content: 'hm' }, { reasoning_content: 'hm' }]);
    expect(replayed(thought('EqQB'), { reasoningReplay: 'reasoning_content' }).all).toMatchObject([
      { kind: 'dropped' },
    ]);
  });

  test('A21 the policy "none" drops it without a word', () => {
    const { messages, all } = replayed(thought(blob({})), { reasoningReplay: 'none' });
    expect(Object.keys(messages[0] ?? {})).toEqual(['role', 'content']);
    expect(all).toEqual([]);
  });

  test('A22 thinking in a user turn is never taken for the model’s', () => {
    const { messages, all } = translate(request([user([thought(blob({})), text('hi')])]), {
      flags: { reasoningReplay: 'reasoning_content' },
    });
    expect(messages).toEqual([{ role: 'user', content: 'hi' }]);
    expect(all).toMatchObject([{ kind: 'dropped', what: 'messages.0.content.0' }]);
  });

  test('A23 redacted thinking of another maker is left out', () => {
    const { messages, all } = replayed(
      { type: 'redacted_thinking', data: 'EmwKAhgBEgy3' },
      { reasoningReplay: 'reasoning_content' },
    );
    expect(messages[0]).toEqual({ role: 'assistant', content: 'one' });
    expect(all).toMatchObject([{ kind: 'dropped', what: 'thinking' }]);
  });

  test('A24 our own blob restores reasoning_details verbatim, from redacted thinking too', () => {
    const details = [{ type: 'reasoning.encrypted', data: 'abc', id: 'r1', index: 0 }];
    const state = blob({ field: 'reasoning', details });
    expect(replayed(thought(state)).messages[0]).toEqual({
      role: 'assistant',
      content: 'one',
      reasoning_details: details,
    });
    expect(replayed({ type: 'redacted_thinking', data: state }).messages[0]).toMatchObject({
      reasoning_details: details,
    });
  });

  test('think tags stand before the content', () => {
    const { messages } = replayed(thought(''), { reasoningReplay: 'think_tags' });
    expect(messages.map(({ content }) => content)).toEqual(['<think>hm</think>\none', '<think>hm</think>\n']);
  });
});
