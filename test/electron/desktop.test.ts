import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startFakeUpstream } from '../fakes/upstream.ts';
import { dragoman, listeningLine, startDragoman } from '../programs/dragoman.ts';
import { electron, root } from '../tiers.mjs';
import { type DesktopApp, desktopEnvironment, endAll, key, makeHome, startDesktop, switches, within } from './app.ts';

const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  // Builds where the build is stale, so that no test's time limit pays for it.
  expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
}, 120_000);
afterEach(async () => {
  await endAll();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** An Ollama, and the settings that name it. `[[slow]]` in a message gets an answer that takes a second. */
async function ollama() {
  const fake = await startFakeUpstream({ personality: 'ollama', models: ['qwen3:4b'] });
  fake.define('slow', { steps: [{ text: 'It takes ' }, { wait: 1000 }, { text: 'its time.' }] });
  cleanups.push(() => fake.close());
  return { fake, settings: { upstreams: [{ id: 'ollama', kind: 'ollama', baseUrl: fake.url }] } };
}

const chat = (gateway: string, content = 'hi') =>
  fetch(`${gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'ollama/qwen3:4b', stream: true, messages: [{ role: 'user', content }] }),
  });

const isShown = (desktop: DesktopApp): Promise<boolean> =>
  desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().some((window) => window.isVisible()));

const shown = (desktop: DesktopApp): Promise<true> =>
  within(10_000, async () => ((await isShown(desktop)) ? true : undefined));

const asked = (desktop: DesktopApp) =>
  within(10_000, async () => {
    const questions = await desktop.app.evaluate(() => Reflect.get(globalThis, 'dragomanAsked'));
    return Array.isArray(questions) && questions.length > 0 ? JSON.stringify(questions) : undefined;
  });

describe('the desktop app', () => {
  test('opens its window with the models of a running server', async () => {
    const { settings } = await ollama();
    const desktop = await startDesktop(settings);
    const page = await desktop.window();
    await page.getByText('qwen3:4b', { exact: true }).first().waitFor();
    expect(page.url()).toBe('app://dragoman/index.html');
    expect(await page.textContent('body')).toContain(await desktop.gateway());
    await shown(desktop);
  });

  test('serves agents and the command line while it runs', async () => {
    const { settings } = await ollama();
    const desktop = await startDesktop(settings);
    const gateway = await desktop.gateway();
    expect((await chat(gateway)).status).toBe(200);

    const { stdout } = await dragoman(['models', '--json', '--home', desktop.home]);
    expect(JSON.parse(stdout)).toMatchObject({ gateway: { running: true, url: gateway } });
    const second = startDragoman(['--home', desktop.home, '--port', '0']);
    const [code] = await once(second.child, 'exit');
    expect(code).toBe(1);
    expect(second.errors()).toContain(gateway);
  });

  test('a second start shows the window of the first and ends', async () => {
    const desktop = await startDesktop();
    await desktop.gateway();
    await shown(desktop);
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    expect(await isShown(desktop)).toBe(false);

    const second = spawn(electron, [...switches, root, '--home', desktop.home], {
      env: desktopEnvironment(desktop.home),
    });
    expect((await once(second, 'exit'))[0]).toBe(0);
    await shown(desktop);
  });

  test('starts hidden without a window', async () => {
    const desktop = await startDesktop({}, { args: ['--port', '0', '--hidden'] });
    await desktop.gateway();
    expect(await isShown(desktop)).toBe(false);
  });

  test('a crash of the page is logged, and the page comes back while the gateway goes on', async () => {
    const { settings } = await ollama();
    const desktop = await startDesktop(settings);
    const page = await desktop.window();
    await page.getByText('qwen3:4b', { exact: true }).first().waitFor();
    const answer = await chat(await desktop.gateway(), '[[slow]]');
    await desktop.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
    );
    await within(5_000, () => (desktop.errors().includes("the window's page ended") ? true : undefined));
    expect(await answer.text()).toContain('[DONE]');
    await within(10_000, async () => {
      const text = await desktop.app.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript('document.body.innerText'),
      );
      return String(text).includes('qwen3:4b') ? true : undefined;
    });
  });

  test('an error that nobody took is logged, and the gateway goes on without a box in its way', async () => {
    const { settings } = await ollama();
    const desktop = await startDesktop(settings, { args: ['--port', '0', '--hidden'] });
    const gateway = await desktop.gateway();
    await desktop.app.evaluate(() => {
      setTimeout(() => {
        throw new Error('a socket of nobody');
      });
    });
    await within(
      10_000,
      () => desktop.errors().includes('an error that nobody took: Error: a socket of nobody') || undefined,
    );
    expect((await fetch(`${gateway}/health`, { signal: AbortSignal.timeout(10_000) })).status).toBe(200);
    expect(await desktop.app.evaluate(({ app }) => app.isReady())).toBe(true);
  });

  test('quitting lets a request in flight end, and takes no new one', async () => {
    const { settings } = await ollama();
    const desktop = await startDesktop(settings);
    const gateway = await desktop.gateway();
    const answer = await chat(gateway, '[[slow]]');
    expect(answer.status).toBe(200);
    await desktop.app.evaluate(({ app }) => app.quit()).catch(() => undefined);
    expect(await answer.text()).toContain('[DONE]');
    expect(await desktop.exit()).toBe(0);
    expect(existsSync(join(desktop.home, 'run.json'))).toBe(false);
  });

  test('the user who quits is warned while an agent is at work, and may go on', async () => {
    const { settings } = await ollama();
    const desktop = await startDesktop(settings, { questions: ['Keep running', 'Quit'] });
    const gateway = await desktop.gateway();
    const quit = () =>
      desktop.app
        .evaluate(({ Menu }) => {
          const items = Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items ?? []) ?? [];
          items.find(({ label }) => label === 'Quit Dragoman')?.click();
        })
        .catch(() => undefined);
    await (await chat(gateway)).text();
    await quit();
    const question = await asked(desktop);
    expect(question).toContain('through Dragoman.');
    expect(question).toContain('Requests fail until Dragoman runs again.');
    expect((await fetch(`${gateway}/health`)).status).toBe(200);
    await quit();
    expect(await desktop.exit()).toBe(0);
  });

  test('the user who quits is not asked where nobody is at work', async () => {
    const desktop = await startDesktop();
    await desktop.gateway();
    await desktop.app
      .evaluate(({ Menu }) => {
        const items = Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items ?? []) ?? [];
        items.find(({ label }) => label === 'Quit Dragoman')?.click();
      })
      .catch(() => undefined);
    expect(await desktop.exit()).toBe(0);
  });

  test('after sleep it looks for servers at once, over new connections', async () => {
    let connections = 0;
    const models = [{ id: 'first', object: 'model' }];
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ object: 'list', data: models }));
    }).listen(0, '127.0.0.1');
    server.keepAliveTimeout = 60_000;
    server.on('connection', () => {
      connections += 1;
    });
    await once(server, 'listening');
    cleanups.push(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const desktop = await startDesktop({
      detection: { enabled: false, intervalSeconds: 86_400 },
      upstreams: [{ id: 'box', kind: 'openai-compatible', baseUrl: `http://127.0.0.1:${port}/v1` }],
    });
    const names = async () => {
      const { stdout } = await dragoman(['models', '--json', '--home', desktop.home]);
      return stdout;
    };
    await desktop.gateway();
    await within(10_000, async () => ((await names()).includes('box/first') ? true : undefined));
    const before = connections;
    models.push({ id: 'second', object: 'model' });
    expect(await names()).not.toContain('box/second');
    await desktop.app.evaluate(({ powerMonitor }) => powerMonitor.emit('resume'));
    await within(5_000, async () => ((await names()).includes('box/second') ? true : undefined));
    expect(connections).toBeGreaterThan(before);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s quits it in order', async (signal) => {
    const desktop = await startDesktop();
    await desktop.gateway();
    desktop.app.process().kill(signal);
    expect(await desktop.exit()).toBe(0);
    expect(existsSync(join(desktop.home, 'run.json'))).toBe(false);
  });

  test('without a tray on the desktop, closing minimises and says why', async () => {
    const desktop = await startDesktop({}, { questions: ['Minimise'] });
    await desktop.gateway();
    await shown(desktop);
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    expect(await asked(desktop)).toContain('This desktop shows no tray icons.');
    expect(await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });

  test('the window opens where it was', async () => {
    const bounds = { x: 20, y: 30, width: 950, height: 640 };
    const home = makeHome();
    const first = await startDesktop({}, { home });
    await first.gateway();
    await shown(first);
    await first.app.evaluate(
      ({ BrowserWindow }, wanted) => BrowserWindow.getAllWindows()[0]?.setBounds(wanted),
      bounds,
    );
    await first.app.evaluate(({ app }) => app.quit()).catch(() => undefined);
    await first.exit();
    const second = await startDesktop({}, { home });
    await second.gateway();
    await shown(second);
    expect(
      await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds()),
    ).toEqual(bounds);
  });
});

/** The page may be gone before the click is over. That it quits is for `exit` to see. */
function clickQuit(page: Page): Promise<void> {
  return page
    .getByRole('button', { name: 'Quit' })
    .click()
    .catch((error: unknown) => {
      if (!String(error).includes('has been closed')) throw error;
    });
}

/** A port that this process has. */
async function takenPort(): Promise<{ readonly port: number; free(): Promise<void> }> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const free = async (): Promise<void> => {
    if (!holder.listening) return;
    holder.close();
    await once(holder, 'close');
  };
  cleanups.push(free);
  const address = holder.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, free };
}

describe('what keeps the service from starting', () => {
  test('a port that is taken: the window names the holder, another port is offered and kept', async () => {
    const { port } = await takenPort();
    const desktop = await startDesktop({ gateway: { port } }, { args: [] });
    const page = await desktop.window();
    const question = page.getByRole('alert');
    await question.getByText(`Port ${port} on 127.0.0.1 is taken by `).waitFor();
    expect(await question.textContent()).toContain(`(process ${process.pid})`);
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    const offer = page.getByRole('button', { name: 'Use port' });
    const offered = (await offer.textContent())?.replace('Use port ', '');
    await offer.click();
    expect(await desktop.gateway()).toBe(`http://127.0.0.1:${offered}`);
    await page.getByText('Gateway running').waitFor();
    expect(String(JSON.parse(readFileSync(join(desktop.home, 'settings.json'), 'utf8')).gateway.port)).toBe(offered);
  });

  test('a port that is taken: once it is free, trying again moves nothing', async () => {
    const { port, free } = await takenPort();
    const desktop = await startDesktop({ gateway: { port } }, { args: [] });
    const page = await desktop.window();
    const retry = page.getByRole('button', { name: 'Try again' });
    await retry.click();
    // It is asked anew.
    await page.getByText(`Port ${port} on`).waitFor();
    await free();
    await within(10_000, async () => {
      if ((await page.getByText('Gateway running').count()) > 0) return true;
      // It can't be clicked while an answer is being tried.
      await retry.click({ timeout: 500 }).catch(() => undefined);
      return undefined;
    });
    expect(await desktop.gateway()).toBe(`http://127.0.0.1:${port}`);
  });

  test('a port that is taken at a hidden start shows the window, and quitting there changes nothing', async () => {
    const { port } = await takenPort();
    const desktop = await startDesktop({ gateway: { port } }, { args: ['--hidden'] });
    const page = await desktop.window();
    await page.getByText(`Port ${port} on`).waitFor();
    await shown(desktop);
    await clickQuit(page);
    expect(await desktop.exit()).toBe(0);
    expect(JSON.parse(readFileSync(join(desktop.home, 'settings.json'), 'utf8')).gateway.port).toBe(port);
  });

  test('a port of the command line moves for this run only', async () => {
    const { port } = await takenPort();
    const desktop = await startDesktop({}, { args: ['--port', String(port)] });
    const page = await desktop.window();
    await page.getByText('It counts for this run only.').waitFor();
    await page.getByRole('button', { name: 'Use port' }).click();
    expect(await desktop.gateway()).not.toContain(`:${port}`);
    expect(JSON.parse(readFileSync(join(desktop.home, 'settings.json'), 'utf8')).gateway).toBeUndefined();
  });

  test('a service without window that runs already is told, and stays', async () => {
    const home = makeHome();
    const program = startDragoman(['--home', home, '--port', '0', '--key', key]);
    cleanups.push(() => program.stop());
    const { gateway } = await listeningLine(program);
    const desktop = await startDesktop({}, { home });
    const page = await desktop.window();
    await page.getByText('Dragoman already runs without its window.').waitFor();
    expect(await page.textContent('main')).toContain(gateway);
    await clickQuit(page);
    expect(await desktop.exit()).toBe(0);
    expect((await fetch(`${gateway}/health`)).status).toBe(200);
  });

  test('a broken settings file starts with the defaults, shows the mistake, and is not written to', async () => {
    const broken = '{\n  "slots": 5 // mine\n}\n';
    const desktop = await startDesktop(broken);
    const page = await desktop.window();
    await page.getByText(/line 2, column/).waitFor();
    expect(readFileSync(join(desktop.home, 'settings.json'), 'utf8')).toBe(broken);
    writeFileSync(join(desktop.home, 'settings.json'), '{ "detection": { "enabled": false } }');
    await within(15_000, async () => ((await page.getByText(/line 2, column/).count()) === 0 ? true : undefined));
  });
});

describe('the settings in the app', () => {
  test('the theme is that of the app and its window, at once and by hand', async () => {
    const desktop = await startDesktop({ desktop: { theme: 'dark' } });
    const page = await desktop.window();
    await page.getByText('Gateway running').waitFor();
    const source = () => desktop.app.evaluate(({ nativeTheme }) => nativeTheme.themeSource);
    // Playwright itself says which theme the system has: what the page takes for its own is asked.
    const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    await within(5_000, async () => ((await scheme()) === 'dark' ? true : undefined));
    expect(await source()).toBe('dark');
    await page.keyboard.press('Control+4');
    await page.getByText('Light', { exact: true }).click();
    await within(5_000, async () => ((await source()) === 'light' && (await scheme()) === 'light' ? true : undefined));
    expect(JSON.parse(readFileSync(join(desktop.home, 'settings.json'), 'utf8')).desktop.theme).toBe('light');
  });

  test('start at login is switched from the window, and the desktop says what it has of a tray', async () => {
    const desktop = await startDesktop();
    const page = await desktop.window();
    await page.getByText('Gateway running').waitFor();
    await page.keyboard.press('Control+4');
    await page.getByText('This desktop shows no tray icons').waitFor();
    await page.getByRole('switch', { name: 'Start at login', exact: true }).click();
    const autostart = join(desktop.home, 'config', 'autostart');
    await within(5_000, () => (existsSync(autostart) && readdirSync(autostart).length === 1 ? true : undefined));
  });
});

describe('the executable', () => {
  test('takes the commands, without a display', () => {
    const home = makeHome();
    const { DISPLAY: _, WAYLAND_DISPLAY: __, ...env } = desktopEnvironment(home);
    const run = (...args: string[]) =>
      execFileSync(electron, [...switches, root, ...args], {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    expect(JSON.parse(run('--home', home, '--json', 'models'))).toMatchObject({
      gateway: { running: false },
      servers: [],
    });
    expect(run('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
