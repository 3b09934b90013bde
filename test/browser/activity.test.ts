import type { Browser, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakeUpstream, startFakeUpstream } from '../fakes/upstream.ts';
import {
  accessibilityProblems,
  openPage,
  type ServeWithWindow,
  startBrowser,
  startWithWindow,
  type WatchedPage,
} from './window.ts';

const key = `dgm_${'t'.repeat(43)}`;
let browser: Browser;
let upstream: FakeUpstream;
let serve: ServeWithWindow;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  upstream = await startFakeUpstream({ personality: 'ollama', models: ['qwen3-coder:30b'] });
  serve = await startWithWindow({
    upstreams: [{ id: 'ollama', kind: 'ollama', baseUrl: upstream.url }],
    models: [{ id: 'coder', upstream: 'ollama', model: 'qwen3-coder:30b' }],
  });
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await serve.stop();
  await upstream.close();
});

async function ask(scenario: string, headers: Record<string, string> = {}, more: object = {}): Promise<Response> {
  const response = await fetch(`${serve.gateway}/v1/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'claude-cli/2.1.329 (external, cli)',
      'x-api-key': key,
      ...headers,
    },
    body: JSON.stringify({
      model: 'coder',
      max_tokens: 1000,
      stream: true,
      messages: [{ role: 'user', content: `my key is ${key} [[${scenario}]]` }],
      ...more,
    }),
  });
  return response;
}

const whole = async (scenario: string, headers?: Record<string, string>): Promise<string> =>
  (await ask(scenario, headers)).text();

async function openActivity(options: Parameters<typeof openPage>[2] = {}): Promise<WatchedPage> {
  const watched = await openPage(browser, serve.ui, { viewport: { width: 1440, height: 900 }, ...options });
  await watched.page.getByText('Gateway running').waitFor();
  await watched.page.keyboard.press('Control+3');
  await watched.page.getByRole('heading', { name: 'Activity', exact: true }).waitFor();
  return watched;
}

async function turnOnStreaming(page: Page): Promise<void> {
  await page.getByRole('switch', { name: 'Streaming log' }).click();
  await page.getByRole('switch', { name: 'Streaming log', checked: true }).waitFor();
}

const rows = (page: Page) => page.getByRole('grid', { name: 'Requests' }).getByRole('row');

describe('the activity screen', () => {
  test('tells what will stand there, and then each request as it runs', async () => {
    const { page, complaints } = await openActivity();
    await page.getByRole('heading', { name: 'No agent has asked for anything yet' }).waitFor();
    const running = whole('slow-body ms=1500');
    await rows(page).filter({ hasText: 'waiting' }).waitFor();
    await page.getByRole('region', { name: 'Gateway' }).getByText('1 request').waitFor();
    await page.getByRole('button', { name: /Activity.*1 running/ }).waitFor();
    await running;
    await rows(page).filter({ hasText: 'done' }).waitFor();
    expect(await rows(page).nth(1).textContent()).toMatch(/Claude Code.*ollama\/qwen3-coder:30b/);
    await page.getByRole('region', { name: 'Gateway' }).getByText('Idle').waitFor();
    await whole('hello', { 'x-api-key': 'wrong' });
    await rows(page).filter({ hasText: 'refused' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('shows text, reasoning and arguments as they flow while the streaming log is on', async () => {
    const { page } = await openActivity();
    await turnOnStreaming(page);
    const runs = ['text', 'reasoning', 'tool'].map((kind) => whole(`flood count=300 rate=100 kind=${kind}`));
    for (const word of ['text', 'thinks', 'calls'])
      await rows(page)
        .filter({ hasText: word })
        .filter({ hasText: 'word' })
        .filter({ hasText: 'streaming' })
        .first()
        .waitFor();
    await page.getByText(/\d+ tok\/s/).waitFor();
    await Promise.all(runs);
  });

  test('a request opens by keyboard with both sides of the wire, and no key stands in them', async () => {
    const { page } = await openActivity({ permissions: ['clipboard-read', 'clipboard-write'] });
    await turnOnStreaming(page);
    await whole('twotools');
    await rows(page).filter({ hasText: 'called tools' }).waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary', { name: 'ollama/qwen3-coder:30b' });
    await panel.getByText('{"city":"Rome"}').waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('panel-title');

    await panel.getByRole('tab', { name: 'Agent ↔ Gateway' }).click();
    await panel.getByText('"model": "coder"').waitFor();
    await panel.getByText('event: message_stop').waitFor();
    await panel.getByText(/^\d+ headers/).click();
    await panel.getByRole('button', { name: 'Copy The agent sent as curl' }).click();
    const curl = await page.evaluate(() => navigator.clipboard.readText());
    expect(curl).toContain(`curl -X POST '${serve.gateway}/v1/messages'`);
    expect(curl).toContain(`-H 'x-api-key: '"$DRAGOMAN_KEY"`);
    await panel.getByRole('tab', { name: 'Gateway ↔ Server' }).click();
    await panel.getByText(`POST ${upstream.url}/v1/chat/completions`).waitFor();
    await panel.getByText('data: [DONE]').waitFor();
    await panel.getByRole('tab', { name: 'Diagnostics' }).click();
    await panel.getByText('Nothing was left out').waitFor();
    expect(curl + (await page.content())).not.toContain(key);

    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('grid');
  });

  test('a request says what in its conversation’s prompt changed, so that it was read again', async () => {
    const { page } = await openActivity();
    for (const system of ['Be short.', 'Be long.']) await (await ask('hello', {}, { system })).text();
    await rows(page).filter({ hasText: 'done' }).nth(1).waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary', { name: 'ollama/qwen3-coder:30b' });
    await panel.getByText('differs from the conversation’s last one at messages[0].content').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test('without the streaming log a request has no bodies, and says how to have them', async () => {
    const { page } = await openActivity();
    await whole('hello');
    await rows(page).filter({ hasText: 'done' }).click();
    await page.getByRole('tab', { name: 'Gateway ↔ Server' }).click();
    await page.getByText('No bodies were kept').waitFor();
    await page.getByRole('button', { name: 'Turn on the streaming log' }).click();
    await page.getByRole('switch', { name: 'Streaming log', checked: true }).waitFor();
    await whole('hello', { 'x-api-key': 'wrong' });
    await rows(page).filter({ hasText: 'refused' }).click();
    await page.getByRole('tab', { name: 'Agent ↔ Gateway' }).click();
    const sides = page.getByRole('tabpanel', { name: 'Agent ↔ Gateway' });
    await sides.getByText('refused before its body was read').waitFor();
    await expect.poll(() => page.getByRole('tabpanel').count()).toBe(1);
  });

  test('a request tells what of it was changed on its way: side by side where there is room, else line by line', async () => {
    const { page, complaints } = await openActivity();
    await whole('hello');
    await rows(page).filter({ hasText: 'done' }).click();
    await page.getByRole('tab', { name: 'Differences' }).click();
    await page.getByText('No bodies were kept').waitFor();
    await turnOnStreaming(page);
    await whole('twotools');
    await page.keyboard.press('Escape');
    await rows(page).filter({ hasText: 'called tools' }).click();
    await page.getByRole('tab', { name: 'Differences' }).click();
    await page.getByText(`POST /v1/messages → POST ${upstream.url}/v1/chat/completions`).waitFor();
    const table = page.getByRole('table', { name: 'the request, before and after' });
    const changed = table.getByRole('row').filter({ hasText: '"model": "coder"' });
    expect(await changed.textContent()).toContain('"model": "qwen3-coder:30b"');
    expect(await page.content()).not.toContain(key);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.setViewportSize({ width: 900, height: 600 });
    await page.getByRole('table', { name: 'the request, removed and added lines' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('a request that went through but for the model’s name says so in a line', async () => {
    const { page } = await openActivity();
    await turnOnStreaming(page);
    await fetch(`${serve.gateway}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'coder', messages: [{ role: 'user', content: '[[hello]]' }] }),
    });
    await rows(page).filter({ hasText: 'done' }).click();
    await page.getByRole('tab', { name: 'Differences' }).click();
    await page.getByText('but for the model’s name: coder became qwen3-coder:30b.').waitFor();
  });

  test('a request of a megabyte is compared without the window standing still', async () => {
    await serve.stop();
    // Of this server no context window is known that such a prompt would not fit into.
    serve = await startWithWindow({
      upstreams: [
        { id: 'box', kind: 'openai-compatible', baseUrl: `${upstream.url}/v1`, models: { 'qwen3-coder:30b': {} } },
      ],
      models: [{ id: 'coder', upstream: 'box', model: 'qwen3-coder:30b' }],
    });
    const { page } = await openActivity();
    await turnOnStreaming(page);
    const content = 'A sentence of a conversation. '.repeat(10);
    const messages = Array.from({ length: 3_000 }, (_, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: [{ type: 'text', text: `${index} ${content}` }],
    }));
    await (await ask('hello', {}, { messages: [...messages, { role: 'user', content: '[[hello]]' }] })).text();
    await rows(page).filter({ hasText: 'done' }).click();
    await page.getByRole('tab', { name: 'Gateway ↔ Server' }).click();
    await page.getByText('data: [DONE]').waitFor();
    const startedAt = performance.now();
    await page.getByRole('tab', { name: 'Differences' }).click();
    await page.getByRole('button', { name: /^Show more: 1,000 of / }).waitFor();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test('a request is sent again by a button, and what comes of it opens', async () => {
    const { page, complaints } = await openActivity();
    await whole('hello');
    await rows(page).filter({ hasText: 'done' }).click();
    await page.getByText('A request can be sent again where its body was kept').waitFor();
    expect(await page.getByRole('button', { name: 'Replay' }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await turnOnStreaming(page);
    await whole('twotools');
    await rows(page).filter({ hasText: 'called tools' }).click();
    await page.getByRole('button', { name: 'Replay' }).click();
    const panel = page.getByRole('complementary', { name: 'ollama/qwen3-coder:30b' });
    await panel.getByText(/^Replay · /).waitFor();
    await panel.getByText('{"city":"Rome"}').waitFor();
    const selected = page.getByRole('grid', { name: 'Requests' }).getByRole('row', { selected: true });
    await expect.poll(() => selected.allTextContents()).toEqual([expect.stringContaining('Replay')]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Gateway paused').waitFor();
    await page.getByRole('button', { name: 'Replay' }).click();
    await panel.getByText('Resume it, then replay the request').waitFor();
  });

  test('filters by state and words, and holds the list still while the gateway goes on', async () => {
    const { page } = await openActivity();
    await whole('hello');
    await whole('server-error');
    await rows(page).filter({ hasText: 'failed' }).waitFor();
    await page.getByLabel('State', { exact: true }).selectOption('failed');
    await expect.poll(() => rows(page).count()).toBe(2);
    await page.getByLabel('State', { exact: true }).selectOption('all');
    await page.keyboard.press('Escape');
    await page.getByRole('grid').focus();
    await page.keyboard.press('/');
    await page.keyboard.type('nothing like it');
    await page.getByText('No request fits.').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => rows(page).count()).toBe(3);
    await page.getByRole('button', { name: 'Hold' }).click();
    await whole('hello');
    await page.getByRole('region', { name: 'Gateway' }).getByText('Idle').waitFor();
    expect(await rows(page).count()).toBe(3);
    await page.getByRole('button', { name: 'Hold' }).click();
    await expect.poll(() => rows(page).count()).toBe(4);
  });

  test('comes back by itself when the page is loaded again', async () => {
    const { page } = await openActivity();
    await whole('hello');
    await rows(page).filter({ hasText: 'done' }).waitFor();
    await page.reload();
    await page.getByText('Gateway running').waitFor();
    await page.keyboard.press('Control+3');
    await rows(page).filter({ hasText: 'done' }).waitFor();
  });
});

describe('pause', () => {
  test('refuses new requests in words that keep an agent from repeating them, and lets what runs finish', async () => {
    const { page } = await openActivity();
    const running = whole('slow-body ms=1500');
    await rows(page).filter({ hasText: 'waiting' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Gateway paused').waitFor();
    const refused = await ask('hello');
    expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([503, 'false']);
    expect(await refused.json()).toMatchObject({ error: { type: 'overloaded_error' } });
    expect(await running).toContain('message_stop');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Gateway running').waitFor();
    expect((await ask('hello')).status).toBe(200);
  });
});

describe('the model panel', () => {
  test('tells facts with where they were read, names, and ready requests', async () => {
    const { page } = await openPage(browser, serve.ui, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('button', { name: 'qwen3-coder:30b', exact: true }).click();
    const panel = page.getByRole('complementary', { name: 'qwen3-coder:30b' });
    expect(await panel.textContent()).toMatch(/read from api\/ps.*Aliases and slots.*coder/);
    await panel.getByRole('tab', { name: 'Chat Completions' }).click();
    await panel.getByRole('button', { name: 'Copy curl for Chat Completions' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('"model": "ollama/qwen3-coder:30b"');
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('qwen3-coder:30b');
  });
});

describe('for everyone', () => {
  test.each(['light', 'dark'] as const)(
    'axe finds nothing in any state, %s',
    async (colorScheme) => {
      const { page, complaints } = await openPage(browser, serve.ui, {
        colorScheme,
        viewport: { width: 1280, height: 800 },
      });
      const check = async (state: string): Promise<void> => {
        expect(await accessibilityProblems(page), state).toEqual([]);
      };
      await page.getByRole('button', { name: 'qwen3-coder:30b', exact: true }).waitFor();
      await check('models');
      await page.getByRole('button', { name: 'qwen3-coder:30b', exact: true }).click();
      await check('model panel');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+3');
      await page.getByText('No agent has asked').waitFor();
      await check('no activity');
      await turnOnStreaming(page);
      await whole('twotools');
      await whole('server-error');
      const running = whole('flood count=400 rate=100 kind=reasoning');
      await rows(page).filter({ hasText: 'streaming' }).waitFor();
      await check('activity');
      await rows(page).filter({ hasText: 'failed' }).click();
      for (const tab of ['Summary', 'Agent ↔ Gateway', 'Gateway ↔ Server', 'Differences', 'Diagnostics']) {
        await page.getByRole('tab', { name: tab }).click();
        await check(tab);
      }
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByText('Gateway paused').waitFor();
      await check('paused');
      await running;
      expect(complaints).toEqual([]);
    },
    120_000,
  );

  test.each([
    [900, 600],
    [450, 300],
  ])('%i × %i does not scroll sideways', async (width, height) => {
    const { page } = await openActivity({ viewport: { width, height } });
    await turnOnStreaming(page);
    await whole('twotools');
    await rows(page).filter({ hasText: 'called tools' }).click();
    await page.getByRole('tab', { name: 'Agent ↔ Gateway' }).click();
    await page.getByText('"model": "coder"').waitFor();
    const sideways = await page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('main, header, aside, [role=grid]')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => element.tagName),
    );
    expect(sideways).toEqual([]);
  });
});
