import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startFakeUpstream } from '../fakes/upstream.ts';
import { dragoman } from '../programs/dragoman.ts';
import { type DesktopApp, endAll, startDesktop } from './app.ts';
import { processorSeconds, processTree } from './processor-time.ts';

const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
}, 120_000);
afterEach(async () => {
  await endAll();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** How long an app is watched, in seconds: long enough for what it does every ten. IDLE_SECONDS=60 measures closer. */
const seconds = Number(process.env.IDLE_SECONDS ?? 20);

/** Share of one core that the app's processes take together, in percent. */
async function load(desktop: DesktopApp, what: string): Promise<number> {
  const pids = processTree(desktop.app.process().pid ?? 0);
  const before = processorSeconds(pids);
  await sleep(seconds * 1000);
  const percent = (100 * (processorSeconds(pids) - before)) / seconds;
  console.log(`idle, ${what}: ${percent.toFixed(2)} % of a core`);
  return percent;
}

async function withOllama(): Promise<Readonly<Record<string, unknown>>> {
  const fake = await startFakeUpstream({ personality: 'ollama', models: ['qwen3:4b'] });
  cleanups.push(() => fake.close());
  return { detection: { enabled: true }, upstreams: [{ id: 'ollama', kind: 'ollama', baseUrl: fake.url }] };
}

/** What turns in a window while it looks for servers has come to rest. */
async function atRest(desktop: DesktopApp, shows: string): Promise<void> {
  const page = await desktop.window();
  await page.getByText(shows).first().waitFor();
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
}

// The same work takes more processor time while others keep the machine busy.
describe('an app that has nothing to do takes less than 1 % of a core', { retry: 2 }, () => {
  test('with the window open, hidden, and where it finds no server', async () => {
    const open = await startDesktop(await withOllama());
    const hidden = await startDesktop(await withOllama(), { args: ['--port', '0', '--hidden'] });
    const alone = await startDesktop({ detection: { enabled: true } });
    await Promise.all([atRest(open, 'qwen3:4b'), hidden.gateway(), atRest(alone, 'Looking')]);
    // Starting is work, and V8 clears away once, half a minute after it, what that has left.
    await sleep(20_000);
    const loads = await Promise.all([load(open, 'window open'), load(hidden, 'hidden'), load(alone, 'no server')]);
    for (const percent of loads) expect(percent).toBeLessThan(1);
  }, 120_000);
});
