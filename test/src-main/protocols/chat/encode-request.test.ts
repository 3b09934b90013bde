import { describe, expect, test } from 'vitest';
import { assistant, png, request, result, system, text, tool, translate, use, user } from '../messages/translate.ts';
import { faultsOf } from './check-request.ts';

const hello = user('hello');

describe('system prompt', () => {
  test('A01 a system string becomes one system message', () => {
    expect(translate(request([hello], { system: 'Be brief.' })).messages[0]).toEqual({
      role: 'system',
      content: 'Be brief.',
    });
  });

  test('A02 system blocks are joined and lose their cache marks', () => {
    const blocks = [{ ...text('One.'), cache_control: { type: 'ephemeral' } }, text('Two.')];
    const { messages, all } = translate(request([hello], { system: blocks }));
    expect(messages[0]).toEqual({ role: 'system', content: 'One.\n\nTwo.' });
    expect(all).toEqual([]);
  });

  test.each([
    'x-anthropic-billing-header: cc_version=2.1.329.adf; cc_entrypoint=cli;',
    'x-anthropic-billing-header: cc_version=2.1.329; cc_entrypoint=cli; cch=a1b2c;',
  ])('A03 the billing header is left out: %s', (header) => {
    const { messages, all } = translate(request([hello], { system: [text(header), text('Be brief.')] }));
    expect(messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
    expect(all).toEqual([]);
    expect(translate(request([hello], { system: header })).messages).toEqual([{ role: 'user', content: 'hello' }]);
  });

  test('A04 a system turn behind user text folds into that user turn', () => {
    const { messages, all } = translate(request([hello, system('Today is Monday.')]));
    expect(messages).toEqual([
      { role: 'user', content: 'hello\n\n<system-reminder>\nToday is Monday.\n</system-reminder>' },
    ]);
    expect(all).toEqual([]);
  });

  test('A05 a system turn between call and result moves into the last tool message', () => {
    const turns = [hello, assistant([use('a'), use('b')]), system('Note.'), user([result('b', 'B'), result('a', 'A')])];
    const { messages } = translate(request(turns));
    expect(messages.map((message) => message.role)).toEqual(['user', 'assistant', 'tool', 'tool']);
    expect(messages[3]?.content).toBe('B\n<system-reminder>\nNote.\n</system-reminder>');
  });

  test('A06 a trailing system turn behind an assistant turn becomes a user turn', () => {
    const { messages } = translate(request([hello, assistant('hi'), system('Note.')]));
    expect(messages.at(-1)).toEqual({ role: 'user', content: '<system-reminder>\nNote.\n</system-reminder>' });
  });

  test('system turns stay in place where the upstream takes them, leading ones join the system prompt', () => {
    const turns = [system('First.'), hello, system('Note.'), assistant('hi'), user('more')];
    const { messages } = translate(request(turns, { system: 'Base.' }), { flags: { midSystem: true } });
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'Base.\n\nFirst.'],
      ['user', 'hello'],
      ['system', 'Note.'],
      ['assistant', 'hi'],
      ['user', 'more'],
    ]);
  });
});

describe('tool results', () => {
  test('A10 results in order of completion are sent in call order', () => {
    const { messages } = translate(
      request([hello, assistant([use('a'), use('b')]), user([result('b', 'B'), result('a', 'A')])]),
    );
    expect(messages.slice(2).map((message) => message.tool_call_id)).toEqual(['a', 'b']);
  });

  test('A11 user text beside a result follows all tool messages', () => {
    const { messages } = translate(request([hello, assistant([use('a')]), user([text('and now'), result('a', 'A')])]));
    expect(messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'A' },
      { role: 'user', content: 'and now' },
    ]);
  });

  test('A12 images of results follow in one user message behind all tool messages', () => {
    const turns = [hello, assistant([use('a'), use('b')]), user([result('a', [text('shot'), png]), result('b', 'B')])];
    const { messages } = translate(request(turns));
    expect(messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'shot' },
      { role: 'tool', tool_call_id: 'b', content: 'B' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Attached image(s) from tool result:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        ],
      },
    ]);
    const inPlace = translate(request(turns), { flags: { toolImages: true } }).messages;
    expect(inPlace).toHaveLength(4);
    expect(inPlace[2]?.content).toHaveLength(2);
  });

  test.each([
    ['A13 an image alone leaves a note', result('a', [png]), '(see attached image)'],
    ['A14 a failure is said in words', result('a', 'no such file', { is_error: true }), 'Error: no such file'],
    [
      'A14 a failure that says so itself is left alone',
      result('a', '<tool_use_error>no</tool_use_error>', { is_error: true }),
      '<tool_use_error>no</tool_use_error>',
    ],
    ['A14 an empty failure still fails', result('a', undefined, { is_error: true }), 'Error: the tool failed.'],
    ['A15 no content is empty text', result('a'), ''],
    [
      'A09 loaded tools are named',
      result('a', [{ type: 'tool_reference', tool_name: 'CronList' }]),
      'Loaded tools: CronList. It is now callable.',
    ],
    [
      'A27 a search result becomes text',
      result('a', [{ type: 'search_result', title: 'T', source: 'S', content: [text('P')] }]),
      'T\nS\nP',
    ],
  ])('%s', (_, block, expected) => {
    const { messages } = translate(request([hello, assistant([use('a')]), user([block])]));
    expect(messages[2]).toEqual({ role: 'tool', tool_call_id: 'a', content: expected });
  });

  test('A16 a call without a result gets one', () => {
    const { body, messages, all } = translate(
      request([hello, assistant([use('a'), use('b')]), user([result('b', 'B')])]),
    );
    expect(messages[2]).toEqual({ role: 'tool', tool_call_id: 'a', content: 'No result provided.' });
    expect(all).toMatchObject([{ kind: 'repaired', what: 'a' }]);
    expect(faultsOf(body)).toEqual([]);
  });

  test('A17 a result without a call is left out', () => {
    const { messages, all } = translate(request([user([result('x', 'X'), text('go')])]));
    expect(messages).toEqual([{ role: 'user', content: 'go' }]);
    expect(all).toMatchObject([{ kind: 'repaired', what: 'x' }]);
  });

  test('A18 ids that repeat become unique and their results follow', () => {
    const turns = [
      hello,
      assistant([use('a')]),
      user([result('a', '1')]),
      assistant([use('a')]),
      user([result('a', '2')]),
    ];
    const { body, messages } = translate(request(turns));
    expect(faultsOf(body)).toEqual([]);
    expect(messages[2]).toEqual({ role: 'tool', tool_call_id: 'a', content: '1' });
    expect(messages[4]?.content).toBe('2');
  });

  test('of two results for one call in a turn the last one counts', () => {
    const { messages } = translate(request([hello, assistant([use('a')]), user([result('a', '1'), result('a', '2')])]));
    expect(messages[2]?.content).toBe('2');
    expect(messages).toHaveLength(3);
  });
});

describe('content', () => {
  test('A19 text around a call is kept in order', () => {
    const { messages } = translate(
      request([hello, assistant([text('before '), use('a'), text('after')]), user([result('a', 'A')])]),
    );
    expect(messages[1]).toMatchObject({
      content: 'before after',
      tool_calls: [{ id: 'a', function: { name: 'Bash', arguments: '{"command":"ls"}' } }],
    });
  });

  test('A25 images by data and by address are sent, uploaded files and blind models get a note', () => {
    const url = { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } };
    const file = { type: 'image', source: { type: 'file', file_id: 'file_1' } };
    const { messages, all } = translate(request([user([png, url, file])]));
    expect(messages[0]?.content).toMatchObject([
      { type: 'image_url' },
      { image_url: { url: 'https://example.org/a.png' } },
      { type: 'text' },
    ]);
    expect(all).toMatchObject([{ kind: 'dropped', what: 'image' }]);
    const blind = translate(request([user([text('look'), png])]), { flags: { vision: false } });
    expect(blind.messages[0]?.content).toBe('look\n\n[image omitted: model has no vision]');
    expect(blind.all).toMatchObject([{ kind: 'dropped', what: 'image' }]);
  });

  test('A26 documents become text, files where the upstream takes them, and a note otherwise', () => {
    const pdf = {
      type: 'document',
      title: 'a "b"',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
    };
    const plain = {
      type: 'document',
      title: 'a "b"',
      source: { type: 'text', media_type: 'text/plain', data: 'words' },
    };
    const parts = { type: 'document', source: { type: 'content', content: [text('x'), text('y')] } };
    const url = { type: 'document', source: { type: 'url', url: 'https://example.org/a.pdf' } };
    const { messages, all } = translate(request([user([plain, parts, pdf, url])]));
    expect(messages[0]?.content).toContain(
      '<document title="a &quot;b&quot;">\nwords\n</document>\n\n<document>\nx\ny\n</document>',
    );
    expect(messages[0]?.content).toContain('omitted: application/pdf');
    expect(all).toMatchObject([{ kind: 'dropped', what: 'document' }]);
    const native = translate(request([user([pdf])]), { flags: { pdf: true } });
    expect(native.messages[0]?.content).toEqual([
      { type: 'file', file: { filename: 'a "b"', file_data: 'data:application/pdf;base64,JVBERi0=' } },
    ]);
    expect(native.all).toEqual([]);
  });

  test('A28 a search the server ran becomes call and result where the tool is declared, text otherwise', () => {
    const search = [
      { type: 'server_tool_use', id: 'srv_1', name: 'web_search', input: { query: 'cats' } },
      {
        type: 'web_search_tool_result',
        tool_use_id: 'srv_1',
        content: [{ type: 'web_search_result', title: 'Cats', url: 'https://c.at', encrypted_content: 'E' }],
      },
      text('Cats are fine.'),
    ];
    const turns = [hello, assistant(search), user('thanks')];
    const asText = translate(request(turns));
    expect(asText.messages[1]?.content).toBe('\n[Web search: cats]\n- Cats: https://c.at\nCats are fine.');
    const asCall = translate(request(turns, { tools: [tool('web_search')] }));
    expect(faultsOf(asCall.body)).toEqual([]);
    expect(asCall.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'hello'],
      ['assistant', null],
      ['tool', '- Cats: https://c.at'],
      ['assistant', 'Cats are fine.'],
      ['user', 'thanks'],
    ]);
  });

  test('A40 strings and lists are the same, empty text and empty turns go', () => {
    const { messages } = translate(
      request([user([text('')]), user([text('a'), text(''), text('b')]), assistant([text('')]), user('c')]),
    );
    expect(messages).toEqual([
      { role: 'user', content: 'a\n\nb' },
      { role: 'user', content: 'c' },
    ]);
  });

  test('A41 a trailing assistant turn is kept where it is continued, else the model is asked to go on', () => {
    const turns = [hello, assistant('Sure,')];
    expect(translate(request(turns), { flags: { prefill: true } }).messages.at(-1)?.content).toBe('Sure,');
    const { messages, all } = translate(request(turns));
    expect(messages.at(-1)).toEqual({ role: 'user', content: 'Continue.' });
    expect(all).toMatchObject([{ kind: 'approximated', what: 'prefill' }]);
  });

  test('A42 turns of one role in a row are merged where templates demand it', () => {
    const turns = [
      user('a'),
      user([text('b'), png]),
      assistant('c'),
      assistant([use('x')]),
      user([result('x', 'X'), text('d')]),
    ];
    expect(translate(request(turns)).messages).toHaveLength(6);
    const { messages } = translate(request(turns), { flags: { strictAlternation: true } });
    expect(messages.map((message) => message.role)).toEqual(['user', 'assistant', 'tool', 'assistant', 'user']);
    expect(messages[0]?.content).toMatchObject([{ text: 'a' }, { text: 'b' }, { type: 'image_url' }]);
    expect(messages[1]).toMatchObject({ content: 'c', tool_calls: [{ id: 'x' }] });
  });

  test("A43 Claude Code's unparsed input passes as it is", () => {
    const input = { __unparsedToolInput: { raw: '{"a', len: 3 } };
    const { messages, all } = translate(
      request([hello, assistant([use('a', 'Bash', input)]), user([result('a', 'no')])]),
    );
    expect(messages[1]).toMatchObject({ tool_calls: [{ function: { arguments: JSON.stringify(input) } }] });
    expect(all).toEqual([]);
  });

  test('A44 five megabytes with lone surrogates and NUL go through clean', () => {
    const dirty = `a\uD800b\0c\u{1F600}`;
    const big = 'x'.repeat(5 * 1024 * 1024);
    const turns = [
      user([text(big), text(dirty)]),
      assistant([use('a', 'Bash', { command: dirty })]),
      user([result('a', dirty)]),
    ];
    const { body, messages } = translate(
      request(turns, { system: dirty, tools: [tool('Bash', { description: dirty })] }),
    );
    expect(faultsOf(body)).toEqual([]);
    expect(messages[0]?.content).toBe('a\uFFFDb\uFFFDc\u{1F600}');
    expect(messages[2]).toMatchObject({
      tool_calls: [{ function: { arguments: '{"command":"a\uFFFDb\uFFFDc\u{1F600}"}' } }],
    });
  });

  test('a compaction summary is passed on as text, unknown blocks are named in a diagnostic', () => {
    const { messages, all } = translate(
      request([
        assistant([{ type: 'compaction', content: 'So far.' }]),
        user([{ type: 'hologram', data: 1 }, text('go')]),
      ]),
    );
    expect(messages).toEqual([
      { role: 'assistant', content: 'So far.' },
      { role: 'user', content: 'go' },
    ]);
    expect(all).toMatchObject([{ kind: 'dropped', what: 'hologram' }]);
  });
});

describe('templates that take one call at a time, and short ids', () => {
  test('several calls are split into pairs', () => {
    const turns = [hello, assistant([text('both'), use('a'), use('b')]), user([result('a', 'A'), result('b', 'B')])];
    const { body, messages } = translate(request(turns, { tools: [tool('Bash')] }), {
      flags: { parallelToolCalls: false },
    });
    expect(faultsOf(body)).toEqual([]);
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'hello'],
      ['assistant', 'both'],
      ['tool', 'A'],
      ['assistant', null],
      ['tool', 'B'],
    ]);
    expect(body.parallel_tool_calls).toBe(false);
  });

  test('ids become nine alphanumerics, calls and results alike', () => {
    const turns = [
      hello,
      assistant([use('toolu_01', 'Bash'), use('abcdefgh1', 'Bash')]),
      user([result('toolu_01', 'A'), result('abcdefgh1', 'B')]),
    ];
    const { body, messages } = translate(request(turns), { flags: { toolCallIds: 'nine-alphanumeric' } });
    expect(faultsOf(body)).toEqual([]);
    expect(messages[2]?.tool_call_id).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(messages[3]?.tool_call_id).toBe('abcdefgh1');
  });
});

describe('templates that lose what stands beside a call', () => {
  const turns = [hello, assistant([text('I look.'), use('a')]), user([result('a', 'A')])];

  test('the text goes into a message of its own before the call', () => {
    const { body, messages } = translate(request(turns), { flags: { textWithToolCalls: 'apart' } });
    expect(faultsOf(body)).toEqual([]);
    expect(messages.slice(1, 3)).toMatchObject([
      { role: 'assistant', content: 'I look.' },
      { role: 'assistant', content: null, tool_calls: [{ id: 'a' }] },
    ]);
  });

  test('with the user between them where turns have to alternate', () => {
    const flags = { textWithToolCalls: 'apart', strictAlternation: true } as const;
    const { messages } = translate(request(turns), { flags });
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'hello'],
      ['assistant', 'I look.'],
      ['user', 'Continue.'],
      ['assistant', null],
      ['tool', 'A'],
    ]);
  });

  test('or to the end of the reasoning, where there is some', () => {
    const thinking = { type: 'thinking', thinking: 'I think.', signature: '' };
    const flags = { textWithToolCalls: 'in-reasoning', reasoningReplay: 'reasoning_content' } as const;
    const spoken = (blocks: unknown[]) =>
      translate(request([hello, assistant(blocks), user([result('a', 'A')])]), { flags }).messages[1];
    expect(spoken([thinking, text('I look.'), use('a')])).toMatchObject({
      content: null,
      reasoning_content: 'I think.\n\nI look.',
    });
    expect(spoken([thinking, use('a')])).toMatchObject({ content: null, reasoning_content: 'I think.' });
    expect(spoken([text('I look.'), use('a')])).toMatchObject({ content: 'I look.' });
  });
});

describe('templates that lose the system prompt or want a user', () => {
  test('the system prompt opens the first user message', () => {
    const flags = { systemMessages: false };
    const { messages } = translate(request([hello, assistant('hi'), user('more')], { system: 'Be brief.' }), { flags });
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'Be brief.\n\nhello'],
      ['assistant', 'hi'],
      ['user', 'more'],
    ]);
  });

  test('a conversation in which no user speaks gets one at its start', () => {
    expect(translate(request([system('Be brief.')])).messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Begin.' },
    ]);
    const flags = { strictAlternation: true };
    expect(translate(request([assistant('hi'), hello]), { flags }).messages[0]).toEqual({
      role: 'user',
      content: 'Begin.',
    });
  });
});

describe('templates that know no tools', () => {
  const turns = [
    hello,
    assistant([text('Both.'), use('a'), use('b', 'Read', { file: 'x' })]),
    user([result('a', 'A'), result('b', [text('B'), png]), text('Go on.')]),
  ];
  const offered = { tools: [tool('Bash'), tool('Read')], system: 'Be brief.' };

  test('calls and results become text, and the results go before the user’s words', () => {
    const { body, messages, tools } = translate(request(turns, offered), { flags: { toolFormat: 'text-history' } });
    expect(faultsOf(body)).toEqual([]);
    expect(tools).toHaveLength(2);
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'Be brief.'],
      ['user', 'hello'],
      [
        'assistant',
        'Both.\n<tool_call>\n{"name": "Bash", "arguments": {"command":"ls"}}\n</tool_call>\n<tool_call>\n{"name": "Read", "arguments": {"file":"x"}}\n</tool_call>',
      ],
      [
        'user',
        expect.arrayContaining([{ type: 'text', text: expect.stringContaining('A\n</tool_response>\n<tool_') }]),
      ],
    ]);
    expect(JSON.stringify(messages[3])).toMatch(/image_url.*Go on\./);
  });

  test('the system prompt tells of the tools, and nothing of them stands elsewhere', () => {
    const { body, messages, all } = translate(request([hello], offered), { flags: { toolFormat: 'text' } });
    expect(faultsOf(body)).toEqual([]);
    expect(body).not.toHaveProperty('tools');
    expect(body).not.toHaveProperty('tool_choice');
    expect(messages[0]?.content).toMatch(/^Be brief\.\n\n# Tools[\s\S]*"name":"Bash"[\s\S]*"name":"Read"/);
    expect(all).toMatchObject([{ kind: 'approximated', what: 'tools' }]);
  });

  test('a forced call is asked for, and no tool is told of where none may be called', () => {
    const flags = { toolFormat: 'text' } as const;
    const told = (tool_choice: unknown) =>
      String(translate(request([hello], { ...offered, tool_choice }), { flags }).messages[0]?.content);
    expect(told({ type: 'tool', name: 'Read' })).toContain('Your next answer must be a call of Read.');
    expect(told({ type: 'any' })).toContain('Your next answer must be a call.');
    expect(told({ type: 'auto' })).not.toContain('Your next answer');
    expect(told({ type: 'none' })).toBe('Be brief.');
  });
});

describe('limits and sampling', () => {
  test('A37 stop sequences are passed on, at most four', () => {
    expect(translate(request([hello], { stop_sequences: ['a', 'b'] })).body.stop).toEqual(['a', 'b']);
    const { body, all } = translate(request([hello], { stop_sequences: ['a', 'b', 'c', 'd', 'e'] }));
    expect(body.stop).toEqual(['a', 'b', 'c', 'd']);
    expect(all).toMatchObject([{ kind: 'dropped', what: 'stop_sequences' }]);
  });

  test('the output limit goes under the flagged key and never over the limit of the upstream', () => {
    const wanted = request([hello], { max_tokens: 32000 });
    expect(translate(wanted).body.max_tokens).toBe(32000);
    const { body, all } = translate(wanted, {
      flags: { maxTokensField: 'max_completion_tokens' },
      maxOutputTokens: 8192,
    });
    expect(body).toMatchObject({ max_completion_tokens: 8192 });
    expect(body).not.toHaveProperty('max_tokens');
    expect(all).toEqual([]);
  });

  test('sampling parameters the upstream does not take are left out with a diagnostic', () => {
    const wanted = request([hello], { temperature: 0.2, top_p: 0.9, top_k: 40 });
    expect(translate(wanted, { flags: { topK: true } }).body).toMatchObject({
      temperature: 0.2,
      top_p: 0.9,
      top_k: 40,
    });
    const { body, all } = translate(wanted, { flags: { sampling: false } });
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['temperature']));
    expect(all.map(({ what }) => what)).toEqual(['temperature, top_p', 'top_k']);
  });

  test('always streams, with usage where the upstream knows it, under its own model name', () => {
    expect(translate(request([hello], { stream: false })).body).toMatchObject({
      model: 'qwen',
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(translate(request([hello]), { flags: { usageInStream: false } }).body).not.toHaveProperty('stream_options');
  });

  test('defaults fill only what the conversation leaves open', () => {
    const { body } = translate(request([hello], { temperature: 1 }), {
      defaults: { temperature: 0, seed: 7, stream: false },
    });
    expect(body).toMatchObject({ temperature: 1, seed: 7, stream: true });
  });

  test('A39 the user is sent as a hash, and only where it is asked for', () => {
    const user_id = '{"device_id":"d","account_uuid":"","session_id":"s"}';
    const wanted = request([hello], { metadata: { user_id } });
    expect(translate(wanted).body).not.toHaveProperty('user');
    expect(translate(wanted, { flags: { sendUser: true } }).body.user).toMatch(/^[0-9a-f]{16}$/);
  });

  test('A36 an output format becomes a response format', () => {
    const format = { type: 'json_schema', schema: { type: 'object', properties: { title: { type: 'string' } } } };
    const expected = { type: 'json_schema', json_schema: { name: 'structured_output', schema: format.schema } };
    expect(translate(request([hello], { output_config: { format } })).body.response_format).toEqual(expected);
    expect(translate(request([hello], { output_format: format })).body.response_format).toEqual(expected);
  });

  test('cache marks are passed on only to an upstream that takes them', () => {
    const marked = { ...text('hi'), cache_control: { type: 'ephemeral' } };
    expect(translate(request([user([marked])])).messages[0]?.content).toBe('hi');
    expect(translate(request([user([marked])]), { flags: { cacheControl: true } }).messages[0]?.content).toEqual([
      marked,
    ]);
  });
});
