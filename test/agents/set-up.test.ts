import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentId } from '../../src-shared/agents.ts';
import { type FakeUpstream, startFakeUpstream } from '../fakes/upstream.ts';
import { type LlamaServer, startLlamaServer } from '../programs/llama-server.ts';
import { calls } from './asked.ts';
import { startUser, type User } from './user.ts';

interface Agent {
  readonly id: AgentId;
  /** Its own configuration, of a user who works with another provider and likes few tools: the tiny model is slow with long prompts. */
  readonly file: string;
  readonly text: string;
  /** What it calls to write the greeting, of the tiny model's scripts and of the fake's. */
  readonly script: string;
  readonly tool: string;
  readonly input: (file: string) => object;
  /** Flags that keep its prompt short. */
  readonly brief: readonly string[];
  /** The way beside the user's own files, and the flags by which it is chosen. */
  readonly beside: 'profile' | 'folder';
  readonly chosen: readonly string[];
  /**
   * Hosts that it looks packages and model lists up at, where its file is all that is set: it has no setting against that but in
   * the environment.
   */
  readonly lookups: readonly string[];
}

const agents: readonly Agent[] = [
  {
    id: 'claude-code',
    file: '.claude/settings.json',
    text: `{
  "permissions": { "allow": ["Bash(ls:*)"], "deny": ["WebFetch"] },
  "model": "opus",
  "env": {
    "MINE": "1",
    "ANTHROPIC_BASE_URL": "https://llm.corp.test",
    "ANTHROPIC_AUTH_TOKEN": "mine-and-nobody-elses",
    "ANTHROPIC_MODEL": "opus",
    "CLAUDE_CODE_USE_BEDROCK": "1",
    "NO_PROXY": "corp.test"
  },
  "hooks": {}
}`,
    script: 'write',
    tool: 'Write',
    input: (file) => ({ file_path: file, content: 'Good morning é\n' }),
    brief: ['--tools', 'Write'],
    beside: 'folder',
    chosen: [],
    lookups: [],
  },
  {
    id: 'codex',
    file: '.codex/config.toml',
    text: `# mine
model = "gpt-5.5" # the best
model_reasoning_effort = "high"\r
model_provider = 'corp'

[model_providers.corp]
name = "Corp"
base_url = "https://llm.corp.test/v1"
env_key = "CORP_KEY"

[features]
plugins = true
multi_agent = false
goals = false

[projects."/home/me/a b"]
trust_level = "trusted"`,
    script: 'codex-write',
    tool: 'exec_command',
    input: (file) => ({ cmd: `printf 'Good morning é\\n' > ${file}` }),
    brief: [],
    beside: 'profile',
    chosen: ['-p', 'dragoman'],
    lookups: [],
  },
  {
    id: 'opencode',
    file: '.config/opencode/opencode.jsonc',
    text: `{
  // mine
  "$schema": "https://opencode.ai/config.json",
  "model": "corp/x", /* the best */
  "small_model": "corp/y",
  "enabled_providers": ["corp"],
  "provider": {
    "corp": {
      "npm": "@ai-sdk/openai-compatible",
      "options": { "baseURL": "https://llm.corp.test/v1" },
      "models": { "x": {}, "y": {} },
    },
  },
  "agent": { "build": { "model": "corp/x" }, "plan": { "model": "corp/x" } },
  "tools": { "*": false, "write": true },
}
`,
    script: 'opencode-write',
    tool: 'write',
    input: (file) => ({ filePath: file, content: 'Good morning é\n' }),
    brief: [],
    beside: 'folder',
    chosen: [],
    lookups: ['models.opencode.ai:443', 'registry.npmjs.org:443'],
  },
  {
    id: 'qwen-code',
    file: '.qwen/settings.json',
    text: `{
\t"$version": 4,
\t// mine
\t"modelProviders": {
\t\t"openai": [{ "id": "a", "name": "mine", "envKey": "MINE_KEY", "baseUrl": "https://llm.corp.test/v1" }]
\t},
\t"security": { "auth": { "selectedType": "openai", "apiKey": "sk-mine", "baseUrl": "https://llm.corp.test/v1" } },
\t"model": { "name": "a" },
\t"tools": { "core": ["run_shell_command"] },
\t"permissions": { "deny": ["agent", "skill", "list_agents", "get_goal", "update_goal"] }
}
`,
    script: 'qwen-write',
    tool: 'run_shell_command',
    input: (file) => ({ command: `printf 'Good morning é\\n' > ${file}`, is_background: false }),
    brief: ['--system-prompt', 'You are a coding agent.'],
    beside: 'folder',
    chosen: [],
    lookups: [],
  },
];

/** Beside its own settings an agent is given nothing but a proxy, which for Claude Code its settings, else the environment goes round. */
const roundProxy = (id: AgentId) => (id === 'claude-code' ? {} : { NO_PROXY: '127.0.0.1' });

let fake: FakeUpstream;
let llama: LlamaServer;
let user: User;
beforeAll(async () => {
  fake = await startFakeUpstream({ models: ['one', 'two'] });
  llama = await startLlamaServer({ model: 'scripted', context: 65_536 });
  user = await startUser([
    { id: 'llama', kind: 'llama-cpp', baseUrl: llama.url },
    { id: 'fake', kind: 'openai-compatible', baseUrl: `${fake.url}/v1` },
  ]);
}, 120_000);
afterAll(async () => {
  await user.stop();
  await llama.stop();
  await fake.close();
});

/** The models that the fake was asked for. */
const asked = () =>
  new Set(
    fake
      .requests()
      .filter(({ method }) => method === 'POST')
      .map(({ body }): unknown => JSON.parse(body).model),
  );

describe.each(agents)('the released $id', (agent) => {
  const { id, text, lookups } = agent;
  const greeting = () => user.read(join(user.project, 'greeting.txt'));
  function start(): string {
    rmSync(join(user.project, 'greeting.txt'), { force: true });
    fake.clear();
    user.outside();
    return user.put(agent.file, text);
  }
  const outside = () => user.outside().filter((host) => !lookups.includes(host));

  it('set up with a click, does a task with a model of a real llama-server, and has its own settings again to the byte', {
    timeout: 400_000,
  }, async () => {
    const file = start();
    const before = llama.evaluations().length;
    const done = await user.control.agents.apply({ agent: id, model: 'llama/scripted' });
    expect(done).toMatchObject({ applied: true, refused: null, files: [{ path: file, created: false }] });
    expect(done.files[0]?.diff).not.toContain('mine-and-nobody-elses');
    const { code, stdout, stderr } = await user.run(id, `Write a greeting: [[${agent.script}]]`, {
      args: agent.brief,
      environment: roundProxy(id),
      patienceMs: 300_000,
    });

    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain('The tool has answered, so I am done now.');
    expect(greeting()).toBe('Good morning é\n');
    expect(outside()).toEqual([]);
    const [first, second] = llama.evaluations().slice(-2);
    expect(llama.evaluations().length).toBeGreaterThanOrEqual(before + 2);
    // Only what is new is evaluated.
    expect(second?.evaluated).toBeLessThanOrEqual((second?.prompt ?? 0) - (first?.prompt ?? 0) + 8);
    expect((await user.control.agents.list()).find((entry) => entry.id === id)).toMatchObject({
      state: 'set-up',
      model: 'llama/scripted',
      drift: [],
    });
    expect(await user.control.agents.undo({ agent: id })).toMatchObject({ applied: true, left: [], refused: null });
    expect(user.read(file)).toBe(text);
  });

  it(`set up for one ${agent.beside} alone, does a task there, and leaves the user’s own file as it is`, {
    timeout: 300_000,
  }, async () => {
    const file = start();
    const before = llama.evaluations().length;
    const scope = agent.beside === 'profile' ? 'profile' : (`/${user.project.slice(1)}` as const);
    const done = await user.control.agents.apply({ agent: id, model: 'llama/scripted', scope });
    expect(done).toMatchObject({ applied: true, refused: null, files: [{ created: true }] });
    const { code, stdout, stderr } = await user.run(id, `Write a greeting: [[${agent.script}]]`, {
      args: [...agent.brief, ...agent.chosen],
      environment: roundProxy(id),
      patienceMs: 300_000,
    });

    expect(code, stdout + stderr).toBe(0);
    expect(greeting()).toBe('Good morning é\n');
    expect(llama.evaluations().length).toBeGreaterThanOrEqual(before + 2);
    expect(outside()).toEqual([]);
    expect(user.read(file)).toBe(text);
    expect(await user.control.agents.undo({ agent: id, scope })).toMatchObject({ applied: true, left: [] });
    expect(user.read(done.files[0]?.path ?? '')).toBeNull();
  });

  it('works twice at once by `dragoman run`, with two models, and touches no file, whatever its own settings say', {
    timeout: 300_000,
  }, async () => {
    const file = start();
    const files = ['one', 'two'].map((name) => `greeting-${name}.txt`);
    for (const [index, name] of ['one', 'two'].entries()) {
      fake.define(name, { steps: [calls(agent.tool, agent.input(files[index] ?? ''), 'call_write')] });
    }
    const work = async (name: string) => {
      const { code, stdout, stderr } = await user.dragomanRun(
        id,
        `fake/${name}`,
        `Write a greeting: [[${name}]]`,
        agent.brief,
      );
      expect(code, stdout + stderr).toBe(0);
      return user.read(join(user.project, `greeting-${name}.txt`));
    };
    expect(await Promise.all([work('one'), work('two')])).toEqual(['Good morning é\n', 'Good morning é\n']);
    for (const { body, method } of fake.requests()) {
      const model: unknown = method === 'POST' ? JSON.parse(body).model : null;
      if (body.includes('[[one]]')) expect(model).toBe('one');
      if (body.includes('[[two]]')) expect(model).toBe('two');
    }
    expect(asked()).toEqual(new Set(['one', 'two']));
    expect(outside()).toEqual([]);
    expect(user.read(file)).toBe(text);
    expect((await user.control.keys.list()).filter((key) => key.agent === id)).toEqual([]);
  });

  it('set up with one model, works by `dragoman run` with that of a real llama-server', {
    timeout: 400_000,
  }, async () => {
    const file = start();
    await user.control.agents.apply({ agent: id, model: 'fake/one' });
    const before = llama.evaluations().length;
    const prompt = `Write a greeting: [[${agent.script}]]`;
    const { code, stdout, stderr } = await user.dragomanRun(id, 'llama/scripted', prompt, agent.brief);
    expect(code, stdout + stderr).toBe(0);
    expect(greeting()).toBe('Good morning é\n');
    expect(llama.evaluations().length).toBeGreaterThanOrEqual(before + 2);
    expect(asked()).toEqual(new Set());
    expect(outside()).toEqual([]);
    await user.control.agents.undo({ agent: id });
    expect(user.read(file)).toBe(text);
  });
});
