import { afterEach, describe, expect, test } from 'vitest';
import type { Part } from '../../../src-main/protocols/conversation/events.ts';
import { readReasoningState } from '../../../src-main/protocols/conversation/reasoning-state.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import {
  callChunk,
  chunk,
  sse,
  type Translated,
  testAssembler,
  toolNames,
  translateAnswer,
  translateChunks,
  translateParts,
  translateStream,
} from '../../chat-to-messages.ts';
import { type GrammarOptions, messagesGrammar } from '../../event-grammar.ts';

/** The cases B01–B47 of the answers' way from Chat to Messages. Every stream is also held against the strict grammar. */

const seen: { text: string; options: GrammarOptions }[] = [];
afterEach(() => {
  for (const { text, options } of seen.splice(0)) expect(messagesGrammar(text, options)).toEqual([]);
});
function checked(translated: Translated, options: GrammarOptions = {}): Translated {
  seen.push({ text: translated.text, options });
  return translated;
}
const run: typeof translateChunks = (chunks, overrides) => checked(translateChunks(chunks, overrides));

const fn = (name: string | null, args?: unknown): JsonObject => ({
  name,
  ...(args !== undefined && { arguments: args as string }),
});
const stopReason = ({ end }: Translated): unknown => (end.delta as JsonObject | undefined)?.stop_reason;
const usageOf = ({ end }: Translated): JsonObject => end.usage as JsonObject;
const calls = ({ blocks }: Translated): unknown[] =>
  blocks.flatMap((block) => (block.type === 'tool_use' ? [[block.name, JSON.parse(String(block.input))]] : []));
const kinds = ({ blocks }: Translated): unknown[] => blocks.map((block) => block.type);
const finish = (reason: string) => chunk({}, reason);
const usageChunk = { choices: [], usage: { prompt_tokens: 50, completion_tokens: 7, total_tokens: 57 } };

describe('text, reasoning and calls', () => {
  test('B01 plain text streams as one text block', () => {
    const out = run([
      chunk({ role: 'assistant', content: 'Hel' }),
      chunk({ content: 'lo' }),
      finish('stop'),
      usageChunk,
    ]);
    expect(out.blocks).toEqual([{ type: 'text', text: 'Hello' }]);
    expect(stopReason(out)).toBe('end_turn');
    expect(usageOf(out)).toMatchObject({ input_tokens: 50, output_tokens: 7 });
  });

  test('B02 reasoning, text and a call become three blocks in this order', () => {
    const out = run([
      chunk({ reasoning_content: 'I ' }),
      chunk({ reasoning_content: 'think' }),
      chunk({ content: 'Let me look.' }),
      callChunk({ index: 0, id: 'call_1', function: fn('get_weather', '{"city"') }),
      callChunk({ index: 0, function: fn(null, ':"Rome"}') }),
      finish('tool_calls'),
    ]);
    expect(kinds(out)).toEqual(['thinking', 'text', 'tool_use']);
    expect(out.blocks[0]?.thinking).toBe('I think');
    expect(readReasoningState(String(out.blocks[0]?.signature))).toEqual({
      upstream: 'tiny-server',
      model: 'tiny',
      field: 'reasoning_content',
    });
    expect(calls(out)).toEqual([['get_weather', { city: 'Rome' }]]);
    expect(stopReason(out)).toBe('tool_use');
  });

  test('B03 reasoning under `reasoning`, and under two fields at once, is taken once', () => {
    expect(run([chunk({ content: '', reasoning: 'why' }), finish('stop')]).blocks[0]?.thinking).toBe('why');
    const twice = run([chunk({ reasoning: 'why', reasoning_content: 'why', reasoning_text: 'why' }), finish('stop')]);
    expect(twice.blocks.map((block) => block.thinking)).toEqual(['why']);
  });

  test('B03 the field is chosen anew for each chunk', () => {
    const out = run([
      chunk({ reasoning: '', reasoning_content: 'a' }),
      chunk({ reasoning: 'b', reasoning_content: '' }),
      finish('stop'),
    ]);
    expect(out.blocks[0]?.thinking).toBe('ab');
  });

  test('B04 reasoning after text opens a new block', () => {
    const out = run([
      chunk({ reasoning: 'a' }),
      chunk({ content: 'b' }),
      chunk({ reasoning: 'c' }),
      chunk({ content: 'd' }),
      finish('stop'),
    ]);
    expect(kinds(out)).toEqual(['thinking', 'text', 'thinking', 'text']);
  });

  test('reasoning_details are carried whole, their pieces joined', () => {
    const out = run([
      chunk({ reasoning: 'a', reasoning_details: [{ type: 'reasoning.text', text: 'a', index: 0 }] }),
      chunk({ reasoning: 'b', reasoning_details: [{ type: 'reasoning.text', text: 'b', index: 0 }] }),
      chunk({ reasoning_details: [{ type: 'reasoning.text', signature: 'sig', index: 0 }] }),
      chunk({ content: 'done' }),
      finish('stop'),
    ]);
    expect(out.blocks[0]?.thinking).toBe('ab');
    expect(readReasoningState(String(out.blocks[0]?.signature))?.details).toEqual([
      { type: 'reasoning.text', text: 'ab', index: 0, signature: 'sig' },
    ]);
  });

  test('encrypted reasoning without text becomes a redacted block', () => {
    const details = [{ type: 'reasoning.encrypted', data: 'xyz', index: 0 }];
    const out = run([chunk({ reasoning_details: details }), chunk({ content: 'hi' }), finish('stop')]);
    expect(kinds(out)).toEqual(['redacted_thinking', 'text']);
    expect(readReasoningState(String(out.blocks[0]?.data))?.details).toEqual(details);
  });
});

describe('matching fragments to calls', () => {
  const start = (index: number, id: string, name: string) => callChunk({ index, id, function: fn(name, '') });
  const args = (index: number, text: string) => callChunk({ index, function: fn(null, text) });

  test('B05 calls interleaved by index become serial blocks with their own arguments', () => {
    const out = run([
      start(0, 'a', 'get_weather'),
      start(1, 'b', 'get_time'),
      args(0, '{"city":'),
      args(1, '{"zone":'),
      args(0, '"Rome"}'),
      args(1, '"CET"}'),
      finish('tool_calls'),
    ]);
    expect(calls(out)).toEqual([
      ['get_weather', { city: 'Rome' }],
      ['get_time', { zone: 'CET' }],
    ]);
  });

  test('B05 calls that follow one another all stream as they come', () => {
    const assembler = testAssembler();
    const deltas = (part: Part) =>
      assembler.push(part).flatMap((event) => (event.kind === 'delta' ? [event.text] : []));
    deltas({ kind: 'tool-call', index: 0, id: 'a', name: 'get_weather', arguments: '{"city":"Rome"}' });
    expect(deltas({ kind: 'tool-call', index: 1, id: 'b', name: 'get_time', arguments: '{"zo' })).toEqual(['{"zo']);
    expect(deltas({ kind: 'tool-call', index: 1, arguments: 'ne":' })).toEqual(['ne":']);
  });

  test('B06 one index with different ids is two calls', () => {
    const out = run([
      callChunk({ index: 0, id: 'a', function: fn('get_weather', '{"city":"Rome"}') }),
      callChunk({ index: 0, id: 'b', function: fn('get_weather', '{"city":"Oslo"}') }),
      finish('stop'),
    ]);
    expect(calls(out)).toEqual([
      ['get_weather', { city: 'Rome' }],
      ['get_weather', { city: 'Oslo' }],
    ]);
  });

  test('B06 one index with different ids, in pieces that name their id', () => {
    const out = run([
      callChunk({ index: 0, id: 'a', function: fn('get_weather', '{"city":') }),
      callChunk({ index: 0, id: 'b', function: fn('get_time', '{"zone":') }),
      callChunk({ index: 0, id: 'a', function: fn(null, '"Rome"}') }),
      callChunk({ index: 0, id: 'b', function: fn(null, '"CET"}') }),
      finish('tool_calls'),
    ]);
    expect(calls(out)).toEqual([
      ['get_weather', { city: 'Rome' }],
      ['get_time', { zone: 'CET' }],
    ]);
  });

  test('B07 a fragment without id and index belongs to the latest call', () => {
    const out = run([
      callChunk({ id: 'a', function: fn('get_weather', '{"city"') }),
      callChunk({ function: fn(null, ':"Rome"}') }),
      callChunk({ function: fn('get_time', '{}') }),
      finish('tool_calls'),
    ]);
    expect(calls(out)).toEqual([
      ['get_weather', { city: 'Rome' }],
      ['get_time', {}],
    ]);
  });

  test('B08 a late id is the id of the call', () => {
    const out = run([
      callChunk({ index: 0, id: null, function: fn('get_weather', '{"city"') }),
      callChunk({ index: 0, id: 'late', function: fn(null, ':"Rome"}') }),
      finish('tool_calls'),
    ]);
    expect(out.blocks).toMatchObject([{ type: 'tool_use', id: 'late' }]);
    expect(calls(out)).toEqual([['get_weather', { city: 'Rome' }]]);
  });

  test('B08 a call whose id never comes gets one, and still streams', () => {
    const pieces = [...'{"city":"Rome"}'].map((text) => args(0, text));
    const out = run([
      callChunk({ index: 0, id: '', function: fn('get_weather', '') }),
      ...pieces,
      finish('tool_calls'),
    ]);
    expect(String(out.blocks[0]?.id)).toMatch(/^toolu_/);
    expect(calls(out)).toEqual([['get_weather', { city: 'Rome' }]]);
    expect(out.events.filter((event) => event.kind === 'delta').length).toBeGreaterThan(3);
  });

  test('B09 a name may come late, be repeated, or be empty', () => {
    const late = run([
      callChunk({ index: 0, id: 'a', function: fn('', '{"city"') }),
      callChunk({ index: 0, function: fn('get_weather', ':"Rome"}') }),
      finish('stop'),
    ]);
    expect(calls(late)).toEqual([['get_weather', { city: 'Rome' }]]);
    const repeated = run([
      callChunk({ index: 0, id: 'a', function: fn('get_weather', '{"city"') }),
      callChunk({ index: 0, id: 'a', function: fn('get_weather', ':"Rome"}') }),
      callChunk({ index: 0, id: 'a', function: fn('get_weather', '') }),
      finish('tool_calls'),
    ]);
    expect(calls(repeated)).toEqual([['get_weather', { city: 'Rome' }]]);
    const anonymous = run([
      callChunk({ function: fn('get_weather', '{"city"') }),
      callChunk({ function: fn('get_weather', ':"Rome"}') }),
      finish('tool_calls'),
    ]);
    expect(calls(anonymous)).toEqual([['get_weather', { city: 'Rome' }]]);
  });

  test('B09 the late name of a second call does not lose its first arguments', () => {
    const out = run([
      callChunk({ index: 0, id: 'a', function: fn('get_time', '{}') }),
      callChunk({ index: 1, id: 'b', function: { arguments: '{"city":' } }),
      callChunk({ index: 1, function: fn('get_weather', '"Rome"}') }),
      finish('tool_calls'),
    ]);
    expect(calls(out)).toEqual([
      ['get_time', {}],
      ['get_weather', { city: 'Rome' }],
    ]);
  });

  test('B09 a call that never gets a name is dropped with a diagnostic', () => {
    const out = run([callChunk({ index: 0, id: 'a', function: fn(null, '{}') }), finish('tool_calls')]);
    expect(kinds(out)).toEqual([]);
    expect(stopReason(out)).toBe('end_turn');
    expect(out.assembler.diagnostics).toContainEqual(expect.objectContaining({ kind: 'dropped', what: 'tool call' }));
  });

  test('a name in pieces is put together', () => {
    const out = run([
      callChunk({ index: 0, id: 'a', function: fn('get_') }),
      callChunk({ index: 0, function: fn('weather') }),
      args(0, '{}'),
      finish('stop'),
    ]);
    expect(calls(out)).toEqual([['get_weather', {}]]);
  });

  test('a name that comes again under one index without ids, after complete arguments, is a new call', () => {
    const out = run([
      callChunk({ index: 0, function: fn('get_weather', '{"city":"Rome"}') }),
      callChunk({ index: 0, function: fn('get_weather', '') }),
      args(0, '{"city":"Oslo"}'),
      finish('tool_calls'),
    ]);
    expect(calls(out).length).toBe(2);
  });

  test('a new id on every fragment does not tear a call apart', () => {
    const out = run([
      callChunk({ index: 0, id: 'a', function: fn('get_weather', '{"city"') }),
      callChunk({ index: 0, id: 'b', function: { arguments: ':"Ro' } }),
      callChunk({ index: 0, id: 'c', function: { arguments: 'me"}' } }),
      finish('tool_calls'),
    ]);
    expect(calls(out)).toEqual([['get_weather', { city: 'Rome' }]]);
  });

  test('B10 several whole calls in one chunk', () => {
    const out = run([
      callChunk(
        { index: 0, id: 'a', function: fn('get_weather', '{"city":"Rome"}') },
        { index: 1, id: 'b', function: fn('get_time', '{}') },
      ),
      finish('tool_calls'),
    ]);
    expect(calls(out).length).toBe(2);
  });

  test('B11 arguments that are an object are taken', () => {
    const out = run([callChunk({ index: 0, id: 'a', function: fn('get_weather', { city: 'Rome' }) }), finish('stop')]);
    expect(calls(out)).toEqual([['get_weather', { city: 'Rome' }]]);
  });

  test.each([
    ['""', ''],
    ['absent', undefined],
    ['null', 'null'],
    ['" "', ' '],
    ['{}', '{}'],
    ['JSON null', null],
  ])('B12 arguments %s are an empty object, sent as one delta', (_, text) => {
    const out = run([callChunk({ index: 0, id: 'a', function: fn('get_time', text) }), finish('tool_calls')]);
    expect(out.blocks).toMatchObject([{ type: 'tool_use', input: '{}' }]);
  });

  test('an empty object before the real arguments is left out', () => {
    const out = run([
      start(0, 'a', 'get_weather'),
      args(0, '{}'),
      args(0, '{"city":'),
      args(0, '"Rome"}'),
      finish('tool_calls'),
    ]);
    expect(calls(out)).toEqual([['get_weather', { city: 'Rome' }]]);
  });

  test('B13 arguments with broken JSON pass as they came, with a diagnostic', () => {
    const chunks = [callChunk({ index: 0, id: 'a', function: fn('get_weather', '{"city":"Ro') }), finish('tool_calls')];
    const out = checked(translateChunks(chunks), { unreadableArguments: true });
    expect(out.blocks[0]?.input).toBe('{"city":"Ro');
    expect(out.assembler.diagnostics).toContainEqual(expect.objectContaining({ what: 'tool call arguments' }));
  });

  test('B14 length inside the arguments leaves the block open', () => {
    const out = run([start(0, 'a', 'get_weather'), args(0, '{"city":"R'), finish('length'), usageChunk]);
    expect(stopReason(out)).toBe('max_tokens');
    expect(out.text).toContain('content_block_start');
    expect(out.text).not.toContain('content_block_stop');
    expect(out.events.at(-1)).toMatchObject({
      kind: 'finish',
      cutCall: { kind: 'tool-call', cut: true, input: '{"city":"R' },
    });
  });

  test('B14 length after a whole call closes it; one that only has its name is cut', () => {
    const whole = run([start(0, 'a', 'get_time'), args(0, '{}'), finish('length')]);
    expect(whole.text).toContain('content_block_stop');
    expect(stopReason(whole)).toBe('max_tokens');
    const cut = run([start(0, 'a', 'get_time'), finish('length')]);
    expect(cut.text).not.toContain('content_block_stop');
  });

  test('B15 finish stop with calls is tool_use', () => {
    expect(stopReason(run([callChunk({ id: 'a', function: fn('get_time', '{}') }), finish('stop')]))).toBe('tool_use');
  });

  test('B16 finish tool_calls without calls is end_turn', () => {
    const out = run([chunk({ content: 'hm' }), finish('tool_calls')]);
    expect(stopReason(out)).toBe('end_turn');
    expect(out.assembler.diagnostics).toContainEqual(expect.objectContaining({ what: 'finish reason' }));
  });

  test('B35 equal ids in one answer, and ids of the conversation, are made unique', () => {
    const out = run(
      [
        callChunk({ index: 0, id: 'x', function: fn('get_weather', '{"city":"Rome"}') }),
        callChunk({ index: 1, id: 'x', function: fn('get_weather', '{"city":"Oslo"}') }),
        finish('tool_calls'),
      ],
      { usedCallIds: new Set(['x']) },
    );
    const ids = out.blocks.map((block) => block.id);
    expect(new Set([...ids, 'x']).size).toBe(3);
  });

  test('B36 an id that clients do not take is written so that it can be read back', () => {
    const out = run([
      callChunk({ index: 0, id: 'functions.Bash:0', function: fn('get_time', '{}') }),
      finish('tool_calls'),
    ]);
    expect(String(out.blocks[0]?.id)).toMatch(/^dg0_/);
  });

  test('B37 the old function_call is a call', () => {
    const out = run([
      chunk({ function_call: { name: 'get_weather', arguments: '' } }),
      chunk({ function_call: { arguments: '{"city":' } }),
      chunk({ function_call: { arguments: '"Rome"}' } }),
      finish('function_call'),
    ]);
    expect(calls(out)).toEqual([['get_weather', { city: 'Rome' }]]);
  });

  test('text between calls keeps its place', () => {
    const out = run([
      callChunk({ index: 0, id: 'a', function: fn('get_time', '{}') }),
      chunk({ content: 'and' }),
      callChunk({ index: 1, id: 'b', function: fn('get_weather', '{}') }),
      finish('tool_calls'),
    ]);
    expect(kinds(out)).toEqual(['tool_use', 'text', 'tool_use']);
  });

  test('names that were rewritten for the upstream are restored', () => {
    const names = new Map([
      ['mcp_long_1', { name: 'mcp__server__a.very.long', toolKind: 'function' as const, own: false }],
    ]);
    const out = run([callChunk({ id: 'a', function: fn('mcp_long_1', '{}') }), finish('stop')], { toolNames: names });
    expect(out.blocks[0]?.name).toBe('mcp__server__a.very.long');
  });
});

describe('the end of an answer', () => {
  test('B17 content, finish reason and usage in one chunk are all honoured', () => {
    const out = run([chunk({ content: 'hi' }, 'stop', { usage: { prompt_tokens: 3, completion_tokens: 1 } })]);
    expect(out.blocks).toEqual([{ type: 'text', text: 'hi' }]);
    expect(usageOf(out)).toMatchObject({ input_tokens: 3, output_tokens: 1 });
  });

  test.each<[string, JsonObject[]]>([
    ['after the finish, choices: []', [finish('stop'), usageChunk]],
    ['in the chunk of the finish', [chunk({}, 'stop', { usage: usageChunk.usage })]],
    ['in the choice', [{ choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: usageChunk.usage }] }]],
    ['in x_groq', [chunk({}, 'stop', { x_groq: { usage: usageChunk.usage } })]],
  ])('B18 usage %s', (_, tail) => {
    expect(usageOf(run([chunk({ content: 'hi' }), ...tail]))).toMatchObject({ input_tokens: 50, output_tokens: 7 });
  });

  test('B18 usage that never comes is estimated', () => {
    const out = run([chunk({ content: 'twelve bytes' }), finish('stop')]);
    expect(usageOf(out)).toMatchObject({ input_tokens: 100, output_tokens: 3 });
    expect(out.events.at(-1)).toMatchObject({ usage: { estimated: true } });
  });

  test('B18 the terminal event is held for late usage until it came or was waited for', () => {
    const assembler = testAssembler();
    assembler.push({ kind: 'text', text: 'hi' });
    assembler.push({ kind: 'finish', reason: 'stop' });
    expect(assembler.state).toBe('awaiting-usage');
    expect(assembler.push({ kind: 'waited-enough' }).at(-1)?.kind).toBe('finish');
    expect(assembler.state).toBe('ended');
  });

  test('content after the finish reason is kept', () => {
    const out = run([chunk({ content: 'a' }), finish('stop'), chunk({ content: 'b' })]);
    expect(out.blocks).toEqual([{ type: 'text', text: 'ab' }]);
  });

  test('B19 a first chunk without choices is nothing', () => {
    const out = run([
      { choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
      chunk({ content: 'hi' }),
      finish('stop'),
    ]);
    expect(out.blocks).toEqual([{ type: 'text', text: 'hi' }]);
  });

  test('B20 comments are signs of life and nothing else', () => {
    const out = checked(
      translateStream(`: OPENROUTER PROCESSING\n\n${sse([chunk({ content: 'hi' }), finish('stop')])}`),
    );
    expect(out.blocks).toEqual([{ type: 'text', text: 'hi' }]);
  });

  test.each<[string, string]>([
    ['B21 an `event: error`', 'event: error\ndata: {"error":{"message":"tool call failed","status_code":400}}\n\n'],
    ['B21 an `event: error` that is no JSON', 'event: error\ndata: broken\n\n'],
    ['B22 an error chunk', 'data: {"error":{"message":"boom","code":502}}\n\n'],
    ['B22 an error that is a string', 'data: {"error":"boom"}\n\n'],
    ['B22 an error in x_groq', 'data: {"x_groq":{"error":"over capacity"},"choices":[]}\n\n'],
    [
      'B22 an error choice',
      'data: {"choices":[{"delta":{"content":""},"finish_reason":"error","error":{"code":502,"message":"boom"}}]}\n\n',
    ],
    ['a chunk that is cut', 'data: {"choices":[{"delta":{"con\n\n'],
    ['DeepSeek out of resources', sse([finish('insufficient_system_resource')], false)],
  ])('%s ends the stream with one error event', (_, tail) => {
    const out = checked(translateStream(`${sse([chunk({ content: 'hi' })], false)}${tail}data: [DONE]\n\n`));
    expect(out.end.type).toBe('error');
    expect(out.events.filter((event) => event.kind === 'error' || event.kind === 'finish')).toHaveLength(1);
    expect(out.text).not.toContain('message_stop');
  });

  test('an error before anything was said has no start before it', () => {
    const out = checked(translateStream('data: {"error":{"message":"boom"}}\n\n'));
    expect(out.events.map((event) => event.kind)).toEqual(['error']);
  });

  test('B23 a body that ends without a finish reason is an error', () => {
    const out = run([chunk({ content: 'one two' })], { done: false });
    expect(out.end).toMatchObject({ type: 'error' });
    expect(out.text).not.toContain('message_stop');
  });

  test('B23 an empty body is an error', () => {
    expect(checked(translateStream('')).events.map((event) => event.kind)).toEqual(['error']);
  });

  test('B24 a finish reason is enough, [DONE] need not come', () => {
    expect(stopReason(run([chunk({ content: 'hi' }), finish('stop')], { done: false }))).toBe('end_turn');
  });

  test('[DONE] without a finish reason ends an answer that has content, but not half a call, nor nothing', () => {
    expect(stopReason(run([chunk({ content: 'hi' })]))).toBe('end_turn');
    expect(run([callChunk({ id: 'a', function: fn('get_time', '{"a') })]).end.type).toBe('error');
    expect(run([]).end.type).toBe('error');
  });

  test('nothing follows the terminal event', () => {
    const assembler = testAssembler();
    for (const part of [{ kind: 'text', text: 'a' }, { kind: 'finish', reason: 'stop' }, { kind: 'done' }] as const)
      assembler.push(part);
    expect(assembler.push({ kind: 'text', text: 'b' })).toEqual([]);
    expect(assembler.push({ kind: 'error', error: { kind: 'internal', message: '' } })).toEqual([]);
    expect(assembler.push({ kind: 'end' })).toEqual([]);
  });

  test('B30 a refusal is shown as text', () => {
    const chunks = [chunk({ refusal: 'I ' }), chunk({ refusal: 'must not.' }), finish('stop')];
    const out = run(chunks);
    expect(out.blocks).toEqual([{ type: 'text', text: 'I must not.' }]);
    expect(stopReason(out)).toBe('end_turn');
    expect(stopReason(run(chunks, { flags: { contentFilterIsRefusal: true } }))).toBe('refusal');
  });

  test('B31 content_filter is a refusal only where it is a safety stop', () => {
    const chunks = [chunk({ content: 'well' }), finish('content_filter')];
    expect(stopReason(run(chunks))).toBe('end_turn');
    const vendor = run(chunks, { flags: { contentFilterIsRefusal: true } });
    expect(vendor.end.delta).toMatchObject({ stop_reason: 'refusal', stop_details: { type: 'refusal' } });
  });

  test('a matched stop sequence is told', () => {
    const out = run([
      chunk({ content: 'hi' }),
      { choices: [{ delta: {}, finish_reason: 'stop', stop_reason: 'END' }] },
    ]);
    expect(out.end.delta).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'END' });
  });

  test('length at the end of the context window is told apart', () => {
    const chunks = [chunk({ content: 'hi' }), finish('length'), usageChunk];
    expect(stopReason(run(chunks, { contextWindow: 57 }))).toBe('model_context_window_exceeded');
    expect(stopReason(run(chunks, { contextWindow: 4096 }))).toBe('max_tokens');
  });

  test('B47 an empty answer is an empty message', () => {
    const out = run([chunk({ role: 'assistant', content: '' }), finish('stop'), usageChunk]);
    expect(out.blocks).toEqual([]);
    expect(stopReason(out)).toBe('end_turn');
  });
});

describe('usage', () => {
  const usage = (raw: object) => usageOf(run([chunk({ content: 'hi' }), finish('stop'), { choices: [], usage: raw }]));

  test('B33 cached tokens are not counted twice', () => {
    const openai = usage({
      prompt_tokens: 100,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 80, cache_write_tokens: 5 },
    });
    expect(openai).toMatchObject({ input_tokens: 15, cache_read_input_tokens: 80, cache_creation_input_tokens: 5 });
    const deepseek = usage({
      prompt_tokens: 100,
      completion_tokens: 5,
      prompt_cache_hit_tokens: 64,
      prompt_cache_miss_tokens: 36,
    });
    expect(deepseek).toMatchObject({ input_tokens: 36, cache_read_input_tokens: 64 });
    const xai = usage({ prompt_tokens: 23, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 158 } });
    expect(xai).toMatchObject({ input_tokens: 23, cache_read_input_tokens: 158 });
  });

  test('B34 reasoning tokens are part of the output, also where the server leaves them out', () => {
    const details = { completion_tokens_details: { reasoning_tokens: 30 } };
    const openai = usage({ prompt_tokens: 10, completion_tokens: 40, total_tokens: 50, ...details });
    expect(openai).toMatchObject({ output_tokens: 40, output_tokens_details: { thinking_tokens: 30 } });
    expect(usage({ prompt_tokens: 10, completion_tokens: 40, total_tokens: 80, ...details })).toMatchObject({
      output_tokens: 70,
    });
  });
});

describe('think tags and leaked calls', () => {
  const pieces = (text: string, size: number) =>
    (text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'gu')) ?? []).map((content) => chunk({ content }));

  test.each([1, 2, 3, 7, 100])('B25 <think> is found in pieces of %i characters', (size) => {
    const out = run([...pieces('\n<think>plan < b</think>\n\nHello <think> world', size), finish('stop')]);
    expect(out.blocks).toMatchObject([
      { type: 'thinking', thinking: 'plan < b' },
      { type: 'text', text: 'Hello <think> world' },
    ]);
  });

  test.each([1, 4, 100])('B26 without an opener, implicit-open takes what is before </think> for reasoning', (size) => {
    const chunks = [...pieces('plan</think>Hello', size), finish('stop')];
    const out = run(chunks, { flags: { thinkTags: 'implicit-open' } });
    expect(out.blocks).toMatchObject([{ thinking: 'plan' }, { text: 'Hello' }]);
    expect(run(chunks).blocks).toEqual([{ type: 'text', text: 'plan</think>Hello' }]);
  });

  test('B26 implicit-open does not mistake text for reasoning where the server tells them apart', () => {
    const out = run([chunk({ reasoning_content: 'plan' }), chunk({ content: 'Hello' }), finish('stop')], {
      flags: { thinkTags: 'implicit-open' },
    });
    expect(out.blocks).toMatchObject([{ thinking: 'plan' }, { text: 'Hello' }]);
  });

  test.each(['auto', 'always'] as const)('B27 <think> in a code fence later stays text (%s)', (thinkTags) => {
    const text = 'Use\n```\n<think>x</think>\n```';
    expect(run([...pieces(text, 3), finish('stop')], { flags: { thinkTags } }).blocks).toEqual([
      { type: 'text', text },
    ]);
  });

  test('B28 <think> that is never closed is reasoning', () => {
    const out = run([...pieces('<think>still going </thi', 5), finish('stop')]);
    expect(out.blocks).toMatchObject([{ type: 'thinking', thinking: 'still going </thi' }]);
  });

  test('tags are left alone where they are not looked for', () => {
    const out = run([chunk({ content: '<think>a</think>b' }), finish('stop')], { flags: { thinkTags: 'never' } });
    expect(out.blocks).toEqual([{ type: 'text', text: '<think>a</think>b' }]);
  });

  test('what only looked like the beginning of a tag is given out', () => {
    expect(run([chunk({ content: '<th' }), finish('stop')]).blocks).toEqual([{ type: 'text', text: '<th' }]);
  });

  test.each([1, 6, 200])('B42 a call that leaked into the text is recovered (pieces of %i)', (size) => {
    const text = 'Sure.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Rome"}}\n</tool_call>';
    const out = run([...pieces(text, size), finish('stop')], { flags: { leakedToolCalls: true } });
    expect(kinds(out)).toEqual(['text', 'tool_use']);
    expect(calls(out)).toEqual([['get_weather', { city: 'Rome' }]]);
    expect(stopReason(out)).toBe('tool_use');
  });

  test('B42 a leaked call of an unknown tool, and any without the flag, stays text', () => {
    const text = '<tool_call>{"name":"nope","arguments":{}}</tool_call>';
    const out = run([chunk({ content: text }), finish('stop')], { flags: { leakedToolCalls: true } });
    expect(out.blocks).toEqual([{ type: 'text', text }]);
    expect(run([chunk({ content: text.replace('nope', 'get_time') }), finish('stop')]).blocks[0]?.type).toBe('text');
  });
});

describe('shapes of content and bytes', () => {
  test('B29 content may be null, a list, or hold thinking parts', () => {
    const out = run([
      chunk({ content: null }),
      chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }], closed: true }] }),
      chunk({ content: [{ type: 'text', text: 'Hel' }] }),
      chunk({ content: 'lo' }),
      finish('stop'),
    ]);
    expect(out.blocks).toMatchObject([{ thinking: 'hm' }, { text: 'Hello' }]);
  });

  test('B32 only the first of several choices is read', () => {
    const choice = (index: number, content: string) => ({
      choices: [{ index, delta: { content }, finish_reason: null }],
    });
    const out = run([choice(1, 'B'), choice(0, 'A'), finish('stop')]);
    expect(out.blocks).toEqual([{ type: 'text', text: 'A' }]);
    expect(out.assembler.diagnostics).toContainEqual(expect.objectContaining({ what: 'choices' }));
  });

  test('B40 CRLF, BOM, no space after the colon, no last blank line, bytes one by one', () => {
    const body = sse([chunk({ content: 'Zürich 🏔' }), finish('stop')])
      .replaceAll('data: ', 'data:')
      .replaceAll('\n', '\r\n')
      .trimEnd();
    const bytes = new TextEncoder().encode(`\uFEFF${body}`);
    const out = checked(translateStream(Array.from(bytes, (byte) => Uint8Array.of(byte))));
    expect(out.blocks).toEqual([{ type: 'text', text: 'Zürich 🏔' }]);
    expect(stopReason(out)).toBe('end_turn');
  });

  test('a character that is split over two chunks as surrogates comes through', () => {
    const out = checked(
      translateStream(
        'data: {"choices":[{"delta":{"content":"\\ud83c"}}]}\n\ndata: {"choices":[{"delta":{"content":"\\udfd4"},"finish_reason":"stop"}]}\n\n',
      ),
    );
    expect(new TextDecoder().decode(new TextEncoder().encode(out.text))).toBe(out.text);
    expect(out.blocks).toEqual([{ type: 'text', text: '🏔' }]);
  });

  test('B41 whitespace alone opens no block, and is not lost before text', () => {
    expect(run([chunk({ content: '\n' }), chunk({ content: ' ' }), finish('stop')]).blocks).toEqual([]);
    const out = run([
      chunk({ reasoning: 'a' }),
      chunk({ content: '\n' }),
      chunk({ reasoning: 'b' }),
      chunk({ content: ' c' }),
      chunk({ content: '\n' }),
      finish('stop'),
    ]);
    expect(out.blocks).toMatchObject([{ thinking: 'ab' }, { text: '\n c\n' }]);
  });

  test('B45 every frame has its event name', () => {
    const { text } = run([chunk({ content: 'hi' }), finish('stop')]);
    const frames = text.trimEnd().split('\n\n');
    for (const frame of frames) expect(frame).toMatch(/^event: \w+\ndata: \{/);
  });

  test('what no client block can carry leaves a diagnostic', () => {
    const out = run([chunk({ content: 'hi', annotations: [{ type: 'url_citation' }] }), finish('stop')]);
    expect(out.assembler.diagnostics).toContainEqual(expect.objectContaining({ what: 'annotations' }));
  });
});

describe('answers of several rounds', () => {
  const own = { name: 'web_search', toolKind: 'function' as const, own: true };
  const search = {
    kind: 'web-search' as const,
    id: 'ws1',
    query: 'weather',
    result: { kind: 'hits' as const, hits: [{ title: 'Rome', url: 'https://example.org/' }] },
  };
  const round1: Part[] = [
    { kind: 'reasoning', text: 'look it up', field: 'reasoning' },
    { kind: 'text', text: 'Searching.' },
    { kind: 'tool-call', id: 'c1', index: 0, name: 'web_search', arguments: '{"query":"weather"}' },
    { kind: 'finish', reason: 'tool-calls' },
    { kind: 'usage', usage: { inputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 4 } },
  ];
  const round2: Part[] = [
    { kind: 'text', text: 'Sunny.' },
    { kind: 'finish', reason: 'stop' },
    { kind: 'usage', usage: { inputTokens: 5, cacheReadTokens: 12, cacheWriteTokens: 0, outputTokens: 3 } },
  ];

  test('B46 a search that the gateway runs joins two rounds into one answer', () => {
    const assembler = testAssembler({ toolNames: toolNames('get_time', own) });
    const first = translateParts(round1, assembler);
    expect(assembler.state).toBe('own-tools');
    expect(first.blocks.map((block) => block.type)).toEqual(['thinking', 'text']);
    expect(assembler.ownCalls()).toMatchObject([{ name: 'web_search', input: '{"query":"weather"}' }]);
    expect(assembler.assistantBlocks()).toMatchObject([
      { kind: 'reasoning', text: 'look it up', carried: { kind: 'ours', state: { field: 'reasoning' } } },
      { kind: 'text', text: 'Searching.' },
      { kind: 'tool-call', id: 'c1', name: 'web_search' },
    ]);
    expect(assembler.push({ kind: 'done' })).toEqual([]);

    // One encoder over both rounds, as the gateway has it.
    const whole = testAssembler({ toolNames: toolNames('get_time', own) });
    let shown = false;
    const out = checked(
      translateParts([...round1, ...round2], {
        push: (part: Part) => {
          const events = whole.state === 'own-tools' && !shown ? whole.nextRound([search]) : [];
          shown ||= events.length > 0;
          return [...events, ...whole.push(part)];
        },
      } as typeof whole),
    );
    expect(out.blocks.map((block) => block.type)).toEqual([
      'thinking',
      'text',
      'server_tool_use',
      'web_search_tool_result',
      'text',
    ]);
    expect(out.blocks[2]).toMatchObject({ id: 'srvtoolu_ws1', input: '{"query":"weather"}' });
    expect(usageOf(out)).toMatchObject({
      input_tokens: 5,
      cache_read_input_tokens: 12,
      output_tokens: 7,
      server_tool_use: { web_search_requests: 1 },
    });
    expect(stopReason(out)).toBe('end_turn');
    expect(whole.roundUsages).toHaveLength(2);
  });

  test("a round with own and client's calls ends with the client's", () => {
    const parts: Part[] = [
      { kind: 'tool-call', id: 'c1', index: 0, name: 'web_search', arguments: '{}' },
      { kind: 'tool-call', id: 'c2', index: 1, name: 'get_time', arguments: '{}' },
      { kind: 'finish', reason: 'tool-calls' },
      { kind: 'done' },
    ];
    const out = checked(translateParts(parts, testAssembler({ toolNames: toolNames('get_time', own) })));
    expect(calls(out)).toEqual([['get_time', {}]]);
    expect(stopReason(out)).toBe('tool_use');
    expect(out.assembler.diagnostics).toContainEqual(expect.objectContaining({ kind: 'dropped', what: 'tool call' }));
  });

  test('an error in the second round ends the one answer', () => {
    const assembler = testAssembler({ toolNames: toolNames(own) });
    for (const part of round1) assembler.push(part);
    expect(assembler.nextRound([]).length).toBe(0);
    expect(assembler.push({ kind: 'end' })).toMatchObject([{ kind: 'error', error: { kind: 'upstream-cut' } }]);
  });
});

describe('answers as JSON', () => {
  const body = (message: object, finish_reason = 'stop') => ({
    choices: [{ index: 0, message, finish_reason }],
    usage: usageChunk.usage,
  });

  test('a whole answer has all keys of a message', () => {
    expect(translateAnswer(body({ role: 'assistant', content: 'Hello', reasoning: 'hm' }))).toMatchObject({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'local/tiny',
      content: [
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: 'Hello' },
      ],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 50, output_tokens: 7, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
    });
  });

  const call = (text: unknown) => ({
    content: null,
    tool_calls: [{ id: 'a', function: { name: 'get_weather', arguments: text } }],
  });

  test('B13 arguments that are no JSON are told in the form Claude Code knows', () => {
    const { content } = translateAnswer(body(call('{"city":"Ro'), 'tool_calls'));
    expect(content).toMatchObject([{ input: { __unparsedToolInput: { raw: '{"city":"Ro', len: 11 } } }]);
  });

  test('slips with one possible meaning are mended', () => {
    expect(translateAnswer(body(call('{"city":"Ro\nme",}'), 'tool_calls')).content).toMatchObject([
      { input: { city: 'Ro\nme' } },
    ]);
    expect(translateAnswer(body(call('"{\\"city\\":\\"Rome\\"}"'), 'tool_calls')).content).toMatchObject([
      { input: { city: 'Rome' } },
    ]);
  });

  test('B14 a call that was cut is left out', () => {
    const answer = translateAnswer(body(call('{"city":"Ro'), 'length'));
    expect(answer).toMatchObject({ content: [], stop_reason: 'max_tokens' });
  });

  test.each([null, [], 'text', {}, { choices: [] }, { error: { message: 'no' } }])(
    'a body that is no answer is an error: %j',
    (value) => {
      expect(() => translateAnswer(value)).toThrow();
    },
  );
});
