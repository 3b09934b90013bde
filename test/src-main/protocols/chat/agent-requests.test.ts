import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeChatRequest } from '../../../../src-main/protocols/chat/encode-request.ts';
import type { ConversationRequest, Turn } from '../../../../src-main/protocols/conversation/request.ts';
import { type CompatFlags, defaultFlags } from '../../../../src-shared/compat-flags.ts';
import { isObject } from '../../../../src-shared/json.ts';
import { session, wildHistory } from '../conversation/histories.ts';
import { decoded, translate } from '../messages/translate.ts';
import { testSupplies } from '../supplies.ts';
import { faultsOf } from './check-request.ts';

const ownTools = new Map([['web-search', 'web_search']] as const);

/** What real sessions rightly lose on the way to another maker's model. */
const expectedLosses = ['thinking', 'document'];

function checkSession(bodies: readonly unknown[]): number {
  let extended = 0;
  for (const [at, body] of bodies.entries()) {
    const translated = translate(body, { ownTools });
    expect(faultsOf(translated.body)).toEqual([]);
    expect(translated.all.filter(({ what }) => !expectedLosses.includes(what))).toEqual([]);
    const previous = bodies[at - 1];
    if (previous === undefined || !extendsTurns(previous, body)) continue;
    extended++;
    const before = translate(previous, { ownTools }).messages;
    expect(translated.messages.slice(0, before.length).map(json)).toEqual(before.map(json));
  }
  return extended;
}

const json = (value: unknown) => JSON.stringify(value);

/** Whether a request goes on from where another one was, apart from marks that move. */
function extendsTurns(earlier: unknown, later: unknown): boolean {
  const plain = (turns: readonly Turn[]) =>
    turns.map((turn) => json([turn.role, turn.blocks.map(({ ...block }) => ({ ...block, extras: undefined }))]));
  const [first, second] = [plain(decoded(earlier).turns), plain(decoded(later).turns)];
  return first.length < second.length && first.every((turn, at) => turn === second[at]);
}

function bodiesIn(file: string): readonly unknown[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.flatMap((line): readonly unknown[] => {
    const entry: unknown = JSON.parse(line);
    if (!isObject(entry)) return [];
    if (!('url' in entry)) return [entry];
    return entry.method === 'POST' && String(entry.url).startsWith('/v1/messages') ? [entry.body] : [];
  });
}

describe('what Claude Code sends', () => {
  test.each(['claude-subagent.jsonl', 'claude-web-search.jsonl'])('%s becomes a sound Chat request', (name) => {
    const bodies = bodiesIn(join(import.meta.dirname, '../../../fixtures/agent-requests', name));
    expect(checkSession(bodies)).toBe(bodies.length - 1);
  });

  const { DRAGOMAN_FIXTURES: fixtures } = process.env;
  describe.skipIf(!fixtures)('in all recorded sessions', () => {
    const folder = join(fixtures ?? '', 'agent-requests');
    const sessions = fixtures
      ? [
          ...readdirSync(join(folder, 'claude')).map((name) => `claude/${name}`),
          'qwen/anthropic_api',
          'opencode/anthropic_sdk',
        ]
      : [];
    test.each(sessions)('%s', (name) => {
      const bodies = bodiesIn(join(folder, name, 'requests.jsonl'));
      expect(bodies.length).toBeGreaterThan(0);
      checkSession(bodies);
    });
  });
});

function encode(turns: readonly Turn[], flags: Partial<CompatFlags>): Record<string, unknown> {
  const request: ConversationRequest = {
    ...{ model: 'm', system: [], turns, tools: [], toolChoice: { mode: 'auto' } as const },
    ...{ stopSequences: [], output: { kind: 'text' } as const, stream: true, extras: {} },
  };
  const options = { upstream: { id: 'u', model: 'm' }, defaults: {}, ownTools, supplies: testSupplies() };
  return encodeChatRequest(request, { ...options, flags: { ...defaultFlags, ...flags } }).body;
}

const someFlags = fc.record({
  midSystem: fc.boolean(),
  strictAlternation: fc.boolean(),
  parallelToolCalls: fc.boolean(),
  toolCallIds: fc.constantFrom('any' as const, 'nine-alphanumeric' as const),
});

test('each request of a session starts with the messages of the one before it, so that the prompt cache holds', () => {
  fc.assert(
    fc.property(session, someFlags, (steps, flags) => {
      let before: readonly string[] = [];
      for (let count = 1; count <= steps.length; count++) {
        const { messages } = encode(steps.slice(0, count).flat(), flags);
        const now = Array.isArray(messages) ? messages.map(json) : [];
        expect(now.slice(0, before.length)).toEqual(before);
        before = now;
      }
    }),
    { numRuns: 200 },
  );
});

test('any history, however broken, becomes a sound request', () => {
  fc.assert(
    fc.property(wildHistory, someFlags, (turns, flags) => {
      const faults = faultsOf(encode([...turns, { role: 'user', blocks: [{ kind: 'text', text: 'go' }] }], flags));
      expect(faults.filter((fault) => !(flags.midSystem && fault.endsWith('is a late system message')))).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('where templates want roles to alternate, they do', () => {
  fc.assert(
    fc.property(wildHistory, (turns) => {
      const { messages } = encode([...turns, { role: 'user', blocks: [{ kind: 'text', text: 'go' }] }], {
        strictAlternation: true,
      });
      const roles = Array.isArray(messages) ? messages.map((message) => (isObject(message) ? message.role : null)) : [];
      for (const [at, role] of roles.entries()) {
        if (role === 'user') expect(['user', 'tool']).not.toContain(roles[at - 1]);
        if (role === 'assistant') expect(roles[at - 1]).not.toBe('assistant');
      }
    }),
  );
});
