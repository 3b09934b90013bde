import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Protocol } from '../../src-shared/protocol.ts';
import { type FakeUpstream, type Script, startFakeUpstream } from '../fakes/upstream.ts';
import type { AgentOptions, AgentRun } from './agent.ts';
import { runClaudeCode } from './claude-code.ts';
import { runCodex } from './codex.ts';
import { runOpenCode } from './opencode.ts';
import { runQwenCode } from './qwen-code.ts';
import { type Stage, startStage } from './stage.ts';

let fake: FakeUpstream;
let stage: Stage;
beforeAll(async () => {
  fake = await startFakeUpstream({ models: ['fake-model'] });
  const baseUrl = `${fake.url}/v1`;
  stage = await startStage([
    { id: 'chat', kind: 'openai-compatible', baseUrl },
    { id: 'messages', kind: 'anthropic', baseUrl },
    { id: 'responses', kind: 'openai', protocol: 'responses', baseUrl },
  ]);
  stage.undo(fake.close);
});
afterAll(() => stage.end());

/** Where a server of each protocol is asked. */
const endpoints = {
  chat: '/v1/chat/completions',
  messages: '/v1/messages',
  responses: '/v1/responses',
} as const satisfies Record<Protocol, string>;

/** What of the model's reasoning its server has to get back: Anthropic and OpenAI heed only the state that is theirs. */
const state = {
  chat: '"reasoning_content":"A greeting is wanted."',
  messages: '"signature":"c2lnbmVk"',
  responses: '"encrypted_content":"encrypted 0"',
} as const satisfies Record<Protocol, string>;

/** Agents that speak Chat give back the text alone: they know no `reasoning_details`, in which the state travels. */
const keepsReasoning = (client: Protocol, upstream: Protocol) => client !== 'chat' || upstream === 'chat';

const greeting = 'Good morning é\n';
const prompt = 'Write a greeting: [[write]]';

interface Client {
  readonly name: string;
  readonly speaks: Protocol;
  readonly run: (options: AgentOptions) => Promise<AgentRun>;
  /** The call of the agent's own tool that writes the greeting into a file. */
  readonly tool: string;
  readonly input: (file: string) => object;
}

const protocols = ['chat', 'messages', 'responses'] as const;
const printed = (file: string) => `printf 'Good morning é\\n' > ${file}`;
const clients: readonly Client[] = [
  {
    name: 'Claude Code',
    speaks: 'messages',
    run: (options) => runClaudeCode(prompt, options),
    tool: 'Bash',
    input: (file) => ({ command: printed(file), description: 'Greets' }),
  },
  {
    name: 'Codex',
    speaks: 'responses',
    run: (options) => runCodex(prompt, options),
    tool: 'exec_command',
    input: (file) => ({ cmd: printed(file) }),
  },
  ...protocols.map((speaks) => ({
    name: 'OpenCode',
    speaks,
    run: (options: AgentOptions) => runOpenCode(speaks, prompt, options),
    tool: 'write',
    input: (file: string) => ({ filePath: file, content: greeting }),
  })),
  ...protocols.map((speaks) => ({
    name: 'Qwen Code',
    speaks,
    run: (options: AgentOptions) => runQwenCode(speaks, prompt, options),
    tool: 'write_file',
    input: (file: string) => ({ file_path: file, content: greeting }),
  })),
];

/** Thinks, says something, and calls a tool, its input in pieces. */
function callScript(tool: string, input: object): Script {
  const pieces = JSON.stringify(input).match(/.{1,7}/gsu) ?? [];
  return {
    steps: [
      { reasoning: 'A greeting ' },
      { reasoning: 'is wanted.' },
      { text: 'I will write ' },
      { text: 'the file.' },
      { call: { index: 0, id: 'call_write', name: tool, arguments: '' } },
      ...pieces.map((piece) => ({ call: { index: 0, arguments: piece } })),
    ],
  };
}

describe.each(clients)('the released $name, by $speaks, creates a file', ({ speaks, run, tool, input }) => {
  it.each(protocols)('with a model behind an upstream that speaks %s', { timeout: 120_000 }, async (upstream) => {
    const options = stage.agent(`${upstream}/fake-model`);
    const file = join(options.cwd, 'greeting.txt');
    fake.clear();
    fake.define('write', callScript(tool, input(file)));
    const { code, stdout, stderr } = await run(options);

    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain('The tool has answered.');
    expect(readFileSync(file, 'utf8')).toBe(greeting);
    const asked = fake.requests().filter(({ method }) => method === 'POST');
    expect(new Set(asked.map(({ path }) => path.split('?')[0]))).toEqual(new Set([endpoints[upstream]]));

    const history = JSON.stringify(JSON.parse(asked.at(-1)?.body ?? ''));
    const said = [
      'call_write',
      'I will write the file.',
      ...(keepsReasoning(speaks, upstream) ? [state[upstream]] : []),
    ];
    expect(said.filter((part) => !history.includes(part))).toEqual([]);
  });
});
