import { readFileSync } from 'node:fs';
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

async function axeInBoth(page: Awaited<ReturnType<typeof openPage>>['page']): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await accessibilityProblems(page)).toEqual([]);
  }
}

describe('advice in the window', { timeout: 120_000 }, () => {
  test('a model’s panel tells what it takes of the memory, which agents its context is too small for, and how it is kept fast', async () => {
    const ollama = await startFakeUpstream({ personality: 'ollama', models: ['coder-7b'], contextWindow: 20_480 });
    cleanups.push(() => ollama.close());
    const serve = await startWithWindow({ upstreams: [{ id: 'ollama', kind: 'ollama', baseUrl: ollama.url }] });
    cleanups.push(serve.stop);
    const { page, complaints } = await openPage(browser, serve.ui);
    await page.getByRole('rowheader', { name: 'coder-7b' }).getByRole('button').click();
    const panel = page.getByRole('complementary', { name: 'coder-7b' });
    await panel.getByText('Too small for Claude Code (13k), Codex (10k), Qwen Code (20k)').waitFor();
    const memory = panel.getByRole('region', { name: 'Memory and speed' });
    await memory.getByText('9 MB · as its server tells').waitFor();
    await memory.getByText(/GB of memory/).waitFor();
    await memory.getByText('How this server is kept fast').press('Enter');
    await memory.getByText('OLLAMA_KEEP_ALIVE=2h').waitFor();
    await axeInBoth(page);

    // What the settings say of the context is in force at once, and can be taken back.
    await panel.getByRole('textbox', { name: 'Wanted context, tokens' }).fill('65,536');
    await panel.getByRole('textbox', { name: 'Wanted context, tokens' }).press('Enter');
    await panel.getByText('65,536 tokens · from your settings').waitFor();
    await panel.getByText('Too small for').waitFor({ state: 'detached' });
    await panel.getByRole('button', { name: 'Take the server’s own context' }).click();
    await panel.getByText('20,480 tokens').waitFor();

    // A model for code begins with a low temperature, unless its user says otherwise.
    await panel.getByRole('textbox', { name: 'New alias' }).fill('coder');
    await panel.getByRole('button', { name: 'Add alias' }).click();
    await panel.getByText('coder', { exact: true }).waitFor();
    await panel.getByRole('checkbox', { name: /temperature/ }).press('Space');
    await panel.getByRole('textbox', { name: 'New alias' }).fill('plain');
    await panel.getByRole('button', { name: 'Add alias' }).click();
    await panel.getByText('plain', { exact: true }).waitFor();
    expect(JSON.parse(readFileSync(serve.settingsFile, 'utf8')).models).toEqual([
      { id: 'coder', upstream: 'ollama', model: 'coder-7b', defaults: { temperature: 0.1 } },
      { id: 'plain', upstream: 'ollama', model: 'coder-7b' },
    ]);
    expect(complaints).toEqual([]);
  });

  test('a panel has the base URL and a ready request for each protocol', async () => {
    const upstream = await startFakeUpstream({ models: ['m'] });
    cleanups.push(() => upstream.close());
    const upstreams = [{ id: 'box', kind: 'openai-compatible', baseUrl: upstream.url }];
    const serve = await startWithWindow({ upstreams });
    cleanups.push(serve.stop);
    const { page } = await openPage(browser, serve.ui);
    await page.getByRole('rowheader', { name: 'm' }).getByRole('button').click();
    const ways = [
      ['Messages', serve.gateway, '/v1/messages'],
      ['Chat Completions', `${serve.gateway}/v1`, '/v1/chat/completions'],
      ['Responses', `${serve.gateway}/v1`, '/v1/responses'],
    ] as const;
    for (const [name, baseUrl, path] of ways) {
      await page.getByRole('tab', { name, exact: true }).click();
      const shown = page.getByRole('tabpanel', { name, exact: true });
      expect(await shown.getByRole('definition').textContent()).toContain(baseUrl);
      const curl = await shown.getByRole('region', { name: `curl for ${name}` }).textContent();
      expect(curl).toContain(`curl ${serve.gateway}${path}`);
      expect(curl).toContain('"model": "box/m"');
    }
    await axeInBoth(page);
  });

  test('without any server, models are named that fit this computer', async () => {
    const serve = await startWithWindow({});
    cleanups.push(serve.stop);
    const { page, complaints } = await openPage(browser, serve.ui);
    const start = page.getByRole('region', { name: 'What to start with' });
    await start.getByText(/^This computer: .*GB of memory/).waitFor();
    await axeInBoth(page);
    expect(complaints).toEqual([]);
  });
});
