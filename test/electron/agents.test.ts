import { chmodSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { connectControl } from '../../src-main/control/client.ts';
import { findRunning } from '../../src-main/control/run-file.ts';
import { button, card, choose } from '../browser/agents-place.ts';
import { type FakeUpstream, startFakeUpstream } from '../fakes/upstream.ts';
import { dragoman } from '../programs/dragoman.ts';
import { workingClaude } from '../programs/working-claude.ts';
import { type DesktopApp, endAll, startDesktop, within } from './app.ts';
import { isChecked, linesUnder, startTrayHost, type TrayHost } from './tray-host.ts';

let root: string;
let user: string;
let bin: string;
let fake: FakeUpstream;
let tray: TrayHost;
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
  tray = await startTrayHost();
});
afterEach(async () => {
  await endAll();
  await tray.stop();
  await fake.close();
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** The app of a user who has Claude Code and Codex. */
async function desktopWithAgents(questions: readonly string[] = []): Promise<DesktopApp> {
  const desktop = await startDesktop(
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
  onTestFailed(() => console.error(desktop.output()));
  return desktop;
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

describe('an agent in the app’s window', () => {
  test('is set up, tried, put right after someone else’s change, told what is in its way, and undone', async () => {
    const own =
      '{\n  "permissions": {},\n  "env": {\n    "EDITOR":   "vim",\n    "ANTHROPIC_MODEL": "claude-opus-4-1"\n  }\n}\n';
    const file = join(user, '.claude/settings.json');
    const written = () => readFileSync(file, 'utf8');
    mkdirSync(join(user, '.claude'));
    writeFileSync(file, own);
    writeFileSync(join(bin, 'claude'), workingClaude('try'));
    const task = JSON.stringify({ path: 'dragoman.txt', text: 'Dragoman works\n' });
    fake.define('try', { steps: [{ call: { index: 0, id: 'call_1', name: 'Write', arguments: task } }] });
    const desktop = await desktopWithAgents();
    const page = await desktop.window();
    await page.getByText('Gateway running').waitFor();
    await page.keyboard.press('Control+2');
    const claude = card(page, 'Claude Code');

    await button(page, 'Set up: Claude Code').click();
    const diff = page.getByRole('region', { name: `Change of ${file}` });
    await diff.getByText('"ANTHROPIC_MODEL": "box/coder"').waitFor();
    expect(await diff.textContent()).not.toContain('dgm_');
    expect(written()).toBe(own);
    await button(page, 'Set up').click();
    await claude.getByText('Set up · box/coder').waitFor();
    expect(written()).toContain('"EDITOR":   "vim"');

    await button(page, 'Try it: Claude Code').click();
    await page.getByText('It works: Claude Code did the task.').waitFor();
    await button(page, 'Done').click();

    const ours = written();
    writeFileSync(file, ours.replace('"ANTHROPIC_MODEL": "box/coder"', '"ANTHROPIC_MODEL": "another"'));
    await button(page, 'Look again').click();
    await claude.getByText('Changed outside Dragoman · box/coder').waitFor();
    await button(page, 'Review change: Claude Code').click();
    await diff.getByText('"ANTHROPIC_MODEL": "another"').waitFor();
    await button(page, 'Apply change').click();
    await claude.getByText('Set up · box/coder').waitFor();
    expect(written()).toBe(ours);

    writeFileSync(join(user, '.bashrc'), 'export ANTHROPIC_API_KEY=sk-mine\n');
    await button(page, 'Look again').click();
    await claude.getByText('ANTHROPIC_API_KEY in ~/.bashrc').waitFor();
    expect(await claude.textContent()).not.toContain('sk-mine');

    await choose(page, 'Claude Code', 'Undo…');
    await button(page, 'Undo').click();
    await claude.getByText('was taken back').waitFor();
    // What stood there last of the user's own.
    expect(written()).toBe(own.replace('claude-opus-4-1', 'another'));
  }, 60_000);
});

describe('an agent whose gateway does not start at login', () => {
  test('is told on its card, where one press mends it', async () => {
    const desktop = await desktopWithAgents();
    await desktop.gateway();
    const running = await findRunning(desktop.home);
    if (running === null) throw new Error('no service runs');
    const control = connectControl(running.url, running.token);
    const startsAtLogin = () =>
      JSON.parse(readFileSync(join(desktop.home, 'settings.json'), 'utf8')).desktop.openAtLogin;
    expect(await control.agents.apply({ agent: 'claude-code', model: 'box/coder' })).toMatchObject({ refused: null });
    expect(startsAtLogin()).toBe(true);
    await control.settings.set({ setting: 'desktop.openAtLogin', value: false });
    const page = await desktop.window();
    await page.getByText('Gateway running').waitFor();
    await page.keyboard.press('Control+2');
    const card = page.getByRole('region', { name: 'Claude Code', exact: true });
    await card.waitFor();
    await page.getByRole('button', { name: 'Look again' }).click();
    await card.getByText('Dragoman does not start when you log in').waitFor();
    await card.getByRole('button', { name: 'Start at login' }).click();
    await card.getByText('Dragoman starts when you log in.').waitFor();
    expect(startsAtLogin()).toBe(true);
    expect(await card.getByText('Dragoman does not start when you log in').count()).toBe(0);
  }, 60_000);
});

describe('the tray', () => {
  const claudeFile = () => join(user, '.claude/settings.json');
  const codexFile = () => join(user, '.codex/config.toml');

  /** Both agents set up with box/coder; a request as each sends it, resolves with the model that its server was asked for. */
  async function bothSetUp(desktop: DesktopApp) {
    const gateway = await desktop.gateway();
    const running = await findRunning(desktop.home);
    if (running === null) throw new Error('no service runs');
    const control = connectControl(running.url, running.token);
    for (const agent of ['claude-code', 'codex'] as const) {
      expect(await control.agents.apply({ agent, model: 'box/coder' })).toMatchObject({ refused: null });
    }
    const keyIn = (file: string) => /dgm_[\w-]{43}/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
    const keys = { claude: keyIn(claudeFile()), codex: keyIn(codexFile()) };
    return async (agent: 'claude' | 'codex', model: string): Promise<string> => {
      const before = fake.requests().length;
      const answer = await fetch(`${gateway}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${keys[agent]}` },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }),
        signal: AbortSignal.timeout(10_000),
      });
      expect(answer.status).toBe(200);
      const asked = fake
        .requests()
        .slice(before)
        .find(({ path }) => path.endsWith('/chat/completions'));
      return String(JSON.parse(asked?.body ?? '{}').model);
    };
  }

  test('gives an agent another model while it works, and no other agent', async () => {
    const desktop = await desktopWithAgents();
    const ask = await bothSetUp(desktop);
    await linesUnder(tray, ['Models in use', 'Claude Code'], isChecked('box/coder'));
    expect(await ask('claude', 'box/coder')).toBe('coder');
    const codexBefore = readFileSync(codexFile(), 'utf8');

    expect(await tray.click('Models in use', 'Claude Code', 'box/small')).toBe(true);
    await linesUnder(tray, ['Models in use', 'Claude Code'], isChecked('box/small'));
    // Its session still names the model that it began with. The tray tells a moment before all of it is done.
    await expect.poll(() => ask('claude', 'box/coder')).toBe('small');
    expect(await ask('codex', 'box/coder')).toBe('coder');
    expect(JSON.parse(readFileSync(claudeFile(), 'utf8')).env.ANTHROPIC_MODEL).toBe('box/small');
    expect(readFileSync(codexFile(), 'utf8')).toBe(codexBefore);
    await linesUnder(tray, ['Models in use', 'Codex'], isChecked('box/coder'));
  }, 60_000);

  test('tells what it could not do, and requests are answered while that is open', async () => {
    const desktop = await desktopWithAgents();
    const ask = await bothSetUp(desktop);
    await linesUnder(tray, ['Models in use', 'Claude Code'], isChecked('box/coder'));
    // A second name keeps it from being written, and does not show in the menu.
    linkSync(claudeFile(), join(root, 'second name'));
    expect(await tray.click('Models in use', 'Claude Code', 'box/small')).toBe(true);
    const told = await within(10_000, () => /Nothing was changed: .*/.exec(desktop.errors())?.[0]);
    expect(told).toContain(claudeFile());
    expect(await ask('codex', 'box/coder')).toBe('coder');
    await linesUnder(tray, ['Models in use', 'Codex'], isChecked('box/coder'));
    expect(JSON.parse(readFileSync(claudeFile(), 'utf8')).env.ANTHROPIC_MODEL).toBe('box/coder');
  }, 60_000);

  test('switches an agent off and on again', async () => {
    const desktop = await desktopWithAgents();
    await bothSetUp(desktop);
    await linesUnder(tray, ['Models in use', 'Claude Code'], isChecked('box/coder'));
    expect(await tray.click('Models in use', 'Claude Code', 'Switch off, remember it')).toBe(true);
    await linesUnder(tray, ['Models in use', 'Claude Code (off)'], (lines) =>
      lines.some(({ label }) => label === 'Switch on'),
    );
    expect(existsSync(claudeFile())).toBe(false);
    expect(existsSync(codexFile())).toBe(true);
    expect(await tray.click('Models in use', 'Claude Code (off)', 'Switch on')).toBe(true);
    await linesUnder(tray, ['Models in use', 'Claude Code'], isChecked('box/coder'));
    expect(JSON.parse(readFileSync(claudeFile(), 'utf8')).env.ANTHROPIC_MODEL).toBe('box/coder');
  }, 60_000);

  test('leads to the agents in the window', async () => {
    const desktop = await desktopWithAgents();
    await desktop.gateway();
    const page = await desktop.window();
    await page.getByRole('heading', { name: 'Models', exact: true }).waitFor();
    await linesUnder(tray, [], (lines) => lines.some(({ label, enabled }) => label === 'Set up agents…' && enabled));
    expect(await tray.click('Set up agents…')).toBe(true);
    await page.getByRole('button', { name: 'Set up: Claude Code' }).waitFor();
  }, 60_000);

  test('quits with the agents switched off, where the user says so', async () => {
    const desktop = await desktopWithAgents(['Keep running', 'Switch agents off']);
    await bothSetUp(desktop);
    await linesUnder(tray, ['Models in use', 'Codex'], isChecked('box/coder'));
    expect(await tray.click('Quit Dragoman')).toBe(true);
    const [question] = await within(10_000, async () => {
      const asked = await desktop.app.evaluate(() => Reflect.get(globalThis, 'dragomanAsked'));
      return Array.isArray(asked) && asked.length > 0 ? asked : undefined;
    });
    expect(question).toMatchObject({ message: 'Claude Code and Codex are set up to use Dragoman.' });
    expect(existsSync(claudeFile())).toBe(true);
    expect(await tray.click('Quit Dragoman')).toBe(true);
    expect(await desktop.exit()).toBe(0);
    expect(existsSync(claudeFile()) || existsSync(codexFile())).toBe(false);
  }, 60_000);
});
