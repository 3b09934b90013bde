import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, chromium, type Page } from '@playwright/test';
import { nodeExecutable } from '../node-executable.mjs';
import { firstJsonLine, type Program, startProgram } from '../programs/program.ts';
import { chromium as executablePath, root } from '../tiers.mjs';

/** The built service with its window, in a home of its own. */
export interface ServeWithWindow {
  /** `http://127.0.0.1:PORT/ui/#token=…` */
  readonly ui: string;
  readonly gateway: string;
  readonly settingsFile: string;
  stop(): Promise<void>;
}

/**
 * Starts `dragoman serve` with its window. Settings as in the file; detection is off unless they say otherwise. Any free port, unless it is
 * to come from the settings.
 */
export async function startWithWindow(
  settings: Readonly<Record<string, unknown>>,
  {
    portFromSettings = false,
    environment = {},
  }: { readonly portFromSettings?: boolean; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<ServeWithWindow> {
  const home = mkdtempSync(join(tmpdir(), 'dragoman-home-'));
  const settingsFile = join(home, 'settings.json');
  writeFileSync(settingsFile, JSON.stringify({ detection: { enabled: false }, ...settings }, null, 2));
  const options = [
    join(root, 'bin/dragoman.mjs'),
    'serve',
    '--json',
    '--home',
    home,
    ...(portFromSettings ? [] : ['--port', '0']),
  ];
  const program: Program = startProgram(nodeExecutable(), options, {
    ...process.env,
    DRAGOMAN_KEYCHAIN: 'off',
    DRAGOMAN_KEY: `dgm_${'t'.repeat(43)}`,
    ...environment,
  });
  const stop = async () => {
    await program.stop();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const { gateway, ui } = await firstJsonLine(program);
    if (typeof gateway !== 'string' || typeof ui !== 'string')
      throw new Error('the listening line lacks gateway or ui');
    return { ui, gateway, settingsFile, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Chromium; without its sandbox where root runs it, which it refuses otherwise. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

/**
 * What axe finds wrong with a page, or with the part of it that a CSS selector names. A page of ours has no frames, so that axe's way without a further
 * page for its results finds the same in a third of the time.
 */
export async function accessibilityProblems(page: Page, part?: string) {
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  const { violations } = await (part === undefined ? axe : axe.include(part)).analyze();
  return violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ html }) => html) }));
}

/** A page that keeps what the browser complains of: errors, warnings, and what the content security policy forbade. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 900, height: 600 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
}
