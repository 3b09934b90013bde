import { afterEach, expect, test } from 'vitest';
import { startFakeUpstream } from '../fakes/upstream.ts';
import { askedByChat } from './asked.ts';
import { runOpenCode } from './opencode.ts';
import { startStage } from './stage.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/**
 * The prompt with OpenCode's tools does not fit, its compaction, which has none, does: OpenCode 1.18.33 compacts and asks again, some six
 * times a second, for ever.
 */
test('OpenCode ends, with words for its user, where its prompt can never fit', { timeout: 120_000 }, async () => {
  const fake = await startFakeUpstream({
    models: ['fake-model'],
    personality: 'llama-cpp',
    contextWindow: 4096,
    refusesOverflow: true,
  });
  undo.push(fake.close);
  const stage = await startStage([{ id: 'fake', kind: 'llama-cpp', baseUrl: fake.url }]);
  undo.push(stage.end);
  const { code, stdout, stderr } = await runOpenCode('chat', 'Say hello.', stage.agent('fake/fake-model'), {
    patienceMs: 90_000,
  });

  expect(code, stdout + stderr).toBe(1);
  expect(stderr).toContain('Give the model more room, or use another one.');
  expect(askedByChat(fake).filter(({ tools }) => tools.length > 0).length).toBeLessThan(10);
});
