import type { Browser, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { exampleListed, exampleServers } from './example-set-up.ts';
import { type FakeService, type FakeServiceOptions, startFakeService } from './fake-service.ts';
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

async function open(options: Partial<FakeServiceOptions> = {}): Promise<Page> {
  service = await startFakeService({ servers: exampleServers, listed: exampleListed, rows: [], ...options });
  const { page } = await openPage(browser, service.ui, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByRole('rowheader', { name: 'gpt-oss-20b' }).waitFor();
  return page;
}

const panel = (page: Page) => page.getByRole('complementary');
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const copied = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

async function chooseAction(page: Page, server: string, action: string): Promise<void> {
  await button(page, `Actions for ${server}`).click();
  await page.getByRole('menuitem', { name: action }).click();
}

describe('what is known of a model', () => {
  test('stands in its row and, with where it was read, in its panel', async () => {
    const page = await open();
    const row = (name: string) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
    const cells = (name: string) => row(name).getByRole('cell').allTextContents();
    expect(await cells('qwen3-coder:30b')).toEqual(['loaded', '64kof 256k', expect.stringMatching(/^toolsvisionreas/)]);
    expect(await cells('qwen3:4b')).toEqual([
      'not loaded',
      '4ktoo small for coding agentsof 256kestimated',
      expect.stringMatching(/^tools/),
    ]);
    expect(await row('qwen3-coder:30b').getByText('64k').getAttribute('title')).toBe('65,536 tokens, read from api/ps');
    await button(page, 'qwen3-coder:30b').click();
    const facts = panel(page).getByRole('definition');
    expect((await facts.allTextContents()).slice(0, 4)).toEqual([
      expect.stringContaining('ollama/qwen3-coder:30b'),
      'YesUnload',
      '65,536 tokens · read from api/ps',
      '262,144 tokens',
    ]);
    const capabilities = panel(page).getByRole('region', { name: 'Capabilities' });
    expect(await capabilities.getByRole('definition').allTextContents()).toEqual([
      'Yes',
      'Not told',
      'Yes',
      'Yes',
      'Not told',
    ]);
  });

  test('is copied: each base URL, the name for agents, and a request for each protocol', async () => {
    const page = await open();
    await chooseAction(page, 'gpu-box', 'Copy base URL');
    await page.getByRole('menuitem', { name: 'Copied' }).waitFor();
    expect(await copied(page)).toBe('http://gpu-box:8000');
    await page.keyboard.press('Escape');
    await button(page, 'qwen3-coder:30b').click();
    await button(page, 'Copy the name for agents').click();
    await expect.poll(() => copied(page)).toBe('ollama/qwen3-coder:30b');
    for (const [name, baseUrl, path] of [
      ['Messages', 'http://127.0.0.1:4747', '/v1/messages'],
      ['Chat Completions', 'http://127.0.0.1:4747/v1', '/v1/chat/completions'],
      ['Responses', 'http://127.0.0.1:4747/v1', '/v1/responses'],
    ] as const) {
      await page.getByRole('tab', { name, exact: true }).click();
      await button(page, `Copy the base URL for ${name}`).click();
      await expect.poll(() => copied(page)).toBe(baseUrl);
      await button(page, `Copy curl for ${name}`).click();
      await expect.poll(() => copied(page)).toContain(`curl http://127.0.0.1:4747${path}`);
      expect(await copied(page)).toContain('"model": "ollama/qwen3-coder:30b"');
    }
  });
});

test('a secret that is kept is replaced and taken away, and never comes back into the window', async () => {
  const updates: unknown[] = [];
  const page = await open({ onServerUpdate: (input) => updates.push(input) });
  await chooseAction(page, 'gpu-box', 'Edit…');
  await panel(page).getByText('A secret is in the keychain.').waitFor();
  expect(await panel(page).locator('input[type=password]').count()).toBe(0);
  await button(page, 'Replace…').click();
  const field = panel(page).getByLabel('New secret');
  expect([await field.getAttribute('type'), await field.inputValue()]).toEqual(['password', '']);
  await field.fill('s3cret');
  await button(page, 'Save').click();
  await panel(page).waitFor({ state: 'detached' });
  await chooseAction(page, 'gpu-box', 'Edit…');
  await panel(page).getByText('A secret is in the keychain.').waitFor();
  expect(await page.content()).not.toContain('s3cret');
  await panel(page).getByRole('combobox', { name: 'Secret' }).selectOption({ label: 'No secret' });
  await panel(page).getByText('Its secret leaves the keychain when you save.').waitFor();
  await button(page, 'Save').click();
  await panel(page).waitFor({ state: 'detached' });
  expect(updates).toEqual([
    { id: 'gpu-box', changes: {}, secret: 's3cret' },
    { id: 'gpu-box', changes: { secret: null } },
  ]);
});
