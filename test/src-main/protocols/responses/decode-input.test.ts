import { describe, expect, test } from 'vitest';
import { writeReasoningState } from '../../../../src-main/protocols/conversation/reasoning-state.ts';
import {
  assistant,
  call,
  decoded,
  decodedWith,
  developer,
  message,
  namespace,
  output,
  reasoning,
  request,
  tool,
  user,
} from './translate.ts';

const shape = (input: unknown) =>
  decoded(request(input)).turns.map(({ role, blocks }) => `${role} ${blocks.map(({ kind }) => kind).join(' ')}`);
const blocksOf = (...items: unknown[]) => decoded(request(items)).turns.flatMap(({ blocks }) => blocks);
const blocksWithTools = (...items: unknown[]) =>
  decoded(request(items, { tools: [tool('x')] })).turns.flatMap(({ blocks }) => blocks);

describe('which items make a turn', () => {
  test('C04 C05 C06 what the assistant thinks, says and calls is one turn, and so are the results', () => {
    const items = [user('a'), reasoning({}), assistant('b'), call('1'), call('2'), output('1'), output('2'), user('c')];
    expect(shape(items)).toEqual([
      'user text',
      'assistant reasoning text tool-call tool-call',
      'user tool-result tool-result',
      'user text',
    ]);
  });

  test('an assistant message right behind another one is a turn of its own', () => {
    expect(shape([assistant('a'), assistant('b'), call('1'), output('1')])).toEqual([
      'assistant text',
      'assistant text tool-call',
      'user tool-result',
    ]);
  });

  test('C06 reasoning waits for what it led to, across a developer message, and goes where it led to nothing', () => {
    expect(shape([user('a'), reasoning({}), developer('b'), call('1'), output('1')])).toEqual([
      'user text',
      'system text',
      'assistant reasoning tool-call',
      'user tool-result',
    ]);
    const { request: orphaned, diagnostics } = decodedWith(
      request([user('a'), reasoning({}), user('b'), reasoning({})]),
    );
    expect(orphaned.turns.map(({ role }) => role)).toEqual(['user', 'user']);
    expect(diagnostics).toMatchObject([{ kind: 'repaired', what: 'reasoning' }]);
  });

  test('C02 C03 developer and system messages in front are the system prompt, behind the instructions', () => {
    const { system, turns } = decoded(
      request([developer('a'), message('system', 'b'), user('c')], { instructions: 'top' }),
    );
    expect(system.map(({ text }) => text)).toEqual(['top', 'a', 'b']);
    expect(system.map(({ extras }) => extras?.responses?.item)).toEqual([
      undefined,
      { role: 'developer' },
      { role: 'system' },
    ]);
    expect(turns).toHaveLength(1);
  });

  test('C30 a later developer message is a system turn in its place', () => {
    const { turns } = decoded(request([user('a'), developer('b'), user('c')]));
    expect(turns.map(({ role }) => role)).toEqual(['user', 'system', 'user']);
    expect(turns[1]?.extras).toEqual({ responses: { role: 'developer' } });
  });

  test('what only Responses knows of an item travels along', () => {
    const items = [
      { ...user('a'), id: 'msg_1' },
      assistant('b', { id: 'msg_2', phase: 'commentary', status: 'completed' }),
      call('1', 'x', { id: 'fc_1', status: 'completed' }),
      { ...output('1'), id: 'fco_1' },
    ];
    const { turns } = decoded(request(items));
    expect(turns[0]?.extras).toEqual({ responses: { id: 'msg_1' } });
    expect(turns[1]?.blocks).toMatchObject([
      {
        extras: { responses: { annotations: [], item: { id: 'msg_2', phase: 'commentary', status: 'completed' } } },
      },
      { extras: { responses: { id: 'fc_1', status: 'completed' } } },
    ]);
    expect(turns[2]?.blocks).toMatchObject([{ extras: { responses: { id: 'fco_1' } } }]);
  });

  test('a string, a string as content, a message without a type and no content at all', () => {
    expect(decoded(request('hi')).turns).toEqual([{ role: 'user', blocks: [{ kind: 'text', text: 'hi' }] }]);
    expect(decoded(request([{ role: 'user', content: 'hi' }])).turns).toEqual(decoded(request('hi')).turns);
    expect(decoded(request([message('assistant', null), user('x')])).turns[0]?.blocks).toEqual([]);
  });
});

describe('content', () => {
  const part = (value: Record<string, unknown>) => blocksOf(message('user', [value]))[0];

  test.each([
    [{ image_url: 'data:image/png;base64,iVBO' }, { kind: 'base64', mediaType: 'image/png', data: 'iVBO' }],
    [{ image_url: 'https://a/b.png' }, { kind: 'url', url: 'https://a/b.png' }],
    [{ image_url: { url: 'https://a/b.png' } }, { kind: 'url', url: 'https://a/b.png' }],
    [
      { file_id: 'file-1', image_url: null },
      { kind: 'file', id: 'file-1' },
    ],
  ])('an image %j', (fields, source) => {
    expect(part({ type: 'input_image', detail: 'original', ...fields })).toEqual({
      ...{ kind: 'image', source, detail: 'original' },
    });
  });

  test.each([
    [{ file_data: 'data:application/pdf;base64,JVBE' }, { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' }],
    [{ file_data: 'JVBERi0x' }, { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0x' }],
    [
      { file_data: 'aGk=', filename: 'a.TXT' },
      { kind: 'base64', mediaType: 'text/plain', data: 'aGk=' },
    ],
    [{ file_url: 'https://a/b.pdf' }, { kind: 'url', url: 'https://a/b.pdf' }],
    [{ file_id: 'file-1' }, { kind: 'file', id: 'file-1' }],
  ])('C20 a file %j', (fields, source) => {
    expect(part({ type: 'input_file', ...fields })).toMatchObject({ kind: 'document', source });
  });

  test('audio, a refusal and a part of an unknown type', () => {
    const audio = { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } };
    expect(part(audio)).toEqual({ kind: 'audio', format: 'wav', data: 'AA' });
    expect(blocksOf(message('assistant', [{ type: 'refusal', refusal: 'no' }]))).toEqual([
      { kind: 'refusal', text: 'no' },
    ]);
    expect(part({ type: 'input_smell', odour: 1 })).toEqual({
      ...{ kind: 'opaque', protocol: 'responses', what: 'input_smell', raw: { type: 'input_smell', odour: 1 } },
    });
  });
});

describe('C07 reasoning', () => {
  const state = { upstream: 'u', model: 'm', field: 'reasoning' };
  const summary = [
    { type: 'summary_text', text: 's1' },
    { type: 'summary_text', text: 's2' },
  ];
  const content = [{ type: 'reasoning_text', text: 'c' }];
  const block = (rest: Record<string, unknown>) => blocksOf(reasoning(rest), assistant('x'))[0];

  test('our blob is read, and its text used where the item lost it', () => {
    const encrypted_content = writeReasoningState({ ...state, text: 'in the blob' });
    expect(block({ encrypted_content })).toMatchObject({ text: 'in the blob', carried: { kind: 'ours', state } });
    expect(block({ encrypted_content, content }))?.toMatchObject({ text: 'c' });
    expect(block({ encrypted_content: writeReasoningState(state), summary })).toMatchObject({ text: 's1\n\ns2' });
  });

  test('a foreign blob stays foreign', () => {
    expect(block({ encrypted_content: 'gAAAAAB', summary, content: null })).toEqual({
      kind: 'reasoning',
      text: 's1\n\ns2',
      summary: ['s1', 's2'],
      carried: { kind: 'foreign', encrypted: 'gAAAAAB' },
      extras: { responses: { id: 'rs_1', content: null } },
    });
  });

  test('plain text in the place of a blob is text', () => {
    expect(block({ encrypted_content: 'The user wants tea.' })).toMatchObject({ text: 'The user wants tea.' });
    expect(block({ encrypted_content: 'The user wants tea.' })).not.toHaveProperty('carried');
  });

  test('without a blob nothing is carried', () => {
    expect(block({ encrypted_content: null, content })).not.toHaveProperty('carried');
  });
});

describe('calls and outputs', () => {
  test('C10 custom calls hold free text', () => {
    const items = [
      { type: 'custom_tool_call', call_id: '1', name: 'apply_patch', input: '*** Begin' },
      { type: 'custom_tool_call_output', call_id: '1', output: 'ok' },
    ];
    expect(blocksOf(...items)).toMatchObject([
      { kind: 'tool-call', id: '1', name: 'apply_patch', toolKind: 'custom', input: '*** Begin' },
      { kind: 'tool-result', callId: '1', toolKind: 'custom', parts: [{ text: 'ok' }] },
    ]);
  });

  test('C16 calls of tools that OpenAI defines become calls of functions', () => {
    const items = [
      {
        ...{ type: 'local_shell_call', id: 'lsh_1', call_id: '1', status: 'completed' },
        action: { type: 'exec', command: ['ls'], env: {} },
      },
      { type: 'local_shell_call_output', id: 'lsh_1', output: 'a' },
      { type: 'shell_call', call_id: '2', action: { commands: ['ls', 'x'] } },
      {
        ...{ type: 'shell_call_output', call_id: '2' },
        output: [
          { stdout: 'a', stderr: '', outcome: { type: 'exit', exit_code: 0 } },
          { stdout: '', stderr: 'no x', outcome: { type: 'exit', exit_code: 127 } },
          { stdout: '', stderr: '', outcome: { type: 'timeout' } },
        ],
      },
      { type: 'apply_patch_call', call_id: '3', operation: { type: 'delete_file', path: 'a' } },
      { type: 'apply_patch_call_output', call_id: '3', status: 'failed', output: 'no such file' },
    ];
    const blocks = blocksOf(...items);
    expect(blocks).toMatchObject([
      { id: '1', name: 'local_shell', input: '{"command":["ls"],"env":{}}' },
      { callId: '1', parts: [{ text: 'a' }], isError: false },
      { id: '2', name: 'shell', input: '{"commands":["ls","x"]}' },
      { callId: '2', parts: [{ text: 'a\nno x\n[exit code 127]\n[timed out]' }] },
      { id: '3', name: 'apply_patch', toolKind: 'function', input: '{"type":"delete_file","path":"a"}' },
      { callId: '3', parts: [{ text: 'no such file' }], isError: true },
    ]);
    expect(blocks.map((block) => ('extras' in block ? block.extras?.responses : null))).toEqual(items);
  });

  test('C13 found tools can be called from there on', () => {
    const found = namespace('crm', [tool('find', { defer_loading: true })], 'Customers.');
    const items = [
      { type: 'tool_search_call', call_id: '1', execution: 'client', arguments: { query: 'crm' } },
      { type: 'tool_search_output', call_id: '1', execution: 'client', tools: [found] },
    ];
    expect(blocksWithTools(...items)).toMatchObject([
      { kind: 'tool-call', id: '1', name: 'tool_search', input: '{"query":"crm"}' },
      { kind: 'tool-result', callId: '1', loadedTools: ['crm\nfind'] },
      {
        kind: 'tool-change',
        change: { kind: 'add', tool: { name: 'find', namespace: 'crm', namespaceDescription: 'Customers.' } },
      },
    ]);
  });

  test('a tool search that OpenAI ran still loads its tools', () => {
    const items = [
      { type: 'tool_search_call', call_id: null, execution: 'server', arguments: {} },
      { type: 'tool_search_output', call_id: null, execution: 'server', tools: [tool('a')] },
      user('x'),
    ];
    expect(blocksWithTools(...items).map(({ kind }) => kind)).toEqual(['opaque', 'opaque', 'tool-change', 'text']);
  });

  test('an output without a call in the conversation is told as text', () => {
    const { request: conversation, diagnostics } = decodedWith(request([user('a'), output('9', 'late')]));
    expect(conversation.turns[1]).toMatchObject({
      role: 'user',
      blocks: [{ text: 'Result of an earlier tool call:' }, { text: 'late' }],
    });
    expect(diagnostics).toMatchObject([{ kind: 'approximated', what: 'input[1]' }]);
  });

  test('C15 a search of the web is a search, with what it says of its results', () => {
    const search = (action: unknown) => ({ type: 'web_search_call', id: 'ws_1', status: 'completed', action });
    const of = (action: unknown) => blocksOf(search(action), assistant('x'))[0];
    expect(of({ type: 'search', query: 'tea' })).toMatchObject({ kind: 'web-search', query: 'tea', result: null });
    expect(of({ type: 'search', queries: ['a', 'b'] })).toMatchObject({ query: 'a' });
    expect(of({ type: 'open_page', url: 'https://a' })).toMatchObject({ query: 'https://a' });
    expect(of({ type: 'search', query: 'q', sources: [{ type: 'url', url: 'https://a' }] })).toMatchObject({
      result: { kind: 'hits', hits: [{ title: 'https://a', url: 'https://a' }] },
    });
    expect(of(undefined)).toMatchObject({ query: '' });
  });

  test('what other hosted tools did is told in words, a screenshot is an image', () => {
    const items = [
      { type: 'mcp_call', name: 'ask', server_label: 'wiki', arguments: '{"q":1}', output: '42' },
      { type: 'code_interpreter_call', code: 'print(1)', outputs: [{ type: 'logs', logs: '1' }] },
      { type: 'file_search_call', queries: ['q'], results: [{ filename: 'a.md', text: 'found' }] },
      { type: 'computer_call', call_id: 'c', action: { type: 'screenshot' } },
      { type: 'computer_call_output', call_id: 'c', output: { type: 'computer_screenshot', image_url: 'https://a' } },
    ];
    const { request: conversation, diagnostics } = decodedWith(request(items));
    expect(conversation.turns.flatMap(({ blocks }) => blocks)).toMatchObject([
      { kind: 'text', text: '\n[Called the tool ask of wiki: {"q":1}\n42]\n' },
      { text: '\n[Ran code:\nprint(1)\n1]\n' },
      { text: '\n[Searched files for: q\na.md\nfound]\n' },
      { text: '\n[Used the computer: {"type":"screenshot"}]\n' },
      { kind: 'image', source: { kind: 'url' } },
    ]);
    expect(diagnostics.map(({ kind }) => kind)).toEqual(Array(4).fill('approximated'));
  });

  test('C22 a compaction is its summary where the blob is ours; a trigger is left for the gateway', () => {
    const blob = writeReasoningState({ upstream: 'u', model: 'm', text: 'So far…' });
    for (const type of ['compaction', 'compaction_summary', 'context_compaction']) {
      expect(blocksOf({ type, encrypted_content: blob })[0]).toMatchObject({
        ...{ kind: 'compaction', text: 'Summary of the conversation up to here:\n\nSo far…' },
      });
      expect(blocksOf({ type, encrypted_content: 'gAAAA' })[0]).toMatchObject({ kind: 'compaction', text: null });
    }
    expect(blocksOf(user('x'), { type: 'compaction_trigger' })[1]).toMatchObject({
      kind: 'opaque',
      what: 'compaction_trigger',
    });
  });
});
