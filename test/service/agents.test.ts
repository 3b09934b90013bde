import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectControl } from '../../src-main/control/client.ts';
import { findRunning } from '../../src-main/control/run-file.ts';
import type { AgentConflict, AgentEntry } from '../../src-shared/agents.ts';
import {
  dragoman,
  type Finished,
  type Listening,
  listeningLine,
  plainEnvironment,
  startDragoman,
} from '../programs/dragoman.ts';
import type { Program } from '../programs/program.ts';

const settings = `{
  // mine
  "detection": { "enabled": false },
  "upstreams": [
    { "id": "box", "kind": "openai-compatible", "baseUrl": "http://127.0.0.1:9/v1",
      "models": { "coder": { "contextWindow": 65536, "maxOutputTokens": 8192 }, "small": { "contextWindow": 32768 }, "tiny": { "contextWindow": 4096 } } }
  ]
}`;
const claudeSettings = '{\n  "permissions": { "allow": [] },\n  "env": { "MINE": "1" }\n}\n';

let root: string;
let home: string;
let user: string;
let program: Program;
let line: Listening;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dragoman-agents-'));
  home = join(root, 'home');
  user = join(root, 'user');
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'settings.json'), settings);
  const bin = join(root, 'bin');
  await mkdir(bin);
  // Says what it was started with.
  const agent = `#!/bin/sh
if [ "$1" = --version ]; then echo 2.1.329; exit; fi
echo "$ANTHROPIC_BASE_URL|$ANTHROPIC_MODEL|$OPENAI_API_KEY|$*"
curl -s -o /dev/null -w '%{http_code}' -H "authorization: Bearer $ANTHROPIC_AUTH_TOKEN" "$ANTHROPIC_BASE_URL/v1/models"
exit 7
`;
  await writeFile(join(bin, 'claude'), agent);
  await chmod(join(bin, 'claude'), 0o755);
  env = plainEnvironment({
    HOME: user,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
    OPENAI_API_KEY: 'sk-mine-and-nobody-elses',
    NO_PROXY: 'corp.example',
    XDG_CONFIG_HOME: '',
  });
  program = startDragoman(['--port', '0', '--home', home], env);
  line = await listeningLine(program);
}, 120_000);
afterAll(async () => {
  await program.stop();
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  await rm(user, { recursive: true, force: true });
  await mkdir(user, { recursive: true });
});

const command = (...args: string[]): Promise<Finished> => dragoman(['--home', home, ...args], { env });
async function json(
  ...args: string[]
): Promise<{ readonly code: number | null; readonly body: Record<string, unknown> }> {
  const { code, stdout } = await command(...args, '--json');
  return { code, body: JSON.parse(stdout) };
}
async function put(path: string, text: string): Promise<string> {
  const file = join(user, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}
const keysInSettings = async (): Promise<number> =>
  (await readFile(join(home, 'settings.json'), 'utf8')).match(/"agent": "/g)?.length ?? 0;

describe('agents on the command line', { timeout: 60_000 }, () => {
  it('are warned of before they get a model whose context does not hold their own prompt', async () => {
    const { stdout } = await command('setup', 'claude', '--model', 'box/tiny', '--dry-run');
    expect(stdout).toContain('Warning: box/tiny has a context of 4,096 tokens. Claude Code takes about 12,500');
    const { body } = await json('setup', 'claude', '--model', 'box/coder', '--dry-run');
    expect(body).toMatchObject({ warnings: [] });
  });

  it('are set up, seen, and undone to the byte', async () => {
    const file = await put('.claude/settings.json', claudeSettings);
    const shown = await json('setup', 'claude', '--model', 'box/coder', '--slot', 'haiku=box/small', '--dry-run');
    expect(shown).toMatchObject({ code: 0, body: { agent: 'claude-code', applied: false, refused: null } });
    expect(await readFile(file, 'utf8')).toBe(claudeSettings);
    expect(await keysInSettings()).toBe(0);

    const done = await json('setup', 'claude', '--model', 'box/coder', '--slot', 'haiku=box/small');
    expect(done).toMatchObject({
      code: 0,
      body: {
        agent: 'claude-code',
        applied: true,
        files: [
          { path: file, created: false, diff: expect.stringContaining('+++ '), backup: expect.stringContaining(home) },
        ],
        restart: expect.any(String),
        refused: null,
      },
    });
    const written = JSON.parse(await readFile(file, 'utf8')).env;
    expect(written).toMatchObject({
      MINE: '1',
      ANTHROPIC_BASE_URL: line.gateway,
      ANTHROPIC_MODEL: 'box/coder',
      ANTHROPIC_DEFAULT_HAIKU_MODEL: 'box/small',
      CLAUDE_CODE_MAX_CONTEXT_TOKENS: '65536',
      CLAUDE_CODE_MAX_OUTPUT_TOKENS: '8192',
      NO_PROXY: 'corp.example,127.0.0.1,localhost,::1',
    });
    const key: unknown = written.ANTHROPIC_AUTH_TOKEN;
    const ask = (): Promise<number> =>
      fetch(`${line.gateway}/v1/models`, { headers: { authorization: `Bearer ${String(key)}` } }).then(
        ({ status }) => status,
      );
    expect(await ask()).toBe(200);
    expect(JSON.stringify(done.body)).not.toContain(String(key));

    const [listed] = JSON.parse((await command('agents', '--json')).stdout).agents;
    expect(listed).toMatchObject({
      id: 'claude-code',
      installed: true,
      version: '2.1.329',
      state: 'set-up',
      model: 'box/coder',
      files: [file],
      conflicts: [],
    });

    expect(await json('setup', 'claude-code', '--model', 'box/coder', '--slot', 'haiku=box/small')).toMatchObject({
      code: 0,
      body: { applied: false, files: [] },
    });
    expect(await json('undo', 'claude')).toMatchObject({ code: 0, body: { applied: true, left: [] } });
    expect(await readFile(file, 'utf8')).toBe(claudeSettings);
    expect(await ask()).toBe(401);
    expect(await keysInSettings()).toBe(0);
    expect(await readFile(join(home, 'settings.json'), 'utf8')).toContain('  // mine\n');
    expect((await readdir(join(home, 'backups'))).length).toBe(2);
  });

  it('are brought back as they were remembered', async () => {
    const file = join(user, '.codex', 'config.toml');
    await command('setup', 'codex', '--model', 'box/coder');
    const first = await readFile(file, 'utf8');
    expect(await json('undo', 'codex', '--keep')).toMatchObject({ code: 0, body: { applied: true } });
    await expect(readFile(file)).rejects.toThrow('ENOENT');
    expect(await json('setup', 'codex')).toMatchObject({ code: 0, body: { applied: true } });
    expect((await readFile(file, 'utf8')).replace(/dgm_[\w-]+/, '')).toBe(first.replace(/dgm_[\w-]+/, ''));
    await command('undo', 'codex');
  });

  it('are refused in words, and nothing is written', async () => {
    expect(await json('setup', 'codex')).toMatchObject({
      code: 1,
      body: { applied: false, refused: { why: expect.stringContaining('no model') } },
    });
    expect(await json('setup', 'codex', '--model', 'box/codr-of-nobody')).toMatchObject({ body: { agent: 'codex' } });
    await command('undo', 'codex');
    const file = await put('.config/opencode/opencode.json', '{\n  "model": \n}\n');
    const refused = await json('setup', 'opencode', '--model', 'box/coder');
    expect(refused).toMatchObject({ code: 1, body: { applied: false, files: [], refused: { path: file, line: 3 } } });
    expect(await readFile(file, 'utf8')).toBe('{\n  "model": \n}\n');
    expect(await keysInSettings()).toBe(0);
    expect(await json('setup', 'codex', '--model', 'box/coder', '--key-from', 'env')).toMatchObject({
      code: 1,
      body: { refused: { why: expect.stringContaining('no keychain') } },
    });
    expect(await command('setup', 'codex', '--key-from', 'mine')).toMatchObject({ code: 2 });
    expect(await command('setup', 'emacs')).toMatchObject({ code: 2 });
    expect(await command('setup', 'codex', '--slot', 'best=x')).toMatchObject({ code: 2 });
    expect(await json('setup', 'codex', '--model', 'box/coder', '--folder', user)).toMatchObject({
      code: 1,
      body: { refused: { why: expect.stringContaining('folder') } },
    });
  });

  it('are set up for one project folder or as a profile, beside the user’s own', async () => {
    const folder = join(user, 'project');
    await mkdir(folder);
    await command('setup', 'claude', '--model', 'box/coder', '--folder', folder);
    expect(await readdir(folder)).toEqual(['.claude']);
    await command('undo', 'claude', '--folder', folder);
    expect(await readdir(folder)).toEqual([]);
    await command('setup', 'codex', '--model', 'box/coder', '--profile');
    expect(await readdir(join(user, '.codex'))).toEqual(['dragoman.config.toml']);
    await command('undo', 'codex', '--profile');
    expect(await readdir(user)).toEqual(['project']);
  });

  it('are given back all at once, in every scope, also what was only remembered', async () => {
    const file = await put('.claude/settings.json', claudeSettings);
    const folder = join(user, 'project');
    await mkdir(folder);
    await command('setup', 'claude', '--model', 'box/coder');
    await command('setup', 'claude', '--model', 'box/coder', '--folder', folder);
    await command('setup', 'codex', '--model', 'box/coder', '--profile');
    await command('setup', 'opencode', '--model', 'box/coder');
    await command('undo', 'opencode', '--keep');
    const shown = await json('undo', '--all', '--dry-run');
    expect(shown).toMatchObject({ code: 0, body: { changes: [{ applied: false }, {}, {}, {}] } });
    expect(await readdir(folder)).toEqual(['.claude']);

    const kept = await json('undo', '--all', '--keep');
    expect(kept).toMatchObject({
      code: 0,
      body: { changes: [{ applied: true }, { applied: true }, { applied: true }] },
    });
    expect(await readFile(file, 'utf8')).toBe(claudeSettings);
    expect([await readdir(folder), existsSync(join(user, '.codex'))]).toEqual([[], false]);
    await command('setup', 'claude');

    expect(await json('undo', '--all')).toMatchObject({ code: 0 });
    expect(await readFile(file, 'utf8')).toBe(claudeSettings);
    expect(await keysInSettings()).toBe(0);
    expect(await command('undo', '--all')).toMatchObject({ code: 0, stdout: 'No agent is set up.\n' });
    expect(await command('undo', '--all', 'codex')).toMatchObject({ code: 2 });
  });

  it('that can’t be given back do not keep the others from it', async () => {
    const file = await put('.claude/settings.json', claudeSettings);
    await command('setup', 'claude', '--model', 'box/coder');
    await command('setup', 'codex', '--model', 'box/coder');
    await writeFile(file, '{ broken');
    const { code, stderr } = await command('undo', '--all');
    expect(code).toBe(1);
    expect(stderr).toContain(file);
    expect([await readFile(file, 'utf8'), existsSync(join(user, '.codex'))]).toEqual(['{ broken', false]);
    await rm(file);
    await command('undo', '--all');
  });

  it('are started with variables only, without others’ keys, and give their exit code', async () => {
    const { code, stdout } = await command('run', 'claude', '--model', 'box/small', '--', '-p', 'say hi', '--json');
    expect(stdout).toMatch(new RegExp(`^${line.gateway}\\|box/small\\|\\|--settings \\{.*\\} -p say hi --json\\n200$`));
    expect(stdout).not.toContain('dgm_');
    expect(code).toBe(7);
    expect(await keysInSettings()).toBe(0);
    expect(await readdir(user)).toEqual([]);
    const missing = await command('run', 'codex', '--model', 'box/small');
    expect(missing.stderr).toContain('is not installed');
    expect(missing.code).toBe(1);
  });
});

describe('the environment of an agent that is started', { timeout: 60_000 }, () => {
  const shown = async (...args: string[]): Promise<Record<string, unknown>> =>
    (await json('run', 'claude', '--model', 'box/small', '--show-environment', ...args)).body;

  it('is shown: what is set, what is taken out and why; no key is made for that, and none is told', async () => {
    expect(await shown()).toMatchObject({
      agent: 'claude-code',
      executable: join(root, 'bin', 'claude'),
      environment: {
        set: expect.arrayContaining([
          { name: 'ANTHROPIC_AUTH_TOKEN', value: '•••' },
          { name: 'ANTHROPIC_BASE_URL', value: line.gateway },
          { name: 'NO_PROXY', value: 'corp.example,127.0.0.1,localhost,::1' },
        ]),
        removed: expect.arrayContaining([{ name: 'OPENAI_API_KEY', why: 'provider' }]),
        kept: [],
      },
    });
    await command('setup', 'claude', '--model', 'box/coder');
    const { stdout } = await command('run', 'claude', '--model', 'box/small', '--show-environment');
    expect(stdout).toMatch(/^Set:\n(?: {2}.*\n)+Taken out:\n(?: {2}.*\n)*? {2}OPENAI_API_KEY {2}\(a model provider/);
    expect(stdout).not.toMatch(/dgm_|sk-mine/);
    await command('undo', 'claude');
    expect(await keysInSettings()).toBe(0);
  });

  it('keeps a variable for once by --keep, and for good by the settings, in what is started as in what is shown', async () => {
    const started = async (...args: string[]): Promise<string> =>
      (await command('run', 'claude', '--model', 'box/small', ...args)).stdout;
    expect(await started('--keep', 'OPENAI_API_KEY')).toContain('|sk-mine-and-nobody-elses|');
    expect(await shown('--keep', 'OPENAI_*')).toMatchObject({
      environment: { kept: [{ name: 'OPENAI_API_KEY', why: 'provider' }] },
    });
    expect(await command('run', 'claude', '--keep', 'sk-1 2')).toMatchObject({ code: 2 });

    const running = await findRunning(home);
    if (running === null) throw new Error('no service runs');
    const control = connectControl(running.url, running.token);
    await control.settings.set({ setting: 'agents.keepVariables', value: ['OPENAI_API_KEY'] });
    expect(await started()).toContain('|sk-mine-and-nobody-elses|');
    expect(await control.agents.environment()).toMatchObject({
      keep: ['OPENAI_API_KEY'],
      kept: [{ name: 'OPENAI_API_KEY', why: 'provider' }],
      strict: false,
    });
    await control.settings.set({ setting: 'agents.keepVariables', value: [] });
    expect(await started()).not.toContain('sk-mine');
    await expect(control.settings.set({ setting: 'agents.keepVariables', value: ['A B'] })).rejects.toThrow(
      'must be the name of an environment variable',
    );
  });
});

describe('the key of an agent', () => {
  it('is made anew in all files that hold it; the old one opens nothing any more', async () => {
    const running = await findRunning(home);
    if (running === null) throw new Error('no service runs');
    const { agents } = connectControl(running.url, running.token);
    const folder = join(user, 'project');
    await mkdir(folder);
    const file = await put('.claude/settings.json', claudeSettings);
    const inFolder = join(folder, '.claude/settings.local.json');
    expect(await agents.rotateKey({ agent: 'claude-code' })).toMatchObject({
      refused: { why: expect.stringContaining('not set up') },
    });
    await agents.apply({ agent: 'claude-code', model: 'box/coder', quiet: false });
    await agents.apply({ agent: 'claude-code', model: 'box/small', scope: `/${folder.slice(1)}` });
    const held = async (path: string): Promise<string> =>
      JSON.parse(await readFile(path, 'utf8')).env.ANTHROPIC_AUTH_TOKEN;
    const status = async (key: string): Promise<number> =>
      (await fetch(`${line.gateway}/v1/models`, { headers: { 'x-api-key': key } })).status;
    const old = await held(file);
    expect(await held(inFolder)).toBe(old);

    const { keys } = connectControl(running.url, running.token);
    await keys.allowModels({ key: 'Claude Code', models: ['box/*'] });
    const planned = await agents.planRotateKey({ agent: 'claude-code' });
    expect(planned).toMatchObject({ applied: false, files: [{ path: file }, { path: inFolder }] });
    expect(await held(file)).toBe(old);

    const done = await agents.rotateKey({ agent: 'claude-code', seen: planned.seen });
    expect(done).toMatchObject({ applied: true, refused: null, files: [{ path: file }, { path: inFolder }] });
    const fresh = await held(file);
    expect(fresh).not.toBe(old);
    expect(await held(inFolder)).toBe(fresh);
    expect(JSON.stringify(done)).not.toContain(fresh);
    expect([await status(old), await status(fresh)]).toEqual([401, 200]);
    expect(await keysInSettings()).toBe(1);
    // The rest is as it was chosen.
    const { env: written } = JSON.parse(await readFile(file, 'utf8'));
    expect(written).toMatchObject({ MINE: '1', ANTHROPIC_MODEL: 'box/coder' });
    expect(written).not.toHaveProperty('DISABLE_AUTOUPDATER');
    expect((await keys.list()).find(({ agent }) => agent !== null)).toMatchObject({
      models: ['box/*'],
      slots: { default: 'box/coder' },
    });
    await expect(keys.rotate({ key: 'Claude Code' })).rejects.toMatchObject({ status: 409 });

    await agents.undo({ agent: 'claude-code' });
    await agents.undo({ agent: 'claude-code', scope: `/${folder.slice(1)}` });
    expect(await readFile(file, 'utf8')).toBe(claudeSettings);
    expect(await readdir(folder)).toEqual([]);
    expect(await keysInSettings()).toBe(0);
  });

  it('is rotated on the command line, with what of the user’s own stands beside it left as it is', async () => {
    const file = await put('.claude/settings.json', claudeSettings);
    await command('setup', 'claude', '--model', 'box/coder');
    const set = await readFile(file, 'utf8');
    // A project folder that is gone is not made again for it.
    await mkdir(join(user, 'gone'));
    await command('setup', 'claude', '--model', 'box/coder', '--folder', join(user, 'gone'));
    await rm(join(user, 'gone'), { recursive: true });
    const changed = set
      .replace('"MINE": "1"', '"MINE": "2"')
      .replace('API_TIMEOUT_MS": "3000000"', 'API_TIMEOUT_MS": "9"');
    await writeFile(file, changed);
    const shown = await json('key', 'rotate', 'Claude Code', '--dry-run');
    expect(shown).toMatchObject({ code: 0, body: { applied: false, files: [{ path: file }] } });
    expect(await json('key', 'rotate', 'Claude Code')).toMatchObject({
      code: 0,
      body: { applied: true, restart: expect.stringContaining('old key is refused'), refused: null },
    });
    const after = await readFile(file, 'utf8');
    expect(after).not.toBe(changed);
    expect(after.replace(/dgm_[\w-]+/, '')).toBe(changed.replace(/dgm_[\w-]+/, ''));
    expect(await readdir(user)).toEqual(['.claude']);
    await command('undo', 'claude', '--folder', join(user, 'gone'));
    await command('undo', 'claude');
    expect(await readFile(file, 'utf8')).toBe(
      claudeSettings.replace('"MINE": "1"', '"MINE": "2", "API_TIMEOUT_MS": "9"'),
    );
    expect(await command('key', 'rotate', 'Claude Code')).toMatchObject({ code: 1 });
    expect(await command('key', 'rotate')).toMatchObject({ code: 2 });
  });

  it('that may not call a model keeps the agent from being set up with it; one that it lost is told', async () => {
    await command('setup', 'codex', '--model', 'box/coder');
    expect(await json('key', 'allow', 'Codex', 'box/small')).toMatchObject({
      code: 0,
      body: { allowed: { models: ['box/small'] } },
    });
    const inTheWay = async (): Promise<readonly AgentConflict[]> => {
      const agents: readonly AgentEntry[] = JSON.parse((await command('agents', '--json')).stdout).agents;
      return agents.flatMap(({ id, conflicts }) => (id === 'codex' ? conflicts.filter((one) => !one.harmless) : []));
    };
    expect(await inTheWay()).toMatchObject([{ kind: 'gateway', mend: 'allow-models' }]);
    expect(await json('setup', 'codex', '--model', 'box/tiny')).toMatchObject({
      code: 1,
      body: { applied: false, refused: { why: expect.stringContaining('may call box/small only, and not box/tiny') } },
    });
    const running = await findRunning(home);
    if (running === null) throw new Error('no service runs');
    await connectControl(running.url, running.token).agents.allowModels({ agent: 'codex' });
    expect(await inTheWay()).toEqual([]);
    await command('key', 'revoke', 'Codex');
    expect(await inTheWay()).toMatchObject([{ what: 'The key of Codex was revoked', mend: 'set-up' }]);
    await command('setup', 'codex');
    expect(await inTheWay()).toEqual([]);
    await command('undo', 'codex');
  });
});

describe('what is in the way of an agent', () => {
  it('is told before it is set up, and not again with each change', async () => {
    await put('.zshrc', 'export CLAUDE_CODE_USE_BEDROCK=1\n');
    const { body } = await json('setup', 'claude', '--model', 'box/coder');
    expect(body).toMatchObject({
      applied: true,
      warnings: [
        expect.stringMatching(/^CLAUDE_CODE_USE_BEDROCK in ~\/\.zshrc: Claude Code asks that cloud’s service/),
      ],
    });
    expect((await json('setup', 'claude', '--model', 'box/small')).body).toMatchObject({ warnings: [] });
    await command('undo', 'claude');
  });

  it('is told of the folders in which agents have worked', async () => {
    const file = await put('shop/.claude/settings.json', '{ "env": { "ANTHROPIC_MODEL": "theirs" } }');
    await put('.claude.json', JSON.stringify({ projects: { [join(user, 'shop')]: {} } }));
    await command('setup', 'claude', '--model', 'box/coder');
    const conflicts = async () => JSON.parse((await command('agents', '--json')).stdout).agents[0].conflicts;
    expect(await conflicts()).toMatchObject([
      { kind: 'project-settings', what: `env.ANTHROPIC_MODEL in ${file}`, folder: join(user, 'shop') },
    ]);
    // A set-up of its own is what that folder goes by.
    await command('setup', 'claude', '--model', 'box/coder', '--folder', join(user, 'shop'));
    expect(await conflicts()).toEqual([]);
    await command('undo', 'claude', '--folder', join(user, 'shop'));
    await command('undo', 'claude');
  });

  it('is told of the folder that somebody works in', async () => {
    const folder = join(user, 'project');
    await put('project/.claude/settings.json', '{ "env": { "ANTHROPIC_MODEL": "theirs" } }');
    await command('setup', 'claude', '--model', 'box/coder');
    const running = await findRunning(home);
    if (running === null) throw new Error('no service runs');
    const [claude] = await connectControl(running.url, running.token).agents.list({ folder });
    expect(claude?.conflicts).toMatchObject([
      { kind: 'project-settings', what: expect.stringContaining('env.ANTHROPIC_MODEL in') },
    ]);
    await command('undo', 'claude');
  });
});

describe('agents while no service runs', () => {
  it('are set up for the port of the settings', async () => {
    const other = join(root, 'other');
    await mkdir(other);
    await writeFile(join(other, 'settings.json'), settings);
    const alone = (...args: string[]): Promise<Finished> => dragoman([...args, '--home', other], { env });
    expect(await alone('setup', 'claude', '--model', 'box/coder')).toMatchObject({ code: 0 });
    const file = join(user, '.claude', 'settings.json');
    expect(JSON.parse(await readFile(file, 'utf8')).env.ANTHROPIC_BASE_URL).toBe('http://127.0.0.1:4747');
    expect((await alone('run', 'claude', '--model', 'box/coder')).stderr).toContain('no gateway runs');
    const shown = await alone('run', 'claude', '--model', 'box/coder', '--show-environment');
    expect(shown.stdout).toContain('ANTHROPIC_BASE_URL=http://127.0.0.1:4747\n');
    expect(await alone('undo', 'claude')).toMatchObject({ code: 0 });
    expect(await readdir(user)).toEqual([]);
  });
});
