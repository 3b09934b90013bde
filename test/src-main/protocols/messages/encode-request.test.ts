import { describe, expect, test } from 'vitest';
import { writeReasoningState } from '../../../../src-main/protocols/conversation/reasoning-state.ts';
import type { JsonObject } from '../../../../src-shared/json.ts';
import {
  assistant,
  call,
  chat,
  claude,
  decoded,
  encoded,
  type Options,
  result,
  system,
  tool,
  translate,
  user,
} from './chat-request.ts';
import { faultsOf } from './check-upstream-request.ts';

/** Translates, and insists that Anthropic would take the request. */
function sound(body: JsonObject, options: Options = { flags: claude }) {
  const translated = translate(body, options);
  expect(faultsOf(translated.body)).toEqual([]);
  return translated;
}

const text = (value: string): JsonObject => ({ type: 'text', text: value });
const plain = { flags: {} };

describe('turns', () => {
  test('E01 tool messages become one user turn, results first and in the order of their calls', () => {
    const { messages, losses } = sound(
      chat(
        [
          user('go'),
          assistant('Looking.', { tool_calls: [call('call_1'), call('call_2')] }),
          result('call_2', 'two'),
          result('call_1', 'one'),
          user('and now?'),
        ],
        { tools: [tool('Bash')] },
      ),
      plain,
    );
    expect(messages).toEqual([
      { role: 'user', content: [text('go')] },
      {
        role: 'assistant',
        content: [
          text('Looking.'),
          { type: 'tool_use', id: 'call_1', name: 'Bash', input: { command: 'ls' } },
          { type: 'tool_use', id: 'call_2', name: 'Bash', input: { command: 'ls' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_1', content: [text('one')] },
          { type: 'tool_result', tool_use_id: 'call_2', content: [text('two')] },
          text('and now?'),
        ],
      },
    ]);
    expect(losses).toEqual([]);
  });

  test('E02 leading instructions are the system prompt; later ones go into the user turn as a reminder', () => {
    const { body, messages, losses } = sound(
      chat([system('Be brief.'), { role: 'developer', content: 'Speak French.' }, user('hi'), system('It is late.')]),
      plain,
    );
    expect(body.system).toEqual([text('Be brief.'), text('Speak French.')]);
    expect(messages).toEqual([
      { role: 'user', content: [text('hi'), text('<system-reminder>\nIt is late.\n</system-reminder>')] },
    ]);
    expect(losses).toEqual([]);
  });

  test('E02 where the upstream takes them, later instructions stay in place, and the beta is named', () => {
    const { body, headers } = translate(chat([user('hi'), system('It is late.')]), { flags: { midSystem: true } });
    expect(body.messages).toMatchObject([{ role: 'user' }, { role: 'system', content: [text('It is late.')] }]);
    expect(headers?.['anthropic-beta']).toBe('mid-conversation-system-2026-04-07');
  });

  test('E03 ids that Anthropic refuses are replaced, the same in call and result', () => {
    const { messages } = sound(
      chat([user('go'), assistant(null, { tool_calls: [call('functions.Bash:0')] }), result('functions.Bash:0', 'x')], {
        tools: [tool('Bash')],
      }),
    );
    const [, asked, answered] = messages.map(({ content }) => (content as JsonObject[])[0]);
    expect(asked?.id).toMatch(/^toolu_[0-9a-f]{16}$/);
    expect(answered?.tool_use_id).toBe(asked?.id);
  });

  test('E04 empty arguments are an empty object, broken ones are wrapped', () => {
    const { messages, losses } = sound(
      chat(
        [
          user('go'),
          assistant(null, { tool_calls: [call('a', 'Bash', ''), call('b', 'Bash', '{"x":')] }),
          result('a', '1'),
          result('b', '2'),
        ],
        { tools: [tool('Bash')] },
      ),
    );
    expect(messages[1]?.content).toMatchObject([
      { input: {} },
      { input: { __unparsedToolInput: { raw: '{"x":', len: 5 } } },
    ]);
    expect(losses).toEqual(['b']);
  });

  test('E13 neighbours of one role are one turn, and blank text is left out', () => {
    const { messages } = sound(chat([user('one'), user([text(''), text('two'), text(' \n')]), user('three')]), plain);
    expect(messages).toEqual([{ role: 'user', content: [text('one'), text('two'), text('three')] }]);
  });

  test('E19 an image that a tool returned stays in its result', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
    const { messages } = sound(
      chat([user('go'), assistant(null, { tool_calls: [call('a')] }), result('a', [text('A plot.'), image])], {
        tools: [tool('Bash')],
      }),
      plain,
    );
    expect(messages[2]?.content).toEqual([
      {
        type: 'tool_result',
        tool_use_id: 'a',
        content: [
          text('A plot.'),
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
        ],
      },
    ]);
  });

  test('E20 a request of instructions only gets a user turn', () => {
    const { body, messages, losses } = sound(chat([system('Say something.')]), plain);
    expect(body.system).toEqual([text('Say something.')]);
    expect(messages).toEqual([{ role: 'user', content: [text('.')] }]);
    expect(losses).toEqual(['messages']);
  });

  test('an answer that the user began is gone on from where the upstream can, else the model is asked to', () => {
    const request = chat([user('Count.'), assistant('One, two, ')]);
    expect(sound(request, { flags: { prefill: true } }).messages.at(-1)).toEqual({
      role: 'assistant',
      content: [text('One, two,')],
    });
    expect(sound(request).messages.at(-1)).toMatchObject({ role: 'user', content: [{ text: 'Continue.' }] });
  });

  test('files are native documents; what the upstream cannot read leaves a note', () => {
    const file = (file_data: string, filename: string) => ({ type: 'file', file: { file_data, filename } });
    const request = chat([
      user([file('data:application/pdf;base64,JVBERi0=', 'a.pdf'), file('data:text/plain;base64,aGk=', 'b.txt')]),
    ]);
    expect(sound(request, { flags: { pdf: true } }).messages[0]?.content).toEqual([
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' }, title: 'a.pdf' },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hi' }, title: 'b.txt' },
    ]);
    expect(sound(request, plain).losses).toEqual(['document']);
    const sound_ = user([{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }]);
    expect(sound(chat([sound_]), plain).losses).toEqual(['audio']);
  });
});

describe('reasoning', () => {
  const state = { upstream: 'anthropic', model: 'claude', signature: 'sig==', text: 'Hm.' };
  const blob = (more: object) => writeReasoningState({ ...state, ...more }) ?? '';
  const answered = (details: JsonObject[]) =>
    chat([user('go'), assistant('Yes.', { reasoning_content: 'Hm.', reasoning_details: details }), user('on')]);
  const detail = (signature: string) => ({ type: 'reasoning.text', text: '', signature });

  test('E11 what came with our blob goes back with its signature, exactly', () => {
    const { messages, losses } = sound(answered([detail(blob({}))]));
    expect(messages[1]?.content).toEqual([{ type: 'thinking', thinking: 'Hm.', signature: 'sig==' }, text('Yes.')]);
    expect(losses).toEqual([]);
  });

  test('E12 redacted reasoning goes back redacted', () => {
    const redacted = writeReasoningState({ upstream: 'anthropic', model: 'claude', redacted: 'EvAB' }) ?? '';
    const { messages } = sound(answered([detail(redacted)]));
    expect(messages[1]?.content).toEqual([{ type: 'redacted_thinking', data: 'EvAB' }, text('Yes.')]);
  });

  test.each([
    ['plain text', []],
    ['another upstream', [detail(blob({ upstream: 'other' }))]],
    ['another model', [detail(blob({ model: 'other' }))]],
    ['another maker', [{ type: 'reasoning.text', text: 'Hm.', signature: 'theirs' }]],
  ])('E18 reasoning from %s is never sent', (_, details) => {
    const { messages, losses } = sound(answered(details));
    expect(messages[1]?.content).toEqual([text('Yes.')]);
    expect(losses).toEqual(['thinking']);
  });
});

describe('thinking', () => {
  const asked = (more: JsonObject) => chat([user('hi')], { max_tokens: 20_000, ...more });
  const adaptive = { flags: { messagesThinking: 'adaptive' } } as const;

  test('an effort is an effort where the model thinks adaptively, else a budget below the limit of the answer', () => {
    expect(sound(asked({ reasoning_effort: 'high' }), adaptive).body).toMatchObject({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'high' },
    });
    expect(sound(asked({ reasoning_effort: 'minimal' }), adaptive).body.output_config).toEqual({ effort: 'low' });
    expect(sound(asked({ reasoning_effort: 'medium' })).body.thinking).toEqual({
      type: 'enabled',
      budget_tokens: 8192,
    });
    expect(sound(asked({ reasoning_effort: 'high' })).body.thinking).toEqual({
      type: 'enabled',
      budget_tokens: 16_000,
    });
    expect(sound(asked({ reasoning: { max_tokens: 2000 } })).body.thinking).toMatchObject({ budget_tokens: 2000 });
    expect(sound(asked({ reasoning_effort: 'high' }), { flags: { messagesThinking: 'none' } }).body).not.toHaveProperty(
      'thinking',
    );
  });

  test('it is switched off, and not asked for where there is no room', () => {
    expect(sound(asked({ reasoning_effort: 'none' })).body.thinking).toEqual({ type: 'disabled' });
    expect(sound(asked({ chat_template_kwargs: { enable_thinking: false } })).body.thinking).toEqual({
      type: 'disabled',
    });
    const { body, losses } = sound(asked({ reasoning_effort: 'high', max_tokens: 1000 }));
    expect(body).not.toHaveProperty('thinking');
    expect(losses).toEqual(['thinking']);
  });

  test('with a budget it is not asked for in a tool loop whose own thinking the client has not kept', () => {
    const loop = [user('go'), assistant(null, { tool_calls: [call('a')] }), result('a', 'x')];
    const request = chat(loop, { reasoning_effort: 'low', tools: [tool('Bash')] });
    expect(sound(request)).toMatchObject({ losses: ['thinking'] });
    expect(sound(request).body).not.toHaveProperty('thinking');
    expect(sound(request, adaptive).body.thinking).toEqual({ type: 'adaptive' });
  });

  test('E05 a forced tool and thinking do not go together: the tool may be called', () => {
    const { body, losses } = sound(asked({ reasoning_effort: 'low', tools: [tool('Bash')], tool_choice: 'required' }));
    expect(body.thinking).toMatchObject({ type: 'enabled' });
    expect(body).not.toHaveProperty('tool_choice');
    expect(losses).toEqual(['tool_choice']);
  });

  test('sampling parameters stay within what Messages takes', () => {
    expect(sound(asked({ temperature: 0.3 })).body.temperature).toBe(0.3);
    expect(sound(asked({ temperature: 1.7 }))).toMatchObject({ body: { temperature: 1 }, losses: ['temperature'] });
    const thinking = sound(asked({ temperature: 0.3, top_k: 5, top_p: 0.9, reasoning_effort: 'low' }));
    expect(thinking.losses).toEqual(['temperature', 'top_p', 'top_k']);
  });
});

describe('tools', () => {
  test('E06 a schema with branches at its root becomes one object', () => {
    const parameters = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      oneOf: [
        { type: 'object', properties: { a: { type: 'string' }, c: {} }, required: ['a', 'c'] },
        { type: 'object', properties: { b: { type: 'number' }, c: {} }, required: ['c'] },
      ],
    };
    const { body } = sound(chat([user('hi')], { tools: [tool('t', parameters)] }), plain);
    expect(body.tools).toEqual([
      {
        name: 't',
        description: 'Runs t.',
        input_schema: {
          type: 'object',
          properties: { a: { type: 'string' }, b: { type: 'number' }, c: {} },
          required: ['c'],
        },
      },
    ]);
  });

  test.each([
    ['auto', undefined],
    ['none', { type: 'none' }],
    ['required', { type: 'any' }],
    [
      { type: 'function', function: { name: 'b' } },
      { type: 'tool', name: 'b' },
    ],
  ])('the choice %j is said', (tool_choice, expected) => {
    const { body } = sound(chat([user('hi')], { tools: [tool('a'), tool('b')], tool_choice }));
    expect(body.tool_choice).toEqual(expected);
  });

  test('only allowed tools are offered, and one at a time where parallel calls are not wanted', () => {
    const tool_choice = {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'b' } }] },
    };
    const { body } = sound(
      chat([user('hi')], { tools: [tool('a'), tool('b')], tool_choice, parallel_tool_calls: false }),
    );
    expect(body.tools).toMatchObject([{ name: 'b' }]);
    expect(body.tool_choice).toEqual({ type: 'any', disable_parallel_tool_use: true });
  });

  test('a search that the gateway runs is among the allowed tools when its name is', () => {
    const tool_choice = {
      type: 'allowed_tools',
      allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'web_search' } }] },
    };
    const { body } = sound(chat([user('hi')], { tools: [tool('a')], web_search_options: {}, tool_choice }), {
      ownTools: new Map([['web-search', 'search_the_web']]),
    });
    expect(body.tools).toMatchObject([{ name: 'search_the_web' }]);
  });

  test('a history with calls declares their tools, though none may be called', () => {
    const { body, losses } = sound(
      chat([user('go'), assistant(null, { tool_calls: [call('a')] }), result('a', 'x'), user('Sum up.')]),
    );
    expect(body.tools).toMatchObject([{ name: 'Bash' }]);
    expect(body.tool_choice).toEqual({ type: 'none' });
    expect(losses).toEqual([]);
  });

  test('E16 a custom tool is a tool of one string, in its declaration and in the history', () => {
    const custom = {
      type: 'custom',
      custom: { name: 'patch', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "x"' } } },
    };
    const { body, messages, toolNames } = sound(
      chat(
        [
          user('go'),
          assistant(null, { tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'patch', input: '*** Begin' } }] }),
          result('a', 'done'),
        ],
        { tools: [custom] },
      ),
    );
    expect(body.tools).toMatchObject([{ name: 'patch', input_schema: { required: ['input'] } }]);
    expect(JSON.stringify(body.tools)).toContain('lark grammar');
    expect(messages[1]?.content).toMatchObject([{ type: 'tool_use', input: { input: '*** Begin' } }]);
    expect(toolNames.get('patch')).toMatchObject({ toolKind: 'custom', wrapped: true });
  });

  test('E17 a search that the client leaves to the provider is Anthropic’s where it runs tools, else the gateway’s or none', () => {
    const request = chat([user('hi')], { web_search_options: {} });
    expect(sound(request, { flags: { hostedTools: true } }).body.tools).toEqual([
      { type: 'web_search_20250305', name: 'web_search' },
    ]);
    expect(sound(request, { ownTools: new Map([['web-search', 'web_search']]) }).body.tools).toMatchObject([
      { name: 'web_search', input_schema: { required: ['query'] } },
    ]);
    expect(sound(request, plain).losses).toEqual(['tool web_search']);
  });
});

describe('the rest of a request', () => {
  test('a limit is always said: the client’s, the alias’s, the model’s, or the usual one', () => {
    const request = chat([user('hi')]);
    expect(sound(request).body.max_tokens).toBe(32_000);
    expect(sound(request, { maxOutputTokens: 8192 }).body.max_tokens).toBe(8192);
    expect(sound(request, { defaults: { max_tokens: 500 } }).body.max_tokens).toBe(500);
    expect(sound({ ...request, max_completion_tokens: 70 }, { maxOutputTokens: 8192 }).body.max_tokens).toBe(70);
    expect(sound({ ...request, max_tokens: 9000 }, { maxOutputTokens: 8192 }).body.max_tokens).toBe(8192);
  });

  test('an answer by a schema is Anthropic’s output format; rules that its grammar lacks are told in words', () => {
    const schema = {
      type: 'object',
      properties: { age: { type: 'integer', minimum: 3 }, of: { oneOf: [{ type: 'string' }, { type: 'null' }] } },
      required: ['age'],
    };
    const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } };
    expect(sound(chat([user('hi')], { response_format })).body.output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: {
            age: { type: 'integer', description: '{minimum: 3}' },
            of: { anyOf: [{ type: 'string' }, { type: 'null' }] },
          },
          required: ['age'],
          additionalProperties: false,
        },
      },
    });
  });

  test('JSON without a schema is asked for in words', () => {
    const { body, losses } = sound(chat([user('hi')], { response_format: { type: 'json_object' } }), plain);
    expect(JSON.stringify(body.system)).toContain('JSON');
    expect(losses).toEqual(['response_format']);
  });

  test('what Messages has no parameter for is reported, and what changes nothing is not', () => {
    expect(
      sound(chat([user('hi')], { n: 2, seed: 7, logit_bias: {}, presence_penalty: 0, stop: ['\n', 'END'] })),
    ).toMatchObject({
      losses: ['n', 'seed', 'stop'],
      body: { stop_sequences: ['END'] },
    });
  });

  test('the version is named, the user only as a hash and only where that is wanted', () => {
    const request = chat([user('hi')], { user: 'me@example.org' });
    expect(sound(request).headers).toEqual({ 'anthropic-version': '2023-06-01' });
    expect(sound(request).body).not.toHaveProperty('metadata');
    expect(JSON.stringify(sound(request, { flags: { sendUser: true } }).body.metadata)).not.toContain('example');
  });

  test('for a client that cannot say so, four places are marked to be cached; a client’s own marks stay alone', () => {
    const mark = { type: 'ephemeral' };
    const { body } = sound(
      chat([system('S'), user('one'), assistant('1'), user('two'), assistant('2'), user('three')], {
        tools: [tool('t')],
      }),
    );
    expect(body.system).toMatchObject([{ cache_control: mark }]);
    expect(body.tools).toMatchObject([{ cache_control: mark }]);
    const marked = (body.messages as JsonObject[]).map(({ content }) =>
      JSON.stringify(content).includes('cache_control'),
    );
    expect(marked).toEqual([false, false, true, false, true]);
    const own = sound(
      chat([system([{ type: 'text', text: 'S', cache_control: { type: 'ephemeral', ttl: '1h' } }]), user('one')]),
    );
    expect(JSON.stringify(own.body).split('cache_control')).toHaveLength(2);
    expect(own.body.system).toMatchObject([{ cache_control: { ttl: '1h' } }]);
    expect(JSON.stringify(sound(chat([user('one')]), plain).body)).not.toContain('cache_control');
  });

  test('a search of Anthropic’s own goes back with what it sealed, one of another in words', () => {
    const base = decoded(chat([user('q')]));
    const hits = { kind: 'hits', hits: [{ title: 'T', url: 'https://example.org' }] } as const;
    const search = { kind: 'web-search', id: 'srvtoolu_1', query: 'q', result: hits } as const;
    const sealed = {
      ...search,
      extras: { messages: { content: [{ type: 'web_search_result', encrypted_content: 'x' }] } },
    };
    const of = (block: typeof search) =>
      encoded(
        {
          ...base,
          turns: [...base.turns, { role: 'assistant', blocks: [block, { kind: 'text', text: 'A.' }] }, ...base.turns],
        },
        { flags: { hostedTools: true } },
      ).body;
    expect(of(sealed).messages).toMatchObject([
      {},
      { content: [{ type: 'server_tool_use' }, { content: [{ encrypted_content: 'x' }] }, { text: 'A.' }] },
      {},
    ]);
    expect(JSON.stringify(of(search).messages)).toContain('[Web search: q]');
  });
});
