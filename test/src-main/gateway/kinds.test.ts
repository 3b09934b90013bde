import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isObject } from '../../../src-shared/json.ts';
import type { UpstreamKindId } from '../../../src-shared/settings.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { type Gateway, messagesBody, startGateway } from './start-gateway.ts';

let fake: FakeUpstream;
let gateway: Gateway;
beforeEach(async () => {
  fake = await startFakeUpstream();
});
afterEach(async () => {
  await gateway.close();
  await fake.close();
});

const tools = ['get_weather', 'list_all'].map((name) => ({ name, input_schema: { type: 'object', properties: {} } }));

/** What a server of this kind is asked when an agent asks for this. */
async function askedOf(kind: UpstreamKindId, more: object): Promise<Record<string, unknown>> {
  gateway = await startGateway({ upstream: fake.url, kind });
  const answer = await gateway.post('/v1/messages', messagesBody('hello', { stream: false, ...more }));
  expect(answer.status).toBe(200);
  const sent: unknown = JSON.parse(fake.requests().at(-1)?.body ?? '');
  return isObject(sent) ? sent : expect.fail('it was asked nothing');
}

describe('a choice of one tool', () => {
  test('reaches LM Studio, which refuses an object, as a word', async () => {
    const choice = { tools, tool_choice: { type: 'tool', name: 'list_all' } };
    expect((await askedOf('lm-studio', choice)).tool_choice).toBe('required');
  });

  test('reaches vLLM as it is', async () => {
    const choice = { tools, tool_choice: { type: 'tool', name: 'list_all' } };
    expect((await askedOf('vllm', choice)).tool_choice).toEqual({ type: 'function', function: { name: 'list_all' } });
  });
});

describe('thinking', () => {
  test('is sized for vLLM through the chat template and its own budget', async () => {
    const sent = await askedOf('vllm', { max_tokens: 9000, thinking: { type: 'enabled', budget_tokens: 4096 } });
    expect(sent).toMatchObject({
      chat_template_kwargs: { enable_thinking: true },
      thinking_token_budget: 4096,
      max_tokens: 9000,
    });
  });

  test('of earlier turns goes back to vLLM under the name it reads', async () => {
    gateway = await startGateway({ upstream: fake.url, kind: 'vllm' });
    const first = await gateway.post('/v1/messages', messagesBody('think', { stream: false }));
    const { content } = await first.json();
    const messages = [
      { role: 'user', content: 'one' },
      { role: 'assistant', content },
      { role: 'user', content: 'two' },
    ];
    await gateway.post('/v1/messages', messagesBody('hello', { stream: false, messages }));
    const sent = JSON.parse(fake.requests().at(-1)?.body ?? '');
    expect(sent.messages[1]).toMatchObject({ role: 'assistant', content: 'Thought.', reasoning: 'Let me think.' });
  });
});

test('top_k is passed to the servers that know it', async () => {
  expect((await askedOf('lm-studio', { top_k: 40 })).top_k).toBe(40);
  await gateway.close();
  expect((await askedOf('vllm', { top_k: 40 })).top_k).toBe(40);
});
