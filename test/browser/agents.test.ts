import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AgentEntry } from '../../src-shared/agents.ts';
import { type FakeUpstream, startFakeUpstream } from '../fakes/upstream.ts';
import { dragoman } from '../programs/dragoman.ts';
import { workingClaude } from '../programs/working-claude.ts';
import { button, card, choose, setUp } from './agents-place.ts';
import { startFakeService } from './fake-service.ts';
import {
  accessibilityProblems,
  openPage,
  type ServeWithWindow,
  startBrowser,
  startWithWindow,
  type WatchedPage,
} from './window.ts';

const claudeSettings = `{
  "permissions": { "allow": ["Bash(npm test)"] },
  "env": {
    "EDITOR": "vim",
    "ANTHROPIC_MODEL": "claude-opus-4-1"
  }
}
`;

const notInstalled = {
  installed: false,
  version: null,
  tooOld: null,
  quiet: true,
  state: 'not-set-up',
  model: null,
  slots: {},
  baseUrl: null,
  since: null,
  files: [],
  drift: [],
  kept: null,
  otherScopes: [],
  conflicts: [],
} satisfies Omit<AgentEntry, 'id' | 'label'>;

let browser: Browser;
let upstream: FakeUpstream;
let root = '';
let user: string;
let serve: ServeWithWindow | null = null;
beforeAll(async () => {
  // Builds where the build is stale, so that no test's time limit pays for it.
  expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
  browser = await startBrowser();
  upstream = await startFakeUpstream({ models: ['coder', 'small'] });
}, 120_000);
afterAll(async () => {
  await upstream.close();
  await browser.close();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await serve?.stop();
  serve = null;
  if (root !== '') rmSync(root, { recursive: true, force: true });
});

/** A user's directory with these agents installed and these files in it, and the agents place over it. */
async function openAgents({
  installed = ['claude', 'codex'],
  files = { '.claude/settings.json': claudeSettings },
  contextWindow = 65_536,
  options = {},
}: {
  readonly contextWindow?: number;
  readonly installed?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: Parameters<typeof openPage>[2];
} = {}): Promise<WatchedPage> {
  root = mkdtempSync(join(tmpdir(), 'dragoman-user-'));
  user = join(root, 'user');
  const bin = join(root, 'bin');
  for (const folder of [user, bin]) mkdirSync(folder);
  for (const name of installed) {
    writeFileSync(join(bin, name), '#!/bin/sh\necho 2.1.329\n');
    chmodSync(join(bin, name), 0o755);
  }
  for (const [path, text] of Object.entries(files)) put(path, text);
  serve = await startWithWindow(
    {
      upstreams: [
        { id: 'box', kind: 'openai-compatible', baseUrl: `${upstream.url}/v1`, models: { coder: { contextWindow } } },
      ],
    },
    {
      environment: {
        HOME: user,
        PATH: `${bin}${delimiter}/usr/bin${delimiter}/bin`,
        SHELL: '',
        XDG_CONFIG_HOME: '',
        CLAUDE_CONFIG_DIR: '',
        CODEX_HOME: '',
      },
    },
  );
  const watched = await openPage(browser, serve.ui, options);
  watched.page.setDefaultTimeout(8_000);
  await watched.page.getByText('Gateway running').waitFor();
  await watched.page.keyboard.press('Control+2');
  await card(watched.page, 'Claude Code').waitFor();
  return watched;
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(user, path)), { recursive: true });
  writeFileSync(join(user, path), text);
}
const read = (path: string) => readFileSync(join(user, path), 'utf8');

describe('an agent', () => {
  test('is set up after its exact change was shown, and undone to the same bytes', async () => {
    const { page, complaints } = await openAgents();
    await card(page, 'Claude Code').getByText('Not set up · uses its own account or settings').waitFor();
    await button(page, 'Set up: Claude Code').click();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Set up Claude Code');
    const diff = page.getByRole('region', { name: `Change of ${user}/.claude/settings.json` });
    await diff.getByText('"ANTHROPIC_MODEL": "claude-opus-4-1"').waitFor();
    const shown = await diff.textContent();
    expect(shown).toContain('Added: ');
    expect(shown).toContain('"ANTHROPIC_MODEL": "box/coder"');
    expect(shown).not.toContain('dgm_');
    await page.getByText('Nothing else in this file changes.').waitFor();
    expect(read('.claude/settings.json')).toBe(claudeSettings);

    await button(page, 'Set up').click();
    await card(page, 'Claude Code').getByText('Set up · box/coder · since today').waitFor();
    await card(page, 'Claude Code').getByText('Sessions that run already').waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Claude Code');
    const written = JSON.parse(read('.claude/settings.json'));
    expect(written.env).toMatchObject({ EDITOR: 'vim', ANTHROPIC_MODEL: 'box/coder' });
    await page.getByRole('navigation').getByText('1 of 2 set up').waitFor({ state: 'attached' });

    await choose(page, 'Claude Code', 'Undo…');
    await page
      .getByRole('region', { name: /^Change of / })
      .getByText('"ANTHROPIC_MODEL": "claude-opus-4-1"')
      .waitFor();
    await button(page, 'Undo').click();
    await card(page, 'Claude Code').getByText('was taken back').waitFor();
    expect(read('.claude/settings.json')).toBe(claudeSettings);
    expect(complaints).toEqual([]);
  });

  test('whose prompt would not fit into the model’s context is warned of before it is set up', async () => {
    const { page } = await openAgents({ contextWindow: 8192 });
    await button(page, 'Set up: Claude Code').click();
    expect(await page.getByRole('note').first().textContent()).toMatch(/8,?192|8k/i);
    expect(await button(page, 'Set up').isEnabled()).toBe(true);
  });

  test('gets other models for its sizes, and the change is shown anew with each choice', async () => {
    const { page } = await openAgents();
    await button(page, 'Set up: Claude Code').click();
    const diff = page.getByRole('region', { name: /^Change of / });
    await page.getByLabel('Model', { exact: true }).selectOption('box/small');
    await diff.getByText('"ANTHROPIC_MODEL": "box/small"').waitFor();
    await page.getByText('Other models for its sizes').click();
    await page.getByLabel('Opus, for hard tasks').selectOption('box/coder');
    await diff.getByText('"ANTHROPIC_DEFAULT_OPUS_MODEL": "box/coder"').waitFor();
    await page.getByLabel('Switch its statistics and update checks off').uncheck();
    await diff.getByText('DISABLE_AUTOUPDATER').waitFor({ state: 'detached' });
    await button(page, 'Set up').click();
    await card(page, 'Claude Code').getByText('Opus, for hard tasks').waitFor();
    // What was chosen stands there when it is changed again.
    await choose(page, 'Claude Code', 'Change models…');
    await page.getByLabel('Opus, for hard tasks').waitFor();
    expect(await page.getByLabel('Switch its statistics and update checks off').isChecked()).toBe(false);
    expect(await page.getByLabel('Opus, for hard tasks').inputValue()).toBe('box/coder');
    expect(await page.getByLabel('Model', { exact: true }).inputValue()).toBe('box/small');
  });

  test('whose file can not be read is told with the place, and nothing is written', async () => {
    const broken = '{\n  "env": { "EDITOR": "vim", }\n}\n';
    const { page } = await openAgents({ files: { '.claude/settings.json': broken } });
    await button(page, 'Set up: Claude Code').click();
    const alert = page.getByRole('alert');
    await alert.getByText('This can’t be done now.').waitFor();
    expect(await alert.textContent()).toMatch(/Line 2, column \d+: .*settings\.json/);
    expect(await button(page, 'Set up').isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await card(page, 'Claude Code').waitFor();
    expect(read('.claude/settings.json')).toBe(broken);
  });

  test('whose file has changed since it was shown is left alone, and the change is shown anew', async () => {
    const { page } = await openAgents();
    await button(page, 'Set up: Claude Code').click();
    const diff = page.getByRole('region', { name: /^Change of / });
    await diff.waitFor();
    const changed = claudeSettings.replace('"vim"', '"emacs"');
    put('.claude/settings.json', changed);
    await button(page, 'Set up').click();
    await page.getByRole('alert').getByText('Nothing was changed.').waitFor();
    expect(read('.claude/settings.json')).toBe(changed);
    await diff.getByText('"emacs"').waitFor();
    await button(page, 'Set up').click();
    await card(page, 'Claude Code').getByText('is set up.').waitFor();
    expect(JSON.parse(read('.claude/settings.json')).env.EDITOR).toBe('emacs');
  });

  test('that someone else has changed is told, and one press shows what would bring our values back', async () => {
    const { page } = await openAgents();
    await setUp(page, 'Claude Code');
    put(
      '.claude/settings.json',
      read('.claude/settings.json').replace('"ANTHROPIC_MODEL": "box/coder"', '"ANTHROPIC_MODEL": "mine"'),
    );
    await button(page, 'Look again').click();
    const claude = card(page, 'Claude Code');
    await claude.getByText('Changed outside Dragoman · box/coder').waitFor();
    await claude.getByText('env.ANTHROPIC_MODEL').waitFor();
    await button(page, 'Review change: Claude Code').click();
    await page
      .getByRole('region', { name: /^Change of / })
      .getByText('"ANTHROPIC_MODEL": "mine"')
      .waitFor();
    await button(page, 'Apply change').click();
    await claude.getByText('Set up · box/coder').waitFor();
    expect(JSON.parse(read('.claude/settings.json')).env.ANTHROPIC_MODEL).toBe('box/coder');
    // Undo leaves what someone else wrote over ours, and says so.
    put(
      '.claude/settings.json',
      read('.claude/settings.json').replace('"ANTHROPIC_MODEL": "box/coder"', '"ANTHROPIC_MODEL": "mine"'),
    );
    await choose(page, 'Claude Code', 'Undo…');
    await page.getByText('they stay as they are').waitFor();
    await button(page, 'Undo').click();
    await claude.getByText('was taken back').waitFor();
    expect(JSON.parse(read('.claude/settings.json')).env).toEqual({ EDITOR: 'vim', ANTHROPIC_MODEL: 'mine' });
  });

  test('is switched off and on again with one press each', async () => {
    const { page } = await openAgents();
    await setUp(page, 'Codex');
    const file = '.codex/config.toml';
    const before = read(file);
    await choose(page, 'Codex', 'Switch off, remember it');
    await card(page, 'Codex').getByText('Switched off · box/coder is remembered').waitFor();
    expect(existsSync(join(user, file))).toBe(false);
    await button(page, 'Switch on: Codex').click();
    await card(page, 'Codex').getByText('Set up · box/coder').waitFor();
    // Without a keychain a key can't be used again: it is another one.
    const withoutKey = (text: string) => text.replace(/dgm_[\w-]+/, 'KEY');
    expect(withoutKey(read(file))).toBe(withoutKey(before));
  });

  test('gets another key in its files, from its card and from the settings; each says first what that means', async () => {
    const { page, complaints } = await openAgents();
    await setUp(page, 'Claude Code');
    const file = '.claude/settings.json';
    const first = read(file);
    const withoutKey = (text: string) => text.replace(/dgm_[\w-]+/, 'KEY');
    await choose(page, 'Claude Code', 'Rotate key…');
    await page.getByText('running sessions of Claude Code are refused until they are started again').waitFor();
    await page.getByRole('region', { name: `Change of ${user}/${file}` }).waitFor();
    expect(read(file)).toBe(first);
    await button(page, 'Rotate key').click();
    await card(page, 'Claude Code').getByText('Claude Code has a new key.').waitFor();
    const second = read(file);
    expect(second).not.toBe(first);
    expect(withoutKey(second)).toBe(withoutKey(first));

    await page.keyboard.press('Control+4');
    await button(page, 'Rotate Claude Code').click();
    const question = page.getByRole('group', { name: 'Rotate Claude Code?' });
    await question.getByText(`${user}/${file}`).waitFor();
    await question.getByRole('button', { name: 'Rotate key' }).click();
    await question.waitFor({ state: 'detached' });
    expect(read(file)).not.toBe(second);
    expect(withoutKey(read(file))).toBe(withoutKey(first));

    // One that was revoked is told where it is missed, and another is one press away.
    await button(page, 'Revoke Claude Code').click();
    await page.getByText('Claude Code gets no answer from then on, until it is set up again.').waitFor();
    await button(page, 'Revoke key').click();
    await page.keyboard.press('Control+2');
    await button(page, 'Look again').click();
    await card(page, 'Claude Code').getByText('The key of Claude Code was revoked').waitFor();
    await button(page, 'Set Claude Code up again').click();
    await button(page, 'Apply change').click();
    await card(page, 'Claude Code').getByText('Set up · box/coder').waitFor();
    expect(complaints).toEqual([]);
  });

  test('whose key may not call its model says so, and one press lets it', async () => {
    const { page } = await openAgents();
    await setUp(page, 'Codex');
    await page.keyboard.press('Control+4');
    await button(page, 'Allow Codex').click();
    await page.getByLabel('What Codex may call').fill('box/small');
    await page.keyboard.press('Enter');
    await page.getByText('box/small · no end').waitFor();
    await page.keyboard.press('Control+2');
    await button(page, 'Look again').click();
    await card(page, 'Codex').getByText('The key “Codex” may not call box/coder').waitFor();
    await button(page, 'Allow the key of Codex its models').click();
    await card(page, 'Codex').getByText('Set up · box/coder').waitFor();
    await choose(page, 'Codex', 'Change models…');
    await page.getByLabel('Model', { exact: true }).selectOption('box/small');
    await page
      .getByRole('region', { name: /^Change of / })
      .getByText('"box/small"')
      .waitFor();
  });

  test('is set up for one project folder, which is undone apart from the rest', async () => {
    const { page } = await openAgents();
    const folder = join(root, 'project');
    mkdirSync(folder);
    await button(page, 'Set up: Claude Code').click();
    await page.getByLabel('Where').selectOption('In one project folder');
    expect(await button(page, 'Set up').isDisabled()).toBe(true);
    await page.getByLabel('Project folder').fill('project');
    await page.getByText('Give the full path').waitFor();
    await page.getByLabel('Project folder').fill(folder);
    await page.getByText('it is made').waitFor();
    await button(page, 'Set up').click();
    await card(page, 'Claude Code').getByText('Set up for the folder').waitFor();
    expect(existsSync(join(folder, '.claude/settings.local.json'))).toBe(true);
    expect(read('.claude/settings.json')).toBe(claudeSettings);
    await button(page, `Undo for ${folder}`).click();
    await page.getByText('Nothing else is in this file: it goes.').waitFor();
    await button(page, 'Undo').click();
    await card(page, 'Claude Code').getByText('was taken back').waitFor();
    expect(await card(page, 'Claude Code').getByText('Set up for the folder').count()).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that is not installed says how to install it, and which command starts one that is', async () => {
    const { page } = await openAgents({ installed: ['codex'] });
    await card(page, 'Claude Code').getByText('npm install -g @anthropic-ai/claude-code').waitFor();
    expect(await card(page, 'Claude Code').textContent()).toContain('Not installed');
    await choose(page, 'Codex', 'Start in a terminal…');
    await card(page, 'Codex').getByText('dragoman run codex').waitFor();
  });
});

describe('trying an agent', () => {
  const steps = (page: Page) => page.getByRole('list', { name: 'Steps' }).getByRole('listitem');

  async function tryClaude(marker: string): Promise<Page> {
    const { page } = await openAgents();
    writeFileSync(join(root, 'bin', 'claude'), workingClaude(marker));
    await setUp(page, 'Claude Code');
    await button(page, 'Try it: Claude Code').click();
    return page;
  }

  test('tells each step until the file is written', async () => {
    const written = JSON.stringify({ path: 'dragoman.txt', text: 'Dragoman works\n' });
    upstream.define('try', { steps: [{ call: { index: 0, id: 'call_1', name: 'Write', arguments: written } }] });
    const page = await tryClaude('try');
    await page.getByText('It works: Claude Code did the task.').waitFor();
    expect(await steps(page).count()).toBe(6);
    const told = (await steps(page).allTextContents()).join('\n');
    for (const fact of ['2.1.329', 'POST /v1/messages', 'box/coder', 'Write', 'dragoman.txt · Dragoman works']) {
      expect(told).toContain(fact);
    }
    expect(told.match(/done/g)).toHaveLength(6);
    await page.getByText('What Claude Code wrote').click();
    await page.getByText('I write with dgm_•••').waitFor();
    await button(page, 'Done').click();
    await card(page, 'Claude Code').waitFor();
  });

  test('says which step failed and what to do', async () => {
    upstream.define('talk', { steps: [{ text: 'I would rather not.' }] });
    const page = await tryClaude('talk');
    await page.getByRole('alert').getByText('box/coder answered, and called no tool.').waitFor();
    expect(await steps(page).nth(4).textContent()).toContain('failed');
    expect(await steps(page).nth(5).textContent()).toContain('not yet');
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test('ends what was started when it is cancelled', async () => {
    upstream.define('wait', { headersAfterMs: 60_000 });
    const page = await tryClaude('wait');
    await steps(page).nth(3).getByText('under way').waitFor({ state: 'attached' });
    await button(page, 'Cancel').click();
    await page.getByText('Cancelled. What was started has ended.').waitFor();
    await page.keyboard.press('Control+3');
    await page.getByRole('grid').getByText('agent left').first().waitFor();
  });
});

describe('what is in the way', () => {
  test('offers what one press can do about it, and what is only to be known is not in the way', async () => {
    const conflict = { kind: 'gateway', what: 'It calls http://127.0.0.1:1', effect: 'No.', remedy: 'Do.' } as const;
    const setUpAgent = { ...notInstalled, installed: true, state: 'set-up', slots: { default: 'coder' } } as const;
    const fake = await startFakeService({
      servers: [],
      rows: [],
      agents: [
        { ...setUpAgent, id: 'codex', label: 'Codex', conflicts: [{ ...conflict, mend: 'set-up' }] },
        { ...setUpAgent, id: 'opencode', label: 'OpenCode', conflicts: [{ ...conflict, mend: 'start-at-login' }] },
        { ...setUpAgent, id: 'qwen-code', label: 'Qwen Code', conflicts: [{ ...conflict, harmless: true }] },
      ],
    });
    try {
      const { page } = await openPage(browser, fake.ui);
      await page.getByText('Gateway running').waitFor();
      await page.keyboard.press('Control+2');
      await card(page, 'OpenCode').getByRole('button', { name: 'Start at login' }).waitFor();
      expect(await card(page, 'OpenCode').textContent()).toContain('something is in the way');
      await card(page, 'Qwen Code').getByText('It calls http://127.0.0.1:1').waitFor();
      expect(await card(page, 'Qwen Code').textContent()).not.toContain('something is in the way');
      await card(page, 'Codex').getByRole('button', { name: 'Set Codex up again' }).click();
      await page.getByRole('heading', { name: 'Change Codex' }).waitFor();
    } finally {
      await fake.close();
    }
  });

  test('in a project folder is told on the card, and mended by a set-up for that folder', async () => {
    const { page } = await openAgents();
    const shop = join(root, 'shop');
    mkdirSync(join(shop, '.claude'), { recursive: true });
    writeFileSync(join(shop, '.claude/settings.json'), '{ "env": { "ANTHROPIC_MODEL": "theirs" } }');
    put('.claude.json', JSON.stringify({ projects: { [shop]: { hasTrustDialogAccepted: true } } }));
    await setUp(page, 'Claude Code');
    await button(page, 'Look again').click();
    const claude = card(page, 'Claude Code');
    await claude.getByText(`env.ANTHROPIC_MODEL in ${shop}/.claude/settings.json`).waitFor();
    await claude.getByRole('button', { name: `Set up for that folder: ${shop}` }).click();
    expect(await page.getByLabel('Project folder').inputValue()).toBe(shop);
    await page.getByRole('region', { name: `Change of ${shop}/.claude/settings.local.json` }).waitFor();
    await page.getByRole('heading', { name: 'Set up Claude Code' }).waitFor();
    await button(page, 'Set up').click();
    await claude.getByText('Set up for the folder').waitFor();
    expect(await claude.getByText('env.ANTHROPIC_MODEL in').count()).toBe(0);
  });
});

describe('a model', () => {
  test('is used with an agent from its panel: at once where that is set up, else by its set-up', async () => {
    const { page, complaints } = await openAgents();
    await setUp(page, 'Claude Code');
    await page.keyboard.press('Control+1');
    await page.getByRole('button', { name: 'small' }).first().click();
    const panel = page.getByRole('complementary');
    await panel.getByRole('button', { name: 'Use with' }).click();
    expect(await page.getByRole('menuitem').allTextContents()).toEqual(['Claude Codenow box/coder', 'Codexset it up…']);
    await page.getByRole('menuitem', { name: 'Claude Code' }).click();
    await panel.getByText('Claude Code uses this model. Running sessions ask the new models').waitFor();
    expect(JSON.parse(read('.claude/settings.json')).env.ANTHROPIC_MODEL).toBe('box/small');

    await panel.getByRole('button', { name: 'Use with' }).click();
    await page.getByRole('menuitem', { name: 'Claude Code' }).getByText('uses it').waitFor();
    expect(await page.getByRole('menuitem', { name: 'Claude Code' }).getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('menuitem', { name: 'Codex' }).click();
    await page.getByRole('heading', { name: 'Set up Codex' }).waitFor();
    expect(await page.getByLabel('Model', { exact: true }).inputValue()).toBe('box/small');
    await page.keyboard.press('Escape');
    await card(page, 'Codex').waitFor();
    expect(complaints).toEqual([]);
  });

  test('is not written over what someone else has changed before that was shown', async () => {
    const { page } = await openAgents();
    await setUp(page, 'Claude Code');
    const changed = read('.claude/settings.json').replace(
      '"ANTHROPIC_MODEL": "box/coder"',
      '"ANTHROPIC_MODEL": "mine"',
    );
    put('.claude/settings.json', changed);
    await button(page, 'Look again').click();
    await card(page, 'Claude Code').getByText('Changed outside Dragoman').waitFor();
    await page.keyboard.press('Control+1');
    await page.getByRole('button', { name: 'small' }).first().click();
    await page.getByRole('button', { name: 'Use with' }).click();
    await page.getByRole('menuitem', { name: 'Claude Code' }).click();
    await page.getByRole('heading', { name: 'Change Claude Code' }).waitFor();
    await page
      .getByRole('region', { name: /^Change of / })
      .getByText('"ANTHROPIC_MODEL": "mine"')
      .waitFor();
    expect(read('.claude/settings.json')).toBe(changed);
  });
});

describe('backups', () => {
  test('are listed with what they are copies of, and restored after the difference was shown', async () => {
    const { page } = await openAgents();
    await setUp(page, 'Claude Code');
    put('.claude/settings.json', '{ "mine": true }\n');
    await choose(page, 'Claude Code', 'Backups…');
    const backups = page.getByRole('list', { name: 'Backups' });
    await backups.getByText(`${user}/.claude/settings.json`).waitFor();
    await backups.getByRole('button', { name: /^Restore the copy of / }).click();
    await page
      .getByRole('region', { name: /^Change of / })
      .getByText('"mine": true')
      .first()
      .waitFor();
    await button(page, 'Restore').click();
    await card(page, 'Claude Code').getByText('is as it was on').waitFor();
    expect(read('.claude/settings.json')).toBe(claudeSettings);
  });
});

describe('any other tool', () => {
  test('gets a key of its own and the lines for each place', async () => {
    const { page } = await openAgents();
    const other = card(page, 'Any other tool');
    await other.getByText(`export OPENAI_BASE_URL='${serve?.gateway}/v1'`).waitFor();
    await other.getByLabel('Name of the tool').fill('Aider');
    await other.getByRole('button', { name: 'Make a key for it' }).click();
    await other.getByText('The key “Aider” stands in the lines below').waitFor();
    await other.getByRole('tab', { name: 'curl' }).click();
    const curl = (await other.getByRole('region', { name: 'the lines for curl' }).textContent()) ?? '';
    const [, key] = /Bearer (dgm_[\w-]{43})/.exec(curl) ?? [];
    expect(curl).toContain('"model":"box/coder"');
    const { status } = await fetch(`${serve?.gateway}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    expect(status).toBe(200);
    await other.getByRole('tab', { name: 'fish' }).click();
    await other.getByText('set -gx ANTHROPIC_AUTH_TOKEN').waitFor();
  });

  test('takes a key that was made before out of the keychain, once that is asked for', async () => {
    const key = `dgm_${'k'.repeat(43)}`;
    const agents = [{ ...notInstalled, id: 'codex' as const, label: 'Codex' }];
    const fake = await startFakeService({ servers: [], rows: [], agents, keys: { 'My scripts': key } });
    try {
      const { page } = await openPage(browser, fake.ui);
      await page.getByText('Gateway running').waitFor();
      await page.keyboard.press('Control+2');
      const other = card(page, 'Any other tool');
      await other.getByText("export OPENAI_API_KEY='YOUR-KEY'").waitFor();
      await other.getByLabel('Key', { exact: true }).selectOption('My scripts (…kkkk)');
      expect(await other.textContent()).not.toContain(key);
      await other.getByRole('button', { name: 'Take it from the keychain' }).click();
      await other.getByText(`export OPENAI_API_KEY='${key}'`).waitFor();
    } finally {
      await fake.close();
    }
  });
});

describe('for everyone', () => {
  test('the difference stands side by side where there is room, and below another where there is not', async () => {
    const { page } = await openAgents();
    await button(page, 'Set up: Claude Code').click();
    const columns = page.getByRole('region', { name: /^Change of / }).getByRole('columnheader');
    await columns.first().waitFor({ state: 'attached' });
    expect(await columns.allTextContents()).toEqual(['Line before', 'Line after', 'Text']);
    await page.setViewportSize({ width: 1280, height: 800 });
    await expect.poll(() => columns.allTextContents()).toEqual(['Line before', 'Before', 'Line after', 'After']);
  });

  test.each([
    [900, 600],
    [450, 300],
  ])('%i × %i does not scroll sideways', async (width, height) => {
    const { page } = await openAgents({ options: { viewport: { width, height } } });
    const sideways = () =>
      page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll('main, header')]
          .filter((element) => element.scrollWidth > element.clientWidth + 1)
          .map((element) => element.tagName),
      );
    expect(await sideways()).toEqual([]);
    await button(page, 'Set up: Claude Code').click();
    await page.getByRole('region', { name: /^Change of / }).waitFor();
    expect(await sideways()).toEqual([]);
  });

  test('an agent is set up by keyboard alone', async () => {
    const { page } = await openAgents();
    await button(page, 'Set up: Claude Code').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: /^Change of / }).waitFor();
    await expect
      .poll(async () => {
        await page.keyboard.press('Tab');
        return page.evaluate(() => document.activeElement?.textContent);
      })
      .toBe('Set up');
    await page.keyboard.press('Enter');
    await card(page, 'Claude Code').getByText('is set up.').waitFor();
  });

  test.each(['light', 'dark'] as const)(
    'axe finds nothing in any state, %s',
    async (colorScheme) => {
      const { page } = await openAgents({ options: { colorScheme } });
      const check = async (state: string): Promise<void> => {
        expect(await accessibilityProblems(page), state).toEqual([]);
      };
      await check('cards');
      await button(page, 'Set up: Claude Code').click();
      await page.getByRole('region', { name: /^Change of / }).waitFor();
      await page.getByText('Other models for its sizes').click();
      await check('set-up');
      await page.setViewportSize({ width: 1280, height: 800 });
      await button(page, 'Set up').click();
      await card(page, 'Claude Code').getByText('is set up.').waitFor();
      await choose(page, 'Claude Code', 'Start in a terminal…');
      put('.claude/settings.json', read('.claude/settings.json').replace('"box/coder"', '"mine"'));
      await button(page, 'Look again').click();
      await card(page, 'Claude Code').getByText('Changed outside Dragoman').waitFor();
      await check('drifted');
      await choose(page, 'Claude Code', 'Backups…');
      await page.getByRole('list', { name: 'Backups' }).waitFor();
      await check('backups');
    },
    180_000,
  );
});
