import AxeBuilder from '@axe-core/playwright';
import type { Browser } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ServerEntry } from '../../src-shared/catalogue.ts';
import { exampleListed, exampleServers } from './example-set-up.ts';
import { type FakeService, fakeRow, startFakeService } from './fake-service.ts';
import { openPage, startBrowser } from './window.ts';

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

const since = Date.now() - 75_000;
const loads = [
  { model: 'ollama/qwen3:4b', doing: 'loading', since, progress: null },
  { model: 'llama-cpp/gpt-oss-20b', doing: 'loading', since, progress: 0.424 },
] as const;
const servers: readonly ServerEntry[] = exampleServers.map((server) =>
  server.id === 'llama-cpp'
    ? { ...server, models: server.models.map((model) => ({ ...model, loaded: false, loading: 'loading' as const })) }
    : server,
);

describe('what is being loaded', () => {
  test('stands in its row and in its panel: how far it is, else how long it takes', async () => {
    service = await startFakeService({ servers, listed: exampleListed, rows: [], loads });
    const { page, complaints } = await openPage(browser, service.ui);
    const row = (name: string) => page.getByRole('row').filter({ hasText: name });
    await row('gpt-oss-20b').getByText('42 %', { exact: true }).waitFor();
    await row('qwen3:4b')
      .getByText(/^1 min \d+ s$/)
      .waitFor();
    expect(await page.getByRole('button', { name: 'Load qwen3:4b' }).count()).toBe(0);
    await page.getByRole('button', { name: 'gpt-oss-20b' }).click();
    const bar = page.getByRole('progressbar', { name: 'Loading gpt-oss-20b' });
    expect(await bar.getAttribute('value')).toBe('0.424');
    // What is read out is that it loads, and not each percent.
    const panel = page.getByRole('complementary');
    await panel.getByRole('status').getByText('Loading…', { exact: true }).waitFor();
    await panel.getByText('42 %', { exact: true }).waitFor();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

describe('where a request waits', () => {
  test('is told in its row while it does, and in its summary how long it did', async () => {
    const rows = [
      fakeRow(1, { waits: { turn: 1_500, loading: 12_000 }, firstByteMs: 14_300, totalMs: 20_000 }),
      fakeRow(2, { state: 'running', firstByteMs: null, totalMs: null, waitsFor: 'loading' }),
      fakeRow(3, { state: 'running', firstByteMs: null, totalMs: null, waitsFor: 'turn' }),
    ];
    service = await startFakeService({ servers, listed: exampleListed, rows });
    const { page, complaints } = await openPage(browser, service.ui);
    await page.getByRole('button', { name: /^Activity/ }).click();
    await page.getByRole('row').filter({ hasText: 'queued' }).waitFor();
    await page.getByRole('row').filter({ hasText: 'loading' }).waitFor();
    await page.getByRole('row').filter({ hasText: '14.3 s' }).click();
    const panel = page.getByRole('complementary');
    await panel.getByText('14.3 s, 800 ms without the waits').waitFor();
    expect(await panel.getByText('12.0 s', { exact: true }).count()).toBe(1);
    expect(await panel.getByText('1.5 s', { exact: true }).count()).toBe(1);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
