import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ControlClient, localControl } from '../../src-main/control/client.ts';
import { type Service, startService } from '../../src-main/service.ts';
import { type FakeUpstream, startFakeUpstream } from '../fakes/upstream.ts';
import { MemoryKeychain } from '../src-main/control/memory-keychain.ts';
import { calls } from './asked.ts';
import { makeUserHome, type UserHome } from './user-home.ts';

const own = '# mine\nmodel = "gpt-5.5"\r\n';
const variable = 'DRAGOMAN_CODEX_KEY';

let fake: FakeUpstream;
let user: UserHome;
let home: string;
let service: Service;
let control: ControlClient;
beforeAll(async () => {
  fake = await startFakeUpstream({ models: ['coder'] });
  user = await makeUserHome();
  home = mkdtempSync(join(tmpdir(), 'dragoman-home-'));
  // Looking for servers on the other side of a container is no way out of the agent's.
  writeFileSync(join(home, 'settings.json'), '{ "detection": { "enabled": false } }');
  vi.stubEnv('HOME', user.environment.HOME);
  const started = await startService({
    home,
    defaultHome: home,
    version: '0',
    environment: { ...user.environment, SHELL: '' },
    secretStore: new MemoryKeychain(),
    host: '127.0.0.1',
    port: 0,
    uiDirectory: null,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined, flush: () => undefined },
  });
  if (!started.ok) throw new Error(started.message);
  service = started.service;
  control = localControl(service.parts);
  await control.servers.add({ server: { id: 'box', kind: 'openai-compatible', baseUrl: `${fake.url}/v1` } });
}, 120_000);
afterAll(async () => {
  await service.stop(1_000);
  await user.remove();
  await fake.close();
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

describe('the released codex, set up to find its key in the environment', () => {
  const work = (environment: Readonly<Record<string, string>>) =>
    user.run('codex', 'Write a greeting: [[write]]', { environment: { NO_PROXY: '127.0.0.1', ...environment } });
  const greeting = () => user.read(join(user.project, 'greeting.txt'));
  const choices = { agent: 'codex', model: 'box/coder' } as const;

  it('does a task where its variable is set, says what to do where it is not, and has its own file again to the byte', {
    timeout: 300_000,
  }, async () => {
    const file = user.put('.codex/config.toml', own);
    const call = calls('exec_command', { cmd: "printf 'Good morning é\\n' > greeting.txt" }, 'call_write');
    fake.define('write', { steps: [call] });
    await control.agents.apply({ ...choices, keyFrom: 'environment' });
    expect(user.read(file)).not.toContain('dgm_');

    const without = await work({});
    expect(without.code).not.toBe(0);
    expect(without.stdout + without.stderr).toContain(`Missing environment variable: \`${variable}\``);
    expect(without.stdout + without.stderr).toContain('dragoman run codex');
    expect(greeting()).toBeNull();

    const { key } = await control.keys.reveal({ key: 'codex' });
    const done = await work({ [variable]: key });
    expect(done.code, done.stdout + done.stderr).toBe(0);
    expect(greeting()).toBe('Good morning é\n');
    expect(user.outside()).toEqual([]);

    const { environment } = await control.agents.launch(choices);
    expect(environment[variable]).toBe(key);
    const steps: (string | null)[] = [];
    for await (const { step } of await control.agents.tryIt({ agent: 'codex' })) steps.push(step);
    // The model only says hello: what counts is that it was asked with that key, and answered.
    expect(steps.at(-1)).toBe('tool');

    await control.agents.apply({ ...choices, keyFrom: 'file' });
    const byFile = await work({});
    expect(byFile.code, byFile.stdout + byFile.stderr).toBe(0);
    await control.agents.undo({ agent: 'codex' });
    expect(user.read(file)).toBe(own);
  });
});
