import { describe, expect, test } from 'vitest';
import { encodeChatRequest } from '../../../../src-main/protocols/chat/encode-request.ts';
import type { ConversationRequest } from '../../../../src-main/protocols/conversation/request.ts';
import { defaultFlags } from '../../../../src-shared/compat-flags.ts';
import {
  assistant,
  decoded,
  request,
  result,
  system,
  text,
  tool,
  translate,
  use,
  user,
} from '../messages/translate.ts';
import { testSupplies } from '../supplies.ts';
import { faultsOf } from './check-request.ts';

const hello = user('hello');
const namesOf = (translated: ReturnType<typeof translate>) => translated.tools.map((sent) => sent.function.name);

describe('which tools are offered', () => {
  test('A07 a tool that a system turn adds is offered, one that it removes is not', () => {
    const added = { type: 'tool_addition', tool: { type: 'tool_definition', definition: tool('New') } };
    const removed = { type: 'tool_removal', tool: { type: 'tool_reference', name: 'Old' } };
    const translated = translate(request([hello, system([added, removed])], { tools: [tool('Old'), tool('Bash')] }));
    expect(namesOf(translated)).toEqual(['Bash', 'New']);
    expect(translated.messages).toEqual([{ role: 'user', content: 'hello' }]);
    expect(translated.all).toEqual([]);
  });

  test('A08 deferred tools stay hidden until a result names them, and then come last', () => {
    const tools = [
      tool('CronList', { defer_loading: true }),
      tool('Bash'),
      tool('DeferredToolPlaceholder', { defer_loading: true }),
    ];
    const before = translate(request([hello], { tools }));
    expect(namesOf(before)).toEqual(['Bash']);
    const loaded = user([result('a', [{ type: 'tool_reference', tool_name: 'CronList' }])]);
    const after = translate(request([hello, assistant([use('a', 'ToolSearch')]), loaded], { tools }));
    expect(namesOf(after)).toEqual(['Bash', 'CronList']);
    expect([...before.all, ...after.all]).toEqual([]);
  });

  test('deferred tools are offered at once where only the provider could search them', () => {
    const tools = [
      tool('Far', { defer_loading: true }),
      { type: 'tool_search_tool_bm25_20251119', name: 'tool_search' },
    ];
    expect(namesOf(translate(request([hello], { tools })))).toEqual(['Far']);
  });

  test('A29 a web search the gateway runs is a function of one query; without the gateway it is left out', () => {
    const wanted = request([user('Perform a web search for the query: cats')], {
      tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 8 }],
      tool_choice: { type: 'tool', name: 'web_search' },
    });
    const own = translate(wanted, { ownTools: new Map([['web-search', 'web_search']]) });
    expect(own.tools[0]?.function).toMatchObject({ name: 'web_search', parameters: { required: ['query'] } });
    expect(own.toolNames.get('web_search')).toEqual({ name: 'web_search', toolKind: 'function', own: true });
    expect(own.body.tool_choice).toEqual({ type: 'function', function: { name: 'web_search' } });
    const none = translate(wanted);
    expect(none.body).not.toHaveProperty('tools');
    expect(none.all.map(({ what }) => what)).toEqual(['tool web_search_20250305', 'tool_choice']);
  });

  test("a client's tool of the same name gives way to the gateway's", () => {
    const tools = [tool('web_search'), { type: 'web_search_20260209', name: 'web_search' }];
    const translated = translate(request([hello], { tools }), { ownTools: new Map([['web-search', 'web_search']]) });
    expect(namesOf(translated)).toEqual(['web_search']);
    expect(translated.toolNames.get('web_search')?.own).toBe(true);
    expect(translated.all).toMatchObject([{ kind: 'dropped', what: 'tool web_search' }]);
  });

  test('tools that Anthropic defines by type alone get their documented schema', () => {
    const translated = translate(request([hello], { tools: [{ type: 'bash_20250124', name: 'bash' }] }));
    expect(translated.tools[0]?.function).toMatchObject({
      name: 'bash',
      parameters: { properties: { command: { type: 'string' } } },
    });
  });
});

describe('names and schemas', () => {
  test('A30 long and illegal names are made legal and unique, and map back', () => {
    const names = [
      'fine',
      'has space',
      'has.space',
      `mcp__server__${'x'.repeat(80)}1`,
      `mcp__server__${'x'.repeat(80)}2`,
    ];
    const turns = [hello, assistant([use('a', 'has.space')]), user([result('a')])];
    const translated = translate(
      request(turns, { tools: names.map((name) => tool(name)), tool_choice: { type: 'tool', name: 'has space' } }),
    );
    expect(faultsOf(translated.body)).toEqual([]);
    expect([...translated.toolNames.values()].map(({ name }) => name)).toEqual(names);
    const sent = namesOf(translated);
    expect(sent[0]).toBe('fine');
    expect(sent[1]).toBe('has_space');
    expect(translated.body.tool_choice).toEqual({ type: 'function', function: { name: 'has_space' } });
    expect(translated.messages[1]).toMatchObject({ tool_calls: [{ function: { name: sent[2] } }] });
  });

  test.each([
    ['without properties', { type: 'object' }, { type: 'object', properties: {} }],
    [
      'with $schema',
      { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', properties: {} },
      { type: 'object', properties: {} },
    ],
    [
      'with a root anyOf',
      { anyOf: [{ required: ['a'] }] },
      { anyOf: [{ required: ['a'] }], type: 'object', properties: {} },
    ],
    ['empty', {}, { type: 'object', properties: {} }],
  ])('A31 a schema %s becomes an object schema', (_, input_schema, parameters) => {
    expect(translate(request([hello], { tools: [tool('T', { input_schema })] })).tools[0]?.function.parameters).toEqual(
      parameters,
    );
  });

  test('A31 a schema is cut down for servers with a small grammar', () => {
    const input_schema = {
      type: 'object',
      properties: {
        a: { type: 'string', pattern: '\\p{L}+', format: 'uri', maxLength: 100000, minLength: 1 },
        b: true,
        c: { $ref: '#' },
        d: { $ref: '#/$defs/D' },
        e: { type: 'weird', not: {} },
      },
      $defs: { D: { type: 'integer' } },
      anyOf: [
        { properties: { f: { type: 'string' } }, required: ['a', 'f'] },
        { properties: { g: { type: 'string' } }, required: ['a', 'g'] },
      ],
    };
    const { tools } = translate(request([hello], { tools: [tool('T', { input_schema })] }), {
      flags: { schemaSubset: true },
    });
    expect(tools[0]?.function.parameters).toEqual({
      type: 'object',
      properties: {
        a: { type: 'string', minLength: 1 },
        b: {},
        c: {},
        d: { $ref: '#/$defs/D' },
        e: {},
        f: { type: 'string' },
        g: { type: 'string' },
      },
      $defs: { D: { type: 'integer' } },
      required: ['a'],
    });
  });

  test('strict is sent only where it is understood, other marks never', () => {
    const tools = [
      tool('T', { strict: true, cache_control: { type: 'ephemeral' }, input_examples: [{}], type: 'custom' }),
    ];
    expect(Object.keys(translate(request([hello], { tools })).tools[0]?.function ?? {})).toEqual([
      'name',
      'description',
      'parameters',
    ]);
    expect(translate(request([hello], { tools }), { flags: { strictTools: true } }).tools[0]?.function.strict).toBe(
      true,
    );
  });
});

describe('A32 tool choice', () => {
  const tools = [tool('Bash'), tool('Edit')];
  test.each([
    [{ type: 'auto' }, 'auto'],
    [{ type: 'any' }, 'required'],
    [{ type: 'none' }, 'none'],
    [
      { type: 'tool', name: 'Edit' },
      { type: 'function', function: { name: 'Edit' } },
    ],
  ])('%j', (tool_choice, expected) => {
    const { body } = translate(request([hello], { tools, tool_choice }));
    expect(body.tool_choice).toEqual(expected);
    expect(body).not.toHaveProperty('parallel_tool_calls');
    const serial = translate(
      request([hello], { tools, tool_choice: { ...tool_choice, disable_parallel_tool_use: true } }),
    );
    expect(serial.body.parallel_tool_calls).toBe(false);
  });

  test.each([{ type: 'any' }, { type: 'tool', name: 'Edit' }])(
    'a call is not forced where the upstream lets none be forced: %j',
    (tool_choice) => {
      const flags = { forcedToolChoice: false };
      const { body, all } = translate(request([hello], { tools, tool_choice }), { flags });
      expect(body.tool_choice).toBe('auto');
      expect(all.map(({ what }) => what)).toEqual(['tool_choice']);
    },
  );

  test('a named tool becomes "required" where names are not understood', () => {
    const { body, all } = translate(request([hello], { tools, tool_choice: { type: 'tool', name: 'Edit' } }), {
      flags: { namedToolChoice: false },
    });
    expect(body.tool_choice).toBe('required');
    expect(all).toMatchObject([{ kind: 'approximated', what: 'tool_choice' }]);
  });

  test('parallel_tool_calls is not sent to servers that do not know it', () => {
    const tool_choice = { type: 'auto', disable_parallel_tool_use: true };
    const { body, all } = translate(request([hello], { tools, tool_choice }), {
      flags: { parallelToolCallsParameter: false },
    });
    expect(body).not.toHaveProperty('parallel_tool_calls');
    expect(all).toMatchObject([{ kind: 'dropped', what: 'disable_parallel_tool_use' }]);
  });

  test.each([[undefined], [{ type: 'any' }], [{ type: 'auto', disable_parallel_tool_use: true }]])(
    'A33 no tool left, no tool keys: %j',
    (tool_choice) => {
      const { body } = translate(
        request([user([text('hi')])], {
          tools: [{ type: 'code_execution_20250825', name: 'code' }],
          ...(tool_choice && { tool_choice }),
        }),
      );
      expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['tools']));
      expect(body).not.toHaveProperty('tool_choice');
      expect(body).not.toHaveProperty('parallel_tool_calls');
    },
  );
});

describe('tools of other protocols', () => {
  const base = decoded(request([hello]));
  const encode = (rest: Partial<ConversationRequest>) =>
    encodeChatRequest(
      { ...base, ...rest },
      {
        flags: defaultFlags,
        upstream: { id: 'u', model: 'm' },
        defaults: {},
        ownTools: new Map(),
        supplies: testSupplies(),
      },
    );

  test('a custom tool is a function of one string, in its declaration and in the history', () => {
    const call = { kind: 'tool-call', id: 'c', name: 'apply_patch', toolKind: 'custom', input: '*** "Begin"' } as const;
    const grammar = { syntax: 'lark', definition: 'start: "x"' } as const;
    const { body, toolNames } = encode({
      tools: [{ kind: 'custom', name: 'apply_patch', description: 'Patches.', deferred: false, grammar }],
      turns: [...base.turns, { role: 'assistant', blocks: [call] }],
    });
    expect(faultsOf(body)).toEqual([]);
    expect(toolNames.get('apply_patch')).toEqual({
      name: 'apply_patch',
      toolKind: 'custom',
      own: false,
      wrapped: true,
    });
    expect(body.tools).toMatchObject([{ function: { parameters: { required: ['input'] } } }]);
    expect(JSON.stringify(body.tools)).toContain('lark grammar');
    expect(body.messages).toMatchObject([
      {},
      { tool_calls: [{ function: { arguments: '{"input":"*** \\"Begin\\""}' } }] },
      { role: 'tool' },
    ]);
  });

  test('tools of namespaces are told apart and map back, also where names collide', () => {
    const named = (name: string, namespace?: string) =>
      ({
        kind: 'function',
        name,
        inputSchema: {},
        deferred: false,
        ...(namespace !== undefined && { namespace }),
      }) as const;
    const call = {
      kind: 'tool-call',
      id: 'c',
      name: 'wait',
      namespace: 'agents',
      toolKind: 'function',
      input: '',
    } as const;
    const { body, toolNames } = encode({
      tools: [named('wait', 'agents'), named('agents__wait'), named('wait')],
      turns: [...base.turns, { role: 'assistant', blocks: [call] }],
    });
    expect(faultsOf(body)).toEqual([]);
    expect(toolNames.size).toBe(3);
    const [sent] = [...toolNames].find(([, tool]) => tool.namespace === 'agents') ?? [];
    expect(toolNames.get('agents__wait')).not.toHaveProperty('namespace');
    expect(body.messages).toMatchObject([{}, { tool_calls: [{ function: { name: sent, arguments: '{}' } }] }, {}]);
  });

  test('arguments that are no JSON are wrapped, so that the server can read the history', () => {
    const call = { kind: 'tool-call', id: 'c', name: 'x', toolKind: 'function', input: '{"a": tru' } as const;
    const { body, diagnostics } = encode({ turns: [...base.turns, { role: 'assistant', blocks: [call] }] });
    expect(faultsOf(body)).toEqual([]);
    expect(JSON.stringify(body.messages)).toContain('__unparsedToolInput');
    expect(diagnostics.map(({ kind }) => kind)).toEqual(['repaired', 'repaired']);
  });

  test('a choice of allowed tools offers only those', () => {
    const tools = ['a', 'b', 'c'].map(
      (name) => ({ kind: 'function', name, inputSchema: {}, deferred: false }) as const,
    );
    const { body } = encode({ tools, toolChoice: { mode: 'allowed', names: ['a', 'c'], required: true } });
    expect(body.tools).toMatchObject([{ function: { name: 'a' } }, { function: { name: 'c' } }]);
    expect(body.tool_choice).toBe('required');
  });
});
