import fc from 'fast-check';
import type { Block, Turn } from '../../../../src-main/protocols/conversation/request.ts';

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const id = fc.constantFrom('a', 'b', 'c', 'd');
const textBlock = word.map((text): Block => ({ kind: 'text', text }));
const call = fc
  .tuple(id, word)
  .map(([callId, name]): Block => ({ kind: 'tool-call', id: callId, name, toolKind: 'function', input: '{}' }));
const resultBlock = fc.tuple(id, word, fc.boolean()).map(
  ([callId, text, isError]): Block => ({
    kind: 'tool-result',
    callId,
    toolKind: 'function',
    parts: [{ kind: 'text', text }],
    isError,
    loadedTools: [],
  }),
);

const turn = (role: Turn['role'], block: fc.Arbitrary<Block>) =>
  fc.array(block, { minLength: 1, maxLength: 4 }).map((blocks): Turn => ({ role, blocks }));

/** Turns in any order with calls and results that need not fit together. */
export const wildHistory: fc.Arbitrary<readonly Turn[]> = fc.array(
  fc.oneof(
    turn('system', textBlock),
    turn('user', fc.oneof(textBlock, resultBlock)),
    turn('assistant', fc.oneof(textBlock, call)),
  ),
  { maxLength: 12 },
);

/** One step of an agent: it answers, perhaps with calls; all of them get results, in any order, perhaps with words and system text. */
const step = fc
  .record({
    said: fc.option(word, { nil: null }),
    calls: fc.uniqueArray(id, { maxLength: 3 }),
    order: fc.boolean(),
    words: fc.option(word, { nil: null }),
    system: fc.option(word, { nil: null }),
    systemFirst: fc.boolean(),
  })
  .map(({ said, calls, order, words, system, systemFirst }): readonly Turn[] => {
    const answer: Block[] = said === null && calls.length > 0 ? [] : [{ kind: 'text', text: said ?? 'done' }];
    for (const callId of calls)
      answer.push({ kind: 'tool-call', id: callId, name: 'Bash', toolKind: 'function', input: '{}' });
    const results = calls.map(
      (callId): Block => ({
        kind: 'tool-result',
        callId,
        toolKind: 'function',
        parts: [{ kind: 'text', text: callId }],
        isError: false,
        loadedTools: [],
      }),
    );
    const heard: Block[] = order ? results : results.reverse();
    if (words !== null || heard.length === 0) heard.push({ kind: 'text', text: words ?? 'go on' });
    const user: Turn = { role: 'user', blocks: heard };
    const note: readonly Turn[] = system === null ? [] : [{ role: 'system', blocks: [{ kind: 'text', text: system }] }];
    return [{ role: 'assistant', blocks: answer }, ...(systemFirst ? [...note, user] : [user, ...note])];
  });

/** A session as agents make them: a user turn, then steps. Every slice behind a step is what the agent sends next. */
export const session: fc.Arbitrary<readonly (readonly Turn[])[]> = fc
  .tuple(word, fc.option(word, { nil: null }), fc.array(step, { minLength: 1, maxLength: 6 }))
  .map(([first, note, steps]) => {
    const start: Turn[] = [{ role: 'user', blocks: [{ kind: 'text', text: first }] }];
    if (note !== null) start.push({ role: 'system', blocks: [{ kind: 'text', text: note }] });
    return [start, ...steps];
  });
