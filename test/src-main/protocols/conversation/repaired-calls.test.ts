import { expect, test } from 'vitest';
import { callChunk, chunk, translateChunks } from '../../../chat-to-messages.ts';

const call = (text: string) => callChunk({ index: 0, id: 'a', function: { name: 'get_weather', arguments: text } });

test('a call that comes whole is mended before it is shown, and told', () => {
  const { blocks, assembler } = translateChunks([call("{'city': 'Paris', 'wet': True,}"), chunk({}, 'tool_calls')]);
  expect(blocks).toMatchObject([{ input: '{"city": "Paris", "wet": true}' }]);
  expect(assembler.diagnostics).toMatchObject([{ kind: 'repaired', what: 'tool call arguments' }]);
});

test('a call that is under way is shown as it comes, and not mended afterwards', () => {
  const { blocks, assembler } = translateChunks([call('{"city": "Paris",'), call('}'), chunk({}, 'tool_calls')]);
  expect(blocks).toMatchObject([{ input: '{"city": "Paris",}' }]);
  expect(assembler.diagnostics).toMatchObject([{ kind: 'approximated' }]);
});

test('a call that was cut is never completed', () => {
  const { blocks } = translateChunks([call('{"city": "Par'), chunk({}, 'length')]);
  expect(blocks).toMatchObject([{ input: '{"city": "Par' }]);
});
