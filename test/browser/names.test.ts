import { readFileSync } from 'node:fs';
import type { Browser, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startFakeUpstream } from '../fakes/upstream.ts';
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

interface Opened {
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly serve: ServeWithWindow;
}

/** A window before an Ollama with two models; `settings` beside it. */
async function open(settings: Readonly<Record<string, unknown>>): Promise<Opened> {
  const ollama = await startFakeUpstream({ personality: 'ollama', models: ['qwen3-coder:30b', 'qwen3:4b'] });
  cleanups.push(() => ollama.close());
  const serve = await startWithWindow({
    upstreams: [
      {
        id: 'ollama',
        kind: 'ollama',
        baseUrl: ollama.url,
        models: { 'qwen3:4b': { flags: { leakedToolCalls: true, vision: false } } },
      },
    ],
    ...settings,
  });
  cleanups.push(serve.stop);
  const opened = await openPage(browser, serve.ui);
  await opened.page.getByRole('rowheader', { name: 'qwen3:4b' }).waitFor();
  return { ...opened, serve };
}

const settingsOf = ({ settingsFile }: ServeWithWindow) => JSON.parse(readFileSync(settingsFile, 'utf8'));
const panel = (page: Page) => page.getByRole('complementary');
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function axeInBoth(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await accessibilityProblems(page)).toEqual([]);
  }
}

describe('an alias', { timeout: 120_000 }, () => {
  test('is added with all that it may do, edited, and loses what is taken back', async () => {
    const { page, complaints, serve } = await open({
      models: [{ id: 'small', upstream: 'ollama', model: 'qwen3:4b' }],
    });
    await button(page, 'Add alias').click();
    const field = (name: string) => panel(page).getByRole('textbox', { name, exact: true });
    // What is missing is told, and has the focus.
    await button(page, 'Add alias').last().click();
    await panel(page).getByText('is wanted: what agents are to ask for').waitFor();
    await panel(page).getByText('is wanted: choose the model').waitFor();
    await expect.poll(() => field('Name').evaluate((input) => input === document.activeElement)).toBe(true);
    await field('Name').fill('small');
    await panel(page).getByText('is the name of another alias').waitFor();
    await field('Name').fill('coder');
    await panel(page).getByRole('combobox', { name: 'Leads to' }).selectOption('ollama/qwen3-coder:30b');
    await button(page, 'Add fallback').click();
    await panel(page).getByRole('combobox', { name: 'fallback 1' }).selectOption('ollama/qwen3:4b');
    await button(page, 'Add fallback').click();
    await panel(page).getByRole('combobox', { name: 'fallback 2' }).selectOption('small');
    await button(page, 'Move fallback 2 up').click();
    await button(page, 'Add model').click();
    await panel(page).getByRole('combobox', { name: 'model 1' }).selectOption('ollama/qwen3:4b');
    await panel(page).getByRole('checkbox', { name: 'This computer only' }).check();
    await button(page, 'Use temperature 0.1').click();
    expect(await field('temperature').inputValue()).toBe('0.1');
    await field('top_p').fill('1.5');
    await panel(page).getByText('top_p must be a number from 0 to 1.').waitFor();
    await field('max_tokens').fill('many');
    await panel(page).getByText('max_tokens must be a whole number, 1 or more').waitFor();
    await field('To answer').fill('0');
    await panel(page).getByText('“To answer” must be seconds: more than 0, at most 86,400').waitFor();
    await axeInBoth(page);
    await field('top_p').fill('0,9');
    await field('max_tokens').fill('4096');
    await field('To answer').fill('30');
    await panel(page).getByRole('combobox', { name: 'reasoning_effort' }).selectOption('low');
    await button(page, 'Add argument').click();
    await field('Name of argument 1').fill('enable_thinking');
    await field('Value of argument 1').fill('false');
    await button(page, 'Add alias').last().click();
    await panel(page).waitFor({ state: 'detached' });
    const added = {
      id: 'coder',
      upstream: 'ollama',
      model: 'qwen3-coder:30b',
      defaults: {
        temperature: 0.1,
        top_p: 0.9,
        max_tokens: 4096,
        reasoning_effort: 'low',
        chat_template_kwargs: { enable_thinking: false },
      },
      timeouts: { firstByteMs: 30_000 },
      sharedWith: ['ollama/qwen3:4b'],
      fallback: ['small', 'ollama/qwen3:4b'],
      localOnly: true,
    };
    expect(settingsOf(serve).models[1]).toEqual(added);

    const aliases = page.getByRole('region', { name: 'Aliases', exact: true });
    await aliases.getByText('This computer only').waitFor();
    await aliases.getByRole('button', { name: 'Edit alias coder' }).press('Enter');
    await expect.poll(() => field('top_p').inputValue()).toBe('0.9');
    expect(await field('Value of argument 1').inputValue()).toBe('false');
    expect(await field('To answer').inputValue()).toBe('30');
    await field('Name').fill('writer');
    for (const name of ['top_p', 'max_tokens', 'To answer']) await field(name).fill('');
    await panel(page).getByRole('combobox', { name: 'reasoning_effort' }).selectOption('');
    for (const name of ['argument 1', 'fallback 2', 'model 1']) await button(page, `Remove ${name}`).click();
    await panel(page).getByRole('checkbox', { name: 'This computer only' }).uncheck();
    await page.keyboard.press('Escape');
    await page.getByText('What you typed is not saved.').waitFor();
    await button(page, 'Keep editing').click();
    await button(page, 'Save').click();
    await panel(page).waitFor({ state: 'detached' });
    const { id: _id, timeouts: _timeouts, sharedWith: _shared, localOnly: _local, ...kept } = added;
    expect(settingsOf(serve).models[1]).toEqual({
      ...kept,
      id: 'writer',
      defaults: { temperature: 0.1 },
      fallback: ['small'],
    });
    expect(complaints).toEqual([]);
  });

  test('is edited from its model’s panel, which is there again afterwards', async () => {
    const { page, serve } = await open({ models: [{ id: 'small', upstream: 'ollama', model: 'qwen3:4b' }] });
    await button(page, 'qwen3:4b').click();
    await button(page, 'Edit small').click();
    await panel(page).getByRole('heading', { name: 'Edit small' }).waitFor();
    await page.keyboard.press('Escape');
    await panel(page).getByRole('heading', { name: 'qwen3:4b' }).waitFor();
    await button(page, 'Edit small').click();
    await panel(page).getByRole('textbox', { name: 'temperature' }).fill('0.3');
    await button(page, 'Save').click();
    await panel(page).getByRole('heading', { name: 'qwen3:4b' }).waitFor();
    expect(settingsOf(serve).models).toEqual([
      { id: 'small', upstream: 'ollama', model: 'qwen3:4b', defaults: { temperature: 0.3 } },
    ]);
  });

  test('and a slot that lead nowhere are told, and set right', async () => {
    const { page, serve } = await open({
      models: [{ id: 'old', upstream: 'gone', model: 'm' }],
      slots: { opus: 'gone/m', haiku: 'old' },
    });
    const aliases = page.getByRole('region', { name: 'Aliases', exact: true });
    const slots = page.getByRole('region', { name: 'Slots' });
    await aliases.getByText('No server lists it now').waitFor();
    expect(await slots.getByText('No server lists it now').count()).toBe(1);
    await axeInBoth(page);
    await slots.getByRole('combobox', { name: 'Slot opus' }).selectOption('ollama/qwen3:4b');
    await slots.getByText('No server lists it now').waitFor({ state: 'detached' });
    await slots.getByRole('combobox', { name: 'Slot haiku' }).selectOption({ label: 'empty' });
    await expect.poll(() => settingsOf(serve).slots).toEqual({ opus: 'ollama/qwen3:4b' });
    await aliases.getByRole('button', { name: 'Edit alias old' }).click();
    await panel(page).getByRole('combobox', { name: 'Leads to' }).selectOption('ollama/qwen3:4b');
    await button(page, 'Save').click();
    await aliases.getByText('No server lists it now').waitFor({ state: 'detached' });
    expect(settingsOf(serve).models).toEqual([{ id: 'old', upstream: 'ollama', model: 'qwen3:4b' }]);
  });
});

test('a search finds models, servers and aliases, and says so where it finds nothing', async () => {
  const { page } = await open({ models: [{ id: 'writer', upstream: 'ollama', model: 'qwen3:4b' }] });
  const rows = () => page.getByRole('rowheader').allTextContents();
  const aliases = page.getByRole('region', { name: 'Aliases', exact: true });
  await page.keyboard.press('/');
  await page.keyboard.type('writ');
  await page.getByRole('rowheader').first().waitFor({ state: 'detached' });
  await aliases.getByText('writer').waitFor();
  expect(await page.getByRole('region', { name: 'Slots' }).count()).toBe(0);
  await page.getByRole('searchbox').fill('OLLAMA');
  await expect.poll(rows).toEqual(['qwen3-coder:30b', 'qwen3:4b']);
  await page.getByRole('searchbox').fill('ollama/qwen3:');
  await expect.poll(rows).toEqual(['qwen3:4b']);
  await page.getByRole('searchbox').fill('nothing like it');
  await page.getByText('No model, server or alias has “nothing like it” in its name.').waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await button(page, 'Show all').click();
  await expect.poll(rows).toEqual(['qwen3-coder:30b', 'qwen3:4b']);
});

describe('how a model is asked', () => {
  test('is told with where it was learnt, and taken back one by one or whole', async () => {
    const { page, complaints, serve } = await open({});
    await button(page, 'qwen3:4b').click();
    const flags = page.getByRole('region', { name: 'How it is asked' });
    await flags.getByText('In your settings, by a check-up or by hand').waitFor();
    expect(await flags.getByRole('listitem').allTextContents()).toEqual(
      expect.arrayContaining([
        expect.stringContaining('Sees images: no'),
        expect.stringContaining('Tool calls in its text are taken out of it: yes'),
      ]),
    );
    await axeInBoth(page);
    await button(page, 'Reset vision').click();
    // What the server tells itself is what holds then.
    const said = flags.getByRole('list', { name: 'By your settings' });
    await said.getByText('Sees images').waitFor({ state: 'detached' });
    await flags.getByRole('list', { name: 'As its server tells' }).getByText('Sees images: no').waitFor();
    expect(settingsOf(serve).upstreams[0].models).toEqual({ 'qwen3:4b': { flags: { leakedToolCalls: true } } });
    await button(page, 'Reset leakedToolCalls').click();
    await said.waitFor({ state: 'detached' });
    expect(settingsOf(serve).upstreams[0].models).toEqual({ 'qwen3:4b': {} });
    expect(complaints).toEqual([]);
  });
});
