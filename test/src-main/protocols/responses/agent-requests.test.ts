import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeResponsesRequest } from '../../../../src-main/protocols/responses/decode-request.ts';
import { isObject } from '../../../../src-shared/json.ts';
import { faultsOf } from '../chat/check-request.ts';
import { testSupplies } from '../supplies.ts';
import { assistant, call, developer, output, reasoning, request, translate, user } from './translate.ts';

/** What real sessions rightly lose on the way to another maker's model; a compaction_trigger is answered by the gateway. */
const expectedLosses = ['thinking', 'verbosity', 'document', 'compaction', 'compaction_trigger'];
const ownTools = new Map([['web-search', 'web_search']] as const);

function checkRequest(body: unknown): void {
  const translated = translate(body, { ownTools });
  expect(faultsOf(translated.body)).toEqual([]);
  expect(translated.all.filter(({ what }) => !expectedLosses.includes(what))).toEqual([]);
  const names = new Set(translated.tools.map((tool) => tool.function.name));
  for (const name of names) expect(translated.toolNames.has(String(name))).toBe(true);
}

/** Requests that go on from the one before them begin with its messages, and with its tools. */
function checkSession(bodies: readonly unknown[]): number {
  let extended = 0;
  for (const [at, body] of bodies.entries()) {
    checkRequest(body);
    const previous = bodies[at - 1];
    if (previous === undefined || !extendsInput(previous, body)) continue;
    extended++;
    const [before, now] = [translate(previous, { ownTools }), translate(body, { ownTools })];
    expect(now.messages.slice(0, before.messages.length)).toEqual(before.messages);
    // A compaction goes on from the conversation without its tools.
    if (now.tools.length > 0) expect(now.tools.slice(0, before.tools.length)).toEqual(before.tools);
  }
  return extended;
}

function extendsInput(earlier: unknown, later: unknown): boolean {
  const [first, second] = [earlier, later].map((body) =>
    isObject(body) && Array.isArray(body.input) ? body.input : [],
  );
  if (first === undefined || second === undefined || first.length === 0 || first.length >= second.length) return false;
  return first.every((item, at) => JSON.stringify(item) === JSON.stringify(second[at]));
}

function bodiesIn(file: string): readonly unknown[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.flatMap((line): readonly unknown[] => {
    const entry: unknown = JSON.parse(line);
    if (!isObject(entry)) return [];
    if (!('url' in entry)) return [entry];
    return entry.method === 'POST' && String(entry.url).startsWith('/v1/responses') ? [entry.body] : [];
  });
}

describe('what Codex sends', () => {
  test.each(['codex-tool-search.jsonl', 'codex-view-image.jsonl'])('%s becomes a sound Chat request', (name) => {
    const bodies = bodiesIn(join(import.meta.dirname, '../../../fixtures/agent-requests', name));
    expect(checkSession(bodies)).toBe(bodies.length - 1);
  });
});

const { DRAGOMAN_FIXTURES: fixtures } = process.env;
describe.skipIf(!fixtures)('all recorded requests become sound Chat requests', () => {
  const folder = join(fixtures ?? '', 'agent-requests');
  const sessions = fixtures
    ? ['codex', 'opencode', 'qwen'].flatMap((agent) =>
        readdirSync(join(folder, agent)).map((name) => `${agent}/${name}`),
      )
    : [];
  test('sessions of agents', () => {
    let requests = 0;
    for (const name of sessions) {
      const bodies = bodiesIn(join(folder, name, 'requests.jsonl'));
      requests += bodies.length;
      checkSession(bodies);
    }
    expect(requests).toBeGreaterThan(40);
  });

  test.each(['json', 'stream', 'error'])('recorded traffic, %s', (kind) => {
    const traffic = join(fixtures ?? '', 'recorded/openai-responses', kind);
    if (!existsSync(traffic)) return;
    for (const file of readdirSync(traffic).filter((name) => name.endsWith('.request.json')))
      checkRequest(JSON.parse(readFileSync(join(traffic, file), 'utf8')));
  });
});

const id = fc.constantFrom('a', 'b', 'c');
const word = fc.stringMatching(/^[a-z]{1,6}$/);
/** Items of every kind in any order: outputs need no calls, reasoning leads nowhere. */
const wildItem: fc.Arbitrary<unknown> = fc.oneof(
  word.map(user),
  word.map(developer),
  word.map((said) => assistant(said)),
  id.map((callId) => call(callId)),
  id.map((callId) => output(callId)),
  word.map((text) => reasoning({ content: [{ type: 'reasoning_text', text }] })),
  id.map((call_id) => ({ type: 'custom_tool_call', call_id, name: 'patch', input: 'x' })),
  id.map((call_id) => ({ type: 'custom_tool_call_output', call_id, output: 'x' })),
  id.map((call_id) => ({ type: 'tool_search_call', call_id, execution: 'client', arguments: {} })),
  id.map((call_id) => ({ type: 'tool_search_output', call_id, tools: [{ type: 'function', name: call_id }] })),
  word.map((query) => ({ type: 'web_search_call', action: { type: 'search', query } })),
  word.map((name) => ({ type: `${name}_call`, id: name })),
);

test('any list of items, however broken, becomes a sound request', () => {
  fc.assert(
    fc.property(fc.array(wildItem, { maxLength: 14 }), (items) => {
      expect(faultsOf(translate(request([...items, user('go')])).body)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('no body makes the decoder throw: it is read or refused', () => {
  const body = fc.record({
    model: fc.oneof(fc.constant('m'), fc.jsonValue()),
    input: fc.oneof(
      fc.jsonValue(),
      fc.array(
        fc.oneof(
          wildItem,
          fc.record({
            type: fc.constantFrom(
              'message',
              'reasoning',
              'function_call',
              'shell_call_output',
              'compaction',
              'additional_tools',
              'computer_call_output',
            ),
            role: fc.jsonValue(),
            content: fc.jsonValue(),
            tools: fc.jsonValue(),
            output: fc.jsonValue(),
            summary: fc.jsonValue(),
            call_id: fc.jsonValue(),
          }),
        ),
      ),
    ),
    tools: fc.oneof(
      fc.constant([]),
      fc.jsonValue(),
      fc.array(
        fc.record({
          type: fc.constantFrom('function', 'custom', 'namespace', 'mcp'),
          name: fc.jsonValue(),
          tools: fc.jsonValue(),
        }),
      ),
    ),
    tool_choice: fc.oneof(fc.constant('auto'), fc.jsonValue()),
  });
  fc.assert(
    fc.property(body, (value) => {
      const result = decodeResponsesRequest(value, testSupplies());
      if (!result.ok) expect(result.error.message).not.toBe('');
    }),
    { numRuns: 500 },
  );
});
