import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { dragoman } from '../programs/dragoman.ts';
import { type DesktopApp, endAll, key, makeHome, startDesktop, within } from './app.ts';
import { processTree } from './processor-time.ts';

const run = promisify(execFile);
const secret = `planted-${process.pid}-${Date.now()}`;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
}, 120_000);
afterEach(async () => {
  await endAll();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A real gnome-keyring, unlocked, on the session bus that these tests run on. */
function startKeyring(): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-keyring-'));
  const env = { XDG_DATA_HOME: folder, XDG_RUNTIME_DIR: folder };
  const said = execFileSync(
    'bash',
    [
      '-c',
      'printf "\\n" | gnome-keyring-daemon --replace --unlock --components=secrets; pgrep -n -f "gnome-keyring-daemon --replace"',
    ],
    { env: { ...process.env, ...env }, encoding: 'utf8' },
  );
  const pid = Number(said.trim().split('\n').at(-1));
  cleanups.push(() => {
    process.kill(pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  });
  return env;
}

/** A model server that answers who shows the secret. */
async function startUpstream(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    if (request.headers.authorization !== `Bearer ${secret}`)
      return void response.writeHead(401).end('{"error":{"message":"no"}}');
    if (request.method === 'GET') return void response.end('{"object":"list","data":[{"id":"m","object":"model"}]}');
    const message = { role: 'assistant', content: 'let in' };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    response.end(JSON.stringify({ id: 'c', object: 'chat.completion', model: 'm', choices }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/v1`;
}

/** As its user does it, in the form of a window that has found no server yet. */
async function addServer(page: Page, baseUrl: string): Promise<void> {
  const form = page.getByRole('region', { name: 'Or use a server elsewhere' });
  await form.getByRole('combobox', { name: 'Kind' }).selectOption({ label: 'OpenAI-compatible' });
  await form.getByRole('textbox', { name: 'Name' }).fill('box');
  await form.getByRole('textbox', { name: 'Base URL' }).fill(baseUrl);
  await form.getByRole('combobox', { name: 'Secret' }).selectOption({ label: 'Keychain of this computer' });
  await form.getByLabel('API key').fill(secret);
  expect(await form.getByLabel('API key').getAttribute('type')).toBe('password');
  await form.getByRole('button', { name: 'Test' }).click();
  await form.getByRole('region', { name: 'Test result' }).getByText('1 model: m.').waitFor();
  await form.getByRole('button', { name: 'Add server' }).click();
}

/** Files of the home, and what /proc tells of the app's processes, in which the text stands. */
function placesHolding(text: string, desktop: DesktopApp): readonly string[] {
  const files = readdirSync(desktop.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const processes = processTree(desktop.app.process().pid ?? 0).flatMap((pid) => [
    `/proc/${pid}/cmdline`,
    `/proc/${pid}/environ`,
  ]);
  expect(processes.length).toBeGreaterThan(4);
  return [...files, ...processes].filter((path) => {
    try {
      return readFileSync(path, 'latin1').includes(text);
    } catch {
      return false; // A file or process that has gone meanwhile.
    }
  });
}

test('a secret that is given in the window stands in the keyring, is shown to its server, and is found nowhere else', async () => {
  const env = startKeyring();
  const baseUrl = await startUpstream();
  const home = makeHome();
  const desktop = await startDesktop({}, { home, env: { ...env, DRAGOMAN_KEYCHAIN: 'on' } });
  const page = await desktop.window();
  const gateway = await desktop.gateway();
  await page.getByText('Gateway running').waitFor();
  expect(await dragoman(['key', 'new', '--name', 'Witness', '--home', home])).toMatchObject({ code: 0 });
  await addServer(page, baseUrl);
  await page.getByRole('region', { name: 'box' }).getByRole('rowheader', { name: 'm', exact: true }).waitFor();

  await page.getByRole('region', { name: 'box' }).getByText('secret in the keychain').waitFor();

  const account = `upstream/box@${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
  const { stdout } = await run('secret-tool', ['lookup', 'service', 'Dragoman', 'account', account], {
    env: { ...process.env, ...env },
  });
  expect(JSON.parse(stdout)).toEqual({ origin: new URL(baseUrl).origin, secret });

  // A request that is ready to be pasted, with a key that no one has seen.
  await page.getByRole('button', { name: 'm', exact: true }).click();
  await page.getByRole('button', { name: 'Copy with key' }).click();
  await page.getByText('Copied with the key “Witness”.').waitFor();
  const copied = await desktop.app.evaluate(({ clipboard }) => clipboard.readText());
  const [made = ''] = /dgm_[\w-]{43}/.exec(copied) ?? [];
  expect(copied).toContain(`curl ${gateway}/v1/messages`);
  expect(await page.content()).not.toContain(made);
  expect((await fetch(`${gateway}/v1/models`, { headers: { 'x-api-key': made } })).status).toBe(200);
  await page.keyboard.press('Escape');

  // A request whose bodies and headers the streaming log keeps.
  await page
    .getByRole('navigation', { name: 'Places' })
    .getByRole('button', { name: /Activity/ })
    .click();
  await page.getByRole('switch', { name: /Streaming log/ }).click();
  const answer = await fetch(`${gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'user-agent': 'Witness/1.0' },
    body: JSON.stringify({ model: 'box/m', messages: [{ role: 'user', content: 'hi' }] }),
  });
  expect(await answer.text()).toContain('let in');
  await page.getByRole('row').filter({ hasText: 'box/m' }).first().click();
  await page.getByRole('tab', { name: 'Gateway ↔ Server' }).click();
  await within(5_000, async () => ((await page.textContent('body'))?.includes('authorization') ? true : undefined));
  expect(await page.content()).not.toContain(secret);

  expect(placesHolding(secret, desktop)).toEqual([]);
  expect(desktop.output()).not.toContain(secret);
  expect(desktop.output()).not.toBe('');
}, 60_000);
