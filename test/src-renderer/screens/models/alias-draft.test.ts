import { describe, expect, test } from 'vitest';
import { aliasDraft, newRules, readAlias } from '../../../../src-renderer/screens/models/alias-draft.ts';
import { aliasRulesSchema } from '../../../../src-shared/settings.ts';

const rules = aliasRulesSchema.parse({
  defaults: {
    temperature: 0.1,
    top_p: 0.9,
    top_k: 40,
    min_p: 0,
    presence_penalty: -1,
    frequency_penalty: 1,
    repeat_penalty: 1.1,
    seed: -7,
    max_tokens: 4096,
    reasoning_effort: 'low',
    chat_template_kwargs: { enable_thinking: false, budget: 3, style: 'brief' },
  },
  timeouts: { connectMs: 1_500, firstByteMs: 30_000, idleMs: 60_000, loadingMs: 20_000 },
  sharedWith: ['near/m'],
  fallback: ['far/m', 'small'],
  localOnly: true,
});

describe('the form of an alias', () => {
  test('gives back every rule that it was filled with', () => {
    expect(readAlias(aliasDraft('coder', 'box/m', rules))).toEqual({ ok: true, id: 'coder', model: 'box/m', rules });
    const none = newRules({});
    expect(readAlias(aliasDraft('coder', 'box/m', none))).toEqual({
      ok: true,
      id: 'coder',
      model: 'box/m',
      rules: none,
    });
  });

  test('leaves out what was not chosen, and takes a comma for a point', () => {
    const draft = aliasDraft('coder', 'box/m', newRules({}));
    const templateArguments = [{ key: 0, name: ' ', value: '' }];
    const typed = {
      ...draft,
      templateArguments,
      fallback: ['', 'far/m'],
      numbers: { ...draft.numbers, temperature: ' 0,25 ' },
    };
    expect(readAlias(typed)).toMatchObject({
      ok: true,
      rules: { fallback: ['far/m'], defaults: { temperature: 0.25 } },
    });
  });

  test('tells what is wrong at its field, in words', () => {
    const draft = aliasDraft('The Coder', '', newRules({}));
    const numbers = { ...draft.numbers, temperature: '3', seed: '1.5', max_tokens: 'many', repeat_penalty: '-1' };
    const argument = (key: number, name: string) => ({ key, name, value: '1' });
    expect(
      readAlias({
        ...draft,
        numbers,
        timeouts: { ...draft.timeouts, connectMs: '9999' },
        loading: 'soon',
        templateArguments: [argument(0, 'a'), argument(1, 'a ')],
        fallback: Array.from({ length: 17 }, () => 'box/m'),
      }),
    ).toEqual({
      ok: false,
      problems: {
        id: expect.stringContaining('must be lower-case letters'),
        model: expect.stringContaining('is wanted'),
        numbers: {
          temperature: 'must be a number from 0 to 2',
          seed: 'must be a whole number',
          max_tokens: 'must be a whole number, 1 or more',
          repeat_penalty: 'must be a number, 0 or more',
        },
        templateArguments: 'must have a name each, and no two the same',
        loading: 'must be seconds, 0 to 86,400',
        fallback: 'are too many: 16 at most',
      },
    });
  });
});
