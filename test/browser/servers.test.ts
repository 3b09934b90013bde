import { readFileSync, writeFileSync } from 'node:fs';
import type { Browser, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type FakeUpstream, type FakeUpstreamOptions, startFakeUpstream } from '../fakes/upstream.ts';
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

async function serveWith(settings: Readonly<Record<string, unknown>>): Promise<ServeWithWindow> {
  // What the tests of the keychain are for is elsewhere; here there is none.
  vi.stubEnv('DRAGOMAN_KEYCHAIN', 'off');
  const serve = await startWithWindow(settings);
  cleanups.push(serve.stop, vi.unstubAllEnvs);
  return serve;
}

const upstreamsIn = ({ settingsFile }: ServeWithWindow): unknown =>
  JSON.parse(readFileSync(settingsFile, 'utf8')).upstreams;

const panel = (page: Page) => page.getByRole('complementary');
const url = (page: Page) => page.getByRole('textbox', { name: 'Base URL' });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function chooseAction(page: Page, server: string, action: string): Promise<void> {
  await button(page, `Actions for ${server}`).click();
  await page.getByRole('menuitem', { name: action }).click();
}

describe('a server', () => {
  test('of a vendor has its address from the start, and is reached as its network settings say', async () => {
    const serve = await serveWith({ upstreams: [{ id: 'gone', kind: 'vllm', baseUrl: 'http://127.0.0.1:9/v1' }] });
    const { page, complaints } = await openPage(browser, serve.ui);
    await button(page, 'Add server').click();
    const kind = page.getByRole('combobox', { name: 'Kind' });
    await kind.selectOption('DeepSeek');
    expect(await url(page).inputValue()).toBe('https://api.deepseek.com');
    await kind.selectOption('vLLM');
    expect(await url(page).inputValue()).toBe('');
    // What was never typed is not complained of.
    expect(await page.locator('[aria-invalid=true]').count()).toBe(0);
    await url(page).fill('https://gpu-box.invalid:8000');
    await kind.selectOption('SGLang');
    expect(await url(page).inputValue()).toBe('https://gpu-box.invalid:8000');
    await page.getByText('More', { exact: true }).click();
    const proxy = page.getByRole('textbox', { name: 'Proxy' });
    await proxy.fill('socks5://here');
    await page.getByText('must be "system", "none" or').waitFor();
    await proxy.fill('none');
    await page.getByRole('checkbox', { name: 'Do not check its certificate' }).check();
    await page.getByText('Whoever stands between can then read').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await panel(page).getByRole('button', { name: 'Add server' }).click();
    await page.getByRole('region', { name: 'SGLang' }).getByText('Its certificate is not checked').waitFor();
    expect(upstreamsIn(serve)).toMatchObject([
      { id: 'gone' },
      {
        id: 'sglang',
        kind: 'sglang',
        baseUrl: 'https://gpu-box.invalid:8000',
        tls: { caFile: null, insecure: true },
        proxy: 'none',
      },
    ]);
    await chooseAction(page, 'sglang', 'Edit…');
    await page.getByText('More', { exact: true }).click();
    expect(await page.getByRole('checkbox', { name: 'Do not check its certificate' }).isChecked()).toBe(true);
    expect(await proxy.inputValue()).toBe('none');
    expect(complaints).toEqual([]);
  });

  test('is tried, added, and then stands in the list and in the settings', async () => {
    const upstream = await fake({ models: ['glm-4.7', 'deepseek-v3.2'] });
    const serve = await serveWith({ upstreams: [{ id: 'gone', kind: 'vllm', baseUrl: 'http://127.0.0.1:9/v1' }] });
    const { page, complaints } = await openPage(browser, serve.ui);
    await button(page, 'Add server').click();
    await page.getByRole('textbox', { name: 'Name' }).fill('cloud');
    await url(page).fill(`${upstream.url}/v1`);
    await button(page, 'Test').click();
    const result = page.getByRole('region', { name: 'Test result' });
    await result.getByText('Reached').waitFor();
    expect(await result.textContent()).toContain('2 models: glm-4.7, deepseek-v3.2.');

    await panel(page).getByRole('button', { name: 'Add server' }).click();
    await page.getByRole('region', { name: 'cloud' }).getByRole('rowheader', { name: 'glm-4.7' }).waitFor();
    await panel(page).waitFor({ state: 'detached' });
    expect(upstreamsIn(serve)).toEqual([
      { id: 'gone', kind: 'vllm', baseUrl: 'http://127.0.0.1:9/v1' },
      { id: 'cloud', kind: 'openai-compatible', baseUrl: `${upstream.url}/v1` },
    ]);
    expect(complaints).toEqual([]);
  });

  test('is checked while it is typed, and not saved before it is right', async () => {
    const serve = await serveWith({ upstreams: [{ id: 'gone', kind: 'vllm', baseUrl: 'http://127.0.0.1:9/v1' }] });
    const { page } = await openPage(browser, serve.ui);
    await button(page, 'Add server').click();
    await url(page).fill('box:8000');
    await page.getByText('must be an http:// or https:// URL').waitFor();
    await url(page).fill('http://me:secret@box');
    await page.getByText('must not contain a user name or password').waitFor();
    await url(page).fill('http://box');
    await page.getByRole('textbox', { name: 'Name' }).fill('gone');
    await page.getByText('is the name of a server in the settings already').waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('The Box');
    await page.getByText('must be lower-case letters').waitFor();
    await page.getByText('More', { exact: true }).click();
    await button(page, 'Add header').click();
    await page.getByRole('textbox', { name: 'Name of header 1' }).fill('X-API-Key');
    await page.getByText('carries a secret').waitFor();
    await panel(page).getByRole('button', { name: 'Add server' }).click();
    await button(page, 'Remove header 1').click();
    await page.getByRole('textbox', { name: 'Name' }).fill('box');
    await page.getByRole('combobox', { name: 'Secret' }).selectOption({ label: 'Keychain of this computer' });
    await panel(page).getByRole('button', { name: 'Add server' }).click();
    await page.getByText('is wanted: enter it, or choose another place').waitFor();
    expect(upstreamsIn(serve)).toHaveLength(1);
  });

  test('is told apart by its protocol and its time limits, which can be taken back', async () => {
    const upstream = await fake({ models: ['glm-4.7'] });
    const entry = { id: 'box', kind: 'openai-compatible', baseUrl: `${upstream.url}/v1` };
    const serve = await serveWith({ upstreams: [entry] });
    const { page } = await openPage(browser, serve.ui);
    const protocol = page.getByRole('combobox', { name: 'Protocol' });
    await chooseAction(page, 'box', 'Edit…');
    await page.getByText('More', { exact: true }).click();
    await protocol.selectOption({ label: 'Responses' });
    await page.getByRole('textbox', { name: 'To connect' }).fill('soon');
    await page.getByText('“To connect” must be seconds: more than 0, at most 600').waitFor();
    await page.getByRole('textbox', { name: 'To connect' }).fill('2.5');
    await page.getByRole('textbox', { name: 'Of silence' }).fill('3600');
    await button(page, 'Save').click();
    const timeouts = { connectMs: 2_500, idleMs: 3_600_000 };
    await expect.poll(() => upstreamsIn(serve)).toEqual([{ ...entry, protocol: 'responses', timeouts }]);

    await panel(page).waitFor({ state: 'detached' });
    await expect
      .poll(async () => {
        await chooseAction(page, 'box', 'Edit…');
        await page.getByText('More', { exact: true }).click();
        const shown = await page.getByRole('textbox', { name: 'To connect' }).inputValue();
        if (shown !== '2.5') await page.keyboard.press('Escape');
        return shown;
      })
      .toBe('2.5');
    await protocol.selectOption({ label: 'Automatic' });
    await page.getByRole('textbox', { name: 'To connect' }).fill('');
    await button(page, 'Save').click();
    await expect
      .poll(() => upstreamsIn(serve))
      .toEqual([{ ...entry, protocol: 'auto', timeouts: { idleMs: 3_600_000 } }]);
  });

  test('is given as much at once as its owner says, and keeps models loaded as long; what is wrong is told at its field', async () => {
    const ollama = await fake({ personality: 'ollama', models: ['qwen3:4b'] });
    const entry = { id: 'ollama', kind: 'ollama', baseUrl: ollama.url };
    const serve = await serveWith({ upstreams: [entry] });
    const { page, complaints } = await openPage(browser, serve.ui);
    const atOnce = page.getByRole('textbox', { name: 'Requests at once' });
    const minutes = page.getByRole('textbox', { name: 'Minutes a model stays loaded' });
    const onUse = page.getByRole('checkbox', { name: 'Load a model when an agent asks for it' });
    await chooseAction(page, 'ollama', 'Edit…');
    await page.getByText('More', { exact: true }).click();
    await atOnce.fill('1.5');
    await page.getByText('must be a whole number from 1 to 10,000').waitFor();
    await minutes.fill('soon');
    await page.getByText('must be a number from 1 to 525,600').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    // What is folded away and wrong is opened, and has the focus.
    await page.getByText('More', { exact: true }).click();
    await button(page, 'Save').click();
    await expect.poll(() => atOnce.evaluate((field) => field === document.activeElement)).toBe(true);
    await atOnce.fill('2');
    await minutes.fill('90');
    await onUse.uncheck();
    await button(page, 'Save').click();
    await expect
      .poll(() => upstreamsIn(serve))
      .toEqual([{ ...entry, concurrency: 2, loadOnUse: false, keepLoadedMinutes: 90 }]);
    await panel(page).waitFor({ state: 'detached' });

    await expect
      .poll(async () => {
        await chooseAction(page, 'ollama', 'Edit…');
        await page.getByText('More', { exact: true }).click();
        const shown = await minutes.inputValue();
        if (shown !== '90') await page.keyboard.press('Escape');
        return shown;
      })
      .toBe('90');
    expect(await atOnce.inputValue()).toBe('2');
    await atOnce.fill('');
    await minutes.fill('');
    await onUse.check();
    await button(page, 'Save').click();
    await expect.poll(() => upstreamsIn(serve)).toEqual([{ ...entry, loadOnUse: true }]);
    expect(complaints).toEqual([]);
  });

  test('says what is wrong above its buttons, in a small window, too', async () => {
    const serve = await serveWith({ upstreams: [{ id: 'gone', kind: 'vllm', baseUrl: 'http://127.0.0.1:9/v1' }] });
    const { page } = await openPage(browser, serve.ui, { viewport: { width: 720, height: 450 } });
    await button(page, 'Add server').click();
    await panel(page).getByRole('button', { name: 'Add server' }).click();
    const [problem, buttons] = await Promise.all(
      [page.getByText('must be an http:// or https:// URL'), panel(page).getByRole('button', { name: 'Test' })].map(
        (part) => part.boundingBox(),
      ),
    );
    expect((problem?.y ?? 1000) + (problem?.height ?? 0)).toBeLessThan(buttons?.y ?? 0);
  });

  test('of a kind that loads no models has nothing to say of that', async () => {
    const { page } = await openPage(browser, (await serveWith({})).ui);
    const onUse = page.getByRole('checkbox', { name: 'Load a model when an agent asks for it' });
    const minutes = page.getByRole('textbox', { name: 'Minutes a model stays loaded' });
    const kind = page.getByRole('combobox', { name: 'Kind' });
    await page.getByText('More', { exact: true }).click();
    expect([await onUse.count(), await minutes.count()]).toEqual([0, 0]);
    await kind.selectOption({ label: 'llama.cpp' });
    await onUse.waitFor();
    expect(await minutes.count()).toBe(0);
    await kind.selectOption({ label: 'LM Studio' });
    await minutes.waitFor();
  });

  test('has a choice of protocols where its kind has one', async () => {
    const { page } = await openPage(browser, (await serveWith({})).ui);
    const kind = page.getByRole('combobox', { name: 'Kind' });
    const protocol = page.getByRole('combobox', { name: 'Protocol' });
    await page.getByText('More', { exact: true }).click();
    await protocol.selectOption({ label: 'Messages' });
    await kind.selectOption({ label: 'OpenAI' });
    expect(await protocol.inputValue()).toBe('auto');
    expect(await protocol.locator('option').allTextContents()).toEqual(['Automatic', 'Responses', 'Chat Completions']);
    await kind.selectOption({ label: 'Anthropic' });
    await protocol.waitFor({ state: 'detached' });
  });

  test('that is of another kind than was chosen is told, and one press sets it right', async () => {
    const ollama = await fake({ personality: 'ollama', models: ['qwen3:4b'] });
    const { page } = await openPage(browser, (await serveWith({})).ui);
    await page.getByRole('combobox', { name: 'Kind' }).selectOption({ label: 'vLLM' });
    await url(page).fill(ollama.url);
    await button(page, 'Test').click();
    await button(page, 'Switch to Ollama').click();
    expect(await page.getByRole('combobox', { name: 'Kind' }).inputValue()).toBe('ollama');
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('ollama');
    await page
      .getByRole('region', { name: 'Or use a server elsewhere' })
      .getByRole('button', { name: 'Add server' })
      .click();
    await page.getByRole('rowheader', { name: 'qwen3:4b' }).waitFor();
  });

  test('that does not answer is told with what to do', async () => {
    const { page } = await openPage(browser, (await serveWith({})).ui);
    await url(page).fill('http://127.0.0.1:9');
    await button(page, 'Test').click();
    const result = page.getByRole('region', { name: 'Test result' });
    await result.getByText('Not usable: not running').waitFor();
    expect(await result.textContent()).toContain('connection refused');
  });

  test('gets its secret from the environment where there is no keychain, which is told with the ways out', async () => {
    const upstream = await fake({ models: ['glm-4.7'], apiKey: 'k-123' });
    vi.stubEnv('BOX_KEY', 'k-123');
    const serve = await serveWith({});
    const { page } = await openPage(browser, serve.ui);
    await url(page).fill(`${upstream.url}/v1`);
    await button(page, 'Test').click();
    await page.getByText('Not usable: no access').waitFor();
    await page.getByRole('combobox', { name: 'Secret' }).selectOption({ label: 'Keychain of this computer' });
    await page.getByText('The keychain can’t be used: the keychain is switched off.').waitFor();
    await page.getByLabel('API key').fill('k-123');
    await page
      .getByRole('region', { name: 'Or use a server elsewhere' })
      .getByRole('button', { name: 'Add server' })
      .click();
    await page.getByText('It was not saved.').waitFor();
    await button(page, 'Use an environment variable').click();
    await page.getByRole('textbox', { name: 'Name of the variable' }).fill('BOX_KEY');
    await button(page, 'Test').click();
    await page.getByText('1 model: glm-4.7.').waitFor();
    expect(await page.content()).not.toContain('k-123');
    await page
      .getByRole('region', { name: 'Or use a server elsewhere' })
      .getByRole('button', { name: 'Add server' })
      .click();
    await page.getByText('secret in the variable BOX_KEY').waitFor();
    expect(readFileSync(serve.settingsFile, 'utf8')).not.toContain('k-123');
  });

  test('that has moved gets its secret only once that was allowed', async () => {
    vi.stubEnv('BOX_KEY', 'k-123');
    const [before, after] = [await fake({ models: ['old'] }), await fake({ models: ['new'], apiKey: 'k-123' })];
    const secret = { from: 'env', name: 'BOX_KEY' };
    const serve = await serveWith({
      upstreams: [{ id: 'box', kind: 'openai-compatible', baseUrl: `${before.url}/v1`, secret, header: 'x-api-key' }],
    });
    const { page } = await openPage(browser, serve.ui);
    await page.getByRole('rowheader', { name: 'old' }).waitFor();
    await chooseAction(page, 'box', 'Edit…');
    await url(page).fill(`${after.url}/v1`);
    await page.getByText(`Its secret was given for ${before.url}.`).waitFor();
    await button(page, 'Save').click();
    await page.getByText(`is not sent to ${after.url}`).waitFor();
    expect(after.requests().some(({ headers }) => 'x-api-key' in headers)).toBe(false);
    await button(page, 'Send it there').click();
    await page.getByRole('rowheader', { name: 'new' }).waitFor();
    expect(upstreamsIn(serve)).toEqual([
      { id: 'box', kind: 'openai-compatible', baseUrl: `${after.url}/v1`, secret, header: 'x-api-key' },
    ]);
  });

  test('is removed after a question that says what still names it', async () => {
    const serve = await serveWith({
      upstreams: [{ id: 'box', kind: 'vllm', baseUrl: 'http://127.0.0.1:9/v1' }],
      models: [{ id: 'coder', upstream: 'box', model: 'm' }],
      slots: { opus: 'coder' },
    });
    const { page } = await openPage(browser, serve.ui);
    await chooseAction(page, 'box', 'Remove…');
    expect(await panel(page).getByRole('listitem').allTextContents()).toEqual(['alias coder', 'slot opus']);
    await button(page, 'Keep it').click();
    await panel(page).waitFor({ state: 'detached' });
    expect(upstreamsIn(serve)).toHaveLength(1);
    await chooseAction(page, 'box', 'Remove…');
    await button(page, 'Remove server').click();
    await page.getByRole('heading', { name: 'No model server found yet' }).waitFor();
    expect(upstreamsIn(serve)).toEqual([]);
  });

  test('that was found is kept in the settings', async () => {
    const ollama = await fake({ personality: 'ollama', models: ['kept:1b'] });
    const serve = await serveWith({ detection: { enabled: true, ports: [ollama.port] } });
    const { page } = await openPage(browser, serve.ui);
    const found = page.getByRole('region').filter({ has: page.getByRole('rowheader', { name: 'kept:1b' }) });
    await found.getByText('found on this computer').waitFor();
    await found.getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: 'Keep in settings…' }).click();
    expect(await url(page).inputValue()).toBe(ollama.url);
    await panel(page).getByRole('button', { name: 'Add server' }).click();
    await found.getByText('from your settings').waitFor();
    expect(upstreamsIn(serve)).toMatchObject([{ kind: 'ollama', baseUrl: ollama.url }]);
  });

  test('that is being typed is not lost by one key, and a broken settings file is told', async () => {
    const serve = await serveWith({ upstreams: [{ id: 'box', kind: 'vllm', baseUrl: 'http://127.0.0.1:9/v1' }] });
    const { page } = await openPage(browser, serve.ui);
    await chooseAction(page, 'box', 'Edit…');
    await url(page).fill('http://127.0.0.1:10/v1');
    await page.keyboard.press('Escape');
    await page.getByText('What you typed is not saved.').waitFor();
    await button(page, 'Keep editing').click();
    writeFileSync(serve.settingsFile, '{ "slots": 5 }');
    await button(page, 'Save').click();
    await page.getByText('It was not saved.').waitFor();
    expect(await page.getByRole('alert').allTextContents()).toContainEqual(expect.stringContaining('is broken'));
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await panel(page).waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Actions for box');
  });
});

describe('a model', () => {
  async function openModel(): Promise<{ page: Page; ollama: FakeUpstream; serve: ServeWithWindow }> {
    const ollama = await fake({ personality: 'ollama', models: ['qwen3-coder:30b', 'qwen3:4b'], modelLoadMs: 700 });
    const serve = await serveWith({
      upstreams: [{ id: 'ollama', kind: 'ollama', baseUrl: ollama.url }],
      slots: { haiku: 'ollama/qwen3-coder:30b' },
    });
    const { page } = await openPage(browser, serve.ui);
    await button(page, 'qwen3:4b').click();
    return { page, ollama, serve };
  }

  test('is loaded and unloaded from its panel and from its row, which tell meanwhile', async () => {
    const { page, ollama } = await openModel();
    const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'qwen3:4b' }) });
    await button(page, 'Load').click();
    await panel(page).getByText('Loading…').waitFor();
    await row.getByText('loading…').waitFor();
    await button(page, 'Unload').waitFor();
    await row.getByText('loaded', { exact: true }).waitFor();
    expect(ollama.loaded()).toContain('qwen3:4b');
    await page.keyboard.press('Escape');
    await row.hover();
    await button(page, 'Unload qwen3:4b').click();
    await row.getByText('not loaded').waitFor();
    expect(ollama.loaded()).not.toContain('qwen3:4b');
  });

  test('is asked from a terminal by a request that is copied, with a key only where the keychain gives it', async () => {
    const upstream = await fake({ models: ['m'] });
    const key = { id: 'k_1', name: 'Codex', hash: `sha256:${'0'.repeat(64)}`, hint: 'abcd' };
    const serve = await serveWith({
      upstreams: [{ id: 'box', kind: 'openai-compatible', baseUrl: `${upstream.url}/v1` }],
      keys: [
        { ...key, id: 'k_0', name: 'ended', expiresAt: '2001-01-01T00:00:00Z' },
        { ...key, id: 'k_2', name: 'for others', models: ['ollama/*'] },
        key,
      ],
    });
    const { page } = await openPage(browser, serve.ui);
    await button(page, 'm').click();
    await page.getByRole('tab', { name: 'Responses' }).click();
    await page.getByRole('region', { name: 'curl for Responses' }).getByText('$DRAGOMAN_KEY').waitFor();
    await button(page, 'Copy with key').click();
    await page.getByText("The key can't be read: the keychain is switched off").waitFor();
    writeFileSync(
      serve.settingsFile,
      JSON.stringify({
        detection: { enabled: false },
        upstreams: [{ id: 'box', kind: 'openai-compatible', baseUrl: `${upstream.url}/v1` }],
      }),
    );
    await button(page, 'Copy with key').waitFor({ state: 'detached' });
    await page.getByText('Settings → Keys makes one').waitFor();
  });

  test('that can’t be loaded says why', async () => {
    const { page, ollama } = await openModel();
    await ollama.close();
    await button(page, 'Load').click();
    const notice = panel(page).getByRole('alert');
    await notice.getByText('It was not loaded.').waitFor();
    expect(await notice.textContent()).toContain('connection refused');
  });

  test('fills slots and has aliases, which are renamed and removed', async () => {
    const { page, serve } = await openModel();
    const names = page.getByRole('region', { name: 'Aliases and slots' });
    const settings = () => JSON.parse(readFileSync(serve.settingsFile, 'utf8'));
    await names.getByText('now ollama/qwen3-coder:30b').waitFor();
    await names.getByRole('checkbox', { name: 'opus' }).click();
    await names.getByText('this model').waitFor();
    await names.getByRole('textbox', { name: 'New alias' }).fill('No');
    await names.getByText('must be lower-case letters').waitFor();
    await names.getByRole('textbox', { name: 'New alias' }).fill('small');
    await names.getByRole('button', { name: 'Add alias' }).click();
    await names.getByRole('button', { name: 'Edit small' }).click();
    await panel(page).getByRole('textbox', { name: 'Name' }).fill('tiny');
    await panel(page).getByRole('button', { name: 'Save' }).click();
    await names.getByRole('button', { name: 'Remove tiny' }).waitFor();
    expect(settings().models).toEqual([{ id: 'tiny', upstream: 'ollama', model: 'qwen3:4b' }]);
    await names.getByRole('button', { name: 'Remove tiny' }).click();
    await names.getByText('Agents that ask for tiny will get an error.').waitFor();
    await names.getByRole('button', { name: 'Remove alias' }).click();
    await names.getByRole('button', { name: 'Remove tiny' }).waitFor({ state: 'detached' });
    await names.getByRole('checkbox', { name: 'opus' }).click();
    await expect.poll(() => settings().slots).toEqual({ haiku: 'ollama/qwen3-coder:30b' });
  });
});

test.each(['light', 'dark'] as const)(
  'what else may answer for an alias, and that it never leaves this machine, stand where the alias does, %s',
  async (colorScheme) => {
    const ollama = await fake({ personality: 'ollama', models: ['qwen3:4b', 'qwen3-coder:30b'] });
    const serve = await serveWith({
      upstreams: [{ id: 'ollama', kind: 'ollama', baseUrl: ollama.url }],
      models: [
        {
          id: 'small',
          upstream: 'ollama',
          model: 'qwen3:4b',
          sharedWith: ['near/qwen3:4b'],
          fallback: ['ollama/qwen3-coder:30b'],
          localOnly: true,
        },
      ],
    });
    const { page, complaints } = await openPage(browser, serve.ui, { colorScheme });
    const aliases = page.getByRole('region', { name: 'Aliases', exact: true });
    await aliases.getByText('and near/qwen3:4b').waitFor();
    await aliases.getByText('else ollama/qwen3-coder:30b').waitFor();
    await aliases.getByText('This computer only').waitFor();
    await button(page, 'qwen3:4b').click();
    const names = page.getByRole('region', { name: 'Aliases and slots' });
    await names.getByText('Its requests are shared with near/qwen3:4b.').waitFor();
    await names.getByText('While this model can’t answer: ollama/qwen3-coder:30b. Its requests never leave').waitFor();
    await page.setViewportSize({ width: 900, height: 600 });
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(complaints).toEqual([]);
  },
  60_000,
);

describe.each(['light', 'dark'] as const)('axe finds nothing, %s', (colorScheme) => {
  test('in the form, its results, the menu, the questions and the names', async () => {
    const ollama = await fake({ personality: 'ollama', models: ['qwen3:4b'] });
    const serve = await serveWith({
      upstreams: [
        { id: 'ollama', kind: 'ollama', baseUrl: ollama.url },
        { id: 'box', kind: 'vllm', baseUrl: 'http://127.0.0.1:9/v1', secret: { from: 'env', name: 'NOT_SET' } },
      ],
      models: [{ id: 'small', upstream: 'ollama', model: 'qwen3:4b' }],
    });
    const { page, complaints } = await openPage(browser, serve.ui, { colorScheme });
    const check = async (state: string, part?: string) => {
      expect(await accessibilityProblems(page, part), state).toEqual([]);
    };
    await button(page, 'Actions for box').click();
    await page.getByRole('menuitem', { name: 'Edit…' }).waitFor();
    // Around it stand Base UI's guards, which hand the focus on and hold none.
    await check('menu', '[role=menu]');
    await page.getByRole('menuitem', { name: 'Test' }).click();
    await page.getByRole('region', { name: 'Test result' }).waitFor();
    await check('test failed');
    await url(page).fill('http://');
    await page.getByRole('combobox', { name: 'Secret' }).selectOption({ label: 'Keychain of this computer' });
    await page.getByText('The keychain can’t be used').waitFor();
    await page.getByText('More', { exact: true }).click();
    await button(page, 'Add header').click();
    await check('wrong, no keychain');
    await button(page, 'Close').click();
    await check('leaving');
    await button(page, 'Discard').click();
    await chooseAction(page, 'box', 'Remove…');
    await check('removing');
    await page.keyboard.press('Escape');
    await button(page, 'qwen3:4b').click();
    await button(page, 'Remove small').click();
    await check('names');
    expect(complaints).toEqual([]);
  }, 120_000);
});
