import type { Browser } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type FakeService, type KeychainState, startFakeService } from './fake-service.ts';
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

const ready: KeychainState = { state: 'ready', message: null, remedy: null };

describe('a keychain that does not open', () => {
  test.each([
    ['locked', 'Keychain locked', 'the keychain is locked', 'Unlock it and try again.'],
    ['refused', 'Keychain refused', 'the keychain refused', 'Allow Dragoman to use it.'],
    ['no-service', null, 'no keychain service answers', 'Start one, or use a file.'],
  ] as const)(
    'is told with what to do, in the bar, the form and the settings: %s',
    async (state, bar, message, remedy) => {
      let keychain: KeychainState = { state, message, remedy };
      service = await startFakeService({ servers: [], rows: [], keychain: () => keychain });
      const { page } = await openPage(browser, service.ui);
      const gateway = page.getByRole('region', { name: 'Gateway' });
      await gateway.getByText('Gateway running').waitFor();

      await page.getByRole('combobox', { name: 'Secret' }).selectOption('Keychain of this computer');
      const trouble = page.getByRole('alert').filter({ hasText: 'The keychain can’t be used' });
      expect(await trouble.getByRole('paragraph').textContent()).toContain(`${message}. ${remedy}`);
      expect(await accessibilityProblems(page)).toEqual([]);

      if (bar === null) {
        // Where there never was one, a computer without a keychain is nothing to be reminded of.
        expect(await gateway.getByRole('button', { name: /Keychain/ }).count()).toBe(0);
        await page.getByRole('button', { name: 'Settings' }).click();
      } else {
        await gateway.getByRole('button', { name: bar }).click();
      }
      const keys = page.getByRole('region', { name: 'Keys' });
      await keys.getByText(`Keys can't be kept or copied now: ${message}.`).waitFor();
      if (bar !== null) await keys.getByText(remedy).waitFor();

      await page.getByRole('button', { name: 'Models' }).click();
      await page.getByRole('combobox', { name: 'Secret' }).selectOption('Keychain of this computer');
      await trouble.waitFor();
      keychain = ready;
      await trouble.getByRole('button', { name: 'Look again' }).click();
      await trouble.waitFor({ state: 'detached' });
    },
    60_000,
  );
});
