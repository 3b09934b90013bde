import { expect, test } from 'vitest';
import { answerAsStream } from '../../../../src-main/protocols/chat/answer-chunk.ts';
import { isObject } from '../../../../src-shared/json.ts';

test('a JSON answer becomes one chunk and [DONE]', () => {
  const message = {
    role: 'assistant',
    content: 'hi',
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
  };
  const answer = {
    id: 'x',
    object: 'chat.completion',
    model: 'm',
    choices: [{ index: 0, finish_reason: 'tool_calls', message }],
    usage: { prompt_tokens: 1 },
  };
  const frames = answerAsStream(answer).trim().split('\n\n');
  expect(frames).toHaveLength(2);
  expect(frames[1]).toBe('data: [DONE]');
  const chunk: unknown = JSON.parse((frames[0] ?? '').slice('data: '.length));
  expect(isObject(chunk) && chunk).toEqual({
    ...answer,
    object: 'chat.completion.chunk',
    choices: [
      {
        index: 0,
        finish_reason: 'tool_calls',
        delta: { ...message, tool_calls: [{ index: 0, ...message.tool_calls[0] }] },
      },
    ],
  });
});

test('an error stays an error', () => {
  expect(answerAsStream({ error: { message: 'no' } })).toBe('data: {"error":{"message":"no"}}\n\n');
});
