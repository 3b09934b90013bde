import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Part, StreamEvent } from '../../../src-main/protocols/conversation/events.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import { anyFlags as flags, anyPart as part, anyWord as word } from '../../any-parts.ts';
import {
  callChunk,
  chunk,
  sse,
  testAssembler,
  toolNames,
  translateChunks,
  translateParts,
  translateStream,
} from '../../chat-to-messages.ts';
import { messagesGrammar } from '../../event-grammar.ts';

/** What must hold for any stream: G4, G5, G6 and G9. */

const recorded = join(import.meta.dirname, '../../fixtures/recorded/openai-chat');
const fixtures = process.env.DRAGOMAN_FIXTURES ?? '';
const more = join(fixtures, 'recorded/openai-chat/stream');
const folders = fixtures !== '' && existsSync(more) ? [recorded, more] : [recorded];
const bodies = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sse'))
    .map((name) => readFileSync(join(folder, name))),
);

const name = fc.constantFrom('get_weather', 'get_time');
const input = fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
const call = fc.record({ name, input });
const pieces = (text: string, cuts: readonly number[]): string[] => {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((place, index) => text.slice(place, places[index] ?? text.length));
};

test('G4 bytes cut anywhere give the same stream', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...bodies),
      fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 30 }),
      (body, sizes) => {
        const cut: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < body.length; turn++) {
          const size = (sizes[turn % sizes.length] ?? 0) + 1;
          cut.push(body.subarray(at, at + size));
          at += size;
        }
        expect(translateStream(cut).text).toBe(translateStream([body]).text);
      },
    ),
    { numRuns: 60 },
  );
});

/** What a server may leave out once it has named a call. */
const style = fc.constantFrom('index', 'id', 'both', 'both, name repeated');

test('G5 parallel calls come out whole however their fragments are interleaved', () => {
  const scenario = fc.record({
    calls: fc.array(call, { minLength: 1, maxLength: 4 }),
    cuts: fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
    order: fc.array(fc.nat({ max: 3 }), { maxLength: 40 }),
    style,
    headersFirst: fc.boolean(),
  });
  fc.assert(
    fc.property(scenario, ({ calls, cuts, order, style, headersFirst }) => {
      const queues = calls.map(({ name, input }, index) => {
        const identity: JsonObject = {
          ...(style !== 'id' && { index }),
          ...(style !== 'index' && { id: `call_${index}` }),
        };
        const first: JsonObject = { index, id: `call_${index}`, function: { name, arguments: '' } };
        const [head = '', ...rest] = pieces(JSON.stringify(input), cuts);
        const again = style === 'both, name repeated' ? { name } : {};
        const fragments = rest.map((text): JsonObject => ({ ...identity, function: { ...again, arguments: text } }));
        const opening = headersFirst
          ? [first, { ...identity, function: { arguments: head } }]
          : [{ ...first, function: { name, arguments: head } }];
        return [...opening, ...fragments];
      });
      const fragments: JsonObject[] = headersFirst ? queues.flatMap((queue) => queue.splice(0, 1)) : [];
      // Calls begin in their order; after that any order goes.
      let begun = headersFirst ? queues.length : 0;
      for (const pick of [...order, ...queues.flatMap((queue, index) => queue.map(() => index))]) {
        const index = Math.min(pick % queues.length, begun);
        const [fragment] = queues[index]?.splice(0, 1) ?? [];
        if (fragment === undefined) continue;
        fragments.push(fragment);
        if (index === begun) begun++;
      }
      for (const queue of queues) fragments.push(...queue);
      const { blocks, text } = translateChunks([...fragments.map((one) => callChunk(one)), chunk({}, 'tool_calls')]);
      expect(messagesGrammar(text)).toEqual([]);
      expect(blocks.map((block) => [block.name, JSON.parse(String(block.input))])).toEqual(
        calls.map(({ name, input }) => [name, JSON.parse(JSON.stringify(input))]),
      );
    }),
    { numRuns: 500 },
  );
});

test('G6 whatever parts come, the events keep the invariants', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), flags, (parts, flags) => {
      const { text, events } = translateParts([...parts, { kind: 'end' }], testAssembler({ flags }));
      expect(messagesGrammar(text, { unreadableArguments: true })).toEqual([]);
      checkEvents(events);
    }),
    { numRuns: 3000 },
  );
});

test('G6 across rounds too', () => {
  const own = { name: 'get_weather', toolKind: 'function' as const, own: true };
  fc.assert(
    fc.property(fc.array(fc.array(part, { maxLength: 12 }), { minLength: 1, maxLength: 4 }), (rounds) => {
      const assembler = testAssembler({ toolNames: toolNames(own, 'get_time') });
      const events: StreamEvent[] = [];
      const end: Part[] = [
        { kind: 'tool-call', id: 'w', index: 9, name: 'get_weather', arguments: '{}' },
        { kind: 'finish', reason: 'stop' },
        { kind: 'done' },
      ];
      for (const parts of rounds) {
        if (assembler.state === 'own-tools')
          events.push(...assembler.nextRound([{ kind: 'web-search', id: 's', query: 'q', result: null }]));
        for (const one of [...parts, ...end]) events.push(...assembler.push(one));
      }
      if (assembler.state === 'own-tools') events.push(...assembler.nextRound([]), ...assembler.push({ kind: 'end' }));
      expect(assembler.state).toBe('ended');
      checkEvents(events);
    }),
    { numRuns: 500 },
  );
});

describe('G9 no input gets past the terminator or throws', () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  const odd = fc.oneof(json, word, fc.constant(null), fc.constant([]), fc.constant({}));
  const oddCall = fc.record(
    {
      id: odd,
      index: odd,
      type: odd,
      function: fc.oneof(odd, fc.record({ name: odd, arguments: odd }, { requiredKeys: [] })),
    },
    { requiredKeys: [] },
  );
  const oddDelta = fc.record(
    {
      role: odd,
      content: odd,
      reasoning: odd,
      reasoning_content: odd,
      reasoning_details: odd,
      refusal: odd,
      tool_calls: fc.oneof(odd, fc.array(oddCall, { maxLength: 3 })),
      function_call: odd,
      annotations: odd,
    },
    { requiredKeys: [] },
  );
  const oddChoice = fc.record(
    {
      index: odd,
      delta: fc.oneof(odd, oddDelta),
      message: odd,
      finish_reason: fc.oneof(odd, fc.constantFrom('stop', 'length', 'tool_calls', 'error', 'abort')),
      usage: odd,
      stop_reason: odd,
    },
    { requiredKeys: [] },
  );
  const oddChunk = fc.oneof(
    odd,
    fc.record(
      {
        id: odd,
        model: odd,
        choices: fc.oneof(odd, fc.array(oddChoice, { maxLength: 2 })),
        usage: odd,
        error: odd,
        x_groq: odd,
        object: odd,
      },
      { requiredKeys: [] },
    ),
  );

  test('chunks of wrong types', () => {
    fc.assert(
      fc.property(fc.array(oddChunk, { maxLength: 8 }), fc.boolean(), flags, (chunks, done, flags) => {
        const { text, events } = translateStream(sse(chunks, done), { flags });
        expect(messagesGrammar(text, { unreadableArguments: true })).toEqual([]);
        checkEvents(events);
      }),
      { numRuns: 1500 },
    );
  });

  test.each(['"tool_calls":[{"id":"a","function":{"name":"f","arguments":DEEP}}]', '"reasoning_details":DEEP'])(
    'values nested too deeply: %s',
    (delta) => {
      const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
      const { text, events } = translateStream(`data: {"choices":[{"delta":{${delta.replace('DEEP', deep)}}}]}\n\n`);
      expect(messagesGrammar(text)).toEqual([]);
      checkEvents(events);
    },
  );

  test('recordings with bytes changed, lost and cut off', () => {
    const change = fc.record({ at: fc.nat(), length: fc.nat({ max: 40 }), put: fc.uint8Array({ maxLength: 8 }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.array(change, { maxLength: 4 }),
        fc.option(fc.nat()),
        (body, changes, cut) => {
          let bytes = Buffer.from(body);
          for (const { at, length, put } of changes) {
            const place = at % bytes.length;
            bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + length)]);
            if (bytes.length === 0) return;
          }
          const { text, events } = translateStream([cut === null ? bytes : bytes.subarray(0, cut % bytes.length)]);
          expect(messagesGrammar(text, { unreadableArguments: true })).toEqual([]);
          checkEvents(events);
        },
      ),
      { numRuns: 400 },
    );
  });
});

/** The contract of events: one start, blocks that do not overlap, one terminator; deltas add up to the block. */
function checkEvents(events: readonly StreamEvent[]): void {
  expect(events.filter(({ kind }) => kind === 'finish' || kind === 'error')).toHaveLength(1);
  expect(['finish', 'error']).toContain(events.at(-1)?.kind);
  expect(events.filter(({ kind }) => kind === 'start').length).toBeLessThanOrEqual(1);
  let next = 0;
  let open = false;
  let text = '';
  for (const event of events) {
    if (event.kind === 'block-start') {
      expect([open, event.index]).toEqual([false, next]);
      open = true;
      text = '';
    } else if (event.kind === 'delta') {
      expect([open, event.index]).toEqual([true, next]);
      expect(event.text).not.toBe('');
      text += event.text;
    } else if (event.kind === 'block-stop') {
      expect([open, event.index]).toEqual([true, next]);
      const { block } = event;
      if (block.kind !== 'web-search') expect(text).toBe(block.kind === 'tool-call' ? block.input : block.text);
      if (block.kind === 'text') expect(block.text.trim()).not.toBe('');
      open = false;
      next++;
    }
  }
}
