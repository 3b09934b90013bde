import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCode } from '../../../src-main/agents/claude-code.ts';
import { codex } from '../../../src-main/agents/codex.ts';
import type { CodingAgent, Scope, Surroundings } from '../../../src-main/agents/coding-agent.ts';
import { type ConflictFacts, conflictsOf } from '../../../src-main/agents/conflicts.ts';
import { opencode } from '../../../src-main/agents/opencode.ts';
import { folderScope, projectFolders } from '../../../src-main/agents/project-folders.ts';
import { qwenCode } from '../../../src-main/agents/qwen-code.ts';
import { freshPlace, type Place, put, setup } from './places.ts';

/** An agent that is set up, and what is in its way. */
async function standing(agent: CodingAgent) {
  const place = await freshPlace();
  await place.setUp(agent);
  const found = async (environment: Surroundings['environment'] = {}, facts: Partial<ConflictFacts> = {}) => {
    const recorded = (await place.record.find(agent.id, 'user'))?.setup;
    if (recorded == null) throw new Error('nothing was recorded');
    return conflictsOf(
      agent,
      { ...place.surroundings, environment },
      {
        setup: recorded,
        baseUrl: setup.gateway + agent.basePath,
        gateway: setup.gateway,
        folders: [],
        ours: [],
        startsAtLogin: null,
        ...facts,
      },
    );
  };
  return { place, found };
}
async function project(place: Place, name = 'project'): Promise<Scope> {
  const folder = folderScope(join(place.user, name));
  if (folder === null) throw new Error('it has no absolute path');
  await mkdir(folder, { recursive: true });
  return folder;
}

describe.each([claudeCode, codex, opencode, qwenCode])('of $label, set up', (agent) => {
  it('nothing is in the way where nothing is', async () => {
    const { found } = await standing(agent);
    expect(await found({ PATH: '/bin', HOME: '/home/me' })).toEqual([]);
  });

  it('a base URL is told that is not as the agent wants it, and one of another port', async () => {
    const { found } = await standing(agent);
    const wrong = agent.basePath === '' ? `${setup.gateway}/v1` : setup.gateway;
    expect(await found({}, { baseUrl: wrong })).toMatchObject([
      { kind: 'gateway', what: expect.stringContaining(wrong) },
    ]);
    expect(await found({}, { gateway: 'http://127.0.0.1:5000' })).toMatchObject([
      {
        kind: 'gateway',
        effect: expect.stringContaining('http://127.0.0.1:5000'),
        remedy: expect.stringContaining('has moved since'),
        mend: 'set-up',
      },
    ]);
    expect(await found({}, { baseUrl: 'https://api.corp.test/v1' })).toMatchObject([
      { kind: 'gateway', remedy: expect.stringContaining('Somebody else'), mend: 'set-up' },
    ]);
  });

  it('a gateway that does not start with the computer is told, where a shell sees to that', async () => {
    const { found } = await standing(agent);
    expect(await found({}, { startsAtLogin: false })).toMatchObject([
      { kind: 'gateway', what: expect.stringContaining('log in') },
    ]);
    expect(await found({}, { startsAtLogin: true })).toEqual([]);
  });
});

describe('variables', () => {
  it('are told with the start file of the shell that sets them, else with the environment; never with their value', async () => {
    const { place, found } = await standing(claudeCode);
    await put(join(place.user, '.zshrc'), '# export ANTHROPIC_MODEL=x\nexport ANTHROPIC_API_KEY="sk-mine"\n');
    await put(join(place.user, '.config/fish/config.fish'), 'set -gx ANTHROPIC_BASE_URL https://mine.test\n');
    const conflicts = await found({ ANTHROPIC_API_KEY: 'sk-mine', CLAUDE_CODE_USE_BEDROCK: '1', OPENAI_API_KEY: 'y' });
    expect(conflicts.map(({ what }) => what).toSorted()).toEqual([
      'ANTHROPIC_API_KEY in ~/.zshrc',
      'ANTHROPIC_BASE_URL in ~/.config/fish/config.fish',
      'CLAUDE_CODE_USE_BEDROCK in the environment',
    ]);
    expect(JSON.stringify(conflicts)).not.toContain('mine');
  });

  it.each([
    ['.bash_login', 'ANTHROPIC_API_KEY=x'],
    ['.config/environment.d/ai.conf', 'ANTHROPIC_API_KEY=x'],
    ['.config/fish/conf.d/ai.fish', '  set --export --global ANTHROPIC_API_KEY x'],
    ['.config/powershell/Microsoft.PowerShell_profile.ps1', '$Env:ANTHROPIC_API_KEY = "x"'],
  ])('are found in ~/%s', async (file, line) => {
    const { place, found } = await standing(claudeCode);
    await put(join(place.user, file), `# mine\n${line}\n`);
    expect((await found()).map(({ what }) => what)).toEqual([`ANTHROPIC_API_KEY in ~/${file}`]);
  });

  it('are found where zsh’s files stand elsewhere', async () => {
    const { place, found } = await standing(claudeCode);
    const folder = join(place.user, 'zsh');
    await put(join(folder, '.zshrc'), 'export ANTHROPIC_API_KEY=x\n');
    expect((await found({ ZDOTDIR: folder })).map(({ what }) => what)).toEqual([
      `ANTHROPIC_API_KEY in ${folder}/.zshrc`,
    ]);
  });

  it('that win are told from those that lose', async () => {
    const { found } = await standing(qwenCode);
    const [own] = await found({ DRAGOMAN_API_KEY: 'x' });
    const [other] = await found({ OPENAI_MODEL: 'x' });
    expect(own?.effect).toContain('not the one in its settings');
    expect(other?.effect).toContain('no effect');
  });

  it('that name a proxy are told for agents whose files can’t say what goes round it', async () => {
    const proxy = { HTTPS_PROXY: 'http://proxy.test' };
    const { found } = await standing(codex);
    expect(await found(proxy)).toMatchObject([{ remedy: expect.stringContaining('NO_PROXY=127.0.0.1,localhost,::1') }]);
    expect(await found({ ...proxy, NO_PROXY: '127.0.0.1,localhost,::1' })).toEqual([]);
    expect(await (await standing(claudeCode)).found(proxy)).toEqual([]);
  });

  it('that name a proxy are told where only a shell’s start file sets them, which an app does not see', async () => {
    const { place, found } = await standing(codex);
    const zshrc = (line: string) =>
      put(join(place.user, '.zshrc'), `export HTTPS_PROXY=http://me:secret@proxy.test\n${line}\n`);
    await zshrc('');
    expect(await found()).toMatchObject([{ what: 'HTTPS_PROXY in ~/.zshrc' }]);
    expect(JSON.stringify(await found())).not.toContain('secret');
    await zshrc('export NO_PROXY=corp.test');
    expect(await found()).toHaveLength(1);
    await zshrc('export NO_PROXY="$NO_PROXY,127.0.0.1,localhost"');
    expect(await found()).toEqual([]);
  });

  it('that switch Claude Code to a cloud are told, not those that switch anything else', async () => {
    const { found } = await standing(claudeCode);
    expect(await found({ CLAUDE_CODE_USE_POWERSHELL_TOOL: '1' })).toEqual([]);
    expect(await found({ CLAUDE_CODE_USE_VERTEX: '1' })).toHaveLength(1);
  });
});

describe('files that beat the user’s own', () => {
  it('are told where a project’s say something else, not where they agree, nor where they are ours', async () => {
    const { place, found } = await standing(opencode);
    const folder = await project(place);
    const file = join(folder, 'opencode.json');
    await put(file, '{ "theme": "x", "autoupdate": false }');
    expect(await found({}, { folders: [folder] })).toEqual([]);
    await put(file, '{ "model": "theirs/y", "provider": { "dragoman": { "options": { "apiKey": "secret" } } } }');
    expect(await found({}, { folders: [folder] })).toMatchObject([
      { kind: 'project-settings', what: `model, provider.dragoman.options.apiKey in ${file}` },
    ]);
    expect(JSON.stringify(await found({}, { folders: [folder] }))).not.toContain('secret');
    expect(await found({}, { folders: [folder], ours: [file] })).toEqual([]);
  });

  it('are told where everyone’s on this computer do', async () => {
    const { place, found } = await standing(qwenCode);
    const file = join(place.user, 'system.json');
    await put(file, '{ "model": { "name": "theirs" } }');
    expect(await found({ QWEN_CODE_SYSTEM_SETTINGS_PATH: file })).toMatchObject([
      { kind: 'managed-policy', what: `model.name in ${file}` },
    ]);
  });

  it('are told where a company’s server has sent them', async () => {
    const { place, found } = await standing(claudeCode);
    const file = join(place.user, '.claude/remote-settings.json');
    await put(file, '{ "env": { "ANTHROPIC_BASE_URL": "https://llm.corp.test" } }');
    expect(await found()).toMatchObject([{ kind: 'managed-policy', what: `env.ANTHROPIC_BASE_URL in ${file}` }]);
    expect(claudeCode.policies?.({ ...place.surroundings, platform: 'darwin' }).folder).toBe(
      '/Library/Application Support/ClaudeCode/managed-settings.d',
    );
  });

  it.each([
    [claudeCode, '/etc/claude-code/managed-settings.json', 'C:\\Program Files\\ClaudeCode\\managed-settings.json'],
    [codex, '/etc/codex/managed_config.toml', '/x\\managed_config.toml'],
    [opencode, '/etc/opencode/opencode.json', 'C:\\ProgramData\\opencode\\opencode.json'],
    [qwenCode, '/etc/qwen-code/settings.json', 'C:\\ProgramData\\qwen-code\\settings.json'],
  ])('stand for everyone where each system keeps them ($label)', (agent, onLinux, onWindows) => {
    const at = (platform: NodeJS.Platform) =>
      agent.above({ platform, environment: { CODEX_HOME: '/x' }, userDirectory: '/home/me' }, null);
    expect(at('linux')).toEqual([{ path: onLinux, kind: 'managed-policy' }]);
    expect(at('win32')).toEqual([{ path: onWindows, kind: 'managed-policy' }]);
  });
});

describe('project folders', () => {
  it('are found where the agents remember them, but for the user’s own directory and what is above it', async () => {
    const { user, surroundings } = await freshPlace();
    const projects = { [user]: {}, '/': {}, '/work/one': {}, 'not/absolute': {}, '\\\\server\\share': {} };
    await put(join(user, '.claude.json'), JSON.stringify({ numStartups: 3, projects }));
    await put(
      join(user, '.codex/config.toml'),
      '[projects."/work/two"]\ntrust_level = "trusted"\n[projects."/work/one"]\n',
    );
    await put(join(user, '.qwen/trustedFolders.json'), '{ "/work/three": "TRUST_FOLDER" }');
    expect(await projectFolders(surroundings)).toEqual(['/work/one', '/work/two', '/work/three']);
  });

  it('with settings of their own are told with the offer to set the agent up there', async () => {
    const { place, found } = await standing(claudeCode);
    const folder = await project(place);
    await put(join(folder, '.claude/settings.json'), '{ "env": { "ANTHROPIC_MODEL": "theirs" } }');
    expect(await found({}, { folders: [folder] })).toMatchObject([
      { kind: 'project-settings', mend: 'set-up-folder', folder },
    ]);
    const { place: other, found: ofCodex } = await standing(codex);
    const without = await project(other);
    await put(join(without, '.codex/config.toml'), 'model = "theirs"\n');
    const [conflict, ...more] = await ofCodex({}, { folders: [without] });
    expect(more).toEqual([]);
    expect(conflict).toMatchObject({ remedy: 'Take it out of that file.' });
    expect(conflict).not.toHaveProperty('mend');
  });

  it('that differ in what leads to no model are only to be known', async () => {
    const { place, found } = await standing(opencode);
    const folder = await project(place);
    await put(join(folder, 'opencode.json'), '{ "share": "manual" }');
    expect(await found({}, { folders: [folder] })).toMatchObject([{ harmless: true }]);
  });

  it('are told in three lines, however many there are', async () => {
    const { place, found } = await standing(qwenCode);
    const folders = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => project(place, name)));
    for (const folder of folders) await put(join(folder, '.qwen/settings.json'), '{ "model": { "name": "theirs" } }');
    const told = await found({}, { folders });
    expect(told).toHaveLength(3);
    expect(told[2]?.what).toContain('and 2 more such files in project folders');
  });
});

describe('others', () => {
  it('are told by their marks: an Anthropic account, wherever Claude Code keeps it', async () => {
    for (const [file, text] of [
      ['.claude/.credentials.json', '{"claudeAiOauth":{"accessToken":"sk-ant-oat01-x"}}'],
      ['.claude.json', '{"oauthAccount":{"emailAddress":"me@mine.test"}}'],
    ] as const) {
      const { place, found } = await standing(claudeCode);
      await put(join(place.user, file), text);
      const conflicts = await found();
      expect(conflicts).toMatchObject([{ kind: 'environment', harmless: true, what: expect.stringContaining(file) }]);
      expect(JSON.stringify(conflicts)).not.toMatch(/sk-ant|mine\.test/);
    }
  });

  it.each([
    ['cc-switch', '.cc-switch', claudeCode],
    ['cc-switch', '.cc-switch', codex],
    ['claude-code-router', '.claude-code-router', claudeCode],
    ['CLIProxyAPI', '.cli-proxy-api', codex],
  ])('%s is only to be known where it is there, by %s', async (name, folder, agent) => {
    const { place, found } = await standing(agent);
    await mkdir(join(place.user, folder));
    expect(await found()).toMatchObject([
      { kind: 'other-tool', harmless: true, what: expect.stringMatching(`^${name}, by its folder`) },
    ]);
    expect(await (await standing(qwenCode)).found()).toEqual([]);
  });

  it.each([
    ['cc-switch', 'http://127.0.0.1:15721', claudeCode],
    ['claude-code-router', 'http://localhost:3456/', claudeCode],
    ['CLIProxyAPI', 'http://127.0.0.1:8317/v1', codex],
    ['Ollama', 'http://localhost:11434/v1/', opencode],
    ['Ollama', 'http://[::1]:11434/v1', qwenCode],
  ])('%s is in the way where it has taken the settings over, by the address %s', async (name, baseUrl, agent) => {
    const { found } = await standing(agent);
    const [conflict, ...more] = await found({}, { baseUrl });
    expect(more).toEqual([]);
    expect(conflict).toMatchObject({
      kind: 'other-tool',
      what: `${agent.label} calls ${name}, at ${baseUrl}`,
      mend: 'set-up',
    });
    expect(conflict).not.toHaveProperty('harmless');
  });
});
