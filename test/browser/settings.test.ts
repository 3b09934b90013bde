import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Browser, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  accessibilityProblems,
  openPage,
  type ServeWithWindow,
  startBrowser,
  startWithWindow,
  type WatchedPage,
} from './window.ts';

const storedKey = {
  id: 'k_agent',
  name: 'Claude Code',
  hash: `sha256:${'a'.repeat(64)}`,
  hint: 'x7Qa',
  scopes: ['chat'],
  models: ['ollama/*'],
};
let browser: Browser;
let serve: ServeWithWindow;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  serve = await startWithWindow({ keys: [storedKey] });
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await serve.stop();
});

async function openSettings(options: Parameters<typeof openPage>[2] = {}, { ui } = serve): Promise<WatchedPage> {
  const watched = await openPage(browser, ui, options);
  watched.page.setDefaultTimeout(8_000);
  await watched.page.getByText('Gateway running').waitFor();
  await watched.page.keyboard.press('Control+4');
  await watched.page.getByRole('region', { name: 'About' }).waitFor();
  return watched;
}

const written = () => JSON.parse(readFileSync(serve.settingsFile, 'utf8'));
const eventually = (look: () => unknown) => expect.poll(look, { timeout: 5_000 });

async function type(page: Page, field: string, text: string): Promise<void> {
  await page.getByLabel(field, { exact: true }).fill(text);
  await page.keyboard.press('Enter');
}

describe('the settings screen', () => {
  test('writes what is changed into the file, at once, and only that', async () => {
    const { page, complaints } = await openSettings();
    const before = written();
    await type(page, 'Largest request', '32');
    await eventually(written).toEqual({ ...before, gateway: { maxBodyMiB: 32 } });
    await type(page, 'Further ports', '8081, 9090');
    await eventually(() => written().detection.ports).toEqual([8081, 9090]);
    await page.getByRole('switch', { name: 'Look for model servers on this computer' }).click();
    await eventually(() => written().detection.enabled).toBe(true);
    await page.getByText('Never', { exact: true }).click();
    await eventually(() => written().activity.captureBodies).toBe('off');
    expect(complaints).toEqual([]);
  });

  test('says beside the field why a value is refused, and Esc takes it back', async () => {
    const { page } = await openSettings();
    await type(page, 'Port', '70000');
    await page.getByRole('alert').getByText('Port must be 65535 or less.').waitFor();
    expect(await page.getByLabel('Port', { exact: true }).getAttribute('aria-invalid')).toBe('true');
    await page.keyboard.press('Escape');
    await page.getByText('Port must be').waitFor({ state: 'detached' });
    expect(await page.getByLabel('Port', { exact: true }).inputValue()).toBe('4747');
    expect(written().gateway).toBeUndefined();
  });

  test('shows a change of the file by another hand, and what is wrong with a broken one, which it leaves alone', async () => {
    const { page } = await openSettings();
    writeFileSync(serve.settingsFile, '{ "detection": { "enabled": false, "intervalSeconds": 77 } }');
    await eventually(() => page.getByLabel('Look every').inputValue()).toBe('77');
    const broken = '{\n  "gateway": { "port": -3 }\n}\n';
    writeFileSync(serve.settingsFile, broken);
    await page.getByRole('alert').getByText('line 2, column 24: gateway.port: must be 0 or more').waitFor();
    await page.getByRole('region', { name: 'Gateway' }).getByText('Settings file broken').waitFor();
    expect(await page.getByLabel('Port', { exact: true }).getAttribute('readonly')).not.toBeNull();
    expect(await page.getByRole('switch').first().isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'New key' }).isDisabled()).toBe(true);
    expect(readFileSync(serve.settingsFile, 'utf8')).toBe(broken);
    // From another place the status bar leads here.
    await page.keyboard.press('Control+1');
    await page.getByRole('button', { name: 'Settings file broken' }).click();
    await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor();
    writeFileSync(serve.settingsFile, '{}');
    await page.getByRole('button', { name: 'Settings file broken' }).waitFor({ state: 'detached' });
  });

  test('the theme beats that of the system, here and when the page is loaded again', async () => {
    const { page } = await openSettings({ colorScheme: 'light' });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByText('Dark', { exact: true }).click();
    await eventually(ground).not.toBe(light);
    const dark = await ground();
    await page.reload();
    await eventually(ground).toBe(dark);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.keyboard.press('Control+4');
    await page.getByText('Light', { exact: true }).click();
    await eventually(ground).toBe(light);
    await page.getByText('System', { exact: true }).click();
    await eventually(ground).toBe(dark);
  });

  test('clears the activity, and tells where things are and what ships under which licence', async () => {
    const { page } = await openSettings({ permissions: ['clipboard-read', 'clipboard-write'] });
    await fetch(`${serve.gateway}/v1/models`, { headers: { 'x-api-key': 'wrong' } });
    await page.keyboard.press('Control+3');
    const refused = page.getByRole('grid', { name: 'Requests' }).getByRole('row').filter({ hasText: 'refused' });
    await refused.waitFor();
    await page.keyboard.press('Control+4');
    await page.getByRole('button', { name: 'Clear activity now' }).click();
    await page.getByText('Cleared').waitFor();
    await page.keyboard.press('Control+3');
    await page.getByText('No agent has asked').waitFor();
    await page.keyboard.press('Control+4');
    await page.getByRole('button', { name: 'Copy path of the settings file' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(serve.settingsFile);
    await page.getByText('Show them').click();
    await page.getByText(/^react .*MIT$/).click();
    await page.getByText('Copyright (c) Meta Platforms').first().waitFor();
  });
});

describe('keys', () => {
  test('a new one is shown once and opens the gateway; renamed and revoked, which is asked first', async () => {
    const { page } = await openSettings({ permissions: ['clipboard-read', 'clipboard-write'] });
    const keys = page.getByRole('region', { name: 'Keys' });
    await keys.getByText('Chat · ollama/* · no end').waitFor();
    await keys.getByText("Keys can't be kept or copied now").waitFor();

    await keys.getByRole('button', { name: 'New key' }).click();
    await keys.getByRole('button', { name: 'Make key' }).click();
    await keys.getByText('Give it a name').waitFor();
    await keys.getByLabel('Name', { exact: true }).fill('Codex');
    await keys.getByLabel('Embeddings').uncheck();
    await keys.getByLabel('Models').fill('a/*, b/*');
    await keys.getByRole('button', { name: 'Make key' }).click();
    await keys.getByText('it is shown only this once').waitFor();
    await keys.getByRole('button', { name: 'Copy the new key' }).click();
    const key = await page.evaluate(() => navigator.clipboard.readText());
    expect(key).toMatch(/^dgm_[\w-]{43}$/);
    const ask = () =>
      fetch(`${serve.gateway}/v1/models`, { headers: { 'x-api-key': key } }).then(({ status }) => status);
    expect(await ask()).toBe(200);
    expect(written().keys[1]).toMatchObject({ name: 'Codex', scopes: ['chat'], models: ['a/*', 'b/*'] });
    await keys.getByRole('button', { name: 'Done' }).click();
    expect(await page.content()).not.toContain(key);

    await keys.getByRole('button', { name: 'Copy key Codex' }).click();
    await keys.getByText("The key can't be read: the keychain is switched off.").waitFor();
    await keys.getByRole('button', { name: 'Rename Codex' }).click();
    await page.keyboard.type('Qwen Code');
    await page.keyboard.press('Enter');
    await keys.getByRole('button', { name: 'Revoke Qwen Code' }).click();
    await keys.getByRole('button', { name: 'Keep it' }).click();
    expect(await ask()).toBe(200);
    await keys.getByRole('button', { name: 'Revoke Qwen Code' }).click();
    await keys.getByRole('button', { name: 'Revoke key' }).click();
    await eventually(() => keys.getByText('Qwen Code').count()).toBe(0);
    expect(await ask()).toBe(401);
  });

  test('one is allowed other models, and rotated: the new one is shown, the old one opens nothing', async () => {
    const { page, complaints } = await openSettings();
    const keys = page.getByRole('region', { name: 'Keys' });
    await keys.getByRole('button', { name: 'Allow Claude Code' }).click();
    const models = keys.getByLabel('What Claude Code may call');
    await models.fill(',');
    await page.keyboard.press('Enter');
    await keys.getByRole('alert').getByText('Say which models it may call').waitFor();
    await models.fill('ollama/*, gpu-box/*');
    await page.keyboard.press('Enter');
    await keys.getByText('Chat · ollama/*, gpu-box/* · no end').waitFor();
    expect(written().keys[0].models).toEqual(['ollama/*', 'gpu-box/*']);
    const local = keys.getByRole('checkbox', { name: 'Claude Code: this computer only' });
    for (const localOnly of [true, false]) {
      await local.click();
      await expect.poll(() => written().keys[0].localOnly).toBe(localOnly);
      await expect.poll(() => local.isChecked()).toBe(localOnly);
    }

    await keys.getByRole('button', { name: 'Rotate Claude Code' }).click();
    await keys.getByText('Whatever uses it has to get the new one').waitFor();
    await page.keyboard.press('Escape');
    expect(written().keys[0].hash).toBe(storedKey.hash);
    await keys.getByRole('button', { name: 'Rotate Claude Code' }).click();
    await keys.getByRole('button', { name: 'Rotate key' }).click();
    const shown = keys.getByRole('region', { name: 'The new key Claude Code' });
    await shown.getByText('it is shown only this once').waitFor();
    const key = (await shown.locator('code').textContent()) ?? '';
    const { status } = await fetch(`${serve.gateway}/v1/models`, { headers: { 'x-api-key': key } });
    expect(status).toBe(200);
    expect(written().keys).toMatchObject([{ id: 'k_agent', hint: key.slice(-4), models: ['ollama/*', 'gpu-box/*'] }]);
    await shown.getByRole('button', { name: 'Done' }).click();
    expect(await page.content()).not.toContain(key);
    expect(complaints).toEqual([]);
  });
});

describe('the address', () => {
  /** A service that listens where its settings say. */
  async function serveBySettings(): Promise<{ readonly bySettings: ServeWithWindow; readonly port: number }> {
    const port = await closedPort();
    const bySettings = await startWithWindow({ gateway: { port } }, { portFromSettings: true });
    return { bySettings, port };
  }

  async function closedPort(): Promise<number> {
    const { port, free } = await takenPort();
    await free();
    return port;
  }

  async function takenPort(): Promise<{ readonly port: number; free(): Promise<void> }> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return {
      port: typeof address === 'object' && address !== null ? address.port : 0,
      free: async () => {
        server.close();
        await once(server, 'close');
      },
    };
  }

  test('moves with the port, and the page moves with it', async () => {
    const { bySettings } = await serveBySettings();
    try {
      const { page } = await openSettings({}, bySettings);
      const port = await closedPort();
      await type(page, 'Port', String(port));
      await page.waitForURL(`http://127.0.0.1:${port}/ui/`);
      await page.getByText('Gateway running').waitFor();
      await page.keyboard.press('Control+4');
      await page.getByRole('region', { name: 'Settings: Gateway' }).getByText(`http://127.0.0.1:${port}`).waitFor();
    } finally {
      await bySettings.stop();
    }
  });

  test('stays where a port is taken: who has it is told, another is offered, nothing moves by itself', async () => {
    const { bySettings, port } = await serveBySettings();
    const taken = await takenPort();
    try {
      const { page } = await openSettings({}, bySettings);
      await type(page, 'Port', String(taken.port));
      const alert = page.getByRole('alert').filter({ hasText: 'It still listens at ' });
      await alert.getByText(`Port ${taken.port} on 127.0.0.1 is taken by `).waitFor();
      expect(await alert.textContent()).toContain(`(process ${process.pid})`);
      expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
      await page.getByRole('button', { name: 'Address not available' }).waitFor();
      expect(await alert.getByRole('button').allTextContents()).toEqual([
        'Try again',
        expect.stringMatching(/^Use port \d+$/),
        `Stay at ${port}`,
      ]);
      expect(await accessibilityProblems(page)).toEqual([]);
      await alert.getByRole('button', { name: `Stay at ${port}` }).click();
      await alert.waitFor({ state: 'detached' });
      expect(JSON.parse(readFileSync(bySettings.settingsFile, 'utf8')).gateway.port).toBe(port);
      await type(page, 'Port', String(taken.port));
      await alert.waitFor();
      await taken.free();
      await alert.getByRole('button', { name: 'Try again' }).click();
      await page.waitForURL(`http://127.0.0.1:${taken.port}/ui/`);
    } finally {
      await bySettings.stop();
    }
  });
});

describe('for everyone', () => {
  test.each(['light', 'dark'] as const)(
    'axe finds nothing in any state, %s',
    async (colorScheme) => {
      const { page } = await openSettings({ colorScheme });
      const check = async (state: string): Promise<void> => {
        expect(await accessibilityProblems(page), state).toEqual([]);
      };
      await check('settings');
      await type(page, 'Port', 'x');
      await page.getByText('Expected number').waitFor();
      await page.getByRole('button', { name: 'Rename Claude Code' }).click();
      await check('problem and rename');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Revoke Claude Code' }).click();
      await page.getByRole('button', { name: 'New key' }).click();
      await check('revoke and new key');
      await page.getByLabel('Name', { exact: true }).fill('Codex');
      await page.getByRole('button', { name: 'Make key' }).click();
      await page.getByText('is ready').waitFor();
      await page.getByText('Show them').click();
      await page.getByText(/^react .*MIT$/).waitFor();
      await check('made and licences');
      writeFileSync(serve.settingsFile, '{ "gateway": 5 }');
      await page.getByRole('button', { name: 'Settings file broken' }).waitFor();
      await check('broken');
    },
    120_000,
  );

  test.each([
    [900, 600],
    [450, 300],
    [1440, 900],
  ])('fits %i × %i without scrolling sideways', async (width, height) => {
    const { page } = await openSettings({ viewport: { width, height } });
    await page.getByRole('button', { name: 'New key' }).click();
    const sideways = await page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('main, header, section')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => element.tagName),
    );
    expect(sideways).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight)).toBe(0);
  });
});
