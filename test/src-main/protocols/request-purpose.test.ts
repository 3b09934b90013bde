import { describe, expect, test } from 'vitest';
import { requestPurpose } from '../../../src-main/protocols/request-purpose.ts';

const titleSchema = { type: 'object', properties: { title: { type: 'string' } }, required: ['title'] };
const tools = [{ name: 'read_file' }];
const user = (text: string) => ({ role: 'user', content: text });

describe('what a request wants', () => {
  test.each([
    ['/v1/messages', 'chat'],
    ['/v1/chat/completions', 'chat'],
    ['/v1/responses', 'chat'],
    ['/v1/messages/count_tokens', 'count'],
    ['/v1/responses/input_tokens', 'count'],
    ['/v1/responses/compact', 'compact'],
    ['/v1/embeddings', 'embeddings'],
    ['/v1/files', 'other'],
  ])('is told by its path: %s is %s', (path, purpose) => {
    expect(requestPurpose(path, {})).toBe(purpose);
  });

  test.each([
    [
      'Claude Code',
      '/v1/messages',
      { tools: [], output_config: { format: { type: 'json_schema', schema: titleSchema } } },
    ],
    [
      'Codex',
      '/v1/responses',
      { tools: [], text: { format: { type: 'json_schema', strict: true, schema: titleSchema } } },
    ],
    [
      'a client of Chat',
      '/v1/chat/completions',
      { response_format: { type: 'json_schema', json_schema: { schema: titleSchema } } },
    ],
  ])('is a title where the answer has to be one: %s', (_agent, path, body) => {
    expect(requestPurpose(path, { messages: [user('hi')], ...body })).toBe('title');
    expect(requestPurpose(path, { messages: [user('hi')], ...body, tools })).toBe('chat');
  });

  test('is no title where the answer holds more than one', () => {
    const schema = { properties: { title: {}, body: {} } };
    expect(requestPurpose('/v1/responses', { input: 'hi', text: { format: { schema } } })).toBe('chat');
  });

  test.each([
    [
      'in a message before the last',
      { messages: [user('Generate a title for this conversation:\n'), user('"fix it"')] },
    ],
    [
      'in a block',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'Generate a title for this conversation:\n' }] }] },
    ],
  ])('is a title where words ask for one and there are no tools: %s', (_where, body) => {
    expect(requestPurpose('/v1/chat/completions', body)).toBe('title');
    expect(requestPurpose('/v1/chat/completions', { ...body, tools })).toBe('chat');
  });

  test('is not told by what was said earlier in the conversation', () => {
    const messages = [user('Generate a title for my page'), { role: 'assistant', content: 'Home' }, user('thanks')];
    expect(requestPurpose('/v1/chat/completions', { messages })).toBe('chat');
  });

  test.each([
    [
      'Claude Code',
      '/v1/messages',
      {
        tools,
        messages: [
          {
            role: 'user',
            content: [{ type: 'tool_result' }, { type: 'text', text: 'CRITICAL: Respond with TEXT ONLY. Do not' }],
          },
        ],
      },
    ],
    [
      'Codex, by its words',
      '/v1/responses',
      {
        tools: [],
        input: [
          {
            type: 'message',
            role: 'user',
            content: [{ type: 'input_text', text: 'You are performing a CONTEXT CHECKPOINT COMPACTION.' }],
          },
        ],
      },
    ],
    [
      'Codex, by its metadata',
      '/v1/responses',
      { input: [], client_metadata: { 'x-codex-turn-metadata': '{"request_kind":"compaction"}' } },
    ],
    ['Codex, by an item', '/v1/responses', { tools, input: [user('hi'), { type: 'compaction_trigger' }] }],
  ])('is a summary where %s makes room', (_agent, path, body) => {
    expect(requestPurpose(path, body)).toBe('compact');
  });

  test.each([
    { messages: 'hello' },
    { messages: [null, 7, { role: 'user', content: 7 }, { role: 'user', content: [null, { text: 7 }] }] },
    { input: 'hello', client_metadata: { 'x-codex-turn-metadata': '{broken' }, text: { format: 'text' } },
    { response_format: { json_schema: null }, output_config: { format: null }, tools: 'many' },
  ])('is an answer where nothing tells otherwise, however odd the body: %j', (body) => {
    expect(requestPurpose('/v1/messages', body)).toBe('chat');
  });
});
