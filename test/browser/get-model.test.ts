import type { Browser } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startFakeUpstream } from '../fakes/upstream.ts';
import { accessibilityProblems, openPage, startBrowser, startWithWindow } from './window.ts';

let browser: Browser;
const cleanups: (() => unknown)[] = [];
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('a model that a server is to fetch', { timeout: 120_000 }, () => {
  test('is asked for by keyboard, shown with its progress, stopped, and told when it fails or is there', async () => {
    const ollama = await startFakeUpstream({ personality: 'ollama', models: ['there'] });
    cleanups.push(() => ollama.close());
    const serve = await startWithWindow({ upstreams: [{ id: 'ollama', kind: 'ollama', baseUrl: ollama.url }] });
    cleanups.push(serve.stop);
    const { page, complaints } = await openPage(browser, serve.ui);
    const server = page.getByRole('region', { name: 'Ollama' });
    const get = async (name: string): Promise<void> => {
      await server.getByRole('button', { name: 'Actions for ollama' }).press('Enter');
      await page.getByRole('menuitem', { name: 'Get a model…' }).press('Enter');
      const panel = page.getByRole('complementary', { name: 'Get a model for ollama' });
      await panel.getByRole('textbox', { name: 'Name of the model' }).fill(name);
      expect(await accessibilityProblems(page)).toEqual([]);
      await panel.getByRole('textbox', { name: 'Name of the model' }).press('Enter');
      await panel.waitFor({ state: 'detached' });
    };

    await get('slow:7b');
    await server.getByText('75 %').waitFor();
    // Those who don't see the bar are told each quarter, and what came of it, and not each step.
    await page.getByRole('status').getByText('Fetching slow:7b: 75 %').waitFor();
    expect(await server.getByRole('status').count()).toBe(0);
    expect(await server.getByRole('progressbar', { name: 'Fetching slow:7b' }).getAttribute('value')).toBe('750');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityProblems(page)).toEqual([]);
    }
    await server.getByRole('button', { name: 'Stop fetching slow:7b' }).click();
    await server.getByRole('progressbar').waitFor({ state: 'detached' });
    await page.getByRole('status').getByText('slow:7b is no longer being fetched.').waitFor();

    await get('missing');
    await server.getByRole('alert').getByText('file does not exist').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await server.getByRole('button', { name: 'Dismiss that missing was not fetched' }).click();
    await server.getByRole('alert').waitFor({ state: 'detached' });

    await get('new:7b');
    await page.getByRole('rowheader', { name: 'new:7b' }).waitFor();
    await page.getByRole('status').getByText('new:7b is there.').waitFor();
    expect(complaints).toEqual([]);
  });
});
