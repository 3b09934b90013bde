import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCode } from '../../../src-main/agents/claude-code.ts';
import { codex } from '../../../src-main/agents/codex.ts';
import type { CodingAgent, Surroundings } from '../../../src-main/agents/coding-agent.ts';
import { type ConflictFacts, conflictsOf } from '../../../src-main/agents/conflicts.ts';
import { opencode } from '../../../src-main/agents/opencode.ts';
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
        folder: null,
        ours: [],
        startsAtLogin: null,
        ...facts,
      },
    );
  };
  return { place, found };
}
const project = async (place: Place): Promise<string> => {
  const folder = join(place.user, 'project');
  await mkdir(folder, { recursive: true });
  return folder;
};

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
      { kind: 'gateway', effect: expect.stringContaining('http://127.0.0.1:5000') },
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
    expect(await found({}, { folder })).toEqual([]);
    await put(file, '{ "model": "theirs/y", "provider": { "dragoman": { "options": { "apiKey": "secret" } } } }');
    expect(await found({}, { folder })).toMatchObject([
      { kind: 'project-settings', what: `model, provider.dragoman.options.apiKey in ${file}` },
    ]);
    expect(JSON.stringify(await found({}, { folder }))).not.toContain('secret');
    expect(await found({}, { folder, ours: [file] })).toEqual([]);
  });

  it('are told where everyone’s on this computer do', async () => {
    const { place, found } = await standing(qwenCode);
    const file = join(place.user, 'system.json');
    await put(file, '{ "model": { "name": "theirs" } }');
    expect(await found({ QWEN_CODE_SYSTEM_SETTINGS_PATH: file })).toMatchObject([
      { kind: 'managed-policy', what: `model.name in ${file}` },
    ]);
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

describe('others', () => {
  it('are told by their marks: an Anthropic account, and programs that write whole settings', async () => {
    const { place, found } = await standing(claudeCode);
    await put(join(place.user, '.claude/.credentials.json'), '{"claudeAiOauth":{"accessToken":"sk-ant-oat01-x"}}');
    await put(join(place.user, '.cc-switch/cc-switch.db'), '');
    const conflicts = await found();
    expect(conflicts.map(({ kind }) => kind)).toEqual(['environment', 'other-tool']);
    expect(JSON.stringify(conflicts)).not.toContain('sk-ant');
  });
});
