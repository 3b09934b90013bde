import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCode } from '../../../src-main/agents/claude-code.ts';
import { codex } from '../../../src-main/agents/codex.ts';
import type { CodingAgent } from '../../../src-main/agents/coding-agent.ts';
import { opencode } from '../../../src-main/agents/opencode.ts';
import { qwenCode } from '../../../src-main/agents/qwen-code.ts';
import { RefusedChange } from '../../../src-main/agents/refused-change.ts';
import { freshPlace, model, put, setup } from './places.ts';

/** Configurations as people have them, in each agent's own way. */
const rich: readonly {
  readonly agent: CodingAgent;
  readonly text: string;
  readonly broken: string;
  readonly line: number;
}[] = [
  {
    agent: claudeCode,
    text: '{\n\t"permissions": {\n\t\t"allow": ["Bash(npm run *)"],\n\t\t"deny": []\n\t},\n\t"env": {\n\t\t"ANTHROPIC_MODEL": "opus",\n\t\t"MY_OWN": "x"\n\t},\n\t"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": []}]},\n\t"model": "opus"\n}',
    broken: '{\n  "env": {\n    "A": "b" // mine\n  }\n}\n',
    line: 3,
  },
  {
    agent: codex,
    text: '# my settings\nmodel = "gpt-5" # the best\r\napproval_policy = \'never\'\n\n[projects."/home/me/a b"]\ntrust_level = "trusted"\n\n[mcp_servers.docs]\ncommand = "npx"\nargs = [\n  "-y", # yes\n  "docs",\n]\n\n[features]\nplugins = true\n',
    broken: 'model = "x"\n\n[a]\nb = \n',
    line: 4,
  },
  {
    agent: opencode,
    text: '\uFEFF{\r\n  // my providers\r\n  "$schema": "https://opencode.ai/config.json",\r\n  "enabled_providers": ["anthropic"],\r\n  "provider": {\r\n    "mine": { "options": { "apiKey": "{env:MINE}" } }, /* keep */\r\n  },\r\n  "agent": { "plan": { "model": "mine/x" } },\r\n}\r\n',
    broken: '{\n  "model": "a/b"\n  "share": "auto"\n}\n',
    line: 3,
  },
  {
    agent: qwenCode,
    text: '{\n    "$version": 4,\n    // models\n    "modelProviders": {\n        "openai": [\n            { "id": "mine", "envKey": "MINE", "baseUrl": "https://example.test/v1" }\n        ]\n    },\n    "ui": { "theme": "GitHub" }\n}\n',
    broken: '{ "ui": ',
    line: 1,
  },
];

describe('setting up Claude Code where its own settings ask a cloud', () => {
  const text =
    '{ "env": { "CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_USE_POWERSHELL_TOOL": "1", "AWS_REGION": "eu" } }';

  it('switches that off, and undo gives it back', async () => {
    const place = await freshPlace();
    const file = place.file(claudeCode);
    await put(file, text);
    await place.setUp(claudeCode);
    expect(JSON.parse(await readFile(file, 'utf8')).env).toMatchObject({
      CLAUDE_CODE_USE_BEDROCK: '',
      CLAUDE_CODE_USE_POWERSHELL_TOOL: '1',
      AWS_REGION: 'eu',
    });
    await place.setUp(claudeCode, { ...setup, model: model('ollama/qwen3:4b') });
    expect(JSON.parse(await readFile(file, 'utf8')).env).toMatchObject({ CLAUDE_CODE_USE_BEDROCK: '' });
    await place.undo(claudeCode);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('does so, too, where it is only started', () => {
    const { args } = claudeCode.launch(
      setup,
      { platform: 'linux', environment: {}, userDirectory: '/' },
      JSON.parse(text),
    );
    expect(JSON.parse(args[1] ?? '')).toMatchObject({ env: { CLAUDE_CODE_USE_BEDROCK: '' } });
    const plain = claudeCode.launch(setup, { platform: 'linux', environment: {}, userDirectory: '/' }, {});
    expect(plain.args[1]).not.toContain('CLAUDE_CODE_USE');
  });
});

describe.each(rich)('setting up $agent.label', ({ agent, text, broken, line }) => {
  it('writes what the agent then reads, and undo gives the same bytes', async () => {
    const place = await freshPlace();
    const file = place.file(agent);
    await put(file, text);
    await place.setUp(agent);
    const written = await readFile(file, 'utf8');
    const read = agent.format().read(written);
    expect(read.ok && agent.state(read.value)).toEqual({
      model: 'ollama/qwen3-coder:30b',
      baseUrl: agent.id === 'claude-code' ? 'http://127.0.0.1:4747' : 'http://127.0.0.1:4747/v1',
    });
    expect(await place.undo(agent)).toEqual([]);
    expect(await readFile(file, 'utf8')).toBe(text);
    expect(await place.record.list()).toEqual([]);
    expect((await place.backups.list()).map(({ path }) => path)).toEqual([file, file]);
  });

  it('makes file and folder where there are none, and undo takes both away', async () => {
    const place = await freshPlace();
    await place.setUp(agent);
    expect((await stat(place.file(agent))).mode & 0o777).toBe(0o600);
    await place.undo(agent);
    expect(existsSync(place.user)).toBe(false);
  });

  it('leaves an empty file empty again', async () => {
    const place = await freshPlace();
    await put(place.file(agent), '');
    await place.setUp(agent);
    await place.undo(agent);
    expect(await readFile(place.file(agent), 'utf8')).toBe('');
  });

  it('refuses a file that the agent could not read, says the line, and leaves it', async () => {
    const place = await freshPlace();
    await put(place.file(agent), broken);
    const failure = await place.setUp(agent).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RefusedChange);
    expect(failure instanceof RefusedChange && failure.refusal).toMatchObject({ path: place.file(agent), line });
    expect(await readFile(place.file(agent), 'utf8')).toBe(broken);
    expect(await place.backups.list()).toEqual([]);
  });

  it('changes only the model when it is set up again, and still undoes to the same bytes', async () => {
    const place = await freshPlace();
    await put(place.file(agent), text);
    await place.setUp(agent);
    const first = await readFile(place.file(agent), 'utf8');
    await place.setUp(agent, { ...setup, model: model('ollama/qwen3:4b', 32_768) });
    const second = await readFile(place.file(agent), 'utf8');
    expect(second).not.toBe(first);
    const moved = first.split('\n').filter((one) => !second.split('\n').includes(one));
    expect(moved.length).toBeLessThan(8);
    await place.undo(agent);
    expect(await readFile(place.file(agent), 'utf8')).toBe(text);
  });

  it('keeps mode and symlink', async () => {
    const place = await freshPlace();
    const file = place.file(agent);
    const dotfile = join(place.user, 'dotfiles', 'config');
    await put(dotfile, text);
    await chmod(dotfile, 0o640);
    await mkdir(dirname(file), { recursive: true });
    await symlink(dotfile, file);
    await place.setUp(agent);
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect((await stat(dotfile)).mode & 0o777).toBe(0o640);
    await place.undo(agent);
    expect(await readFile(dotfile, 'utf8')).toBe(text);
  });

  it('keeps a value that was changed since, and tells of it', async () => {
    const place = await freshPlace();
    await put(place.file(agent), text);
    await place.setUp(agent);
    const written = await readFile(place.file(agent), 'utf8');
    await writeFile(place.file(agent), written.replace('http://127.0.0.1:4747', 'http://mine.test'));
    expect(await place.undo(agent)).not.toEqual([]);
    const after = await readFile(place.file(agent), 'utf8');
    expect(after).toContain('http://mine.test');
    expect(after).not.toContain(agent.id === 'qwen-code' ? '"DRAGOMAN_API_KEY": "dgm_' : setup.key);
  });
});
