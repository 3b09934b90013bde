import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlClient, connectControl } from '../../src-main/control/client.ts';
import { findRunning } from '../../src-main/control/run-file.ts';
import type { AgentTrial } from '../../src-shared/agent-trial.ts';
import type { AgentId } from '../../src-shared/agents.ts';
import { type FakeUpstream, startFakeUpstream } from '../fakes/upstream.ts';
import { nodeExecutable } from '../node-executable.mjs';
import { plainEnvironment } from '../programs/dragoman.ts';
import { type Serve, startServe } from '../programs/serve.ts';
import { executables } from '../tiers.mjs';
import { calls } from './asked.ts';

let root: string;
let fake: FakeUpstream;
let serve: Serve;
let control: ControlClient;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'dragoman-trial-'));
  const [user, bin] = [join(root, 'user'), join(root, 'bin')];
  for (const folder of [user, bin]) mkdirSync(folder);
  const install = (name: string, ...command: string[]) => {
    const words = command.map((word) => `'${word}'`).join(' ');
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${words} "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  };
  install('claude', executables.claudeCode);
  install('codex', executables.codex);
  install('opencode', executables.openCode);
  install('qwen', nodeExecutable(), executables.qwenCode);
  fake = await startFakeUpstream({ models: ['coder'] });
  serve = await startServe(
    { upstreams: [{ id: 'box', kind: 'openai-compatible', baseUrl: `${fake.url}/v1` }] },
    {
      ...plainEnvironment({ HOME: user, PATH: `${bin}${delimiter}/usr/bin${delimiter}/bin`, SHELL: '' }),
      DRAGOMAN_KEYCHAIN: 'off',
    },
  );
  const running = await findRunning(serve.home);
  if (running === null) throw new Error('the service wrote no run file');
  control = connectControl(running.url, running.token);
}, 60_000);
afterAll(async () => {
  await serve.stop();
  await fake.close();
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});

const line = 'Dragoman works\n';
/** The call of each agent's own tool that writes the file. */
const writes: Readonly<Record<AgentId, (file: string) => readonly [string, object]>> = {
  'claude-code': (file) => ['Write', { file_path: file, content: line }],
  codex: (file) => ['exec_command', { cmd: `printf 'Dragoman works\\n' > ${file}` }],
  opencode: (file) => ['write', { filePath: file, content: line }],
  'qwen-code': (file) => ['write_file', { file_path: file, content: line }],
};

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('dragoman-try-'));

/** The last that is told of a trial in which the model writes the file, by its path in the folder that the trial made. */
async function tryIt(choices: { readonly agent: AgentId; readonly model?: string }): Promise<AgentTrial | undefined> {
  const before = new Set(folders());
  const prepare = async () => {
    for (;;) {
      const folder = folders().find((name) => !before.has(name));
      if (folder !== undefined) {
        const [tool, input] = writes[choices.agent](join(tmpdir(), folder, 'dragoman.txt'));
        return fake.define('hello', { steps: [calls(tool, input, 'call_1')] });
      }
      await sleep(10);
    }
  };
  const prepared = prepare();
  let last: AgentTrial | undefined;
  for await (const trial of await control.agents.tryIt(choices)) last = trial;
  await prepared;
  expect(folders().filter((name) => !before.has(name))).toEqual([]);
  return last;
}

describe('a trial', () => {
  it.each(['claude-code', 'codex', 'opencode', 'qwen-code'] as const)(
    'of the released %s passes as it is set up',
    async (agent) => {
      const { refused } = await control.agents.apply({ agent, model: 'box/coder' });
      expect(refused).toBeNull();
      const trial = await tryIt({ agent });
      expect(trial, JSON.stringify(trial, null, 2)).toMatchObject({ state: 'passed', step: null });
      await control.agents.undo({ agent });
    },
    120_000,
  );

  it('of an agent that is not set up passes with flags and variables only, and leaves no key', async () => {
    const trial = await tryIt({ agent: 'codex', model: 'box/coder' });
    expect(trial, JSON.stringify(trial, null, 2)).toMatchObject({ state: 'passed', step: null });
    const keys = await control.keys.list();
    expect(keys.filter(({ agent }) => agent === 'codex')).toEqual([]);
  }, 120_000);
});
