import AxeBuilder from '@axe-core/playwright';
import type { Browser } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AgentEntry } from '../../src-shared/agents.ts';
import { dragoman } from '../programs/dragoman.ts';
import { button, card, choose } from './agents-place.ts';
import { type FakeService, startFakeService } from './fake-service.ts';
import { openPage, startBrowser } from './window.ts';

/** On Windows, where Codex is installed and set up in one distribution of WSL, and installed in another one. */
const codex: AgentEntry = {
  id: 'codex',
  label: 'Codex',
  installed: false,
  version: null,
  tooOld: null,
  quiet: true,
  state: 'not-set-up',
  model: null,
  slots: {},
  baseUrl: null,
  since: null,
  files: ['C:\\Users\\me\\.codex\\config.toml'],
  drift: [],
  kept: null,
  otherScopes: ['wsl:Ubuntu'],
  homes: [
    { scope: 'wsl:Ubuntu', name: 'WSL: Ubuntu', installed: true },
    { scope: 'wsl:Debian', name: 'WSL: Debian', installed: true },
    { scope: 'wsl:Arch', name: 'WSL: Arch', installed: false },
  ],
  conflicts: [],
};

let browser: Browser;
let fake: FakeService;
beforeAll(async () => {
  expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
  browser = await startBrowser();
  fake = await startFakeService({ servers: [], rows: [], agents: [codex] });
}, 120_000);
afterAll(async () => {
  await fake.close();
  await browser.close();
});

test.each(['light', 'dark'] as const)('a home in WSL is told of and offered as a place, %s', async (colorScheme) => {
  const { page } = await openPage(browser, fake.ui, { colorScheme });
  page.setDefaultTimeout(8_000);
  await page.getByText('Gateway running').waitFor();
  await page.keyboard.press('Control+2');
  await card(page, 'Codex').getByText('Set up in WSL: Ubuntu').waitFor();
  await card(page, 'Codex').getByText('Installed in WSL: Debian, not set up there').waitFor();
  expect(await card(page, 'Codex').textContent()).not.toContain('Arch');
  await button(page, 'Undo for wsl:Ubuntu').waitFor();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await choose(page, 'Codex', 'Set up…');
  const where = page.getByLabel('Where', { exact: true });
  // It is not installed on Windows itself.
  expect(await where.inputValue()).toBe('wsl:Ubuntu');
  expect(await where.getByRole('option').allTextContents()).toEqual([
    'Everywhere: C:\\Users\\me\\.codex\\config.toml',
    'In a profile, used by “codex -p dragoman”',
    'In WSL: Ubuntu',
    'In WSL: Debian',
    'In WSL: Arch',
  ]);
  await where.selectOption('In WSL: Debian');
  expect(await where.inputValue()).toBe('wsl:Debian');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});
