import { describe, expect, it } from 'vitest';
import { createRepeatedFailures } from '../../../src-main/gateway/repeated-failures.ts';
import { findOverflow } from '../../../src-main/protocols/conversation/context-overflow.ts';
import type { ConversationError } from '../../../src-main/protocols/conversation/error.ts';
import { startFakeUpstream } from '../../fakes/upstream.ts';
import { startGateway } from './start-gateway.ts';

const overflow: ConversationError = {
  kind: 'context-overflow',
  message: 'the prompt is too long',
  overflow: { promptTokens: 9000, contextWindow: 4096 },
};
const refused: ConversationError = { kind: 'invalid-request', message: 'the server does not know `thinking`' };
const request = Buffer.from('{"model":"m","messages":[1]}');
const another = Buffer.from('{"model":"m","messages":[2]}');

function memory() {
  let time = 1000;
  const failures = createRepeatedFailures(() => time);
  return {
    ...failures,
    fail: (times: number, error = overflow, body = request) => {
      for (let at = 0; at < times; at += 1) failures.learn('k', body, error);
    },
    pass: (ms: number) => {
      time += ms;
    },
  };
}

describe('a request that keeps failing', () => {
  it('is asked five times and then answered from memory', () => {
    const { fail, recall } = memory();
    fail(4);
    expect(recall('k', request)).toBeNull();
    fail(1);
    expect(recall('k', request)).toMatchObject({ kind: 'invalid-request', retryAfterMs: 1000, shouldRetry: false });
  });

  it('is asked again when the wait is over, and then waits twice as long, half a minute at most', () => {
    const { fail, recall, pass } = memory();
    fail(5);
    const waits: (number | undefined)[] = [];
    for (let round = 0; round < 8; round += 1) {
      const wait = recall('k', request)?.retryAfterMs;
      waits.push(wait);
      pass(wait ?? 0);
      expect(recall('k', request)).toBeNull();
      fail(1);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('says what is left of the wait', () => {
    const { fail, recall, pass } = memory();
    fail(7);
    pass(1500);
    expect(recall('k', request)?.retryAfterMs).toBe(2500);
  });

  it('is told in words that no client takes for an overflow', () => {
    const { fail, recall } = memory();
    fail(5);
    const message = recall('k', request)?.message ?? '';
    expect(message).toBe(
      'The same request failed 5 times in the same way, so Dragoman asks again in 1 s at the earliest. ' +
        'It takes 9000 tokens and the model, as it is loaded, 4096. Give the model more room, or use another one.',
    );
    expect(findOverflow([message])).toBeNull();
  });

  it('keeps its own words where it is no overflow', () => {
    const { fail, recall } = memory();
    fail(5, refused);
    expect(recall('k', request)).toMatchObject({ kind: 'invalid-request' });
    expect(recall('k', request)?.message).toContain('the server does not know `thinking`');
  });

  it('stands for itself only: not for another request, nor for the same one with another key', () => {
    const { fail, recall } = memory();
    fail(5);
    expect(recall('k', another)).toBeNull();
    expect(recall('other', request)).toBeNull();
  });

  it('starts anew after a success, another failure, or ten quiet minutes', () => {
    const success = memory();
    success.fail(4);
    success.learn('k', request, null);
    success.fail(4);
    expect(success.recall('k', request)).toBeNull();

    const other = memory();
    other.fail(4);
    other.fail(4, refused);
    expect(other.recall('k', request)).toBeNull();

    const quiet = memory();
    quiet.fail(4);
    quiet.pass(10 * 60_000);
    quiet.fail(4);
    expect(quiet.recall('k', request)).toBeNull();
  });

  it('is not remembered where the failure may pass by itself', () => {
    for (const kind of [
      'rate-limit',
      'loading',
      'overloaded',
      'upstream-cut',
      'upstream-unreachable',
      'timeout',
    ] as const) {
      const { fail, recall } = memory();
      fail(20, { kind, message: 'later' });
      expect(recall('k', request), kind).toBeNull();
    }
  });

  it('is forgotten when five hundred others failed since', () => {
    const { fail, recall } = memory();
    fail(5);
    for (let at = 0; at < 499; at += 1) fail(1, overflow, Buffer.from(`{"model":"m${at}"}`));
    expect(recall('k', request)).not.toBeNull();
    fail(1, overflow, Buffer.from('{"model":"one more"}'));
    expect(recall('k', request)).toBeNull();
  });
});

describe('the gateway', () => {
  it.each(['/v1/messages', '/v1/chat/completions'])(
    'stops asking for a request to %s that never fits',
    async (path) => {
      const fake = await startFakeUpstream();
      const gateway = await startGateway({ upstream: fake.url });
      try {
        const body = { model: 'coder', max_tokens: 100, messages: [{ role: 'user', content: '[[overflow]]' }] };
        const ask = async (content = '[[overflow]]') => {
          const answer = await gateway.post(path, { ...body, messages: [{ role: 'user', content }] });
          return { status: answer.status, wait: answer.headers.get('retry-after'), text: await answer.text() };
        };
        for (let time = 0; time < 5; time += 1) expect((await ask()).wait).toBeNull();
        const sent = fake.requests().length;
        for (let time = 0; time < 3; time += 1) {
          const answer = await ask();
          expect(answer).toMatchObject({ status: 400, wait: '1' });
          expect(answer.text).toContain('The same request failed 5 times in the same way');
        }
        expect(fake.requests()).toHaveLength(sent);
        expect(gateway.ends.at(-1)?.diagnostics).toHaveLength(1);
        expect((await ask('hello')).status).toBe(200);
      } finally {
        await gateway.close();
        await fake.close();
      }
    },
  );
});
