import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCode } from '../../../src-main/agents/claude-code.ts';
import { cleanEnvironment } from '../../../src-main/agents/clean-environment.ts';
import { codex } from '../../../src-main/agents/codex.ts';
import type { CodingAgent, Surroundings } from '../../../src-main/agents/coding-agent.ts';
import { findInstalled, isOlder } from '../../../src-main/agents/installed.ts';
import { withLoopback } from '../../../src-main/agents/no-proxy.ts';
import { opencode } from '../../../src-main/agents/opencode.ts';
import { qwenCode } from '../../../src-main/agents/qwen-code.ts';
import { freshFolder, put, setup } from './places.ts';

const linux: Surroundings = { platform: 'linux', environment: {}, userDirectory: '/home/me' };

async function program(path: string, script: string): Promise<void> {
  await put(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

describe.skipIf(process.platform === 'win32')('an installed agent', () => {
  it('is found on PATH, with the version that it says', async () => {
    const folder = await freshFolder();
    await program(join(folder, 'bin', 'claude'), 'echo "2.1.329 (Claude Code)"');
    const environment = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` };
    expect(await findInstalled(claudeCode, { platform: 'linux', environment, userDirectory: folder })).toEqual({
      executable: join(folder, 'bin', 'claude'),
      version: '2.1.329',
    });
  });
  it('is not started where its package says the version, nor does it make folders where it is', async () => {
    const folder = await freshFolder();
    await program(join(folder, 'opencode-linux-x64', 'bin', 'opencode'), 'echo 9.9.9');
    await put(
      join(folder, 'opencode-linux-x64', 'package.json'),
      '{"name":"opencode-linux-x64","version":"1.18.33-x"}',
    );
    await program(join(folder, 'own', 'claude'), `mkdir -p "\${XDG_CONFIG_HOME:-${folder}/config}/claude"; echo 2.1.5`);
    const environment = { PATH: `${join(folder, 'opencode-linux-x64', 'bin')}:${join(folder, 'own')}:/usr/bin:/bin` };
    const surroundings: Surroundings = { platform: 'linux', environment, userDirectory: folder };
    expect((await findInstalled(opencode, surroundings))?.version).toBe('1.18.33');
    expect((await findInstalled(claudeCode, surroundings))?.version).toBe('2.1.5');
    expect(existsSync(join(folder, 'config'))).toBe(false);
  });
  it('is found through the login shell, whatever that prints beside its PATH', async () => {
    const folder = await freshFolder();
    await program(join(folder, 'nvm', 'codex'), 'echo codex-cli 0.169.0');
    await program(join(folder, 'shell'), `echo welcome; PATH=${join(folder, 'nvm')}:$PATH; eval "$4"`);
    const environment = { PATH: '/usr/bin:/bin', SHELL: join(folder, 'shell') };
    expect(await findInstalled(codex, { platform: 'linux', environment, userDirectory: folder })).toEqual({
      executable: join(folder, 'nvm', 'codex'),
      version: '0.169.0',
    });
  });
  it('that is nowhere is null, though the shell hangs', async () => {
    const folder = await freshFolder();
    await program(join(folder, 'shell'), 'exec sleep 60');
    const environment = { PATH: join(folder, 'none'), SHELL: join(folder, 'shell') };
    expect(await findInstalled(opencode, { platform: 'linux', environment, userDirectory: folder })).toBeNull();
  });
  it('is too old by its numbers, not by its letters', () => {
    expect(isOlder('2.1.99', '2.1.129')).toBe(true);
    expect(isOlder('2.1.129', '2.1.129')).toBe(false);
    expect(isOlder('0.170.0-alpha.1', '0.169.0')).toBe(false);
  });
});

describe('the files of an agent', () => {
  const at = (environment: Surroundings['environment']): Surroundings => ({
    platform: 'linux',
    environment,
    userDirectory: '/home/me',
  });
  it('stand where its variables say', () => {
    const nowhere = (): boolean => false;
    expect(claudeCode.files('user', at({}), nowhere)).toEqual(['/home/me/.claude/settings.json']);
    expect(claudeCode.files('user', at({ CLAUDE_CONFIG_DIR: '/c' }), nowhere)).toEqual(['/c/settings.json']);
    expect(claudeCode.files('/p', at({}), nowhere)).toEqual(['/p/.claude/settings.local.json']);
    expect(codex.files('user', at({ CODEX_HOME: '/x' }), nowhere)).toEqual(['/x/config.toml']);
    expect(codex.files('profile', at({}), nowhere)).toEqual(['/home/me/.codex/dragoman.config.toml']);
    expect(codex.files('/p', at({}), nowhere)).toBeNull();
    expect(opencode.files('user', at({ XDG_CONFIG_HOME: '/g' }), nowhere)).toEqual(['/g/opencode/opencode.json']);
    expect(opencode.files('user', at({}), (path) => path.endsWith('.jsonc'))).toEqual([
      '/home/me/.config/opencode/opencode.jsonc',
    ]);
    expect(qwenCode.files('/p', at({}), nowhere)).toEqual(['/p/.qwen/settings.json']);
  });
});

describe('the environment of an agent that we start', () => {
  it('holds no provider’s secret but its own, and goes round the proxy for this computer', () => {
    const environment = {
      PATH: '/bin',
      OPENAI_API_KEY: 'x',
      ANTHROPIC_API_KEY: 'y',
      AZURE_OPENAI_API_KEY: 'z',
      AWS_PROFILE: 'p',
      NO_PROXY: 'corp',
      HTTPS_PROXY: 'http://proxy',
    };
    const launch = claudeCode.launch(setup, linux);
    const clean = cleanEnvironment(environment, launch.environment);
    expect(clean).toMatchObject({
      PATH: '/bin',
      AWS_PROFILE: 'p',
      ANTHROPIC_AUTH_TOKEN: setup.key,
      NO_PROXY: 'corp,127.0.0.1,localhost,::1',
    });
    expect(Object.keys(clean)).not.toContain('OPENAI_API_KEY');
    expect(Object.keys(clean)).not.toContain('ANTHROPIC_API_KEY');
    expect(Object.keys(clean)).not.toContain('AZURE_OPENAI_API_KEY');
    expect(cleanEnvironment(environment, {}, { strict: true, kept: [] })).not.toHaveProperty('AWS_PROFILE');
    expect(cleanEnvironment(environment, {}, { strict: false, kept: ['OPENAI_API_KEY'] })).toHaveProperty(
      'OPENAI_API_KEY',
      'x',
    );
  });
  it('leaves a NO_PROXY that names all as it is', () => {
    expect(withLoopback('*')).toBe('*');
    expect(withLoopback('localhost, corp')).toBe('localhost,corp,127.0.0.1,::1');
  });
  it('starts Codex by flags alone, the key in a variable', () => {
    const { args, environment } = codex.launch(setup, linux);
    expect(args).toContain('model_providers.dragoman.base_url="http://127.0.0.1:4747/v1"');
    expect(args.join(' ')).not.toContain(setup.key);
    expect(environment.DRAGOMAN_CODEX_KEY).toBe(setup.key);
  });
  it('starts Claude Code by a flag that beats the `env` of its files, the key in a variable', () => {
    const { args, environment } = claudeCode.launch(setup, linux);
    const { env, apiKeyHelper } = JSON.parse(args[1] ?? '');
    expect(env).toMatchObject({ ANTHROPIC_BASE_URL: setup.gateway, ANTHROPIC_AUTH_TOKEN: '' });
    expect(apiKeyHelper).toContain('$DRAGOMAN_API_KEY');
    expect(args.join(' ')).not.toContain(setup.key);
    expect(environment.DRAGOMAN_API_KEY).toBe(setup.key);
  });
});

describe('the configuration of a project folder', () => {
  const wantedIn = (agent: CodingAgent, below: unknown) => agent.wanted(setup, '/p/file', linux, below).values({});
  it('keeps the hosts that the user’s own settings send round the proxy', () => {
    const below = { env: { NO_PROXY: 'corp.test' } };
    expect(wantedIn(claudeCode, below)[0]?.value).toMatchObject({ NO_PROXY: 'corp.test,127.0.0.1,localhost,::1' });
  });
  it('names our provider where the user’s own settings name those that are taken', () => {
    const enabled = (below: unknown) => wantedIn(opencode, below).find(({ path }) => path[0] === 'enabled_providers');
    expect(enabled({ enabled_providers: ['corp'] })?.value).toEqual(['corp', 'dragoman']);
    expect(enabled({})).toBeUndefined();
  });
});
