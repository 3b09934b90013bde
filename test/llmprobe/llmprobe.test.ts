import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { obligingScript } from '../fakes/obliging.ts';
import { type FakeUpstream, startFakeUpstream } from '../fakes/upstream.ts';
import { nodeExecutable } from '../node-executable.mjs';
import { startProgram } from '../programs/program.ts';
import { type Gateway, goodKey, startGateway } from '../src-main/gateway/start-gateway.ts';
import { root } from '../tiers.mjs';

/**
 * llmprobe, a conformance suite for model servers, over all three protocols of the gateway in front of a Chat server that does what it is told:
 * nothing may fail that does not fail at that server itself.
 */

interface Result {
  readonly id: string;
  readonly surface: string;
  readonly outcome: string;
  readonly reason?: string;
  readonly failures: readonly { readonly id: string; readonly severity: string; readonly message: string }[];
}

/** What fails through the gateway alone, and stays so. */
const baseline: readonly string[] = [
  // Open Responses wants it; OpenAI, xAI, DeepSeek and Azure never send it, and neither do we.
  'responses-sse-missing-done',
];

let folder: string;
let fake: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-llmprobe-'));
  fake = await startFakeUpstream({ model: obligingScript });
  gateway = await startGateway({ upstream: fake.url, kind: 'llama-cpp' });
});
afterAll(async () => {
  await gateway.close();
  await fake.close();
  rmSync(folder, { recursive: true, force: true });
});

async function probe(url: string, model: string): Promise<readonly Result[]> {
  const report = join(folder, `${model.replace('/', '-')}.json`);
  const options = [
    '--no-bench',
    '--no-save',
    '--no-color',
    '--reasoning',
    'default',
    '--save',
    report,
    '--model',
    model,
    '--api-key',
    goodKey,
  ];
  const program = join(root, 'node_modules/llmprobe/bin/dist/llmprobe.mjs');
  const { child } = startProgram(nodeExecutable(), [program, url, ...options], { ...process.env, HOME: folder });
  child.stdout?.resume();
  await once(child, 'exit');
  return JSON.parse(readFileSync(report, 'utf8')).conformance.results;
}

const failures = (results: readonly Result[]): readonly string[] =>
  results.flatMap((result) => result.failures.flatMap(({ id, severity }) => (severity === 'MUST' ? [id] : [])));

test('the server itself has no failure over Chat, and the gateway none over any protocol', async () => {
  const direct = await probe(fake.url, 'fake-model');
  expect(failures(direct.filter(({ surface }) => surface === 'chat' || surface === 'embeddings'))).toEqual([]);

  const through = await probe(gateway.url, 'up/fake-model');
  expect(failures(through)).toEqual(baseline);
  // A check that could not be made proves nothing: what the server lets be told must be told over every protocol.
  const outcomes = new Map(through.map(({ id, outcome, reason }) => [id, { outcome, reason }]));
  const untold = direct
    .filter(({ id, outcome }) => id.startsWith('chat-') && outcome === 'pass')
    .flatMap(({ id }) => ['chat', 'responses', 'messages'].map((surface) => id.replace(/^chat/, surface)))
    .flatMap((id) => {
      const { outcome = 'pass', reason } = outcomes.get(id) ?? {};
      return outcome === 'pass' || outcome === 'fail' ? [] : [`${id}: ${reason}`];
    });
  expect(untold).toEqual(['responses-reasoning-roundtrip: surface has no history-reasoning wire shape']);
});
