import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startFakeUpstream } from '../fakes/upstream.ts';
import { dragoman } from '../programs/dragoman.ts';
import { type DesktopApp, endAll, key, startDesktop, within } from './app.ts';
import { startTrayHost, type TrayHost } from './tray-host.ts';

let tray: TrayHost;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
  tray = await startTrayHost();
}, 120_000);
afterEach(async () => {
  await endAll();
  await tray.stop();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function desktopWithModels(
  settings: Readonly<Record<string, unknown>> = {},
  modelLoadMs = 0,
): Promise<DesktopApp> {
  const fake = await startFakeUpstream({ personality: 'ollama', models: ['qwen3:4b', 'gemma3:1b'], modelLoadMs });
  fake.define('slow', { steps: [{ text: 'It takes ' }, { wait: 2000 }, { text: 'its time.' }] });
  cleanups.push(() => fake.close());
  return startDesktop({ upstreams: [{ id: 'ollama', kind: 'ollama', baseUrl: fake.url }], ...settings });
}

/** The menu once its state line, or the line under `path`, is as wanted. */
const line = (wanted: (labels: readonly string[]) => boolean) =>
  within(10_000, async () => {
    const lines = await tray.menu();
    return wanted(lines.map(({ label }) => label)) ? lines : undefined;
  });

const models = () =>
  within(10_000, async () => {
    const inUse = (await tray.menu()).find(({ label }) => label === 'Model in use')?.children ?? [];
    return inUse.length > 1 ? inUse.map(({ label, type, checked }) => ({ label, type, checked })) : undefined;
  });

const settingsOf = (desktop: DesktopApp): Record<string, unknown> =>
  JSON.parse(readFileSync(join(desktop.home, 'settings.json'), 'utf8'));

describe('the tray', () => {
  test('tells the state and offers what can be done', async () => {
    const desktop = await desktopWithModels();
    const address = (await desktop.gateway()).replace('http://', '');
    const lines = await line(([state]) => state === `Running · ${address}`);
    expect(lines.filter(({ type }) => type !== 'separator').map(({ label }) => label)).toEqual([
      `Running · ${address}`,
      'Model in use',
      'Set up agents…',
      'Copy base URL',
      'Open Dragoman',
      'Pause gateway',
      'Start at login',
      'Quit Dragoman',
    ]);
  });

  test('a model that is chosen is the default slot from then on', async () => {
    const desktop = await desktopWithModels();
    await desktop.gateway();
    const offered = await models();
    expect(offered.map(({ label }) => label.replace(' (not loaded)', ''))).toEqual([
      'ollama/qwen3:4b',
      'ollama/gemma3:1b',
    ]);
    expect(offered.every(({ type, checked }) => type !== 'separator' && !checked)).toBe(true);

    expect(await tray.click('Model in use', offered[1]?.label ?? '')).toBe(true);
    await within(5_000, () => (settingsOf(desktop).slots === undefined ? undefined : true));
    expect(settingsOf(desktop).slots).toEqual({ default: 'ollama/gemma3:1b' });
    await within(5_000, async () => ((await models())[1]?.checked === true ? true : undefined));
  });

  test('a model that is chosen and not loaded is loaded, and the menu tells so', async () => {
    const desktop = await desktopWithModels({}, 2_000);
    await desktop.gateway();
    expect((await models()).map(({ label }) => label)).toEqual(['ollama/qwen3:4b', 'ollama/gemma3:1b (not loaded)']);
    expect(await tray.click('Model in use', 'ollama/gemma3:1b (not loaded)')).toBe(true);
    const second = (label: string) =>
      within(10_000, async () => ((await models())[1]?.label === label ? true : undefined));
    await second('ollama/gemma3:1b (loading…)');
    await second('ollama/gemma3:1b');
    expect(settingsOf(desktop).slots).toEqual({ default: 'ollama/gemma3:1b' });
  });

  test('shows a request in flight by its line and its icon, and its end', async () => {
    const desktop = await desktopWithModels();
    const gateway = await desktop.gateway();
    await line(([state]) => state?.startsWith('Running') === true);
    const idle = await tray.item();
    const answer = await fetch(`${gateway}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: 'ollama/qwen3:4b',
        stream: true,
        messages: [{ role: 'user', content: '[[slow]]' }],
      }),
    });
    await line(([state]) => state?.endsWith('1 request') === true);
    expect((await tray.item())?.icon).not.toBe(idle?.icon);
    await answer.text();
    await line(([state]) => state?.endsWith('request') === false);
    expect((await tray.item())?.icon).toBe(idle?.icon);
  });

  test('a broken settings file shows as a problem', async () => {
    const desktop = await startDesktop('{ "slots": 5 }');
    await desktop.gateway();
    const lines = await line(([state]) => state === 'The settings file is broken: open Dragoman');
    expect(lines.find(({ label }) => label === 'Start at login')?.enabled).toBe(false);
  });

  test('starting at login is written and taken back', async () => {
    const desktop = await desktopWithModels();
    await desktop.gateway();
    await line(([state]) => state?.startsWith('Running') === true);
    const folder = join(desktop.home, 'config', 'autostart');
    expect(existsSync(folder)).toBe(false);
    expect(await tray.click('Start at login')).toBe(true);
    const file = await within(5_000, () => {
      const [name] = existsSync(folder) ? readdirSync(folder).filter((entry) => entry.endsWith('.desktop')) : [];
      return name === undefined ? undefined : readFileSync(join(folder, name), 'utf8');
    });
    expect(file).toContain(`--home ${desktop.home}`);
    expect(settingsOf(desktop).desktop).toEqual({ openAtLogin: true });
    await line((labels) => labels.includes('Start at login'));
    await within(5_000, async () =>
      (await tray.menu()).some(({ label, checked }) => label === 'Start at login' && checked) ? true : undefined,
    );
    expect(await tray.click('Start at login')).toBe(true);
    await within(5_000, () => (readdirSync(folder).length === 0 ? true : undefined));
  });

  test('pausing refuses new requests until the pause is over', async () => {
    const desktop = await desktopWithModels();
    const gateway = await desktop.gateway();
    await line(([state]) => state?.startsWith('Running') === true);
    const ask = async () => {
      const answer = await fetch(`${gateway}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: '{"model":"no-such-model","messages":[]}',
      });
      return { status: answer.status, retry: answer.headers.get('x-should-retry') };
    };
    expect((await ask()).status).toBe(404);
    expect(await tray.click('Pause gateway')).toBe(true);
    await line(([state]) => state === 'Paused');
    expect(await ask()).toEqual({ status: 503, retry: 'false' });
    expect(await tray.click('Pause gateway')).toBe(true);
    await line(([state]) => state?.startsWith('Running') === true);
    expect((await ask()).status).toBe(404);
  });

  test('closing the window hides it, opening from the tray brings it back, quitting ends the app', async () => {
    const desktop = await desktopWithModels();
    await desktop.gateway();
    const visible = () =>
      desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().some((window) => window.isVisible()));
    await within(10_000, async () => ((await visible()) ? true : undefined));
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await within(5_000, async () => ((await visible()) ? undefined : true));
    expect((await fetch(`${await desktop.gateway()}/health`)).status).toBe(200);
    expect(await tray.click('Open Dragoman')).toBe(true);
    await within(5_000, async () => ((await visible()) ? true : undefined));
    // Clicks are answered before they are done.
    await sleep(50);
    expect(await tray.click('Quit Dragoman')).toBe(true);
    expect(await desktop.exit()).toBe(0);
  });
});
