import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeUpstream, startFakeUpstream } from '../fakes/upstream.ts';
import { dragoman, type Listening, listeningLine, plainEnvironment, startDragoman } from '../programs/dragoman.ts';
import type { Program } from '../programs/program.ts';

/** An agent's model is changed while it works: by `dragoman setup`, which does what the window and the tray do. */

let root: string;
let home: string;
let user: string;
let fake: FakeUpstream;
let program: Program;
let line: Listening;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dragoman-agent-models-'));
  [home, user] = [join(root, 'home'), join(root, 'user')];
  await Promise.all([mkdir(home), mkdir(user)]);
  fake = await startFakeUpstream();
  const settings = {
    detection: { enabled: false },
    upstreams: [
      { id: 'box', kind: 'openai-compatible', baseUrl: `${fake.url}/v1`, models: { a: {}, b: {}, small: {} } },
    ],
    slots: { default: 'box/small' },
  };
  await writeFile(join(home, 'settings.json'), JSON.stringify(settings));
  env = plainEnvironment({ HOME: user, XDG_CONFIG_HOME: '' });
  program = startDragoman(['--port', '0', '--home', home], env);
  line = await listeningLine(program);
  await setUp('claude', 'box/a');
  await setUp('codex', 'box/a');
}, 120_000);
afterAll(async () => {
  await program.stop();
  await fake.close();
  await rm(root, { recursive: true, force: true });
});
beforeEach(() => fake.clear());

async function setUp(agent: string, model: string): Promise<void> {
  const { code, stderr } = await dragoman(['--home', home, 'setup', agent, '--model', model], { env });
  if (code !== 0) throw new Error(stderr);
}

/** The model that answers Claude Code in this session when it asks for `model`. */
async function claude(session: string, model: string): Promise<unknown> {
  const { env: own } = JSON.parse(await readFile(join(user, '.claude/settings.json'), 'utf8'));
  const answer = await fetch(`${own.ANTHROPIC_BASE_URL}/v1/messages`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${own.ANTHROPIC_AUTH_TOKEN}`,
      'content-type': 'application/json',
      'x-claude-code-session-id': session,
    },
    body: JSON.stringify({ model, max_tokens: 9, messages: [{ role: 'user', content: 'go [[hello]]' }] }),
  });
  expect(await answer.json()).toMatchObject({ model });
  return JSON.parse(fake.requests().at(-1)?.body ?? '{}').model;
}

async function codex(session: string, model: string): Promise<unknown> {
  const config = await readFile(join(user, '.codex/config.toml'), 'utf8');
  const key = /experimental_bearer_token = "(.*)"/.exec(config)?.[1];
  const answer = await fetch(`${line.gateway}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'session-id': session },
    body: JSON.stringify({ model, input: 'go [[hello]]' }),
  });
  expect(answer.status).toBe(200);
  return JSON.parse(fake.requests().at(-1)?.body ?? '{}').model;
}

describe('changing the model of one agent', () => {
  it('moves its running sessions with their next request, not those that begin later, and no other agent', async () => {
    expect(await claude('runs', 'box/a')).toBe('a');
    expect(await codex('runs', 'box/a')).toBe('a');
    await setUp('claude', 'box/b');
    expect(await claude('runs', 'box/a')).toBe('b');
    expect(await claude('begins', 'box/a')).toBe('a');
    expect(await codex('runs', 'box/a')).toBe('a');
  }, 60_000);

  it('gives the model to the names that Claude Code has of its own, before the common slots', async () => {
    expect(await claude('runs', 'claude-haiku-4-5')).toBe('b');
    const { keys, slots } = JSON.parse(await readFile(join(home, 'settings.json'), 'utf8'));
    expect(keys.find(({ agent }: { agent: string }) => agent === 'claude-code')).toMatchObject({
      slots: { default: 'box/b' },
    });
    expect(slots).toEqual({ default: 'box/small' });
  });
});
