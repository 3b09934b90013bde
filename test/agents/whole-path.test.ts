import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { button, card, choose, setUp } from '../browser/agents-place.ts';
import { endAll, startDesktop, within } from '../electron/app.ts';
import { isChecked, linesUnder, startTrayHost } from '../electron/tray-host.ts';
import { dragoman } from '../programs/dragoman.ts';
import { startLlamaServer } from '../programs/llama-server.ts';
import type { AgentRun } from './agent.ts';
import { makeUserHome } from './user-home.ts';

const undo: (() => unknown)[] = [];
beforeAll(async () => {
  expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
}, 120_000);
afterEach(async () => {
  await endAll();
  for (const step of undo.splice(0).reverse()) await step();
});

/**
 * Of a user who works with another provider, allows few tools, and has a hook before each write: it says in the project folder that it was
 * asked, and lets the write wait as long as a file `hold` is there.
 */
const claudeSettings = `{
  "$schema": "https://json.schemastore.org/claude-code-settings.json",
\t"permissions": { "allow": ["Bash(ls:*)", "Read"], "deny": ["WebFetch",   "WebSearch"] },
  "model": "opus",

  "env": {
    "MINE": "é\\u00e9",
    "ANTHROPIC_BASE_URL": "https://llm.corp.test",
    "ANTHROPIC_AUTH_TOKEN": "mine-and-nobody-elses",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL": "corp-small",
    "NO_PROXY": "corp.test"
  },
  "hooks": {
    "PreToolUse": [
      { "matcher": "Write", "hooks": [{ "type": "command", "command": "touch asked; while [ -e hold ]; do sleep 0.05; done" }] }
    ]
  },
  "includeCoAuthoredBy": false
}`;
/** What makes Codex's prompt long is off: the tiny model is slow with it. */
const codexConfig = `model = "gpt-5.5" # the best
approval_policy = 'never'\r

[features] # few
plugins = false
multi_agent = false
goals = false
`;

const greeting = 'Good morning é\n';

async function takenBack(page: Page, label: string): Promise<void> {
  await choose(page, label, 'Undo…');
  await page.getByRole('region', { name: /^Change of / }).waitFor();
  await button(page, 'Undo').click();
  await card(page, label).getByText('was taken back').waitFor();
}

/** Display and session bus that a test may start are there on Linux. */
describe.runIf(process.platform === 'linux')('the whole path of a user of the app', () => {
  it('model picked, agents set up, a task done, the model changed while one works, all undone to the byte', {
    timeout: 300_000,
  }, async () => {
    const user = await makeUserHome();
    undo.push(user.remove);
    const claudeFile = user.put('.claude/settings.json', claudeSettings);
    const codexFile = user.put('.codex/config.toml', codexConfig);
    const [one, two] = await Promise.all([
      startLlamaServer({ model: 'scripted', context: 65_536 }),
      startLlamaServer({ model: 'scripted', context: 65_536 }),
    ]);
    undo.push(one.stop, two.stop);
    const tray = await startTrayHost();
    undo.push(tray.stop);
    /** Each server has answered that many requests to their end. */
    const answered = (byOne: number, byTwo: number) =>
      expect.poll(() => [one.evaluations().length, two.evaluations().length]).toEqual([byOne, byTwo]);
    const inProject = (name: string) => join(user.project, name);
    const greets = ({ code, stdout, stderr }: AgentRun) => {
      expect(code, stdout + stderr).toBe(0);
      expect(stdout).toContain('The tool has answered, so I am done now.');
      expect(user.read(inProject('greeting.txt'))).toBe(greeting);
      rmSync(inProject('greeting.txt'));
      rmSync(inProject('asked'), { force: true });
    };
    const claude = () => user.run('claude-code', 'Write a greeting: [[write]]', { args: ['--tools', 'Write'] });
    const codex = (...args: readonly string[]) =>
      user.run('codex', 'Write a greeting: [[codex-write]]', { args, environment: { NO_PROXY: '127.0.0.1' } });

    const desktop = await startDesktop(
      {
        upstreams: [
          { id: 'one', kind: 'llama-cpp', baseUrl: one.url },
          { id: 'two', kind: 'llama-cpp', baseUrl: two.url },
        ],
      },
      { env: { ...user.environment, SHELL: '', CLAUDE_CONFIG_DIR: '', CODEX_HOME: '' } },
    );
    await linesUnder(tray, ['Model in use'], (lines) => lines.some(({ label }) => label === 'two/scripted'));
    expect(await tray.click('Model in use', 'two/scripted')).toBe(true);
    await linesUnder(tray, ['Model in use'], isChecked('two/scripted'));

    const page = await desktop.window();
    await page.getByText('Gateway running').waitFor();
    await page.keyboard.press('Control+2');
    for (const label of ['Claude Code', 'Codex']) {
      await setUp(page, label);
      await card(page, label).getByText('Set up · two/scripted').waitFor();
      await linesUnder(tray, ['Models in use', label], isChecked('two/scripted'));
    }
    greets(await claude());
    await answered(0, 2);
    greets(await codex());
    await answered(0, 4);

    writeFileSync(inProject('hold'), '');
    const working = claude();
    await within(60_000, () => user.read(inProject('asked')) ?? undefined);
    const codexBefore = user.read(codexFile);
    expect(await tray.click('Models in use', 'Claude Code', 'one/scripted')).toBe(true);
    await linesUnder(tray, ['Models in use', 'Claude Code'], isChecked('one/scripted'));
    await card(page, 'Claude Code').getByText('Set up · one/scripted').waitFor();
    // Tray and window tell a moment before all of it is done: its key's slots are written last.
    await within(10_000, () => user.read(join(desktop.home, 'settings.json'))?.includes('one/scripted') || undefined);
    await answered(0, 5);
    rmSync(inProject('hold'));
    greets(await working);
    await answered(1, 5);

    expect(user.read(codexFile)).toBe(codexBefore);
    await linesUnder(tray, ['Models in use', 'Codex'], isChecked('two/scripted'));
    greets(await codex('resume', '--last'));
    await answered(1, 7);
    expect(user.outside()).toEqual([]);

    for (const label of ['Claude Code', 'Codex']) await takenBack(page, label);
    expect(user.read(claudeFile)).toBe(claudeSettings);
    expect(user.read(codexFile)).toBe(codexConfig);
  });
});
