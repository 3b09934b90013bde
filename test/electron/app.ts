import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { plainEnvironment } from '../programs/dragoman.ts';
import { electron, root } from '../tiers.mjs';

/** A key with all scopes that every app of these tests takes. */
export const key = `dgm_${'t'.repeat(43)}`;

export interface DesktopApp {
  readonly app: ElectronApplication;
  readonly home: string;
  /** Base URL of its gateway. */
  gateway(): Promise<string>;
  /** What it wrote to stderr so far. */
  errors(): string;
  /** What it wrote to stdout and stderr so far. */
  output(): string;
  /** Its window, once it shows something. */
  window(): Promise<Page>;
  /** Waits until the process is gone and tells its exit code. */
  exit(): Promise<number | null>;
}

/** A folder of its own for settings and state; `settings` as in the file, text as it is. */
export function makeHome(settings: Readonly<Record<string, unknown>> | string = {}): string {
  const home = mkdtempSync(join(tmpdir(), 'dragoman-desktop-'));
  const text =
    typeof settings === 'string' ? settings : JSON.stringify({ detection: { enabled: false }, ...settings }, null, 2);
  writeFileSync(join(home, 'settings.json'), text);
  return home;
}

const running: ChildProcess[] = [];
const homes: string[] = [];

/** As Playwright does on Linux: neither root nor a container without user namespaces can have Chromium's sandbox. */
export const switches = ['--no-sandbox'];

export function desktopEnvironment(home: string): Record<string, string> {
  const env = plainEnvironment({ DRAGOMAN_KEY: key, XDG_CONFIG_HOME: join(home, 'config') });
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Starts the built app. `questions`: what to answer to message boxes, by the label of a button, in turn. */
export async function startDesktop(
  settings: Readonly<Record<string, unknown>> | string = {},
  {
    args = ['--port', '0'],
    questions = [],
    home = makeHome(settings),
    env = {},
  }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly args?: readonly string[];
    readonly questions?: readonly string[];
    readonly home?: string;
  } = {},
): Promise<DesktopApp> {
  homes.push(home);
  const first = ['ready-when-watched.cjs', ...(questions.length === 0 ? [] : ['answer-questions.cjs'])];
  const app = await _electron.launch({
    executablePath: electron,
    // Longer than a test lasts, where nothing is said.
    timeout: 30_000,
    args: [
      ...switches,
      ...first.flatMap((file) => ['-r', join(root, 'test/electron', file)]),
      root,
      '--home',
      home,
      '--json',
      ...args,
    ],
    env: { ...desktopEnvironment(home), DRAGOMAN_TEST_ANSWERS: JSON.stringify(questions), ...env },
  });
  const child = app.process();
  running.push(child);
  let errors = '';
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return {
    app,
    home,
    errors: () => errors,
    output: () => output + errors,
    async gateway() {
      // What it printed may have come before Playwright handed the process over.
      const record = await within(15_000, () => {
        const file = join(home, 'run.json');
        return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      });
      const { url }: { url?: unknown } = JSON.parse(record);
      return String(url);
    },
    window: () => app.firstWindow(),
    async exit() {
      await within(20_000, () => child.exitCode !== null || child.signalCode !== null || undefined);
      return child.exitCode;
    },
  };
}

/** Ends every app that a test started, and removes their homes. */
export async function endAll(): Promise<void> {
  for (const child of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await within(5_000, () => child.exitCode !== null || child.signalCode !== null || undefined);
  }
  for (const home of homes.splice(0))
    if (existsSync(home)) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}

/** What `look` finds, asked again until it finds something (not undefined) or `ms` are over. */
export async function within<Found>(
  ms: number,
  look: () => Found | undefined | Promise<Found | undefined>,
): Promise<Found> {
  const until = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`not within ${ms} ms: ${String(look)}`);
    await sleep(25);
  }
}
