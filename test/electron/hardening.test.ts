import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dragoman } from '../programs/dragoman.ts';
import { type DesktopApp, endAll, startDesktop, within } from './app.ts';

let desktop: DesktopApp;
let page: Page;

beforeAll(async () => {
  expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
  desktop = await startDesktop();
  await desktop.gateway();
  page = await desktop.window();
  await page.getByText('Gateway running').waitFor();
}, 120_000);
afterAll(endAll);

/** What comes back within a second over a new port that the page posts, after saying `message`. */
const answerTo = (message: unknown): Promise<unknown> =>
  page.evaluate(async (said) => {
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
      setTimeout(() => resolve('nothing'), 1000);
    });
    window.postMessage('dragoman.control', location.origin, [port2]);
    port1.postMessage(said);
    return answer;
  }, message);

const statusCall = JSON.stringify({ i: '1', p: { u: '/status', b: {} } });

describe('the window', () => {
  test('the policy stands in a header and allows nothing unsafe', async () => {
    const policy = await page.evaluate(async () => (await fetch('index.html')).headers.get('content-security-policy'));
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  });

  test('has nothing of Node or Electron', async () => {
    expect(
      await page.evaluate(() =>
        ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter((name) => name in window),
      ),
    ).toEqual([]);
  });

  test('goes nowhere else', async () => {
    await page.evaluate(() => {
      location.href = 'https://example.org/';
    });
    await page.evaluate(() => {
      location.href = 'file:///etc/passwd';
    });
    await page.waitForTimeout(300);
    expect(page.url()).toBe('app://dragoman/index.html');
  });

  test('opens no further window', async () => {
    expect(await page.evaluate(() => window.open('app://dragoman/index.html') === null)).toBe(true);
    expect(await page.evaluate(() => window.open('https://example.org/') === null)).toBe(true);
    expect(await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });

  test('asks no other place, not even its own gateway', async () => {
    const gateway = await desktop.gateway();
    const outcomes = await page.evaluate(
      (addresses) =>
        Promise.all(
          addresses.map((address) =>
            fetch(address).then(
              () => 'answered',
              () => 'refused',
            ),
          ),
        ),
      ['https://example.org/', `${gateway}/health`, 'file:///etc/passwd', 'app://elsewhere/index.html'],
    );
    expect(outcomes).toEqual(['refused', 'refused', 'refused', 'refused']);
  });

  test('requests are stopped below the page, too', async () => {
    const outcome = await desktop.app.evaluate(
      async ({ session }, address) => {
        return session.defaultSession.fetch(address).then(
          () => 'answered',
          () => 'refused',
        );
      },
      `${await desktop.gateway()}/health`,
    );
    expect(outcome).toBe('refused');
  });

  test('reads no file outside the built ones', async () => {
    const statuses = await page.evaluate(() =>
      Promise.all(
        [
          'app://dragoman/../../package.json',
          'app://dragoman/%2e%2e/%2e%2e/package.json',
          'app://dragoman/..%2f..%2fpackage.json',
          'app://dragoman/%00',
        ].map((address) => fetch(address).then(({ status }) => status)),
      ),
    );
    expect(statuses).toEqual([404, 404, 404, 404]);
  });

  test('gets no permission but copying', async () => {
    const states = await page.evaluate(async () => {
      const ask = (name: string) =>
        navigator.permissions.query(JSON.parse(JSON.stringify({ name }))).then(({ state }) => state);
      return [await ask('geolocation'), await ask('notifications'), await ask('camera')];
    });
    expect(states).toEqual(['denied', 'denied', 'denied']);
  });
});

describe('the control interface', () => {
  test('answers the page itself', async () => {
    expect(String(await answerTo(statusCall))).toContain(desktop.home);
  });

  test('bad input is refused in words and the rest goes on', async () => {
    const call = JSON.stringify({ i: '1', p: { u: '/keys/create', b: { json: { name: 5 } } } });
    expect(String(await answerTo(call))).toContain('BAD_REQUEST');
  });

  test.each([
    ['text that is no JSON', 'x'],
    ['an object', { i: '1', p: { u: '/status' } }],
    ['a message without a procedure', JSON.stringify({ i: '1', p: {} })],
    ['an address elsewhere', JSON.stringify({ i: '1', p: { u: 'https://example.org/' } })],
  ])('%s gets no answer and does no harm', async (_what, message) => {
    expect(await answerTo(message)).toBe('nothing');
    expect(String(await answerTo(statusCall))).toContain(desktop.home);
  });

  test('does not hear another frame', async () => {
    // A frame of the page's own origin, and a script in that frame: what an injected frame could do at most.
    await page.evaluate(() => document.body.append(document.createElement('iframe')));
    const frame = await within(5_000, () => page.frames().find((candidate) => candidate !== page.mainFrame()));
    const heard = await frame.evaluate(async (said) => {
      const { port1, port2 } = new MessageChannel();
      const answer = new Promise((resolve) => {
        port1.onmessage = ({ data }) => resolve(data);
        setTimeout(() => resolve('nothing'), 1000);
      });
      window.parent.postMessage('dragoman.control', '*', [port2]);
      port1.postMessage(said);
      return answer;
    }, statusCall);
    expect(heard).toBe('nothing');
  });

  test('is refused to another window that has the preload script', async () => {
    const refused = await desktop.app.evaluate(async ({ BrowserWindow, app }) => {
      const other = new BrowserWindow({
        show: false,
        webPreferences: { sandbox: true, preload: `${app.getAppPath()}/out/preload/preload.cjs` },
      });
      await other.loadURL('app://dragoman/index.html');
      const text = await other.webContents.executeJavaScript(
        'new Promise((done) => setTimeout(() => done(document.body.innerText), 1500))',
      );
      other.destroy();
      return String(text);
    });
    expect(refused).not.toContain('Gateway running');
    expect(desktop.errors()).toContain('asked for the control interface and was refused');
  });
});
