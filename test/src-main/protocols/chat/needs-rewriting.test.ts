import { describe, expect, test } from 'vitest';
import { needsRewriting } from '../../../../src-main/protocols/chat/needs-rewriting.ts';
import { type CompatFlags, defaultFlags } from '../../../../src-shared/compat-flags.ts';

const system = { role: 'system', content: 'Be brief.' };
const user = { role: 'user', content: 'hello' };
const said = { role: 'assistant', content: 'hi' };
const call = (id: string) => ({ id, type: 'function', function: { name: 'Read', arguments: '{}' } });
const called = { role: 'assistant', content: null, tool_calls: [call('a')] };
const result = { role: 'tool', tool_call_id: 'a', content: 'A' };
const tools = [{ type: 'function', function: { name: 'Read' } }];

function needs(
  flags: Partial<CompatFlags>,
  messages: readonly unknown[],
  more: Readonly<Record<string, unknown>> = {},
) {
  return needsRewriting({ model: 'm', messages, ...more }, { ...defaultFlags, ...flags });
}

describe('a Chat request goes on as it is', () => {
  const bent: Partial<CompatFlags> = {
    leakedToolCalls: true,
    toolFormat: 'text',
    toolCallIds: 'nine-alphanumeric',
    parallelToolCalls: false,
    textWithToolCalls: 'apart',
    strictAlternation: true,
  };

  test('where it holds nothing that the model bends', () => {
    expect(needs(bent, [system, user, said, user])).toBe(false);
    expect(needs({}, [user, called, result, user, user], { tools })).toBe(false);
  });

  test('whatever it holds that is no message', () => {
    expect(needs(bent, [null, 'x', user])).toBe(false);
    expect(needsRewriting({ messages: 7, tools: {} }, { ...defaultFlags, ...bent })).toBe(false);
  });
});

describe('it is written anew', () => {
  test.each<[string, Partial<CompatFlags>, readonly unknown[], Readonly<Record<string, unknown>>?]>([
    ['where calls may leak into the text', { leakedToolCalls: true }, [user], { tools }],
    ['where the template has no tools', { toolFormat: 'text' }, [user], { tools }],
    ['where the template loses calls', { toolFormat: 'text-history' }, [user, called, result]],
    ['where the ids of calls must be others', { toolCallIds: 'nine-alphanumeric' }, [user, called, result]],
    [
      'where a message may hold one call only',
      { parallelToolCalls: false },
      [user, { ...called, tool_calls: [call('a'), call('b')] }],
    ],
    ['where text beside a call is lost', { textWithToolCalls: 'apart' }, [user, { ...called, content: 'Look.' }]],
    ['where system messages are lost', { systemMessages: false }, [system, user]],
    ['where roles must alternate and an assistant begins', { strictAlternation: true }, [said, user]],
    ['where roles must alternate and a user speaks twice', { strictAlternation: true }, [user, user]],
    [
      'where roles must alternate and a user speaks behind a result',
      { strictAlternation: true },
      [user, called, result, user],
    ],
    ['where roles must alternate and instructions come late', { strictAlternation: true }, [user, said, system, user]],
  ])('%s', (_, flags, messages, more) => {
    expect(needs(flags, messages, more)).toBe(true);
  });
});
