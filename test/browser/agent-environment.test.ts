import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Browser, Locator, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { dragoman } from '../programs/dragoman.ts';
import { button, card, choose } from './agents-place.ts';
import { accessibilityProblems, openPage, type ServeWithWindow, startBrowser, startWithWindow } from './window.ts';

const settings = {
  upstreams: [
    {
      id: 'box',
      kind: 'openai-compatible',
      baseUrl: 'http://127.0.0.1:9/v1',
      models: { coder: { contextWindow: 65_536 } },
    },
  ],
  slots: { default: 'box/coder' },
};

let browser: Browser;
let root = '';
let serve: ServeWithWindow | null = null;
beforeAll(async () => {
  // Builds where the build is stale, so that no test's time limit pays for it.
  expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
  browser = await startBrowser();
}, 120_000);
afterAll(() => browser.close());
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await serve?.stop();
  serve = null;
  if (root !== '') rmSync(root, { recursive: true, force: true });
});

/** The agents place with Codex in it, in the window of a service whose environment has these variables. */
async function openAgents(
  environment: Readonly<Record<string, string>>,
  options: Parameters<typeof openPage>[2] = {},
): Promise<{ readonly page: Page; readonly settings: () => Record<string, unknown> }> {
  root = mkdtempSync(join(tmpdir(), 'dragoman-user-'));
  const bin = join(root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'codex'), '#!/bin/sh\necho 0.169.0\n');
  chmodSync(join(bin, 'codex'), 0o755);
  const folders = { HOME: root, PATH: `${bin}${delimiter}/usr/bin${delimiter}/bin`, SHELL: '', XDG_CONFIG_HOME: '' };
  const started = await startWithWindow(settings, { environment: { ...folders, ...environment } });
  serve = started;
  const { page } = await openPage(browser, started.ui, options);
  page.setDefaultTimeout(8_000);
  await page.getByText('Gateway running').waitFor();
  await page.keyboard.press('Control+2');
  await card(page, 'Codex').waitFor();
  return { page, settings: () => JSON.parse(readFileSync(started.settingsFile, 'utf8')) };
}

/** The same, where how Codex is started is unfolded. */
async function openStart(...given: Parameters<typeof openAgents>): ReturnType<typeof openAgents> {
  const opened = await openAgents(...given);
  const { page } = opened;
  await choose(page, 'Codex', 'Start in a terminal…');
  await page.getByText('Taken out of the environment').click();
  await page.getByText('All names of model providers').waitFor();
  return opened;
}
const variable = (page: Page, name: string): Locator => page.getByRole('checkbox', { name });

describe('the key of Codex', () => {
  test('may stand in the environment instead of the file, by choice; where nothing would keep it that is refused in words', async () => {
    const { page } = await openAgents({});
    await button(page, 'Set up: Codex').click();
    const change = page.getByRole('region', { name: /^Change of / });
    await change.getByText('experimental_bearer_token').waitFor();
    await page.getByLabel('Its key').selectOption('In the environment: DRAGOMAN_CODEX_KEY');
    await page
      .getByRole('alert')
      .getByText(/no keychain keeps the key here/i)
      .waitFor();
    await page.getByLabel('Its key').selectOption('In the file');
    await change.getByText('experimental_bearer_token').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

describe('what an agent does not get of the environment', () => {
  test('is told by name and reason, never by value', async () => {
    const { page } = await openStart({ OPENROUTER_API_KEY: 'sk-secret', GITHUB_TOKEN: 'ghp-secret' });
    expect(await variable(page, 'OPENROUTER_API_KEY').isChecked()).toBe(false);
    await page
      .getByRole('listitem')
      .filter({ hasText: 'OPENROUTER_API_KEY' })
      .getByText('a model provider’s')
      .waitFor();
    expect(await variable(page, 'GITHUB_TOKEN').count()).toBe(0);
    expect(await page.locator('body').textContent()).not.toContain('secret');
    await page.getByText('All names of model providers').click();
    await page.getByText('AZURE_OPENAI_*').waitFor();
  });

  test('is kept by a tick, which the settings remember', async () => {
    const { page, settings } = await openStart({ OPENROUTER_API_KEY: 'sk-secret' });
    await variable(page, 'OPENROUTER_API_KEY').check();
    await expect.poll(settings).toMatchObject({ agents: { keepVariables: ['OPENROUTER_API_KEY'] } });
    await variable(page, 'OPENROUTER_API_KEY').uncheck();
    await expect.poll(settings).toMatchObject({ agents: { keepVariables: [] } });
  });

  test('is named for a terminal that sets more than Dragoman knows; what is no name is refused in words', async () => {
    const { page, settings } = await openStart({});
    await page.getByText('None of them is set where Dragoman runs.').waitFor();
    const name = page.getByRole('textbox', { name: 'Another variable to keep' });
    await name.fill('no name');
    await button(page, 'Keep it').click();
    await page.getByRole('alert').getByText('must be the name of an environment variable').waitFor();
    await name.fill('AZURE_OPENAI_*');
    await page.keyboard.press('Enter');
    await page.getByRole('listitem').filter({ hasText: 'AZURE_OPENAI_*' }).getByText('not set where').waitFor();
    await expect.poll(settings).toMatchObject({ agents: { keepVariables: ['AZURE_OPENAI_*'] } });
  });

  test('grows by other accounts’ variables where that is chosen', async () => {
    const { page, settings } = await openStart({ GITHUB_TOKEN: 'ghp-secret' });
    await page.getByRole('checkbox', { name: /other accounts/ }).check();
    await variable(page, 'GITHUB_TOKEN').waitFor();
    await expect.poll(settings).toMatchObject({ agents: { strictEnvironment: true } });
  });

  test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (colorScheme) => {
    const { page } = await openStart({ OPENROUTER_API_KEY: 'sk-secret' }, { colorScheme });
    await page.getByText('All names of model providers').click();
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});
