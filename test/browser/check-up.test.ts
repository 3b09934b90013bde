import { readFileSync } from 'node:fs';
import type { Browser, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checkTitles } from '../../src-shared/checkup.ts';
import { type CapableModel, type ModelFault, startCapableModel } from '../fakes/capable-model.ts';
import { accessibilityProblems, openPage, type ServeWithWindow, startBrowser, startWithWindow } from './window.ts';

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

interface Opened {
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly model: CapableModel;
  readonly serve: ServeWithWindow;
}

/** The panel of a model that has these faults. */
async function openPanel(...faults: readonly ModelFault[]): Promise<Opened> {
  const model = await startCapableModel(...faults);
  cleanups.push(model.close);
  const upstreams = [{ id: 'box', kind: 'vllm', baseUrl: `${model.url}/v1` }];
  const serve = await startWithWindow({ upstreams });
  cleanups.push(serve.stop);
  const { page, complaints } = await openPage(browser, serve.ui);
  await page.getByRole('rowheader', { name: 'm' }).getByRole('button').click();
  return { page, complaints, model, serve };
}

const section = (page: Page) => page.getByRole('region', { name: 'Check-up' });

describe('the check-up in the panel of a model', { timeout: 120_000 }, () => {
  test('tells line by line what was found, shows the evidence, and sets flags when told to', async () => {
    const { page, complaints, serve } = await openPanel('leaks-calls');
    // By keyboard alone.
    await section(page).getByRole('button', { name: 'Check this model' }).press('Enter');
    await section(page)
      .getByText(/\d+ passed, \d+ failed, \d+ could not be told/)
      .waitFor();
    expect(
      await section(page)
        .getByRole('listitem')
        .filter({ hasText: /Passed|Failed|not be told/ })
        .count(),
    ).toBe(Object.keys(checkTitles).length);
    const line = section(page).getByRole('listitem').filter({ hasText: 'Calls a tool when' });
    expect(await line.textContent()).toContain('It wrote its call into the text');
    expect(await line.textContent()).toContain('--enable-auto-tool-choice');
    await line.locator('summary').press('Enter');
    await line.getByRole('region', { name: 'Answer: Calls a tool when it has to' }).waitFor();
    expect(await line.textContent()).toContain('<tool_call>');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityProblems(page)).toEqual([]);
    }

    await section(page).getByRole('button', { name: 'Apply flags' }).click();
    await section(page).getByText('In the settings now:').waitFor();
    expect(JSON.parse(readFileSync(serve.settingsFile, 'utf8')).upstreams[0].models).toEqual({
      m: { flags: { leakedToolCalls: true, vision: true } },
    });
    await section(page).getByRole('button', { name: 'Check this model again' }).click();
    await line.getByText('Passed').waitFor();
    await section(page)
      .getByText(/\d+ passed, \d+ failed/)
      .waitFor();

    // It stays to be seen in the list, and when the panel is opened again.
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByText(/1\d of 18 checks passed/).waitFor();
    await page.getByRole('rowheader', { name: 'm' }).getByRole('button').click();
    await section(page)
      .getByText(/could not be told. Checked /)
      .waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('shows what is being tried, and ends when it is stopped or its panel closed', async () => {
    const { page, model } = await openPanel('hangs');
    await section(page).getByRole('button', { name: 'Check this model' }).click();
    await section(page).getByText('Answers (1 of 18)…').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await expect.poll(() => model.requests.length).toBe(1);
    await section(page).getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => model.left()).toBe(1);

    await section(page).getByRole('button', { name: 'Check this model' }).click();
    await expect.poll(() => model.requests.length).toBe(2);
    await page.getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => model.left()).toBe(2);
  });
});
