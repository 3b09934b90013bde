import { expect, test } from 'vitest';
import { chatClient, chatUpstream } from '../../../../src-main/protocols/chat/index.ts';
import { defaultFlags } from '../../../../src-shared/compat-flags.ts';
import type { Protocol } from '../../../../src-shared/protocol.ts';

const supplies = { newId: (prefix: string) => `${prefix}1`, hash: (text: string) => text, now: () => 0 };

function rewritten(body: Readonly<Record<string, unknown>>, flags: Partial<typeof defaultFlags> = {}) {
  const asked = { model: 'm', messages: [{ role: 'user', content: 'hello' }], ...body };
  const decoded = chatClient.decodeRequest(asked, supplies, 'chat');
  if (!decoded.ok) throw new Error(decoded.error.message);
  const upstream = { id: 'box', model: 'm' };
  const options = {
    flags: { ...defaultFlags, ...flags },
    upstream,
    defaults: {},
    ownTools: new Map<never, never>(),
    supplies,
  };
  return { sent: chatUpstream.encodeRequest(decoded.request, options).body, told: decoded.diagnostics };
}

function lostOnTheWayTo(to: Protocol, body: Readonly<Record<string, unknown>>): readonly string[] {
  const asked = { model: 'm', messages: [{ role: 'user', content: 'hello' }], ...body };
  const decoded = chatClient.decodeRequest(asked, supplies, to);
  return decoded.ok ? decoded.diagnostics.map(({ what }) => what) : [];
}

test('a Chat request that is written anew for a Chat server keeps all that only Chat and that server know', () => {
  const own = {
    seed: 7,
    min_p: 0.05,
    presence_penalty: 0.5,
    grammar: 'root ::= "yes"',
    cache_prompt: true,
    metadata: { a: '1' },
  };
  const { sent, told } = rewritten(own);
  expect(sent).toMatchObject(own);
  expect(told).toEqual([]);
});

test('what the encoder says itself is not said twice', () => {
  const { sent } = rewritten({
    max_completion_tokens: 9,
    stream: false,
    stream_options: { include_usage: false },
    user: 'me',
  });
  expect(sent).toMatchObject({ max_tokens: 9, stream: true, stream_options: { include_usage: true } });
  expect(Object.keys(sent)).not.toEqual(expect.arrayContaining(['max_completion_tokens']));
  expect(sent).not.toHaveProperty('user');
});

test('arguments for the chat template stay beside those that switch the reasoning', () => {
  const asked = { chat_template_kwargs: { enable_thinking: true, date: 'today' }, reasoning_effort: 'none' };
  const { sent } = rewritten(asked, { reasoningStyle: 'chat-template' });
  expect(sent.chat_template_kwargs).toEqual({ enable_thinking: false, date: 'today' });
});

test('what an answer that is made anew can not hold is not asked for, and told', () => {
  const { sent, told } = rewritten({ n: 2, logprobs: true });
  expect(sent).not.toHaveProperty('n');
  expect(sent).not.toHaveProperty('logprobs');
  expect(told.map(({ what }) => what)).toEqual(['n', 'logprobs']);
});

test('on the way to another protocol all of it is lost, and told', () => {
  expect(lostOnTheWayTo('messages', { seed: 7, n: 1, logit_bias: {} })).toEqual(['seed']);
});
