import type { Browser, BrowserContextOptions, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { UpdateState } from '../../src-shared/updates.ts';
import { type FakeService, startFakeService } from './fake-service.ts';
import { accessibilityProblems, openPage, startBrowser } from './window.ts';

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

async function open(update: UpdateState, options: BrowserContextOptions = {}): Promise<Page> {
  service = await startFakeService({ servers: [], rows: [], update });
  const { page } = await openPage(browser, service.ui, options);
  await page.getByText('Gateway running').waitFor();
  return page;
}

describe('the notice of a newer version', () => {
  test('offers the restart once a version is ready', async () => {
    const page = await open({ kind: 'ready', version: '0.2.0' });
    await page.getByText('Dragoman 0.2.0 is ready. It is installed when Dragoman quits.').waitFor();
    await page.getByRole('button', { name: 'Restart to update' }).click();
    await page.getByRole('button', { name: 'Restarting…' }).waitFor();
  });

  test('says where to get a version that the package can not install', async () => {
    const why = 'This package is not updated by Dragoman itself.';
    const page = await open({ kind: 'elsewhere', version: '0.2.0', page: 'https://example.org/latest', why });
    await page.getByText(`Dragoman 0.2.0 is out. ${why} Get it here:`).waitFor();
    await page.getByText('https://example.org/latest').waitFor();
    await page.getByRole('button', { name: 'Copy address' }).waitFor();
  });

  test.each(['light', 'dark'] as const)(
    'has nothing that axe finds, and leaves a small window its screen, %s',
    async (colorScheme) => {
      for (const state of [
        { kind: 'ready', version: '0.2.0' },
        {
          kind: 'elsewhere',
          version: '0.2.0',
          page: 'https://example.org/latest',
          why: 'This package is not updated.',
        },
      ] satisfies UpdateState[]) {
        const page = await open(state, { colorScheme, viewport: { width: 450, height: 300 } });
        const notice = page.getByRole('region', { name: 'Newer version' });
        await notice.waitFor();
        expect(await accessibilityProblems(page)).toEqual([]);
        expect((await notice.boundingBox())?.height).toBeLessThan(90);
        await service?.close();
      }
    },
    120_000,
  );

  test('is not there while there is nothing to do about it', async () => {
    for (const state of [
      { kind: 'current', checkedAt: null },
      { kind: 'downloading', version: '0.2.0' },
      { kind: 'failed', message: 'net::ERR_INTERNET_DISCONNECTED' },
      { kind: 'off', why: 'Dragoman runs from its sources.' },
    ] satisfies UpdateState[]) {
      const page = await open(state);
      await page.waitForTimeout(300);
      expect(await page.getByRole('region', { name: 'Newer version' }).count()).toBe(0);
      await service?.close();
    }
  });
});
