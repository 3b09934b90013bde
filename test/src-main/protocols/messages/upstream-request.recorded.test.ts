import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConversationRequest, Turn } from '../../../../src-main/protocols/conversation/request.ts';
import { decodeMessagesRequest } from '../../../../src-main/protocols/messages/decode-request.ts';
import { isObject } from '../../../../src-shared/json.ts';
import { session, wildHistory } from '../conversation/histories.ts';
import { testSupplies } from '../supplies.ts';
import { chat, claude, decoded, encoded, type Options, translate, user } from './chat-request.ts';
import { faultsOf } from './check-upstream-request.ts';

const { DRAGOMAN_FIXTURES: fixtures = '' } = process.env;

/** The bodies that an agent posted to an endpoint, by scenario. */
function sessions(agent: string, endpoint: string): [string, readonly unknown[]][] {
  if (fixtures === '') return [];
  const folder = join(fixtures, 'agent-requests', agent);
  return readdirSync(folder).flatMap((scenario): [string, unknown[]][] => {
    const lines = readFileSync(join(folder, scenario, 'requests.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const bodies = lines
      .map((line) => JSON.parse(line))
      .filter(({ url }) => String(url).split('?')[0] === endpoint)
      .map(({ body }) => body);
    return bodies.length === 0 ? [] : [[`${agent} ${scenario}`, bodies]];
  });
}

describe.skipIf(fixtures === '')('what agents send in Chat becomes sound Messages requests and loses nothing', () => {
  const recorded = [...sessions('opencode', '/v1/chat/completions'), ...sessions('qwen', '/v1/chat/completions')];
  test.each(recorded)('%s', (_, bodies) => {
    for (const body of bodies) {
      if (!isObject(body)) throw new Error('a body is no object');
      const { losses, ...request } = translate(body as never, { flags: claude });
      expect(faultsOf(request.body)).toEqual([]);
      // Reasoning that a Chat client gives back is text without a signature.
      expect(losses.filter((what) => what !== 'thinking')).toEqual([]);
    }
  });
});

describe.skipIf(fixtures === '')('what Claude Code sends goes on to a Messages upstream', () => {
  test.each(sessions('claude', '/v1/messages'))('%s', (_, bodies) => {
    for (const body of bodies) {
      const result = decodeMessagesRequest(body, testSupplies());
      if (!result.ok) throw new Error(result.error.message);
      const request = encoded(result.request, {
        flags: { ...claude, hostedTools: true, messagesThinking: 'adaptive' },
      });
      expect(faultsOf(request.body)).toEqual([]);
      expect(request.diagnostics.filter(({ what }) => what !== 'thinking')).toEqual([]);
    }
  });
});

const base = decoded(chat([user('hi')]));
const conversation = (turns: readonly Turn[]): ConversationRequest => ({ ...base, turns });
const someFlags: fc.Arbitrary<NonNullable<Options['flags']>> = fc.record({
  prefill: fc.boolean(),
  cacheControl: fc.boolean(),
});

test('a longer session begins with the messages of the one before it, so that the prompt cache holds', () => {
  fc.assert(
    fc.property(session, (steps) => {
      let before: readonly string[] = [];
      for (let count = 1; count <= steps.length; count++) {
        const { messages } = encoded(conversation(steps.slice(0, count).flat())).body;
        const now = Array.isArray(messages) ? messages.map((message) => JSON.stringify(message)) : [];
        // The last message may still grow: what follows in the same role is one message with it.
        expect(now.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
        const last = before.at(-1);
        if (last !== undefined) expect(now[before.length - 1]?.startsWith(last.slice(0, -2))).toBe(true);
        before = now;
      }
    }),
    { numRuns: 200 },
  );
});

test('any history, however broken, becomes a sound request', () => {
  fc.assert(
    fc.property(wildHistory, someFlags, (turns, flags) => {
      expect(faultsOf(encoded(conversation(turns), { flags }).body)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
