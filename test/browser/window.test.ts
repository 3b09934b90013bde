import { writeFileSync } from 'node:fs';
import type { Browser } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startFakeUpstream } from '../fakes/upstream.ts';
import { openPage, type ServeWithWindow, startBrowser, startWithWindow } from './window.ts';

let browser: Browser;
const cleanups: (() => Promise<void>)[] = [];

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serveWith(settings: Readonly<Record<string, unknown>>): Promise<ServeWithWindow> {
  const serve = await startWithWindow(settings);
  cleanups.push(serve.stop);
  return serve;
}

/** A service with an Ollama, an alias and slots, and a server that is not there. */
async function serveWithModels(): Promise<ServeWithWindow> {
  const ollama = await startFakeUpstream({ personality: 'ollama', models: ['qwen3-coder:30b', 'qwen3:4b'] });
  cleanups.push(() => ollama.close());
  return serveWith({
    upstreams: [
      { id: 'ollama', kind: 'ollama', baseUrl: ollama.url },
      { id: 'gone', kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' },
    ],
    models: [{ id: 'coder', upstream: 'ollama', model: 'qwen3-coder:30b' }],
    slots: { opus: 'coder', haiku: 'ollama/qwen3:4b' },
  });
}

describe('the window', () => {
  test('shows servers, models and names, and the browser has nothing to complain of', async () => {
    const serve = await serveWithModels();
    const { page, complaints } = await openPage(browser, serve.ui);

    const ollama = page.getByRole('region', { name: 'Ollama' });
    await ollama.getByRole('rowheader', { name: 'qwen3-coder:30b' }).waitFor();
    expect(await ollama.getByRole('row').count()).toBe(3);
    await page.getByRole('region', { name: 'gone' }).getByText('not running', { exact: true }).waitFor();
    expect(await page.getByRole('region', { name: 'Aliases' }).textContent()).toContain(
      'coder→ ollama/qwen3-coder:30b',
    );
    const haiku = page.getByRole('region', { name: 'Slots' }).getByRole('combobox', { name: 'Slot haiku' });
    expect(await haiku.inputValue()).toBe('ollama/qwen3:4b');
    const gateway = page.getByRole('region', { name: 'Gateway' });
    expect(await gateway.textContent()).toContain('Gateway running');
    expect(await gateway.textContent()).toContain(serve.gateway);

    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('button', { name: 'Refresh' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('takes the token out of the address and keeps it for this tab only', async () => {
    const serve = await serveWith({});
    const { page } = await openPage(browser, serve.ui);
    await page.getByText('Gateway running').waitFor();
    expect(page.url()).toBe(`${serve.gateway}/ui/`);

    await page.reload();
    await page.getByText('Gateway running').waitFor();

    const { page: stranger } = await openPage(browser, `${serve.gateway}/ui/`);
    await stranger.getByText('This page was opened without its token.').waitFor();
  });

  test('a wrong token is told with what to do', async () => {
    const serve = await serveWith({});
    const { page } = await openPage(browser, `${serve.gateway}/ui/#token=wrong`);
    await page.getByRole('alert').getByText('This link is no longer valid.').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('dragoman serve');
  });

  test('copies the base URL and says so', async () => {
    const serve = await serveWith({});
    const { page } = await openPage(browser, serve.ui, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('button', { name: 'Copy base URL' }).click();
    await page.getByRole('region', { name: 'Gateway' }).getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(serve.gateway);
  });

  test('without any server it teaches how to get one', async () => {
    const serve = await serveWith({});
    const { page, complaints } = await openPage(browser, serve.ui);
    await page.getByRole('heading', { name: 'No model server found yet' }).waitFor();
    expect(await page.getByRole('list', { name: 'Ways to get one' }).getByRole('listitem').allTextContents()).toEqual([
      expect.stringContaining('ollama pull'),
      expect.stringContaining('lms server start'),
      expect.stringContaining('llama-server -hf'),
    ]);
    expect(complaints).toEqual([]);
  });

  test('a mistake in the settings file is shown with its place, and goes when it is mended', async () => {
    const serve = await serveWith({});
    const { page } = await openPage(browser, serve.ui);
    await page.getByText('Gateway running').waitFor();
    writeFileSync(serve.settingsFile, '{\n  "slots": 5\n}\n');
    await expectWithin(10_000, async () => {
      await page.getByRole('button', { name: 'Refresh' }).click();
      await page
        .getByRole('alert')
        .getByText(/line 2, column/)
        .waitFor({ timeout: 1000 });
    });
    writeFileSync(serve.settingsFile, '{ "detection": { "enabled": false } }\n');
    await expectWithin(10_000, async () => {
      await page.getByRole('button', { name: 'Refresh' }).click();
      await page.getByRole('alert').waitFor({ state: 'detached', timeout: 1000 });
    });
  });

  test('a service that goes away is told, and the models stay in sight', async () => {
    const serve = await serveWithModels();
    const { page } = await openPage(browser, serve.ui);
    await page.getByRole('rowheader', { name: 'qwen3:4b' }).waitFor();
    await serve.stop();
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('alert').getByText('Dragoman does not answer.').waitFor();
    expect(await page.getByRole('rowheader', { name: 'qwen3:4b' }).isVisible()).toBe(true);
    expect(await page.getByRole('region', { name: 'Gateway' }).textContent()).toContain('Not connected');
  });

  test('is used by keyboard alone: focus goes through in the order of sight, / and Ctrl F search, Esc clears', async () => {
    const serve = await serveWithModels();
    const { page } = await openPage(browser, serve.ui);
    await page.getByRole('rowheader', { name: 'qwen3:4b' }).waitFor();

    const focused: (string | null)[] = [];
    for (let step = 0; step < 22; step += 1) {
      await page.keyboard.press('Tab');
      focused.push(
        await page.evaluate(
          () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? null,
        ),
      );
    }
    const order = [
      'Models2',
      'Agents',
      'Activity',
      'Search models',
      'Refresh',
      'Add server',
      'Actions for ollama',
      'qwen3:4b',
      'Load qwen3:4b',
      'Actions for gone',
      'Add alias',
      'Edit alias coder',
      'Slot opus',
      'Slot sonnet',
      'Slot haiku',
      'Slot fable',
      'Slot default',
      'Copy base URL',
      'Pause',
    ];
    expect(
      focused
        .map((name) => name?.replace(/2 models$/, '').replace(/^Agents.*/, 'Agents'))
        .filter((name) => order.includes(name ?? '')),
    ).toEqual(order);

    await page.keyboard.press('/');
    await page.keyboard.type('coder');
    await expectWithin(2000, async () =>
      expect(await page.getByRole('rowheader').allTextContents()).toEqual(['qwen3-coder:30b']),
    );
    await page.keyboard.press('Escape');
    await expectWithin(2000, async () => expect(await page.getByRole('rowheader').count()).toBe(2));

    await page.getByRole('button', { name: 'Add server' }).focus();
    for (const combination of ['Control+f', 'Meta+f']) {
      await page.keyboard.press(combination);
      expect(await page.getByRole('searchbox', { name: 'Search models' }).evaluate((e) => e.matches(':focus'))).toBe(
        true,
      );
      await page.keyboard.press('Escape');
    }
  });

  test.each([
    [900, 600],
    [450, 300],
    [720, 450],
    [1440, 900],
  ])('fits %i × %i without scrolling sideways', async (width, height) => {
    const serve = await serveWithModels();
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openPage(browser, serve.ui, { viewport: { width, height }, colorScheme });
      await page.getByRole('rowheader', { name: 'qwen3:4b' }).waitFor();
      const sideways = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll('main, header, section')]
          .filter((element) => element.scrollWidth > element.clientWidth + 1)
          .map((element) => element.tagName),
      );
      expect(sideways).toEqual([]);
      // Nor does what stands in one cell of a table run into the next.
      const overlapping = await page.evaluate(() =>
        [...document.querySelectorAll('tr')].flatMap((row) => {
          const cells = [...row.children].map((cell) => {
            const range = document.createRange();
            range.selectNodeContents(cell);
            return { cell: cell.getBoundingClientRect(), content: range.getBoundingClientRect() };
          });
          return cells.flatMap(({ content }, at) => {
            const next = cells[at + 1]?.cell;
            const beside = next !== undefined && next.top < content.bottom && next.bottom > content.top;
            return beside && content.right > next.left + 1 ? [row.textContent] : [];
          });
        }),
      );
      expect(overlapping).toEqual([]);
    }
  });
});

/** Repeats `attempt` until it no longer throws, for `ms` at most. */
async function expectWithin(ms: number, attempt: () => Promise<unknown>): Promise<void> {
  const until = Date.now() + ms;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
