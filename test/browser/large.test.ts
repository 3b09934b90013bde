import type { Browser, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ContentPiece } from '../../src-shared/activity.ts';
import { type FakeService, fakeRow, fakeServers, startFakeService } from './fake-service.ts';
import { openPage, startBrowser } from './window.ts';

/** The window answers within this, in ms: more is felt. */
const answersWithin = 100;
/** What one answer may take where something else keeps the machine busy, in ms: beyond it the window itself is slow. */
const atMost = 400;

let browser: Browser;
let service: FakeService | null = null;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await service?.close();
  service = null;
});

async function open(rows: number): Promise<Page> {
  service = await startFakeService({
    servers: fakeServers(6, 300),
    rows: Array.from({ length: rows }, (_row, at) => fakeRow(at + 1)),
  });
  const { page } = await openPage(browser, service.ui, { viewport: { width: 1440, height: 900 } });
  await page.getByRole('rowheader', { name: 'model-0', exact: true }).first().waitFor();
  return page;
}

/** Milliseconds from each key or click to the next painted frame, where that took 16 or more. Chromium rounds to 8. */
async function eventTimes(page: Page, act: () => Promise<void>): Promise<readonly number[]> {
  await page.evaluate(() => {
    const seen: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.push(entry.duration);
    });
    // TypeScript's DOM does not know the threshold yet.
    const options = { type: 'event', durationThreshold: 16 };
    observer.observe(options);
    Object.assign(window, { eventTimes: () => seen });
  });
  await act();
  await page.waitForTimeout(300);
  return page.evaluate(() => {
    const read: unknown = Reflect.get(window, 'eventTimes');
    const all: unknown = typeof read === 'function' ? read() : [];
    return Array.isArray(all) ? all.map(Number) : [];
  });
}

async function slowest(page: Page, act: () => Promise<void>): Promise<number> {
  return Math.max(0, ...(await eventTimes(page, act)));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

// A machine that is busy with something else may hold one attempt up.
describe('with 300 models on 6 servers and 100,000 requests', { retry: 2 }, () => {
  test('the window answers within 100 ms', async () => {
    const page = await open(100_000);
    const took: Record<string, number> = {};
    took.searchModels = await slowest(page, () => page.keyboard.press('/').then(() => page.keyboard.type('model-29')));
    await page.getByRole('rowheader', { name: 'model-29', exact: true }).first().waitFor();
    took.openModel = await slowest(page, () =>
      page.getByRole('button', { name: 'model-29', exact: true }).first().click(),
    );
    took.goToActivity = await slowest(page, () => page.keyboard.press('Control+3'));
    await page.getByText('100,000 requests').waitFor();
    const grid = page.getByRole('grid', { name: 'Requests' });
    expect(await grid.getByRole('row').count()).toBeLessThan(80);
    await grid.focus();
    took.keys = await slowest(page, async () => {
      for (const key of ['ArrowDown', 'PageDown', 'End', 'PageUp', 'Home', 'ArrowDown']) await page.keyboard.press(key);
    });
    took.openRequest = await slowest(page, () => page.keyboard.press('Enter'));
    await page.getByRole('heading', { name: /server-/ }).waitFor();
    took.close = await slowest(page, () => page.keyboard.press('Escape'));
    took.filter = await slowest(page, async () => {
      await page.getByLabel('State', { exact: true }).selectOption('failed');
    });
    await page.getByText('4,347 of 100,000 requests').waitFor();
    took.search = await slowest(page, () => page.keyboard.press('/').then(() => page.keyboard.type('codex')));
    console.log('slowest event, ms', took);
    for (const [what, ms] of Object.entries(took)) expect(ms, what).toBeLessThanOrEqual(atMost);
    expect(median(Object.values(took)), 'the median').toBeLessThanOrEqual(answersWithin);
  }, 60_000);

  test('a search among the models answers each key within 100 ms', async () => {
    const page = await open(0);
    const times = await eventTimes(page, async () => {
      for (const name of ['model-29', 'server-3', 'nothing']) {
        await page.keyboard.press('/');
        await page.keyboard.type(name, { delay: 60 });
        await page.keyboard.press('Escape');
      }
    });
    await expect.poll(() => page.getByRole('rowheader').count()).toBe(300);
    console.log('search, ms', { keys: times.length, median: median(times), slowest: Math.max(0, ...times) });
    expect(median(times)).toBeLessThan(answersWithin);
  }, 60_000);

  test('64 streams at once stay smooth', async () => {
    const page = await open(100_000);
    await page.keyboard.press('Control+3');
    await page.getByText('100,000 requests').waitFor();
    const ids = Array.from({ length: 64 }, (_id, at) => 100_001 + at);
    service?.push({
      rows: ids.map((number) =>
        fakeRow(number, { state: 'running', status: null, totalMs: null, usage: null, tools: [] }),
      ),
    });
    await page.getByText('64 requests').waitFor();
    await page.evaluate(() => {
      const gaps: number[] = [];
      let last = performance.now();
      const tick = (now: number): void => {
        gaps.push(now - last);
        last = now;
        requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
      Object.assign(window, { frameGaps: () => gaps });
    });
    // As the service does it: ten batches a second, in each some words of every stream.
    for (let batch = 0; batch < 40; batch += 1) {
      const content = ids.map(
        (number): ContentPiece => ({
          id: `req_${number}`,
          kind: batch % 3 === 0 ? 'reasoning' : 'text',
          tool: null,
          call: null,
          text: `some words of batch ${batch} `,
        }),
      );
      service?.push({ content });
      await page.waitForTimeout(100);
    }
    await page
      .getByText(/words of batch 39/)
      .first()
      .waitFor();
    const gaps = await page.evaluate(() => {
      const read: unknown = Reflect.get(window, 'frameGaps');
      const all: unknown = typeof read === 'function' ? read() : [];
      return Array.isArray(all) ? all.map(Number).slice(1) : [];
    });
    const sorted = gaps.toSorted((one, other) => one - other);
    const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
    console.log('frame gaps, ms', { median: at(0.5), p95: at(0.95), p99: at(0.99), worst: at(1) });
    expect(at(0.95)).toBeLessThan(50);
    expect(at(1)).toBeLessThan(atMost);
  }, 60_000);
});
