import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakeUpstream, startFakeUpstream } from '../fakes/upstream.ts';
import { dragoman } from '../programs/dragoman.ts';
import { type DesktopApp, endAll, startDesktop, within } from './app.ts';

let root: string;
let user: string;
let bin: string;
let fake: FakeUpstream;
beforeAll(async () => {
  expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
}, 120_000);
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'dragoman-desktop-agents-'));
  user = join(root, 'user');
  bin = join(root, 'bin');
  for (const folder of [user, bin]) mkdirSync(folder);
  for (const name of ['claude', 'codex']) {
    program(
      name,
      `if [ "$1" = --version ]; then echo 2.1.329; exit; fi\npwd > '${root}/started'\nenv >> '${root}/started'`,
    );
  }
  fake = await startFakeUpstream({ models: ['coder', 'small'] });
});
afterEach(async () => {
  await endAll();
  await fake.close();
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** The app of a user who has Claude Code and Codex. */
function desktopWithAgents(questions: readonly string[] = []): Promise<DesktopApp> {
  return startDesktop(
    { upstreams: [{ id: 'box', kind: 'openai-compatible', baseUrl: `${fake.url}/v1` }] },
    {
      questions,
      env: {
        HOME: user,
        PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
        SHELL: '',
        TERMINAL: 'st',
        CLAUDE_CONFIG_DIR: '',
        CODEX_HOME: '',
      },
    },
  );
}

describe('an agent in the desktop app', () => {
  test('is started in the user’s terminal, in the folder that was chosen, and none of its files is touched', async () => {
    const project = join(root, 'my project');
    mkdirSync(project);
    // A terminal that takes its command behind -e, as most do.
    program('st', 'shift\nexec "$@" < /dev/null');
    const desktop = await desktopWithAgents([project]);
    const gateway = await desktop.gateway();
    const page = await desktop.window();
    await page.getByText('Gateway running').waitFor();
    await page.keyboard.press('Control+2');
    await page.getByRole('button', { name: 'Set up: Claude Code' }).waitFor();
    await page.getByRole('button', { name: 'Actions for Claude Code' }).click();
    await page.getByRole('menuitem', { name: 'Start in a terminal…' }).click();
    await page.getByRole('button', { name: 'Choose a folder and start…' }).click();
    await page.getByText('A terminal opens with it.').waitFor();
    const started = await within(20_000, () => {
      const text = existsSync(join(root, 'started')) ? readFileSync(join(root, 'started'), 'utf8') : '';
      return text.includes('ANTHROPIC_BASE_URL') && text.includes('ANTHROPIC_MODEL') ? text : undefined;
    });
    expect(started.split('\n')[0]).toBe(project);
    expect(started).toContain(`ANTHROPIC_BASE_URL=${gateway}\n`);
    expect(started).toContain('ANTHROPIC_MODEL=box/coder\n');
    expect(existsSync(join(user, '.claude'))).toBe(false);
  }, 60_000);
});
