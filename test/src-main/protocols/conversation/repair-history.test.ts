import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Diagnostics } from '../../../../src-main/protocols/conversation/diagnostics.ts';
import { foldSystemTurns } from '../../../../src-main/protocols/conversation/fold-system-turns.ts';
import { repairHistory } from '../../../../src-main/protocols/conversation/repair-history.ts';
import type { Turn } from '../../../../src-main/protocols/conversation/request.ts';
import { wildHistory } from './histories.ts';

const repair = (turns: readonly Turn[]) => repairHistory(turns, new Diagnostics());
const texts = (turns: readonly Turn[], role: Turn['role']) =>
  turns
    .filter((turn) => turn.role === role)
    .flatMap(({ blocks }) => blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : [])));

test('whatever the history, each call is followed by exactly its results, in call order', () => {
  fc.assert(
    fc.property(wildHistory, (turns) => {
      const repaired = repair(turns);
      for (const [at, turn] of repaired.entries()) {
        expect(turn.blocks.length).toBeGreaterThan(0);
        const calls =
          turn.role === 'assistant'
            ? turn.blocks.flatMap((block) => (block.kind === 'tool-call' ? [block.id] : []))
            : [];
        if (calls.length === 0) continue;
        const next = repaired[at + 1];
        expect(next?.role).toBe('user');
        const head = next?.blocks.slice(0, calls.length).map((block) => block.kind === 'tool-result' && block.callId);
        expect(head).toEqual(calls);
      }
      const count = (kind: string) =>
        repaired.flatMap(({ blocks }) => blocks.filter((block) => block.kind === kind)).length;
      expect(count('tool-result')).toBe(count('tool-call'));
    }),
  );
});

test('no words are lost, and a mended history needs no mending', () => {
  fc.assert(
    fc.property(wildHistory, (turns) => {
      const repaired = repair(turns);
      for (const role of ['user', 'assistant', 'system'] as const)
        expect(texts(repaired, role)).toEqual(texts(turns, role));
      const diagnostics = new Diagnostics();
      expect(repairHistory(repaired, diagnostics)).toEqual(repaired);
      expect(diagnostics.list()).toEqual([]);
    }),
  );
});

test('folding leaves no system turn in the middle and loses no word of one', () => {
  fc.assert(
    fc.property(wildHistory, (turns) => {
      const repaired = repair(turns);
      const { system, turns: folded } = foldSystemTurns(repaired, false);
      expect(folded.every(({ role }) => role !== 'system')).toBe(true);
      const everything = JSON.stringify([system, folded]);
      for (const text of texts(repaired, 'system')) expect(everything).toContain(text);
      const calls = (list: readonly Turn[]) =>
        list.flatMap(({ blocks }) => blocks.filter((block) => block.kind === 'tool-call'));
      expect(calls(folded)).toEqual(calls(repaired));
    }),
  );
});

test('a result that comes turns later moves up to its call', () => {
  const call = { kind: 'tool-call', id: 'a', name: 'Bash', toolKind: 'function', input: '{}' } as const;
  const result = {
    kind: 'tool-result',
    callId: 'a',
    toolKind: 'function',
    parts: [],
    isError: false,
    loadedTools: [],
  } as const;
  const text = (value: string) => ({ kind: 'text', text: value }) as const;
  const turns: readonly Turn[] = [
    { role: 'assistant', blocks: [call] },
    { role: 'assistant', blocks: [text('waiting')] },
    { role: 'user', blocks: [result, text('here')] },
  ];
  expect(repair(turns).map(({ role, blocks }) => [role, ...blocks.map((block) => block.kind)])).toEqual([
    ['assistant', 'tool-call'],
    ['user', 'tool-result'],
    ['assistant', 'text'],
    ['user', 'text'],
  ]);
});
