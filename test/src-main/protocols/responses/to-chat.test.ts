import { describe, expect, test } from 'vitest';
import { writeReasoningState } from '../../../../src-main/protocols/conversation/reasoning-state.ts';
import { faultsOf } from '../chat/check-request.ts';
import {
  applyPatch,
  assistant,
  call,
  developer,
  message,
  namespace,
  output,
  reasoning,
  request,
  tool,
  translate,
  user,
} from './translate.ts';

const sent = (input: unknown, rest: Record<string, unknown> = {}, options = {}) => {
  const translated = translate(request(input, rest), options);
  expect(faultsOf(translated.body)).toEqual([]);
  return translated;
};
const namesOf = ({ tools }: ReturnType<typeof translate>) => tools.map((offered) => offered.function.name);
const ownTools = new Map([['web-search', 'web_search']] as const);

describe('messages', () => {
  test('C01 a string is what the user says', () => {
    expect(sent('hi')).toMatchObject({ messages: [{ role: 'user', content: 'hi' }], all: [] });
  });

  test('C02 C03 instructions and leading developer messages are one system message', () => {
    const input = [
      developer('a'),
      message('developer', [
        { type: 'input_text', text: 'b' },
        { type: 'input_text', text: 'c' },
      ]),
      user('x'),
    ];
    expect(sent(input).messages).toEqual([
      { role: 'system', content: 'a\n\nb\n\nc' },
      { role: 'user', content: 'x' },
    ]);
    expect(sent(input, { instructions: 'top' }).messages[0]).toEqual({ role: 'system', content: 'top\n\na\n\nb\n\nc' });
  });

  test('C30 a later developer message is folded, so that the head of the prompt stays', () => {
    const { messages } = sent([developer('a'), user('b'), call('1'), output('1'), developer('c')], {
      tools: [tool('exec_command')],
    });
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool']);
    expect(messages[3]?.content).toBe('done\n<system-reminder>\nc\n</system-reminder>');
  });

  test('C04 C05 calls in a row join the message before them', () => {
    const { messages } = sent([
      user('a'),
      assistant('b'),
      call('1'),
      call('2'),
      output('2', 'two'),
      output('1', 'one'),
    ]);
    expect(messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: 'b', tool_calls: [{ id: '1' }, { id: '2' }] },
      { role: 'tool', tool_call_id: '1', content: 'one' },
      { role: 'tool', tool_call_id: '2', content: 'two' },
    ]);
  });

  test('C09 what is said between a call and its output comes behind the output', () => {
    for (const between of [user('wait'), developer('wait')]) {
      const { messages } = sent([user('a'), call('1'), between, output('1')]);
      expect(messages.slice(0, 3).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
      expect(JSON.stringify(messages.slice(2))).toContain('wait');
    }
  });

  test('C06 reasoning goes back with the call it led to', () => {
    const blob = writeReasoningState({ upstream: 'local', model: 'qwen', field: 'reasoning_content' });
    const item = reasoning({ encrypted_content: blob, summary: [{ type: 'summary_text', text: 'hm' }] });
    expect(sent([user('a'), item, call('1'), output('1')]).messages[1]).toMatchObject({
      role: 'assistant',
      reasoning_content: 'hm',
      tool_calls: [{ id: '1' }],
    });
  });

  test('C07 a foreign blob is dropped with a remark, plain reasoning goes back where the model wants it', () => {
    const foreign = sent([user('a'), reasoning({ encrypted_content: 'gAAA' }), assistant('b'), user('c')]);
    expect(foreign.all).toMatchObject([{ kind: 'dropped', what: 'thinking' }]);
    const plain = [
      user('a'),
      reasoning({ content: [{ type: 'reasoning_text', text: 'hm' }] }),
      assistant('b'),
      user('c'),
    ];
    const { messages } = sent(plain, {}, { flags: { reasoningReplay: 'reasoning_content' } });
    expect(messages[1]).toEqual({ role: 'assistant', content: 'b', reasoning_content: 'hm' });
  });

  test('C08 an image that a tool gave follows the tool messages', () => {
    const image = [{ type: 'input_image', image_url: 'data:image/png;base64,iVBO', detail: 'high' }];
    const { messages } = sent([user('a'), call('1', 'view_image'), output('1', image)]);
    expect(messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: '1', content: '(see attached image)' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Attached image(s) from tool result:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO', detail: 'high' } },
        ],
      },
    ]);
  });

  test('C26 the detail that only Responses knows is the highest that Chat does', () => {
    const image = { type: 'input_image', image_url: 'https://a', detail: 'original' };
    expect(sent([message('user', [image])]).messages[0]?.content).toEqual([
      { type: 'image_url', image_url: { url: 'https://a', detail: 'high' } },
    ]);
  });

  test('C20 a PDF goes along as a file where the upstream takes it, else a note stands for it', () => {
    const file = { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' };
    const { messages } = sent([message('user', [file])], {}, { flags: { pdf: true } });
    expect(messages[0]?.content).toMatchObject([{ type: 'file', file: { filename: 'a.pdf' } }]);
    expect(sent([message('user', [file])]).all).toMatchObject([{ kind: 'dropped', what: 'document' }]);
  });

  test.each([
    ['', '{}', 0],
    ['{"a":', '{"__unparsedToolInput":{"raw":"{\\"a\\":","len":5}}', 1],
  ])('C19 arguments %j in the history', (text, expected, remarks) => {
    const { messages, all } = sent([user('a'), call('1', 'x', { arguments: text }), output('1')]);
    expect(messages[1]?.tool_calls).toMatchObject([{ function: { arguments: expected } }]);
    expect(all).toHaveLength(remarks);
  });

  test('C27 a call without an output gets one that says so', () => {
    const { messages, all } = sent([user('a'), call('1'), user('b')]);
    expect(messages[2]).toEqual({ role: 'tool', tool_call_id: '1', content: 'No result provided.' });
    expect(all).toMatchObject([{ kind: 'repaired' }]);
  });

  test('C15 a search whose results are not told is named where it happened', () => {
    const search = {
      type: 'web_search_call',
      id: 'ws_1',
      status: 'completed',
      action: { type: 'search', query: 'tea' },
    };
    for (const options of [{}, { ownTools }]) {
      const { messages } = sent(
        [user('a'), search, assistant('b'), user('c')],
        { tools: [{ type: 'web_search' }] },
        options,
      );
      expect(messages[1]).toEqual({ role: 'assistant', content: '\n[Web search: tea]\nb' });
    }
  });

  test('C22 C25 a foreign compaction and an unknown item are dropped with a remark', () => {
    const input = [user('a'), { type: 'compaction', encrypted_content: 'gAAA' }, { type: 'dream', id: 'd' }, user('b')];
    const { messages, all } = sent(input);
    expect(messages).toEqual([
      { role: 'user', content: 'a' },
      { role: 'user', content: 'b' },
    ]);
    expect(all.map(({ kind, what }) => `${kind} ${what}`)).toEqual(['dropped compaction', 'dropped dream']);
  });

  test('C23 a turn that compacts has no tools and no tool_choice', () => {
    const { body, all } = sent(
      [developer('a'), user('b'), assistant('c'), user('You are performing a CONTEXT CHECKPOINT COMPACTION')],
      {
        ...{ tools: [], tool_choice: 'auto', parallel_tool_calls: true },
      },
    );
    for (const key of ['tools', 'tool_choice', 'parallel_tool_calls']) expect(body).not.toHaveProperty(key);
    expect(all).toEqual([]);
  });
});

describe('tools', () => {
  test('C11 the tools of a namespace are offered by qualified names and known again', () => {
    const tools = [
      tool('ns__b'),
      namespace('ns', [tool('a'), tool('b'), { ...applyPatch, name: 'patch' }, tool('ns__c')], 'Agents.'),
      namespace('mcp__wiki__', [tool('ask'), tool('mcp__other__ask')]),
    ];
    const translated = sent('x', { tools });
    const names = namesOf(translated);
    expect(names).toEqual([
      'ns__b',
      'ns__a',
      expect.stringMatching(/^ns__b_[0-9a-f]{8}$/),
      'ns__patch',
      'ns__c',
      'mcp__wiki__ask',
      'mcp__other__ask',
    ]);
    expect(names.map((name) => translated.toolNames.get(String(name)))).toMatchObject([
      { name: 'ns__b' },
      { name: 'a', namespace: 'ns', toolKind: 'function' },
      { name: 'b', namespace: 'ns' },
      { name: 'patch', namespace: 'ns', toolKind: 'custom' },
      { name: 'ns__c', namespace: 'ns' },
      { name: 'ask', namespace: 'mcp__wiki__' },
      { name: 'mcp__other__ask', namespace: 'mcp__wiki__' },
    ]);
    expect(translated.tools.map((offered) => offered.function.description).slice(1, 3)).toEqual([
      'Agents.\n\nRuns a.',
      'Runs b.',
    ]);
    expect(translated.all).toEqual([]);
  });

  test('C11 a call of a namespaced tool in the history has the name under which the tool is offered', () => {
    const { messages } = sent([user('a'), call('1', 'spawn', { namespace: 'agents' }), output('1')], {
      tools: [namespace('agents', [tool('spawn')])],
    });
    expect(messages[1]?.tool_calls).toMatchObject([{ function: { name: 'agents__spawn' } }]);
  });

  test('C10 a custom tool is a function of one string, in the history too', () => {
    const input = [
      user('a'),
      { type: 'custom_tool_call', call_id: '1', name: 'apply_patch', input: 'a "b"' },
      { type: 'custom_tool_call_output', call_id: '1', output: 'ok' },
    ];
    const { messages, tools } = sent(input, { tools: [applyPatch] });
    expect(tools[0]?.function).toMatchObject({
      name: 'apply_patch',
      description: expect.stringContaining('lark grammar:\nstart: "x"'),
      parameters: { properties: { input: { type: 'string' } }, required: ['input'] },
    });
    expect(messages[1]?.tool_calls).toMatchObject([{ function: { arguments: '{"input":"a \\"b\\""}' } }]);
  });

  test('C12 additional_tools join the tools; of two with one name the first counts', () => {
    const more = {
      type: 'additional_tools',
      role: 'developer',
      tools: [namespace('functions', [{ ...applyPatch, name: 'exec' }]), tool('a', { description: 'second' })],
    };
    const translated = sent([more, developer('d'), user('x')], { tools: [tool('a')] });
    expect(namesOf(translated)).toEqual(['a', 'functions__exec']);
    expect(translated.tools[0]?.function.description).toBe('Runs a.');
    expect(translated.messages[0]).toEqual({ role: 'system', content: 'd' });
  });

  test('C13 tools that a search found are offered behind the rest', () => {
    const search = { type: 'tool_search', execution: 'client', description: 'Find tools.' };
    const found = [namespace('crm', [tool('find', { defer_loading: true })])];
    const items = [
      user('a'),
      { type: 'tool_search_call', call_id: '1', execution: 'client', arguments: { query: 'crm' } },
      { type: 'tool_search_output', call_id: '1', execution: 'client', tools: found },
    ];
    const before = sent([user('a')], { tools: [search, tool('x'), tool('late', { defer_loading: true })] });
    expect(namesOf(before)).toEqual(['tool_search', 'x']);
    const after = sent(items, { tools: [search, tool('x')] });
    expect(namesOf(after)).toEqual(['tool_search', 'x', 'crm__find']);
    expect(after.messages[2]?.content).toBe('Loaded tools: crm__find. It is now callable.');
    expect(after.all).toEqual([]);
    expect(sent(items, { tools: [] }).body).not.toHaveProperty('tools');
  });

  test('C14 a web search that the gateway runs is a function of one query, else it is left out', () => {
    for (const type of ['web_search', 'web_search_preview', 'web_search_2025_08_26']) {
      const tools = [{ type, external_web_access: true }];
      expect(namesOf(sent('x', { tools }, { ownTools }))).toEqual(['web_search']);
      expect(sent('x', { tools }).all).toMatchObject([{ kind: 'dropped', what: `tool ${type}` }]);
    }
  });

  test('C16 tools of OpenAI’s that the client runs are functions; those that OpenAI runs are left out', () => {
    const tools = [
      { type: 'local_shell' },
      { type: 'shell', environment: { type: 'local' } },
      { type: 'apply_patch' },
      { type: 'shell', environment: { type: 'container_auto' } },
      { type: 'image_generation' },
      { type: 'mcp', server_label: 'wiki', server_url: 'https://a' },
    ];
    const translated = sent('x', { tools });
    expect(namesOf(translated)).toEqual(['local_shell', 'shell', 'apply_patch']);
    expect(translated.all.map(({ what }) => what)).toEqual(['tool shell', 'tool image_generation', 'tool mcp']);
  });
});

describe('C17 tool_choice', () => {
  const tools = [tool('a'), applyPatch, namespace('ns', [tool('b'), tool('c')]), { type: 'web_search' }];
  const forced = (name: string) => ({ type: 'function', function: { name } });
  const choose = (tool_choice: unknown) => sent('x', { tools, tool_choice }, { ownTools });

  test.each([
    ['none', 'none'],
    ['auto', 'auto'],
    ['required', 'required'],
    [{ type: 'function', name: 'a' }, forced('a')],
    [{ type: 'function', name: 'b' }, forced('ns__b')],
    [{ type: 'function', name: 'b', namespace: 'ns' }, forced('ns__b')],
    [{ type: 'custom', name: 'apply_patch' }, forced('apply_patch')],
    [{ type: 'web_search_preview' }, forced('web_search')],
  ])('%j', (choice, expected) => {
    const { body, all } = choose(choice);
    expect(body.tool_choice).toEqual(expected);
    expect(all).toEqual([]);
  });

  test.each([
    [
      [
        { type: 'function', name: 'a' },
        { type: 'custom', name: 'apply_patch' },
      ],
      ['a', 'apply_patch'],
    ],
    [[{ type: 'function', name: 'c', namespace: 'ns' }], ['ns__c']],
    [[{ type: 'namespace', name: 'ns' }], ['ns__b', 'ns__c']],
    [
      [{ type: 'web_search' }, { name: 'a' }],
      ['a', 'web_search'],
    ],
  ])('allowed tools %j', (allowed, expected) => {
    const translated = choose({ type: 'allowed_tools', mode: 'required', tools: allowed });
    expect(namesOf(translated)).toEqual(expected);
    expect(translated.body.tool_choice).toBe('required');
  });

  test('a tool that can not be offered is not forced', () => {
    const { body, all } = choose({ type: 'mcp', server_label: 'wiki' });
    expect(body.tool_choice).toBe('auto');
    expect(all).toMatchObject([{ kind: 'dropped', what: 'tool_choice' }]);
    const none = sent('x', { tools: [{ type: 'image_generation' }], tool_choice: 'required' });
    expect(none.body).not.toHaveProperty('tool_choice');
    expect(none.all.map(({ what }) => what)).toEqual(['tool image_generation', 'tool_choice']);
  });
});

describe('parameters', () => {
  test('C18 the format and, where it is known, the verbosity', () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    const text = { format: { type: 'json_schema', name: 'n', schema, strict: true }, verbosity: 'low' };
    const { body } = sent('x', { text }, { flags: { reasoningStyle: 'openai' } });
    expect(body.response_format).toEqual({ type: 'json_schema', json_schema: { name: 'n', schema, strict: true } });
    expect(body.verbosity).toBe('low');
    expect(sent('x', { text: { format: { type: 'json_object' } } }).body.response_format).toEqual({
      type: 'json_object',
    });
  });

  test('C29 a wish for a summary alone changes nothing', () => {
    const { body, all } = sent('x', { reasoning: { summary: 'auto' } }, { flags: { reasoningStyle: 'openai' } });
    expect(body).not.toHaveProperty('reasoning_effort');
    expect(all).toEqual([]);
  });

  test('C28 nothing of what a client adds for itself goes upstream', () => {
    const { body, all } = sent('x', {
      ...{
        client_metadata: { a: 'b' },
        metadata: { a: 'b' },
        store: false,
        include: [],
        prompt_cache_key: 'k',
        foo: 1,
      },
      max_output_tokens: 20,
    });
    expect(Object.keys(body).sort()).toEqual(['max_tokens', 'messages', 'model', 'stream', 'stream_options']);
    expect(all).toEqual([]);
  });
});
