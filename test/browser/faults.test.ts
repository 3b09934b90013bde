import { readFileSync } from 'node:fs';
import type { Browser, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type FakeUpstream, type FakeUpstreamOptions, startFakeUpstream } from '../fakes/upstream.ts';
import { httpServer, httpsServer, testAuthorityFile } from '../src-main/upstreams/local-server.ts';
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

async function fake(options: FakeUpstreamOptions): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream(options);
  cleanups.push(() => upstream.close());
  return upstream;
}

/** A window before one server; it is asked every second. */
async function open(
  upstream: Readonly<Record<string, unknown>>,
): Promise<{ readonly page: Page; readonly complaints: readonly string[]; readonly serve: ServeWithWindow }> {
  const detection = { enabled: false, intervalSeconds: 1 };
  const serve = await startWithWindow({ detection, upstreams: [{ id: 'box', ...upstream }] });
  cleanups.push(serve.stop);
  return { ...(await openPage(browser, serve.ui)), serve };
}

const box = (page: Page) => page.getByRole('region', { name: 'box' });
const panel = (page: Page) => page.getByRole('complementary');
const colourOf = (page: Page, name: string) =>
  page.getByRole('rowheader', { name }).evaluate((cell) => getComputedStyle(cell).color);

/** Whoever comes back to the window sees what is, and not what was ten seconds ago. */
async function comesToShow(page: Page, shown: () => Promise<unknown>): Promise<void> {
  await expect
    .poll(
      async () => {
        await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
        return shown().then(
          () => true,
          () => false,
        );
      },
      { timeout: 20_000, interval: 500 },
    )
    .toBe(true);
}

describe('a model server', { timeout: 120_000 }, () => {
  test('that goes away greys out with what to do, and comes back by itself', async () => {
    const before = await startFakeUpstream({ personality: 'ollama', models: ['qwen3:4b'] });
    const { page, complaints } = await open({ kind: 'ollama', baseUrl: before.url });
    await page.getByRole('rowheader', { name: 'qwen3:4b' }).waitFor();
    const colour = await colourOf(page, 'qwen3:4b');
    await page.getByRole('button', { name: 'qwen3:4b', exact: true }).click();
    await before.close();
    await comesToShow(page, () => box(page).getByText('not running', { exact: true }).waitFor({ timeout: 100 }));
    expect(await colourOf(page, 'qwen3:4b')).not.toBe(colour);
    await box(page).getByText('ollama serve').waitFor();
    // The panel that is open says it, too.
    await panel(page).getByText('box (Ollama) · not running').waitFor();
    await panel(page).getByText('ollama serve').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityProblems(page)).toEqual([]);
    }

    await fake({ personality: 'ollama', models: ['qwen3:4b'], port: before.port });
    await page.emulateMedia({ colorScheme: 'light' });
    await comesToShow(page, () => panel(page).getByText('box (Ollama) · running').waitFor({ timeout: 100 }));
    expect(await colourOf(page, 'qwen3:4b')).toBe(colour);
    expect(await box(page).getByText('not running').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('that refuses the key says so and where another is given; with the right one it is there', async () => {
    vi.stubEnv('BOX_KEY', 'wrong');
    vi.stubEnv('OTHER_KEY', 'right');
    cleanups.push(vi.unstubAllEnvs);
    const { url } = await fake({ models: ['m'], apiKey: 'right' });
    const { page } = await open({
      kind: 'openai-compatible',
      baseUrl: `${url}/v1`,
      secret: { from: 'env', name: 'BOX_KEY' },
    });
    await box(page).getByText('no access', { exact: true }).waitFor();
    expect(await page.content()).not.toContain('wrong');
    await page.getByRole('button', { name: 'Actions for box' }).click();
    await page.getByRole('menuitem', { name: 'Edit…' }).click();
    await panel(page).getByRole('textbox', { name: 'Name of the variable' }).fill('OTHER_KEY');
    await panel(page).getByRole('button', { name: 'Save' }).click();
    await box(page).getByRole('rowheader', { name: 'm' }).waitFor();
    expect(await box(page).getByText('no access').count()).toBe(0);
  });

  test('whose certificate nobody trusts says so, and is there once its authority is named', async () => {
    const server = await httpsServer((request, response) => {
      response.writeHead(request.url === '/v1/models' ? 200 : 404).end('{"data":[{"id":"m"}]}');
    });
    cleanups.push(() => server.close());
    const { page, serve } = await open({ kind: 'openai-compatible', baseUrl: `${server.url}/v1`, proxy: 'none' });
    await box(page)
      .getByText(/certificate/)
      .first()
      .waitFor();
    expect(await box(page).getByText('running', { exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Actions for box' }).click();
    await page.getByRole('menuitem', { name: 'Edit…' }).click();
    await panel(page).getByText('More', { exact: true }).click();
    await panel(page).getByRole('textbox', { name: 'Trusted certificates' }).fill(testAuthorityFile);
    await panel(page).getByRole('button', { name: 'Save' }).click();
    await box(page).getByRole('rowheader', { name: 'm' }).waitFor();
    expect(JSON.parse(readFileSync(serve.settingsFile, 'utf8')).upstreams[0].tls.caFile).toBe(testAuthorityFile);
  });

  test('that loads its model says so, and has it when that is done', async () => {
    const llama = await fake({ personality: 'llama-cpp', models: ['tiny'] });
    llama.setLoading(true);
    const { page } = await open({ kind: 'llama-cpp', baseUrl: llama.url });
    await box(page).getByText('loading a model', { exact: true }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    llama.setLoading(false);
    await comesToShow(page, () => box(page).getByRole('rowheader', { name: 'tiny' }).waitFor({ timeout: 100 }));
    expect(await box(page).getByText('loading a model').count()).toBe(0);
  });

  test('that answers with nonsense is in trouble, and says with what', async () => {
    const { url, close } = await httpServer((_request, response) => void response.writeHead(500).end('<h1>no</h1>'));
    cleanups.push(close);
    const { page } = await open({ kind: 'vllm', baseUrl: `${url}/v1` });
    await box(page).getByText('in trouble', { exact: true }).waitFor();
    expect(await box(page).textContent()).toMatch(/500/);
  });

  test('that no longer has a model says so in its open panel, and an alias to it that it leads nowhere', async () => {
    const before = await startFakeUpstream({ models: ['kept', 'removed'] });
    const detection = { enabled: false, intervalSeconds: 1 };
    const serve = await startWithWindow({
      detection,
      upstreams: [{ id: 'box', kind: 'openai-compatible', baseUrl: `${before.url}/v1` }],
      models: [{ id: 'coder', upstream: 'box', model: 'removed' }],
    });
    cleanups.push(serve.stop);
    const { page, complaints } = await openPage(browser, serve.ui);
    await page.getByRole('button', { name: 'removed', exact: true }).click();
    await panel(page).getByRole('heading', { name: 'Ask it' }).waitFor();
    await before.close();
    await fake({ models: ['kept'], port: before.port });
    await comesToShow(page, () =>
      panel(page).getByText('No server lists this model any more').waitFor({ timeout: 100 }),
    );
    await page.getByRole('region', { name: 'Aliases', exact: true }).getByText('No server lists it now').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await panel(page).waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });
});
