import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LeakedToolCallReader, type LeakPiece } from '../../../../src-main/protocols/conversation/leaked-tool-calls.ts';
import { toolNames } from '../../../chat-to-messages.ts';

const schema = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    days: { type: 'integer' },
    places: { type: 'array' },
    wet: { type: 'boolean' },
  },
};
const tools = toolNames('get_time', { name: 'get_weather', toolKind: 'function', own: false, inputSchema: schema });

/** What is recovered of a text that comes in pieces; texts that follow one another are joined. */
function read(pieces: readonly string[]): readonly (string | { readonly name: string; readonly input: unknown })[] {
  const reader = new LeakedToolCallReader(tools);
  const found: LeakPiece[] = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
  const joined: (string | { readonly name: string; readonly input: unknown })[] = [];
  for (const piece of found) {
    const last = joined.at(-1);
    if (piece.kind === 'call') joined.push({ name: piece.name, input: JSON.parse(piece.arguments) });
    else if (typeof last === 'string') joined[joined.length - 1] = last + piece.text;
    else joined.push(piece.text);
  }
  return joined;
}
const paris = { name: 'get_weather', input: { city: 'Paris' } };
const time = { name: 'get_time', input: {} };

describe('B42 calls that leaked into the text', () => {
  test.each([
    [
      'Hermes',
      'Now: <tool_call>\n{"name":"get_weather","arguments":{"city":"Paris"}}\n</tool_call> done',
      ['Now: ', paris, ' done'],
    ],
    [
      'two of them',
      '<tool_call>{"name":"get_weather","arguments":{"city":"Paris"}}</tool_call>\n<tool_call>{"name":"get_time"}</tool_call>',
      [paris, '\n', time],
    ],
    ['whole, without its closing tag', '<tool_call>{"name":"get_time","arguments":{}}', [time]],
    [
      'with the closing tag in an argument',
      '<tool_call>{"name":"get_weather","arguments":{"city":"</tool_call>"}}</tool_call>',
      [{ name: 'get_weather', input: { city: '</tool_call>' } }],
    ],
    [
      'with a slip in its JSON',
      "<tool_call>{'name': 'get_weather', 'arguments': {'city': 'Paris',}}</tool_call>",
      [paris],
    ],
    [
      'Qwen3-Coder',
      '<tool_call>\n<function=get_weather>\n<parameter=city>\n12\n</parameter>\n<parameter=days>\n3\n</parameter>\n<parameter=places>["a"]</parameter>\n<parameter=wet>True</parameter>\n</function>\n</tool_call>',
      [{ name: 'get_weather', input: { city: '12', days: 3, places: ['a'], wet: true } }],
    ],
    [
      'Qwen3-Coder without the outer tag',
      'x <function=get_weather><parameter=city>a</parameter>b</parameter></function>',
      ['x ', { name: 'get_weather', input: { city: 'a</parameter>b' } }],
    ],
    ['a function tag with JSON', '<function=get_weather>{"city":"Paris"}</function>', [paris]],
    [
      'a code block',
      'I call:\n```json\n{"name":"get_weather","arguments":{"city":"Paris"}}\n```',
      ['I call:\n', paris],
    ],
    [
      'a code block of OpenAI calls',
      '```json\n[{"type":"function","function":{"name":"get_weather","arguments":"{\\"city\\":\\"Paris\\"}"}}]\n```',
      [paris],
    ],
    [
      'Mistral',
      '[TOOL_CALLS][{"name":"get_weather","arguments":{"city":"Paris"}},{"name":"get_time","arguments":{}}]',
      [paris, time],
    ],
    ['later Mistral', '[TOOL_CALLS]get_weather[ARGS]{"city":"Paris"}[TOOL_CALLS]get_time{}', [paris, time]],
    [
      'Llama',
      '<|python_tag|>{"name":"get_weather","parameters":{"city":"Paris"}}; {"name":"get_time","parameters":{}}',
      [paris, time],
    ],
    ['Llama without its tag', ' {"name": "get_weather", "parameters": {"city":"Paris"}}', [' ', paris]],
  ])('%s', (_, text, expected) => {
    expect(read([text])).toEqual(expected);
    expect(read([...text])).toEqual(expected);
  });

  test.each([
    ['an undeclared tool', '<tool_call>{"name":"rm","arguments":{}}</tool_call>'],
    ['one of several is undeclared', '[TOOL_CALLS][{"name":"get_time","arguments":{}},{"name":"rm","arguments":{}}]'],
    ['cut JSON', '<tool_call>{"name":"get_weather","arguments":{"city":"Par'],
    ['a code block that never closes', '```json\n{"name":"get_time","arguments":{}}'],
    ['parameters that never close', '<function=get_weather><parameter=city>Paris'],
    ['other JSON in a code block', '```json\n{"name":"get_time","version":1}\n```'],
    ['JSON that follows text', 'So: {"name":"get_time","parameters":{}}'],
    ['JSON that is no call', '{"city":"Paris"}'],
    ['words about tags', 'Use <tool_call> and <function=…> or [TOOL_CALLS] as you like, `<|python_tag|>` too.'],
  ])('stays text: %s', (_, text) => {
    expect(read([text])).toEqual([text]);
    expect(read([...text])).toEqual([text]);
  });

  const token = fc.constantFrom(
    '<tool_call>',
    '</tool_call>',
    '<function=get_time>',
    '</function>',
    '<parameter=city>',
    '</parameter>',
    '```json',
    '```',
    '[TOOL_CALLS]',
    '[ARGS]',
    '<|python_tag|>',
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ';',
    ':',
    '\n',
    ' ',
    'get_time',
    '"name"',
    '"arguments"',
    '"parameters":{}',
    'word',
    '<',
    '`',
    '{"name":"get_time","arguments":{}}',
    '{"name":"rm","arguments":{}}',
  );

  test('where the text is cut into pieces makes no difference, and no text is lost', () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 14 }), fc.array(fc.nat(), { maxLength: 8 }), (tokens, cuts) => {
        const text = tokens.join('');
        const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
        const pieces = [0, ...places].map((place, at) => text.slice(place, places[at]));
        const whole = read([text]);
        expect(read(pieces)).toEqual(whole);
        if (whole.every((piece) => typeof piece === 'string')) expect(whole.join('')).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });
});
